"""The emergency screen: phrases from data, in every language, before anything else looks at a message.

Kinds, numbers and cards stand in emergencies.yml, the phrases of a language in emergency_phrases/<language>.yml.
A language also names its words for ideas ("concepts": a door, breaking); which ideas together mean danger is the same in
every language and stands with the kinds (`together`). Ideas are found in any order, as frightened people write them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from knowledge.dialled import dialled
from knowledge.loader import ROOT, validated
from knowledge.models import LANGUAGES, Frozen
from knowledge.problems import KnowledgeError, Problem
from knowledge.sources import YamlSource, read_yaml

LONGEST = 4000
"""Characters of a message that are looked at, half from each end."""

CRY = 160
"""The most characters of a text in which ideas are looked for: a longer one is a story with a question."""

SERVICES = {"police": "violence", "fire": "fire", "ambulance": "medical"}
"""The kind whose first number is the service's own."""

_SPACES = re.compile(r"[\s\u200b-\u200f\u2066-\u2069]+")
_LETTERS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ة": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ۀ": "ه",
        "ؤ": "و",
        "ئ": "ي",
        "ک": "ك",
        "ڪ": "ك",
        "ـ": "",
        "ı": "i",
        "đ": "d",
        "ł": "l",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "…": "...",
        "ё": "е",
        **dict(
            zip(
                "殺傷報請個門來說會這還沒氣車暈動燒煙關鎖綁護證據國應該誰離婚賠償罰",
                "杀伤报请个门来说会这还没气车晕动烧烟关锁绑护证据国应该谁离婚赔偿罚",
                strict=True,
            )
        ),
        **dict(
            zip(
                "屍斷嚴脫險緊場診藥遺書繩樓懷孕產頭腦腸臟對準備們倆為麼時間後從樣裡",
                "尸断严脱险紧场诊药遗书绳楼怀孕产头脑肠脏对准备们俩为么时间后从样里",
                strict=True,
            )
        ),
        **dict(
            zip(
                "強姦搶劫鄰發現過訴訟傳處幾隻單號嗎給問題開嗆醫院難聽覺著點爺奶媽罵銬",
                "强奸抢劫邻发现过诉讼传处几只单号吗给问题开呛医院难听觉着点爷奶妈骂铐",
                strict=True,
            )
        ),
    }
)


class Emergency(Frozen):
    """What the screen found: the kind, and the language whose phrase it was, or the number that was the whole message."""

    kind: str
    language: str | None
    number: str | None = None


class Kind(Frozen):
    """A kind of emergency: whom to call where, and what to show a passer-by."""

    slug: str
    discreet: bool = False
    numbers: dict[str, list[str]]
    typed: tuple[str, ...] = ()
    """Numbers that set the kind off when a message consists of nothing else."""
    card: str
    card_elsewhere: str
    """The same where the numbers are not those of the mainland."""
    together: tuple[tuple[str, ...], ...] = ()
    """Concepts that set the kind off when all of one list are in a short text that asks nothing about law."""
    certainly: tuple[tuple[str, ...], ...] = ()
    """The same, whatever else the text says ("if I die, nobody cares" is no question)."""


class _Phrases(BaseModel):
    """The patterns of a kind. always: whatever else is said. phrases: not when a question about law is in the text.
    otherwise: only when no other kind was found. unless: words that rule the kind out."""

    always: list[str] = []
    phrases: list[str] = []
    otherwise: list[str] = []
    unless: list[str] = []


class _Language(BaseModel):
    """A language's phrases: `words` stand for <name> in patterns, `questions` mark talk about law, `concepts` are ideas
    of which the kinds say what they mean together."""

    script: str
    words: dict[str, str] = {}
    boundaries: bool = True
    questions: list[str] = []
    concepts: dict[str, str] = {}
    kinds: dict[str, _Phrases]


