"""Search by words: BM25 over tokens that also suit scripts written without blanks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

K1 = 1.2
B = 0.4
_GRAM = 4

_UNSPACED = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\u0e00-\u0e7f"
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u0655\u0670\u0640]")
_SAME = str.maketrans({"đ": "d", "ı": "i", "ø": "o", "ł": "l", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "\u200c": " "})


def fold(text: str) -> str:
    """One width, one case, no accents: "Séjour" and "SEJOUR" are the same word; Arabic letters as typed are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed)).translate(_SAME)


def tokens(text: str) -> list[str]:
    """Characters and pairs of them where words are not separated, else words and the parts of long ones.

    A part has four letters, in Korean two syllables, so that endings and particles do not hide a word.
    """
    found: list[str] = []
    for run in _RUNS.findall(fold(text)):
        if _UNSPACED_RUN.match(run):
            found += run
            found += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(run)
            size = 2 if _HANGUL.match(run) else _GRAM
            if len(run) > size and not run.isdigit():
                found += [f"~{run[i : i + size]}" for i in range(len(run) - size + 1)]
    return found


class LexicalIndex:
    """BM25 scores of every passage, scaled so that 1 means: says all that was asked, as briefly."""

    def __init__(self, model: bm25s.BM25) -> None:
        self._model = model
        frequency = np.diff(model.scores["indptr"])
        count = int(model.scores["num_docs"])
        self._idf = np.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
        self._unknown = float(np.log(1 + (count + 0.5) / 0.5))

    @classmethod
    def build(cls, texts: list[str], progress: bool = False) -> LexicalIndex:
        model = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        model.index([tokens(text) or ["\u0000"] for text in texts], show_progress=progress)
        return cls(model)

    def save(self, folder: Path) -> None:
        self._model.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        return cls(bm25s.BM25.load(str(folder), show_progress=False))

    @property
    def size(self) -> int:
        """Number of passages."""
        return int(self._model.scores["num_docs"])

    @property
    def nbytes(self) -> int:
        """What the scores take in memory."""
        return int(sum(self._model.scores[key].nbytes for key in ("data", "indices", "indptr")))

    def unknown(self, query: str, exclude: Sequence[int] = ()) -> float:
        """Share of the query's weight in words and parts of words that no passage has; `exclude`: passages that do not count."""
        known = unknown = 0.0
        vocabulary, indptr = self._model.vocab_dict, self._model.scores["indptr"]
        for token in dict.fromkeys(tokens(query)):
            number = vocabulary.get(token)
            if number is None or self._only_in(exclude, indptr[number], indptr[number + 1]):
                unknown += self._unknown
            else:
                known += float(self._idf[number])
        return unknown / (known + unknown) if known + unknown else 1.0

    def _only_in(self, passages: Sequence[int], start: int, end: int) -> bool:
        if len(passages) < end - start:
            return False
        return bool(np.isin(self._model.scores["indices"][start:end], passages).all())

    def scores(self, query: str) -> Scores:
        """About 0 to 1 for every passage; all 0 when the query has no word that any passage has."""
        asked = list(dict.fromkeys(tokens(query)))
        vocabulary = self._model.vocab_dict
        known = [vocabulary[token] for token in asked if token in vocabulary]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        raw = self._model.get_scores_from_ids(known)
        weight = float(self._idf[np.asarray(known)].sum()) + self._unknown * (len(asked) - len(known))
        return np.asarray(raw * ((1 + K1) / weight), dtype=np.float32)
