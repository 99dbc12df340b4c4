"""How the search grows: many statutes, and very many vectors."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import faiss
import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.app import one_thread_a_query
from retrieval.documents import Documents
from retrieval.encoder import Encoder
from retrieval.evaluation import EvaluationError, lines_of
from retrieval.index import Progress, encode_all, no_progress
from retrieval.lexical import LexicalIndex
from retrieval.vector import Kind, VectorIndex, kind_for, nearest, recall

Vectors = NDArray[np.float32]

QUERIES = 200
TIMED = 50
"""So many of the queries are timed."""

ROUNDS = 3
"""How often each is; its fastest time counts, so that other work on the machine counts least."""

KINDS: tuple[Kind, ...] = ("flat", "codes", "ivf")
BLOCK = 100_000
_SENTENCE = re.compile(r"(?<=[。；！？\n.;!?])")


@dataclass(frozen=True)
class Grown:
    """One line of the table."""

    what: str
    index: str
    count: int
    build_s: float
    megabytes: float
    p50_ms: float
    p95_ms: float
    recall: float | None

    def cells(self) -> list[str]:
        return [
            self.what,
            self.index,
            f"{self.count:,}",
            f"{self.build_s:.1f}",
            f"{self.megabytes:.0f}",
            f"{self.p50_ms:.2f}",
            f"{self.p95_ms:.2f}",
            "–" if self.recall is None else f"{self.recall:.3f}",
        ]


def read_texts(path: Path, count: int) -> list[str]:
    """`count` texts from JSON lines with `text`: the documents, and where these are too few their single sentences."""
    texts: list[str] = []
    for number, line in enumerate(lines_of(path), 1):
        try:
            texts.append(str(json.loads(line)["text"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(f"{path}:{number}: needs JSON with text") from error
    whole = len(texts)
    for text in texts[:whole]:
        if len(texts) >= count:
            break
        texts += [part.strip() for part in _SENTENCE.split(text) if len(part.strip()) >= 8]
    if not texts:
        raise EvaluationError(f"{path} has no texts")
    return texts[:count]


def measure_passages(
    texts: list[str], encoder: Encoder, progress: Progress = no_progress
) -> tuple[list[Grown], Vectors]:
    """Words, meaning and both over real passages, and every kind of index over their vectors, which are given back.

    Questions are the middles of passages: what somebody asks who remembers half of it.
    """
    begun = time.perf_counter()
    vectors = encode_all(encoder, texts, progress)
    encoded = time.perf_counter() - begun
    begun = time.perf_counter()
    progress("words", 0, 1)
    words = LexicalIndex.build(texts)
    progress("words", 1, 1)
    worded = time.perf_counter() - begun
    asked = [_middle(texts[i]) for i in np.linspace(0, len(texts) - 1, QUERIES).astype(int)]
    begun = time.perf_counter()
    both = Documents(words, vectors, encoder)
    joined = time.perf_counter() - begun
    count = len(texts)
    with one_thread():
        rows = [
            _timed("passages, words", "bm25s", count, worded, words.nbytes, lambda i: words.scores(asked[i])),
            _timed("passages, a text's vector", "encoder", count, encoded, 0, lambda i: encoder.encode([asked[i]])),
            _timed(
                "passages, both", "as searched", count, encoded + worded + joined, both.nbytes,
                lambda i: both.rank(asked[i], 10),
            ),
        ]  # fmt: skip
    return [*rows, *measure_kinds("passages", vectors, encoder.encode(asked), progress)], vectors


def measure_synthetic(seeds: Vectors, count: int, progress: Progress = no_progress) -> list[Grown]:
    """Every kind of index over vectors made between real ones."""
    vectors = synthetic(seeds, count, progress)
    return measure_kinds("synthetic vectors", vectors, _between(seeds, QUERIES, np.random.default_rng(2)), progress)


def measure_kinds(what: str, vectors: Vectors, queries: Vectors, progress: Progress = no_progress) -> list[Grown]:
    """Every kind of index, one after the other, beside brute force in 32 bits; a star marks what the search would take."""
    exact = nearest(queries, vectors, 10)
    with one_thread():
        rows = [
            replace(
                _timed(
                    what, "brute force", len(vectors), 0.0, vectors.nbytes,
                    lambda i: nearest(queries[i : i + 1], vectors, 10),
                ),
                recall=1.0,
            )
        ]  # fmt: skip
    for kind in KINDS:
        step = f"{kind}, {len(vectors):,} {what}"
        progress(step, 0, 1)
        begun = time.perf_counter()
        index = VectorIndex(vectors, kind=kind)
        built = time.perf_counter() - begun
        with one_thread():
            rows.append(_searched(what, index, queries, exact, built))
        progress(step, 1, 1)
        del index
    return rows


@contextmanager
def one_thread() -> Iterator[None]:
    """Queries are asked with one thread, as the product does; indexes are built with all."""
    many, torch_many = faiss.omp_get_max_threads(), torch.get_num_threads()
    one_thread_a_query()
    try:
        yield
    finally:
        faiss.omp_set_num_threads(many)
        torch.set_num_threads(torch_many)


def synthetic(seeds: Vectors, count: int, progress: Progress = no_progress) -> Vectors:
    """Vectors between real ones and a little off: as crowded and as empty as real text leaves the space."""
    rng = np.random.default_rng(1)
    made = np.empty((count, seeds.shape[1]), np.float32)
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        made[start:end] = _between(seeds, end - start, rng)
        progress("vectors", end, count)
    return made


def _between(seeds: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    one, other = (seeds[rng.integers(0, len(seeds), count)] for _ in range(2))
    share = rng.uniform(0.6, 1.0, (count, 1)).astype(np.float32)
    noise = rng.standard_normal((count, seeds.shape[1])).astype(np.float32) * (0.4 / seeds.shape[1] ** 0.5)
    made = share * one + (1 - share) * other + noise
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def _middle(text: str) -> str:
    quarter = len(text) // 4
    return text[quarter : quarter + max(12, min(len(text) // 2, 60))]


def _searched(what: str, index: VectorIndex, queries: Vectors, exact: NDArray[np.int64], build_s: float) -> Grown:
    found = np.concatenate([index.search(query[None, :], 10)[1] for query in queries])
    name = f"{index.kind} *" if index.kind == kind_for(index.size) else index.kind
    line = _timed(what, name, index.size, build_s, index.nbytes, lambda i: index.search(queries[i : i + 1], 10))
    return replace(line, recall=recall(found, exact))


def _timed(what: str, index: str, count: int, build_s: float, size: int, ask: Callable[[int], object]) -> Grown:
    times = np.empty((ROUNDS, TIMED))
    for row in times:
        for number, i in enumerate(np.linspace(0, QUERIES - 1, TIMED).astype(int).tolist()):
            begun = time.perf_counter()
            ask(i)
            row[number] = (time.perf_counter() - begun) * 1000
    p50, p95 = (float(np.percentile(times.min(axis=0), at)) for at in (50, 95))
    return Grown(what, index, count, build_s, size / 1_000_000, p50, p95, None)
