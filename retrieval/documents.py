"""Search in a collection of documents that has no sample questions, such as statutes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Encoder, load_encoder, load_statutes_encoder
from retrieval.index import Progress, encode_all, no_progress
from retrieval.lexical import LexicalIndex
from retrieval.vector import VectorIndex

Rows = NDArray[np.int64]
Numbers = NDArray[np.float32]

WORDS = 0.4
"""Share of the words. Brochures come with sample questions in every language, so there meaning has a still larger share;
a statute has only its own wording."""

CANDIDATES = 1_000
"""Documents that are looked at by each of words and meaning."""

SPREAD_FROM = 2_048
"""Documents from which it is worked out how near a query is to just any document."""

EVEN_FROM = 5_000
"""Fewer documents say too little about which directions of the space are common among them."""

AROUND = 2
"""Documents before and behind one that say what it is about, where a collection has an order: articles of a law."""

BESIDE = 0.5
"""What they count beside the document itself."""

ORDERED = 1.0
"""From so many standard deviations on that documents side by side are nearer than any two, a collection has an order."""

_CHINESE = re.compile("[\u4e00-\u9fff]")


def encoder_for(texts: Sequence[str]) -> Encoder:
    """The bundled encoder; for Chinese documents with the rows that were trained on statutes."""
    some = [texts[i] for i in np.linspace(0, len(texts) - 1, min(len(texts), 500)).astype(int)]
    chinese = sum(len(_CHINESE.findall(text)) * 2 > len(text) for text in some)
    return load_statutes_encoder() if 2 * chinese > len(some) else load_encoder()


class Even:
    """Takes from a collection's vectors what they all share, and turns down the directions in which they differ most.

    In a collection of one kind most texts point the same way, and what sets them apart is small beside it. Halfway to
    full whitening (the covariance to the power of -1/4): full whitening makes noise as loud as what is said.
    """

    def __init__(self, vectors: Numbers) -> None:
        self._mean = vectors.mean(axis=0)
        values, directions = np.linalg.eigh(np.cov((vectors - self._mean).T))
        self._turn = (directions * np.maximum(values, 1e-6) ** -0.25).astype(np.float32)

    def __call__(self, vectors: Numbers) -> Numbers:
        return _unit((vectors - self._mean) @ self._turn)


def in_order(vectors: Numbers) -> bool:
    """Whether documents that stand side by side belong together, as a law's articles do, and a pile of letters does not."""
    if len(vectors) < EVEN_FROM:
        return False
    rng = np.random.default_rng(0)
    some = rng.integers(0, len(vectors) - 1, SPREAD_FROM)
    beside = (vectors[some] * vectors[some + 1]).sum(axis=1)
    chance = (vectors[some] * vectors[rng.integers(0, len(vectors), SPREAD_FROM)]).sum(axis=1)
    return bool(beside.mean() - chance.mean() > ORDERED * chance.std())


def with_around(rows: Numbers) -> Numbers:
    """Vectors or scores of documents in order, with a share of those around each; at the ends there are fewer."""
    sums, counts = rows.copy(), np.ones(len(rows), np.float32)
    for step in range(1, min(AROUND, len(rows) - 1) + 1):
        for here, there in ((slice(step, None), slice(None, -step)), (slice(None, -step), slice(step, None))):
            sums[here] += rows[there]
            counts[here] += 1
    return np.asarray(rows + BESIDE * sums / counts.reshape(-1, *[1] * (rows.ndim - 1)), dtype=np.float32)


def _unit(vectors: Numbers) -> Numbers:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths < 1e-9, 1.0, lengths), dtype=np.float32)


class Documents:
    """Words and meaning of documents, each measured by how far a document stands out from just any.

    A cosine and a BM25 score have no common scale in a collection without questions: both are counted in standard
    deviations from the mean of the collection, query by query. In a collection that has an order, a document is also
    about what stands around it.
    """

    def __init__(self, words: LexicalIndex | None, vectors: Numbers | None, encoder: Encoder | None) -> None:
        if words is None and vectors is None:
            raise ValueError("neither words nor meaning: there is nothing to search with")
        self._words = words
        self._encoder = encoder
        self._ordered = vectors is not None and in_order(vectors)
        if self._ordered and vectors is not None:
            vectors = _unit(with_around(vectors))
        self._even = Even(vectors) if vectors is not None and len(vectors) >= EVEN_FROM else None
        if self._even and vectors is not None:
            vectors = self._even(vectors)
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
        if self._even:
            query = self._even(query)
        _, rows = self._meaning.search(query, max(depth, CANDIDATES))
        near = rows[0][rows[0] >= 0]
        if words is None:
            return np.asarray(near[:depth], dtype=np.int64)
        words = with_around(words) if self._ordered else words
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
