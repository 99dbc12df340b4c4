"""Where a text may be cut: between paragraphs best, then lines, sentences, words, and characters only where nothing else fits."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import regex  # type: ignore[import-untyped]


class Cost(IntEnum):
    """How much a cut hurts. One of a kind hurts more than several of the kind before it."""

    PARAGRAPH = 0
    LINE = 1
    SENTENCE = 4
    WORD = 16
    UNIT = 64
    """At the space between a number and what it counts, or between a word and its mark."""
    CHARACTER = 256
    TORN = 1024
    """Inside a number or a Latin word, or before a closing mark."""
    CLUSTER = 4096
    """Inside what is read as one character, which alone is longer than a text may be."""


@dataclass(frozen=True)
class Break:
    """A place to cut: what stands before `end` and from `start` on is kept, the white space between them is not."""

    end: int
    start: int
    cost: Cost


_BLANK = r"\t\n\v\f\r \x1c-\x1f\x85\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000"
"""White space that may be cut at; no-break spaces are none."""
_CLOSING = r"\"'”’»›)\]）」』】》〉"
_ENDS = regex.compile(rf"[.!?؟۔।॥…。！？；｡]+[{_CLOSING}]*$")
_PLACES = regex.compile(
    rf"(?P<blank>[{_BLANK}]+)"
    rf"|(?P<sentence>[。！？；｡।॥۔؟]+[…]*[{_CLOSING}]*|……[{_CLOSING}]*)(?![{_BLANK}]|$)"
    rf"|(?P<clause>[，、：､\u200b])(?![{_BLANK}]|$)"
)
_LINES = regex.compile(r"\r\n|[\n\v\f\r\x85\u2028]")
_LAST_WORD = regex.compile(r"([\w.]*)\.$")
_CLUSTERS = regex.compile(r"\X")
_ABBREVIATIONS = frozenset(
    ("art", "bzw", "ca", "dr", "kab", "mr", "mrs", "ms", "prof", "sr", "sra", "st", "ste", "str", "tel", "ths", "ts")
) | frozenset(("vgl", "vs", "им", "тел", "ул"))
"""What often stands before a name."""


def breaks(text: str, longest: int) -> list[Break]:
    """The places at which a text may be cut, in order; no two lie further apart than `longest` bytes of UTF-8."""
    bounds = {0, *(match.end() for match in _CLUSTERS.finditer(text))}
    blanks = [each for each in _between_words(text) if each.end in bounds and each.start in bounds]
    kinds: list[Callable[[int, int], Iterable[Break]]] = [
        lambda start, end: (each for each in blanks if each.cost > Cost.WORD and start < each.end and each.start < end),
        lambda start, end: _between_characters(text, start, end, bounds, Cost.CHARACTER),
        lambda start, end: _between_characters(text, start, end, bounds, Cost.TORN),
        lambda start, end: (Break(at, at, Cost.CLUSTER) for at in range(start + 1, end)),
    ]
    found = [each for each in blanks if each.cost <= Cost.WORD]
    for closer in kinds:
        found = list(_closer(text, found, longest, closer))
    return found


def sentence_ends(text: str) -> list[int]:
    """How far a text goes when it is ended after each of its sentences, the last one included."""
    return [*(each.end for each in _between_words(text) if each.cost <= Cost.SENTENCE), len(text)]


def _between_words(text: str) -> Iterator[Break]:
    for match in _PLACES.finditer(text):
        end, start = match.span()
        if match["blank"] is not None:
            if end > 0 and start < len(text):
                yield Break(end, start, _at_blank(text, end, start))
            continue
        before, after = text[end - 1 : end], text[start : start + 1]
        if before.isdigit() and after.isdigit():
            continue
        yield Break(start, start, Cost.SENTENCE if match["sentence"] else Cost.WORD)


def _at_blank(text: str, end: int, start: int) -> Cost:
    lines = len(_LINES.findall(text, end, start))
    before, after = text[end - 1], text[start]
    if lines > 1 or "\u2029" in text[end:start]:
        return Cost.PARAGRAPH
    if lines:
        return Cost.WORD if before in ":：" else Cost.LINE
    if (_ended(text, end) and not _goes_on(text, start)) or (_thai(before) and _thai(after)):
        return Cost.SENTENCE
    if before.isdigit() or after.isdigit() or _clings(before, after):
        return Cost.UNIT
    return Cost.WORD


def _ended(text: str, end: int) -> bool:
    """Whether a sentence ends here. An abbreviation, an initial and the number of a day (German "1. Mai") end none."""
    before = text[max(0, end - 40) : end]
    mark = _ENDS.search(before)
    if mark is None:
        return False
    word = _LAST_WORD.search(before[: mark.start() + 1])
    if word is None:
        return True
    last = word[1].casefold()
    short_number = last.isdigit() and len(last) <= 2
    initial = len(last) == 1 and last != last.upper()
    return bool(last) and not (short_number or initial or "." in last.strip(".") or last in _ABBREVIATIONS)


def _thai(character: str) -> bool:
    """Thai has no full stop: a space ends what the writer wanted ended."""
    return "\u0e01" <= character <= "\u0e5b"


def _goes_on(text: str, start: int) -> bool:
    """Whether what follows does not begin a sentence: a small letter, a number, a mark."""
    after = next((character for character in text[start : start + 5] if character.isalnum()), "")
    return after.islower() or after.isdigit() or _clings("", text[start])


def _clings(before: str, after: str) -> bool:
    """Whether a mark belongs to its neighbour: nothing is cut before a closing one or after an opening one."""
    closing = after in "!?;:%‰" or unicodedata.category(after) in ("Pe", "Pf")
    return closing or (before != "" and unicodedata.category(before) in ("Ps", "Pi"))


def _closer(
    text: str, found: list[Break], longest: int, more: Callable[[int, int], Iterable[Break]]
) -> Iterator[Break]:
    """The places found, and where two lie too far apart those of the next kind between them."""
    edges = [Break(0, 0, Cost.PARAGRAPH), *found, Break(len(text), len(text), Cost.PARAGRAPH)]
    for left, right in pairwise(edges):
        if len(text[left.start : right.end].encode(errors="surrogatepass")) > longest:
            yield from more(left.start, right.end)
        if right.end < len(text):
            yield right


def _between_characters(text: str, start: int, end: int, bounds: set[int], cost: Cost) -> Iterator[Break]:
    return (Break(at, at, cost) for at in range(start + 1, end) if at in bounds and _between(text, at) == cost)


def _between(text: str, at: int) -> Cost:
    """How much a cut between two characters hurts."""
    before, after = text[at - 1], text[at]
    number = before.isdigit() or after.isdigit()
    latin = before.isascii() and after.isascii()
    mark = unicodedata.category(after).startswith("P") or _clings(before, after)
    return Cost.TORN if number or latin or mark else Cost.CHARACTER
