"""How the search grows: many statutes, and very many vectors."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Documents
from retrieval.encoder import Encoder
from retrieval.evaluation import EvaluationError, lines_of
from retrieval.index import Progress, encode_all, no_progress
from retrieval.lexical import LexicalIndex
from retrieval.vector import VectorIndex, nearest, recall

Vectors = NDArray[np.float32]

QUERIES = 200
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
            f"{self.p50_ms:.1f}",
            f"{self.p95_ms:.1f}",
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
    texts: list[str], encoder: Encoder, progress: Progress = no_progress, alone: Callable[[], None] = lambda: None
) -> tuple[list[Grown], Vectors]:
    """Words, meaning and both over real passages; the vectors are given back to make others of.

    Questions are the middles of passages: what somebody asks who remembers half of it. `alone`: called before queries.
    """
    begun = time.perf_counter()
    vectors = encode_all(encoder, texts, progress)
    encoded = time.perf_counter() - begun
    begun = time.perf_counter()
    progress("words", 0, 1)
    words = LexicalIndex.build(texts)
    progress("words", 1, 1)
    worded = time.perf_counter() - begun
    begun = time.perf_counter()
    meaning = VectorIndex(vectors)
    indexed = time.perf_counter() - begun
    asked = [_middle(texts[i]) for i in np.linspace(0, len(texts) - 1, QUERIES).astype(int)]
    queries = encoder.encode(asked)
    exact = nearest(queries, vectors, 10)
    alone()
    both = Documents(words, vectors, encoder)
    rows = [
        _timed("passages, words", "bm25s", len(texts), worded, words.nbytes, lambda i: words.scores(asked[i])),
        _searched("passages, meaning", meaning, queries, exact, encoded + indexed),
        _timed(
            "passages, both", "both", len(texts), encoded + indexed + worded, both.nbytes,
            lambda i: both.rank(asked[i], 10),
        ),
    ]  # fmt: skip
    return rows, vectors


def measure_synthetic(
    seeds: Vectors, count: int, progress: Progress = no_progress, alone: Callable[[], None] = lambda: None
) -> list[Grown]:
    """The kind of index that so many vectors get, beside the flat one, against brute force."""
    vectors = synthetic(seeds, count, progress)
    rng = np.random.default_rng(2)
    queries = _between(seeds, QUERIES, rng)
    exact = nearest(queries, vectors, 10)
    rows = []
    for flat in (True, False):
        progress("flat" if flat else "lists", 0, 1)
        begun = time.perf_counter()
        index = VectorIndex(vectors, exact=flat)
        built = time.perf_counter() - begun
        progress("flat" if flat else "lists", 1, 1)
        if flat or index.kind != "flat":
            alone()
            rows.append(_searched("synthetic vectors", index, queries, exact, built))
    return rows


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
    right = recall(found, exact)
    line = _timed(what, index.kind, index.size, build_s, index.nbytes, lambda i: index.search(queries[i : i + 1], 10))
    return Grown(**{**line.__dict__, "recall": right})


def _timed(what: str, index: str, count: int, build_s: float, size: int, ask: Callable[[int], object]) -> Grown:
    times = []
    for i in range(QUERIES):
        begun = time.perf_counter()
        ask(i)
        times.append((time.perf_counter() - begun) * 1000)
    p50, p95 = (float(np.percentile(times, at)) for at in (50, 95))
    return Grown(what, index, count, build_s, size / 1_000_000, p50, p95, None)
