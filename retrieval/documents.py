"""Search in a collection of documents that has no sample questions, such as statutes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Encoder
from retrieval.index import Progress, encode_all, no_progress
from retrieval.lexical import LexicalIndex
from retrieval.vector import VectorIndex

Rows = NDArray[np.int64]
Numbers = NDArray[np.float32]

WORDS = 0.5
"""Share of the words. Brochures come with sample questions in every language, so there meaning has the larger share;
a statute has only its own wording."""

CANDIDATES = 1_000
"""Documents that are looked at by each of words and meaning."""

SPREAD_FROM = 2_048
"""Documents from which it is worked out how near a query is to just any document."""


class Documents:
    """Words and meaning of documents, each measured by how far a document stands out from just any.

    A cosine and a BM25 score have no common scale in a collection without questions: both are counted in standard
    deviations from the mean of the collection, query by query.
    """

    def __init__(self, words: LexicalIndex | None, vectors: Numbers | None, encoder: Encoder | None) -> None:
        if words is None and vectors is None:
            raise ValueError("neither words nor meaning: there is nothing to search with")
        self._words = words
        self._encoder = encoder
        self._vectors = None if vectors is None else vectors.astype(np.float16)
        self._meaning = None if vectors is None else VectorIndex(vectors)
        count = words.size if words is not None else len(vectors if vectors is not None else [])
        self.size = count
        sample = np.linspace(0, count - 1, min(count, SPREAD_FROM)).astype(int)
        self._sample = None if vectors is None else np.ascontiguousarray(vectors[sample])

    @classmethod
    def build(
        cls, texts: Sequence[str], encoder: Encoder | None, words: bool = True, progress: Progress = no_progress
    ) -> Documents:
        """Indexes texts by words, by meaning (with an encoder), or by both."""
        lexical = None
        if words:
            progress("words", 0, 1)
            lexical = LexicalIndex.build(list(texts))
            progress("words", 1, 1)
        return cls(lexical, encode_all(encoder, texts, progress) if encoder else None, encoder)

    @property
    def nbytes(self) -> int:
        """What the two indexes take in memory."""
        return (self._words.nbytes if self._words else 0) + (self._meaning.nbytes if self._meaning else 0)

    def rank(self, text: str, depth: int) -> Rows:
        """Numbers of the best documents, best first."""
        depth = min(depth, self.size)
        if not depth:
            return np.zeros(0, np.int64)
        words = self._words.scores(text) if self._words else None
        if self._meaning is None or self._encoder is None:
            assert words is not None
            return best(words, depth)
        query = self._encoder.encode([text])
        _, rows = self._meaning.search(query, max(depth, CANDIDATES))
        near = rows[0][rows[0] >= 0]
        if words is None:
            return np.asarray(near[:depth], dtype=np.int64)
        rows_asked = np.union1d(near, best(words, max(depth, CANDIDATES)))
        meaning = self._exact(rows_asked, query[0])
        fused = WORDS * self._stands_out(words[rows_asked], words) + (1 - WORDS) * self._stands_out(
            meaning, self._sample @ query[0] if self._sample is not None else meaning
        )
        return np.asarray(rows_asked[best(fused, depth)], dtype=np.int64)

    def _exact(self, rows: Rows, query: Numbers) -> Numbers:
        assert self._vectors is not None
        return np.asarray(self._vectors[rows].astype(np.float32) @ query, dtype=np.float32)

    @staticmethod
    def _stands_out(scores: Numbers, among: Numbers) -> Numbers:
        """How many standard deviations scores lie above the mean of all; 0 where all are alike."""
        spread = float(among.std())
        return np.zeros_like(scores) if spread < 1e-9 else np.asarray((scores - among.mean()) / spread)


def best(scores: Numbers, depth: int) -> Rows:
    """Rows with the highest scores, best first; of equals the first."""
    depth = min(depth, len(scores))
    if not depth:
        return np.zeros(0, np.int64)
    rows = np.sort(np.argpartition(-scores, depth - 1)[:depth])
    return np.asarray(rows[np.argsort(-scores[rows], kind="stable")], dtype=np.int64)
