"""Turns the pattern files of bot/patterns into patterns for spaCy's entity ruler."""

import hashlib
import re
from itertools import product
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "patterns"
NUMBER: Dict[str, Any] = {"TEXT": {"REGEX": r"^\d+(?:[.,]\d+)*$"}}
HAN_NUMBER: Dict[str, Any] = {"TEXT": {"IN": list("零〇一二两三四五六七八九十百千万半")}, "OP": "+"}
Pattern = Dict[str, Any]
Split = Callable[[str], List[str]]

PHRASES = {
    "city": "cities.yml",
    "nationality": "nationalities.yml",
    "language": "languages.yml",
    "danger": "dangers.yml",
    "office": "offices.yml",
}
_HAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def digest() -> str:
    """Return a digest of all pattern files: a model is trained again when one changes."""
    joined = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.yml")))
    return hashlib.sha256(joined).hexdigest()


def load_patterns(split: Split) -> List[Pattern]:
    """Return the ruler's patterns. `split` is the tokenizer that texts will be split with."""
    patterns: List[Pattern] = []
    for label, file in PHRASES.items():
        patterns += _phrases(label, _read(file))
    patterns += _quantities("duration", _read("durations.yml"), split)
    patterns += _money(_read("money.yml"), split)
    patterns += _dates(_read("dates.yml"), split)
    patterns += _visa_classes(_read("visa_classes.yml"), split)
    return patterns


def _read(file: str) -> Dict[str, Any]:
    data = yaml.safe_load((FOLDER / file).read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError(f"bot/patterns/{file} must be a mapping")
    return data


def _words(phrase: str, split: Split) -> List[Dict[str, Any]]:
    return [{"LOWER": word.lower()} for word in split(phrase) if word.strip()]


def _any_of(phrases: Iterable[str], split: Split) -> List[List[Dict[str, Any]]]:
    """The phrases as patterns: all of one word as one pattern, since every pattern costs time; each longer one apart."""
    split_up = [[word.lower() for word in split(phrase) if word.strip()] for phrase in phrases]
    single = sorted({words[0] for words in split_up if len(words) == 1})
    longer = [[{"LOWER": word} for word in words] for words in split_up if len(words) > 1]
    return [[{"LOWER": {"IN": single}}], *longer] if single else longer


def _phrases(label: str, data: Dict[str, List[str]]) -> Iterator[Pattern]:
    """Whole phrases: the ruler looks them all up at once, where it tries every pattern of words by itself."""
    for value, phrases in data.items():
        for phrase in phrases:
            yield {"label": label, "id": str(value), "pattern": phrase}


def _quantities(label: str, data: Dict[str, List[str]], split: Split) -> Iterator[Pattern]:
    for unit, names in data.items():
        for words in _any_of(names, split):
            yield {"label": label, "id": unit, "pattern": [NUMBER, *words]}
        for words in _any_of((name for name in names if _HAN.search(name)), split):
            yield {"label": label, "id": unit, "pattern": [HAN_NUMBER, *words]}


def _money(data: Dict[str, Any], split: Split) -> Iterator[Pattern]:
    """Amounts with a currency behind ("500元", "500 yuan") or before ("¥500", "RMB 500")."""
    for currency, forms in data.items():
        yield from _quantities("money", {currency: forms["after"]}, split)
        for before in _any_of(forms["before"], split):
            yield {"label": "money", "id": currency, "pattern": [*before, NUMBER]}


def _dates(data: Dict[str, Any], split: Split) -> Iterator[Pattern]:
    """2026-11-20, 20/11/2026, 2026年11月20日, 20 November 2026, November 20."""
    year, small = {"TEXT": {"REGEX": r"^(?:19|20)\d\d$"}}, {"TEXT": {"REGEX": r"^\d{1,2}$"}}
    for mark in "-/.":
        between = {"ORTH": mark}
        yield {"label": "date", "pattern": [year, between, small, between, small]}
        yield {"label": "date", "pattern": [small, between, small, between, year]}
    yield {"label": "date", "pattern": [{"TEXT": {"REGEX": r"^\d{1,2}\.\d{1,2}\.(?:19|20)\d\d$"}}]}
    for y, m, d in data["numbered"]:
        month_day = [small, *_words(m, split), small, *_words(d, split)]
        yield {"label": "date", "pattern": month_day}
        yield {"label": "date", "pattern": [year, *_words(y, split), *month_day]}
    for words in _any_of(data["months"], split):
        for lead, tail in product(
            ([], [{"LOWER": "de"}]), ([], [year], [{"LOWER": "de"}, year], [{"ORTH": ","}, year])
        ):
            yield {"label": "date", "pattern": [small, *lead, *words, *tail]}
        for tail in ([], [year], [{"ORTH": ","}, year]):
            yield {"label": "date", "pattern": [*words, small, *tail]}


def _visa_classes(data: Dict[str, Any], split: Split) -> Iterator[Pattern]:
    """A class letter beside a word for visa ("M visa", "visa Z", "Q1签证"), or a class that has a digit, alone."""
    for visa_class in data["classes"]:
        letters = _words(visa_class, split)
        for words in _any_of(data["words"], split):
            for pattern in ([*letters, *words], [*letters, {"ORTH": "-"}, *words], [*words, *letters]):
                yield {"label": "visa_class", "id": visa_class, "pattern": pattern}
        if len(visa_class) > 1:
            yield {"label": "visa_class", "id": visa_class, "pattern": [{"ORTH": part} for part in split(visa_class)]}
    yield from _phrases("visa_class", data["phrases"])
