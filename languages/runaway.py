"""What translation models fall into now and then: repeating themselves, and leaving out the rest."""

from __future__ import annotations

import re


def runaway(source: str, text: str) -> bool:
    """True if a translation repeats itself as its source does not, or is far longer than a translation is."""
    if len(text) > 6 * len(source) + 60:
        return True
    return _most_repeated(text) > max(3, _most_repeated(source))


def cut_short(source: str, text: str) -> bool:
    """True if a translation is far shorter than its source: the model left out the rest."""
    return _weight(source) > 60 and _weight(text) < 0.35 * _weight(source)


def _weight(text: str) -> int:
    """Characters, those of scripts that say more with one counted as several."""
    return sum(3 if "\u3400" <= each <= "\u9fff" else 2 if "\u3040" <= each <= "\ud7a3" else 1 for each in text)


_UNITS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+")


def _most_repeated(text: str, longest: int = 8) -> int:
    """How often in a row a group of words (or of characters, where words are written together) stands at most."""
    units = [unit.casefold() for unit in _UNITS.findall(text)]
    best = 1
    for size in range(1, min(longest, len(units) // 2) + 1):
        run = 0
        for index in range(size, len(units)):
            run = run + 1 if units[index] == units[index - size] else 0
            best = max(best, run // size + 1)
    return best
