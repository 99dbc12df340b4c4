"""What a translator must not touch: taken out of a text before, put back after, and counted.

Placeholders, addresses, telephone numbers, dates, figures, citations of the law and official terms leave the text as
one private character each. For every sentence they become marks (`X1X`) that a model copies; each must come back
exactly once. Official terms come back as the glossary has them, "residence permit (居留许可)", and titles of laws as their
register has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from knowledge.glossary import Term, load_glossary
from knowledge.loader import load_laws
from knowledge.models import Law
from languages import citations

FIRST = 0xE000
MOST = 0x1800
"""Private characters there are: as many things can be masked in one text."""

STYLES = ("X{}X", "[{}]", "#{}#")
"""Marks to try one after another: what one model's vocabulary lacks, another form may bring through."""

UNSPACED = frozenset({"zh", "ja", "th"})
"""Languages that write words together: a term is found without looking for the words around it."""

_FIXED = re.compile(
    rf"""
      (?:https?://|www\.)[^\s<>"'（）()，。；、]+[^\s<>"'（）()，。；、.,;:!?]      # addresses
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | `[^`\n]+` | \{{[A-Za-z_]\w*\}} | %\([A-Za-z_]\w*\)[sd]                      # placeholders
    | {citations.PATTERN}
    | [(（][\u4e00-\u9fff、·/ ]+[)）]                                              # a Chinese term beside its translation
    | (?P<day>\d{{4}}\s?年\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?)                  # dates and times
    | \d{{4}}-\d{{1,2}}-\d{{1,2}} | \d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}} | \d{{1,2}}:\d{{2}}
    | (?<![\d.,])\+?\d{{2,4}}(?:[ -]\d{{3,4}}){{2,3}}(?!\d) | \+\d{{7,15}}           # telephone numbers
    | [¥€$£₽₹]\s?\d+(?:[.,]\d+)* | \d+(?:[.,٫٬]\d+)*(?:\s?[%‰٪])?                  # figures
    """,
    re.VERBOSE,
)
_CHINESE_TERM = re.compile(r"[(（][\u4e00-\u9fff、·/ ]+[)）]")
_FIGURE = re.compile(r"\d+(?:[.,٫٬]\d+)*")


def figures(text: str) -> Counter[str]:
    """The figures of a text, in whatever digits and with whatever separators they are written."""
    found: Counter[str] = Counter()
    for figure in _FIGURE.findall(text):
        digits = "".join(str(unicodedata.digit(character)) for character in figure if character.isdigit())
        found[digits.lstrip("0") or "0"] += 1
    return found


@dataclass(frozen=True)
class Masked:
    """A text with private characters in place of what must survive, and what to write for each in the other language."""

    text: str
    returns: tuple[str, ...] = field(default=())

    def restored(self, text: str) -> str:
        """The text with everything put back."""
        return "".join(self.returns[ord(c) - FIRST] if _private(c) else c for c in text)


def _private(character: str) -> bool:
    return FIRST <= ord(character) < FIRST + MOST


