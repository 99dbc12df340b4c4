"""What a translator must not touch: taken out of a text before, put back after, and counted.

Placeholders, addresses, telephone numbers, dates, figures, citations of the law and official terms leave the text as
one private character each. For every sentence they become marks (`X1X`) that a model copies; each must come back
exactly once. Official terms come back as the glossary has them: "residence permit (居留许可)".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from knowledge.glossary import Term

FIRST = 0xE000
MOST = 0x1800
"""Private characters there are: as many things can be masked in one text."""

STYLES = ("X{}X", "[{}]", "#{}#")
"""Marks to try one after another: what one model's vocabulary lacks, another form may bring through."""

UNSPACED = frozenset({"zh", "ja", "th"})
"""Languages that write words together: a term is found without looking for the words around it."""

_CHINESE_NUMBER = r"[零〇一二三四五六七八九十百千\d]+"
_FIXED = re.compile(
    rf"""
      (?:https?://|www\.)[^\s<>"'（）()，。；、]+[^\s<>"'（）()，。；、.,;:!?]      # addresses
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | `[^`\n]+` | \{{[A-Za-z_]\w*\}} | %\([A-Za-z_]\w*\)[sd]                      # placeholders
    | 《[^《》\n]+》(?:第{_CHINESE_NUMBER}条(?:之{_CHINESE_NUMBER})?(?:第{_CHINESE_NUMBER}款)?)?  # citations
    | 第{_CHINESE_NUMBER}条(?:之{_CHINESE_NUMBER})?(?:第{_CHINESE_NUMBER}款)?
    | \b[Aa]rt(?:icles?|s?\.)\s?\d+(?:-\d+)?(?:,\s?para(?:graph|\.)\s?\d+)?
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
    """Masks texts; knows the glossary, and the titles of laws as terms of the same kind."""

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        self._terms = list(terms)
        self._patterns: dict[str, tuple[re.Pattern[str], dict[str, Term]]] = {}

    def mask(self, text: str, source: str, target: str) -> Masked:
        """The text without what must survive. Private characters that it came with are dropped."""
        clean = "".join(c for c in text if not _private(c))
        returns: list[str] = []

        def take(shown: str) -> str:
            if len(returns) >= MOST:
                return shown
            returns.append(shown)
            return chr(FIRST + len(returns) - 1)

        pattern, known = self._pattern(source)
        if known:
            clean = pattern.sub(lambda found: take(self._term_in(found, known, target)), clean)
        clean = _FIXED.sub(lambda found: take(_in_target(found, target)), clean)
        return Masked(clean, tuple(returns))

    @staticmethod
    def _term_in(found: re.Match[str], known: dict[str, Term], target: str) -> str:
        name = next(name for name in found.groupdict().values() if name)
        return known[name.casefold()].shown(target)

    def _pattern(self, language: str) -> tuple[re.Pattern[str], dict[str, Term]]:
        """What finds the terms of a language, the longest first."""
        if language not in self._patterns:
            known: dict[str, Term] = {}
            marked: list[str] = []
            alone: list[str] = []
            for term in self._terms:
                for name in term.names.get(language, ()):
                    known.setdefault(name.casefold(), term)
                    (alone if _stands_alone(name, language) else marked).append(name)
            self._patterns[language] = (_terms_pattern(alone, marked, language), known)
        return self._patterns[language]


def _stands_alone(name: str, language: str) -> bool:
    """Whether a term is official wherever it stands; "will" and "fine" are so only with their Chinese beside them."""
    return len(name) >= 4 if language in UNSPACED else len(name.split()) > 1


def _terms_pattern(alone: list[str], marked: list[str], language: str) -> re.Pattern[str]:
    before, after = ("", "") if language in UNSPACED else (r"(?<!\w)", r"(?!\w)")
    plural = "s?" if language == "en" else ""
    bracket = rf"\s?{_CHINESE_TERM.pattern}"
    groups = [
        f"(?P<{group}>{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))}){plural}{after}{end}"
        for group, names, end in (("alone", alone, f"(?:{bracket})?"), ("marked", marked, bracket))
        if names
    ]
    return re.compile(f"{before}(?:{'|'.join(groups)})" if groups else r"(?!)", re.IGNORECASE)


def _in_target(found: re.Match[str], target: str) -> str:
    """What is masked comes back as it was, but for Chinese dates, which others read as 2026-11-22."""
    if found["day"] and target not in ("zh", "ja"):
        return "-".join(f"{int(part):02}" for part in re.findall(r"\d+", found["day"]))
    return found[0]


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
