"""Reads parallel text: which pairs are used, from which source, and how a text may also be typed."""

from __future__ import annotations

import lzma
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("zh", "fr", "es", "ru", "ar", "ja", "ko", "pt", "de", "vi", "tr", "hi", "id", "it", "th", "fa", "uk", "ur")
"""The languages that have text beside English."""

UNSPACED = frozenset({"zh", "ja", "th"})

MAX_CHARS = 400
"""Longer lines are cut: the mean of a paragraph's tokens teaches little more than that of its first lines."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One English text and the same text in another language."""

    language: str
    kind: str
    source: str
    english: str
    other: str


def read_pairs(folder: Path, language: str, sentences: int, words: int, seed: int = 7) -> list[Pair]:
    """At most so many sentences and dictionary words of one language, drawn at random, the same ones each time."""
    path = folder / f"en-{language}.tsv.xz"
    kept: dict[str, list[Pair]] = {"sentence": [], "word": []}
    for pair in _lines(path, language):
        kept[pair.kind].append(pair)
    # A seed for reproducible samples, nothing secret.
    rng = random.Random(f"{seed}-{language}")  # noqa: S311
    chosen: list[Pair] = []
    for kind, most in (("sentence", sentences), ("word", words)):
        pairs = kept[kind]
        chosen += rng.sample(pairs, most) if len(pairs) > most else pairs
    return chosen


def _lines(path: Path, language: str) -> Iterator[Pair]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) != 4 or columns[1] not in ("sentence", "word"):
                continue
            source, kind, english, other = columns
            if english.strip() and other.strip() and english != other:
                yield Pair(language, kind, source, english.strip()[:MAX_CHARS], other.strip()[:MAX_CHARS])


def without_marks(text: str) -> str:
    """The text as somebody types it who leaves out accents: "séjour" becomes "sejour", "đặt cọc" becomes "dat coc"."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in decomposed if not ("\u0300" <= c <= "\u036f" or "\u064b" <= c <= "\u0655"))
    return unicodedata.normalize("NFC", bare).translate(_UNMARKED)


_UNMARKED = str.maketrans({"đ": "d", "Đ": "D", "ı": "i", "ø": "o", "ł": "l"})