class Masker:
    """Masks texts; knows the glossary, and the titles of laws."""

    def __init__(self, terms: Iterable[Term] = (), laws: Iterable[Law] = ()) -> None:
        self._terms = list(terms)
        self._titles = citations.Titles(laws)
        self._patterns: dict[str, tuple[re.Pattern[str], dict[str, Term]]] = {}

    @classmethod
    def official(cls) -> Masker:
        """With the terms and laws of the knowledge folder."""
        return cls(load_glossary().values(), load_laws().values())

    def mask(self, text: str, source: str, target: str) -> Masked:
        """The text without what must survive. Private characters that it came with are dropped."""
        clean = "".join(c for c in text if not _private(c))
        terms, known = self._pattern(source)
        returns: list[str] = []
        kept: list[str] = []
        end = 0
        for found in _leftmost(clean, terms, _FIXED):
            shown = self._fixed(found, target) if found.re is _FIXED else _term_in(found, known, target)
            returns.append(shown)
            kept += (clean[end : found.start()], chr(FIRST + len(returns) - 1))
            end = found.end()
            if len(returns) == MOST:
                break
        return Masked("".join(kept) + clean[end:], tuple(returns))

    def _fixed(self, found: re.Match[str], target: str) -> str:
        """What is masked comes back as it was, but for citations, and for Chinese dates, which others read as 2026-11-22."""
        if found["day"] and target not in ("zh", "ja"):
            return "-".join(f"{int(part):02}" for part in re.findall(r"\d+", found["day"]))
        if found["law"] or found["article"] or found["art"]:
            return self._titles.said(found, target)
        return found[0]

    def _pattern(self, language: str) -> tuple[re.Pattern[str], dict[str, Term]]:
        """What finds the terms of a language, the longest first."""
        if language not in self._patterns:
            known: dict[str, Term] = {}
            marked: list[str] = []
            alone: list[str] = []
            titles: list[str] = []
            for term in self._terms:
                for name in term.names.get(language, ()):
                    known.setdefault(name.casefold(), term)
                    (alone if _stands_alone(name, language) else marked).append(name)
            for term in self._titles.terms:
                for name in term.names.get(language, ()):
                    known[name.casefold()] = term
                    (titles if _stands_alone(name, language, 3) else marked).append(name)
            self._patterns[language] = (_terms_pattern(titles, alone, marked, language), known)
        return self._patterns[language]


def _stands_alone(name: str, language: str, shortest: int = 4) -> bool:
    """Whether a term is official wherever it stands; "will" and "fine" are so only with their Chinese beside them."""
    return len(name) >= shortest if language in UNSPACED else len(name.split()) > 1


def _terms_pattern(titles: list[str], alone: list[str], marked: list[str], language: str) -> re.Pattern[str]:
    """What finds terms; titles of laws are written with capitals: "labor law" may be any."""
    before, after = ("", "") if language in UNSPACED else (r"(?<!\w)", r"(?!\w)")
    plural = "s?" if language == "en" else ""
    bracket = rf"\s?{_CHINESE_TERM.pattern}"
    groups = [
        f"(?{case}:(?P<{group}>{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))}){more}){after}{end}"
        for group, names, case, more, end in (
            ("titles", titles, "-i", "", f"(?:{bracket})?"),
            ("alone", alone, "", plural, f"(?:{bracket})?"),
            ("marked", marked, "", plural, bracket),
        )
        if names
    ]
    return re.compile(f"{before}(?:{'|'.join(groups)})" if groups else r"(?!)", re.IGNORECASE)


def _term_in(found: re.Match[str], known: dict[str, Term], target: str) -> str:
    name = next(name for name in found.groupdict().values() if name)
    return known[name.casefold()].shown(target)


def _leftmost(text: str, *patterns: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """All that the patterns find, in order; where two begin in the same place, what is longer."""
    found = [pattern.search(text) for pattern in patterns]
    while any(found):
        best = min((each for each in found if each), key=lambda each: (each.start(), -each.end()))
        yield best
        found = [
            each if each is None or each.start() >= best.end() else each.re.search(text, best.end()) for each in found
        ]


def marked(sentence: str, style: str) -> tuple[str, list[str]]:
    """A masked sentence with marks for its private characters, numbered from 1, and those characters in order."""
    held: list[str] = []
    out: list[str] = []
    for character in sentence:
        if not _private(character):
            out.append(character)
            continue
        held.append(character)
        mark = style.format(len(held))
        spaced = out and out[-1][-1].isalnum()
        out.append(f" {mark}" if spaced else mark)
    return re.sub(r"(?<=\d[X\]#])(?=\w)", " ", "".join(out)) if held else sentence, held


def unmarked(translation: str, held: Sequence[str], style: str) -> str | None:
    """The translation with its private characters back; None unless every mark came exactly once and no other did."""
    opening, closing = (re.escape(part) for part in style.split("{}"))
    pattern = re.compile(rf"{opening}\s?(\d{{1,4}})\s?{closing}", re.IGNORECASE)
    numbers = [int(number) for number in pattern.findall(translation)]
    if sorted(numbers) != list(range(1, len(held) + 1)):
        return None
    return pattern.sub(lambda found: held[int(found[1]) - 1], translation)
