"""Which places a question names, so that Hong Kong's rules answer only who asks about Hong Kong."""

from __future__ import annotations

import re

from knowledge.models import Corpus
from retrieval.lexical import fold

_WORD = re.compile(r"[^\W_]")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0600-\u06ff]")


class Places:
    """Names of cities and regions in all languages, and whose rules hold there."""

    def __init__(self, corpus: Corpus) -> None:
        self._inside: list[tuple[str, str]] = []
        words: dict[str, str] = {}
        for city in corpus.cities.values():
            for name in {fold(name) for name in city.spellings}:
                if _UNSPACED.search(name):
                    self._inside.append((name, city.jurisdiction))
                elif _WORD.search(name):
                    words[name] = city.jurisdiction
        self._words = words
        longest_first = sorted(map(re.escape, words), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})") if words else None

    def named(self, text: str) -> frozenset[str]:
        """Jurisdictions whose places the text names; "mainland" for a city without rules of its own here."""
        folded = fold(text)
        found = {jurisdiction for name, jurisdiction in self._inside if name in folded}
        if self._pattern:
            for match in self._pattern.finditer(folded):
                name = match.group()
                ends = match.end() == len(folded) or not folded[match.end()].isalpha()
                # Russian and other endings may follow a long name; a short one must stand alone.
                if ends or len(name) > 4:
                    found.add(self._words[name])
        return frozenset(found)
