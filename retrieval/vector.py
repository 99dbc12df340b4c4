"""Search by meaning: inner products over all passages by FAISS, exact while there are few enough to read them all."""

from __future__ import annotations

from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Kind = Literal["flat", "codes", "ivf"]

FLAT_UP_TO = 10_000
"""Up to so many vectors every query reads all of them (about a millisecond at 384 numbers each)."""

CODES_UP_TO = 200_000
"""Up to so many it reads a short code of each, and only the best by their codes themselves; above, the nearest lists only."""

_CANDIDATES = 256
"""At least so many by their codes are looked at themselves, and twice as many as are asked for."""

GOOD_ENOUGH = 0.98
"""Share of the ten nearest that must be found when not all vectors are read."""

_PROBES = (8, 16, 32, 64, 128, 256, 512)
_TRIED = 128
_ASKEW = 0.7
_TRAINED_ON = 40
"""Vectors a list that the middles of the lists are found from."""


def kind_for(count: int) -> Kind:
    """The type of index that suits so many vectors."""
    if count <= FLAT_UP_TO:
        return "flat"
    return "codes" if count <= CODES_UP_TO else "ivf"


class VectorIndex:
    """All passage vectors, in the 16 bits in which they are kept on disk.

    flat: the best k for a query are exact. A query reads every vector, so it takes as long as reading takes: half as
    long as with 32 bits. codes: every two numbers are kept as 4 bits more, which are read for all vectors in a seventh of
    the time; the scores of the best are then exact, and the nearest are missed once in thousands. ivf: vectors lie in lists around middles; as many lists are read as are needed to find
    GOOD_ENOUGH of the ten nearest, tried out on vectors of the index itself while it is built.
    """

    def __init__(self, vectors: Vectors, exact: bool = False, kind: Kind | None = None) -> None:
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._width = vectors.shape[1]
        self.kind: Kind = "flat" if exact else kind or kind_for(len(vectors))
        if self.kind == "codes" and self._width % 2:
            self.kind = "flat"
        self._vectors: Any = None if self.kind == "ivf" else _flat(vectors)
        self._index: Any = _lists(vectors) if self.kind == "ivf" else self._vectors
        if self.kind == "codes":
            self._codes = _coded(vectors)
            self._index = faiss.IndexRefine(self._codes, self._vectors)
            self._index.k_factor = 2.0

    @property
    def size(self) -> int:
        return int(self._index.ntotal)

    @property
    def nbytes(self) -> int:
        """What the vectors take in memory: 16 bits a number; codes take an eighth of that more, lists a number of 64 bits."""
        beside = {"flat": 0, "codes": self._width // 4, "ivf": 8}[self.kind]
        return int(self.size * (2 * self._width + beside))

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
        """Scores and passage numbers of the best k for each query, best first; fewer when there are not so many.

        Where lists hold fewer than k, the rest are numbered -1.
        """
        k = min(k, self.size)
        if not k:
            return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
        asked = min(max(k, _CANDIDATES), self.size) if self.kind == "codes" else k
        scores, rows = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), asked)
        return scores[:, :k], rows[:, :k]


def _flat(vectors: Vectors) -> Any:
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.add(vectors)
    return index


def _coded(vectors: Vectors) -> Any:
    """Codes of 4 bits for every two numbers, in the order in which the processor reads 32 vectors at once."""
    index = faiss.IndexPQFastScan(vectors.shape[1], vectors.shape[1] // 2, 4, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    return index


def _lists(vectors: Vectors) -> Any:
    """Vectors in about 4·√n lists, as many of them read as the recall asks for."""
    count, width = vectors.shape
    lists = min(int(4 * count**0.5), count // _TRAINED_ON)
    index: Any = faiss.index_factory(width, f"IVF{lists},SQfp16", faiss.METRIC_INNER_PRODUCT)
    rng = np.random.default_rng(0)
    index.cp.niter = 8
    index.cp.spherical = True
    index.train(vectors[np.sort(rng.permutation(count)[: lists * _TRAINED_ON])])
    index.add(vectors)
    own = np.sort(rng.permutation(count)[:_TRIED])
    tried = _askew(vectors[own], rng)
    exact = nearest(tried, vectors, 11)
    for probes in _PROBES:
        index.nprobe = min(probes, lists)
        _, rows = index.search(tried, 11)
        if _without(rows, exact, own) >= GOOD_ENOUGH or probes >= lists:
            break
    return index


def _askew(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    """Vectors somewhat beside those of the index: questions are never quite what is written."""
    noise = rng.standard_normal(vectors.shape).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(vectors + _ASKEW * lengths * noise, dtype=np.float32)


def _without(rows: NDArray[np.int64], exact: NDArray[np.int64], own: NDArray[np.int64]) -> float:
    """The recall where the vector that the question was made of does not count: it is always found."""
    right = [set(b.tolist()) - {own} for b, own in zip(exact, own.tolist(), strict=True)]
    found = [len(set(a.tolist()) & b) / len(b) for a, b in zip(rows, right, strict=True)]
    return float(np.mean(found))


def nearest(queries: Vectors, vectors: Vectors, k: int) -> NDArray[np.int64]:
    """The exact best k by brute force, in 32 bits."""
    _, rows = faiss.knn(queries, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
    return np.asarray(rows, dtype=np.int64)


def recall(rows: NDArray[np.int64], exact: NDArray[np.int64]) -> float:
    """Share of the exact best that are among the rows found."""
    width = rows.shape[1]
    found = [len(set(a.tolist()) & set(b.tolist())) for a, b in zip(rows, exact, strict=True)]
    return float(sum(found) / (len(rows) * width))