class _Screen:
    """The compiled phrases of one language."""

    def __init__(self, language: str, data: _Language, kinds: dict[str, Kind]) -> None:
        self.language = language
        self._concepts = {name: _compile([pattern], data) for name, pattern in data.concepts.items()}
        self._together: dict[str, list[tuple[str, tuple[str, ...], bool]]] = {}  # by the first idea: few texts have it
        for slug, kind in kinds.items():
            for lists, certain in ((kind.together, False), (kind.certainly, True)):
                for first, *others in lists:
                    if data.concepts.keys() >= {first, *others}:
                        self._together.setdefault(first, []).append((slug, tuple(others), certain))
        self._first = _compile([data.concepts[first] for first in self._together], data)
        self.script = re.compile(data.script)
        self._question = _compile(data.questions, data)
        self._unless = {kind: _compile(phrases.unless, data) for kind, phrases in data.kinds.items()}
        self._tiers = [
            {kind: _compile(getattr(phrases, tier), data) for kind, phrases in data.kinds.items()}
            for tier in ("always", "phrases", "otherwise")
        ]
        everything = [pattern for phrases in data.kinds.values() for pattern in phrases.always + phrases.phrases]
        everything += [pattern for phrases in data.kinds.values() for pattern in phrases.otherwise]
        self._any = _compile(everything, data)

    def asks(self, text: str) -> bool:
        """Whether the text asks about law in this language."""
        return bool(self._question and self._question.search(text))

    def kinds(self, text: str) -> tuple[set[str], set[str], set[str]]:
        """The kinds found always, found unless the text asks about law, and found if nothing else is."""
        certain, weak = self._ideas(text)
        if not (self._any and self._any.search(text)):
            return certain, weak, set()
        always, phrases, last = ({kind for kind, p in tier.items() if p and p.search(text)} for tier in self._tiers)
        return always | certain, phrases | weak, last

    def _ideas(self, text: str) -> tuple[set[str], set[str]]:
        """The kinds whose ideas are all in a short text: those that count whatever else it says, and the others."""
        if len(text) > CRY or not (self._first and self._first.search(text)):
            return set(), set()
        here: dict[str, bool] = {}
        certain: set[str] = set()
        weak: set[str] = set()
        for first, combinations in self._together.items():
            if not self._said(first, text, here):
                continue
            for kind, others, sure in combinations:
                if all(self._said(idea, text, here) for idea in others):
                    (certain if sure else weak).add(kind)
        return certain, weak

    def _said(self, idea: str, text: str, here: dict[str, bool]) -> bool:
        if idea not in here:
            pattern = self._concepts[idea]
            here[idea] = bool(pattern and pattern.search(text))
        return here[idea]

    def excludes(self, kind: str, text: str) -> bool:
        """Whether words of this language rule the kind out."""
        pattern = self._unless.get(kind)
        return bool(pattern and pattern.search(text))


def _compile(patterns: list[str], data: _Language) -> re.Pattern[str] | None:
    if not patterns:
        return None
    joined = "|".join(f"(?:{normalise(_expand(pattern, data.words))})" for pattern in patterns)
    return re.compile(rf"(?<!\w)(?:{joined})" if data.boundaries else joined)


def _expand(pattern: str, words: dict[str, str]) -> str:
    for _ in range(3):
        pattern = re.sub(r"<(\w+)>", lambda match: f"(?:{words[match[1]]})", pattern)
    return pattern


