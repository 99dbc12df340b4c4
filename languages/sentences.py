"""Long text in pieces that a translator takes: sentences, found by rules, with nothing to fetch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 320
"""Characters that go to a translator at once; a longer sentence is parted at a comma, else at a space."""

_MARKER = re.compile(r"\s*(?:[-*•‣#>]+|\(?\d{1,3}[.)、])\s+")  # of a list, a heading, a quotation
_END = re.compile(r"(?<=[.!?…])[\"'»”’)\]]*\s+(?=\S)|(?<=[。！？；])[”’」』）]*\s*(?=\S)|(?<=[؟۔।॥])\s*(?=\S)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:art|arts|no|nos|para|paras|sec|ch|vol|mr|mrs|ms|dr|st|vs|etc|e\.g|i\.e|z\.b|d\.h|bzw|nr|abs|cf|п|ст|ул|[A-ZА-Я])\.$",
    re.IGNORECASE,
)
_COMMA = re.compile(r"[,;:](?=\s)|[،؛,，、；：]")


@dataclass(frozen=True)
class Piece:
    """A stretch of a text. What is no `sentence` stays as it is: line breaks, bullets, spaces between sentences."""

    text: str
    sentence: bool


def pieces(text: str) -> list[Piece]:
    """The whole text in order: joined again it is the text."""
    return [piece for line in re.split(r"(\n+)", text) for piece in _line(line) if piece.text]


def _line(line: str) -> Iterator[Piece]:
    if not line.strip():
        yield Piece(line, False)
        return
    if marker := _MARKER.match(line):
        yield Piece(marker[0], False)
        line = line[marker.end() :]
    for sentence in _sentences(line):
        for part in _short(sentence):
            words = part.strip()
            before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
            yield Piece(before, False)
            yield Piece(words, any(character.isalpha() for character in words))
            if words:
                yield Piece(after, False)


def _sentences(line: str) -> Iterator[str]:
    """Sentences with the spaces behind them."""
    start = 0
    for end in _END.finditer(line):
        if _ABBREVIATION.search(line[start : end.start()]):
            continue
        yield line[start : end.end()]
        start = end.end()
    yield line[start:]


def _short(sentence: str) -> Iterator[str]:
    """The sentence in parts that are not too long, cut where it hurts least."""
    while len(sentence) > LONGEST:
        head = sentence[:LONGEST]
        commas = [comma.end() for comma in _COMMA.finditer(head) if comma.end() > LONGEST // 4]
        cut = commas[-1] if commas else head.rfind(" ") + 1 or LONGEST
        yield sentence[:cut]
        sentence = sentence[cut:]
    yield sentence