def normalise(text: str) -> str:
    """As phrases are compared: NFKC, lower case, no diacritics in Latin, Cyrillic and Arabic, simplified Chinese."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if not text.isascii():
        kept: list[str] = []
        base = ""
        for character in unicodedata.normalize("NFD", text):
            if unicodedata.category(character) == "Mn" and ("\u0300" <= character <= "\u036f" or base == "arabic"):
                continue
            base = "arabic" if "\u0600" <= character <= "\u06ff" else ""
            kept.append(character)
        text = unicodedata.normalize("NFC", "".join(kept)).translate(_LETTERS)
    return _SPACES.sub(" ", text).strip()


class Emergencies:
    """All kinds of emergencies, and the screen that recognises them."""

    def __init__(self, kinds: dict[str, Kind], languages: dict[str, _Language]) -> None:
        self._kinds = kinds
        self._typed = {number: slug for slug, kind in kinds.items() for number in kind.typed}
        self._screens = [_Screen(language, data, kinds) for language, data in languages.items()]

    @property
    def kinds(self) -> list[str]:
        """The slugs, the kind that matters most first."""
        return list(self._kinds)

    def kind(self, slug: str) -> Kind:
        return self._kinds[slug]

    def numbers(self, kind: str, jurisdiction: str | None = None, typed: str | None = None) -> list[str]:
        """The telephone numbers to call, the most needed first; a city's are those of the mainland.

        While the place is not known, a number that was typed comes last if it is right elsewhere.
        """
        numbers = self._kinds[kind].numbers
        found = list(numbers.get(jurisdiction or "mainland", numbers["mainland"]))
        if jurisdiction is None and typed not in found and any(typed in others for others in numbers.values()):
            found.append(str(typed))
        return found

    def services(self, jurisdiction: str | None = None) -> dict[str, str]:
        """The number of the police, of the fire service and for an ambulance."""
        return {service: self.numbers(kind, jurisdiction)[0] for service, kind in SERVICES.items()}

    def elsewhere(self, kind: str, jurisdiction: str | None) -> bool:
        """Whether other numbers than those of the mainland are right there."""
        return jurisdiction != "mainland" and jurisdiction in self._kinds[kind].numbers

    def card(self, kind: str, jurisdiction: str | None = None) -> str:
        """A Chinese text to show a passer-by."""
        found = self._kinds[kind]
        return (found.card_elsewhere if self.elsewhere(kind, jurisdiction) else found.card).strip()

    def discreet(self, kind: str) -> bool:
        """Whether notifications and titles must not tell what this is about."""
        return self._kinds[kind].discreet

    def screen(self, text: str, language: str | None = None) -> Emergency | None:
        """The emergency that a message tells of, or None. All languages are tried, `language` first; never raises."""
        if numbers := dialled(text, self._typed):
            return self._dialled(numbers)
        if len(text) > LONGEST:
            text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
        words = normalise(text)
        if not words:
            return None
        screens = [screen for screen in self._screens if screen.script.search(words)]
        found = self._found(screens, words, language)
        kind = next((kind for kind in self._kinds if kind in found), None)
        return Emergency(kind=kind, language=found[kind]) if kind else None

    def _dialled(self, numbers: list[str]) -> Emergency:
        kind = next(kind for kind in self._kinds if kind in {self._typed[number] for number in numbers})
        number = next(number for number in numbers if self._typed[number] == kind)
        return Emergency(kind=kind, language=None, number=number)

    def _found(self, screens: list[_Screen], words: str, language: str | None) -> dict[str, str]:
        """The kinds a text tells of, and the language that said so."""
        tiers: list[dict[str, str]] = [{}, {}, {}]
        for screen in screens:
            for tier, kinds in zip(tiers, screen.kinds(words), strict=True):
                for kind in kinds:
                    if kind not in tier or screen.language == language:
                        tier[kind] = screen.language
        if not any(tiers):
            return {}
        asking = {screen.language for screen in screens if screen.asks(words)}
        certain, weak, last = (self._allowed(tier, screens, words) for tier in tiers)
        for kind, by in weak.items():
            if by not in asking and not asking & set(LANGUAGES):
                certain.setdefault(kind, by)
        return certain or ({} if weak else last)

    @staticmethod
    def _allowed(tier: dict[str, str], screens: list[_Screen], words: str) -> dict[str, str]:
        return {kind: by for kind, by in tier.items() if not any(screen.excludes(kind, words) for screen in screens)}


def _curated_first(path: Path) -> tuple[int, str]:
    return (LANGUAGES.index(path.stem) if path.stem in LANGUAGES else len(LANGUAGES), path.stem)


def _read(root: Path) -> Emergencies:
    problems: list[Problem] = []
    source = read_yaml(root / "emergencies.yml", "emergencies.yml")
    kinds = {
        slug: kind
        for slug, data in _mapping(source, problems, "kinds").items()
        if (kind := validated(Kind, {"slug": slug, **data}, source, ("kinds", slug), problems))
    }
    languages: dict[str, _Language] = {}
    for path in sorted((root / "emergency_phrases").glob("*.yml"), key=_curated_first):
        phrases = read_yaml(path, f"emergency_phrases/{path.name}")
        problems += phrases.problems
        data = validated(_Language, phrases.data, phrases, (), problems)
        if data:
            problems += _broken_patterns(phrases, data)
            problems += [
                phrases.problem("unknown-kind", f"{kind} is not in emergencies.yml", "kinds", kind)
                for kind in data.kinds.keys() - kinds.keys()
            ]
            languages[path.stem] = data
    if problems:
        raise KnowledgeError(problems)
    return Emergencies(kinds, languages)


def _broken_patterns(source: YamlSource, data: _Language) -> list[Problem]:
    """Patterns that are no regular expressions, or use a word list that is not there."""
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("questions", number), pattern) for number, pattern in enumerate(data.questions)
    ]
    places += [(("script",), data.script)]
    places += [(("concepts", name), pattern) for name, pattern in data.concepts.items()]
    for kind, phrases in data.kinds.items():
        for tier in _Phrases.model_fields:
            places += [(("kinds", kind, tier, n), pattern) for n, pattern in enumerate(getattr(phrases, tier))]
    problems = []
    for place, pattern in places:
        try:
            re.compile(normalise(_expand(pattern, data.words)))
        except (re.error, KeyError) as error:
            message = f"this is no regular expression, or names no word list ({error}); mend it"
            problems.append(source.problem("pattern", message, *place))
    return problems


def _mapping(source: YamlSource, problems: list[Problem], key: str) -> dict[str, Any]:
    problems += source.problems
    data = source.data.get(key) if isinstance(source.data, dict) else None
    if not isinstance(data, dict):
        problems.append(source.problem("shape", f"write {key}: with one entry a slug", key))
        return {}
    return data


@lru_cache(maxsize=4)
def load_emergencies(root: Path | None = None) -> Emergencies:
    """The emergencies of a knowledge folder (default: this package's own); raises KnowledgeError."""
    return _read(root or ROOT)
