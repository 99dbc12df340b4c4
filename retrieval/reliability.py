"""Whether the confidence means what it says: of what is said with 0.8, four in five should have an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.models import Corpus
from retrieval.calibrate import ask_all, calibrate
from retrieval.confidence import Calibration
from retrieval.encoder import Encoder
from retrieval.index import Index, Progress, build_index, no_progress
from retrieval.outside import Outside, outside_of
from retrieval.passages import passages_of
from retrieval.search import Query, Searcher

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Questions of which a probability between `low` and `high` was said."""

    low: float
    high: float
    count: int
    predicted: float
    observed: float
    weight: float


@dataclass(frozen=True)
class Reliability:
    """Bins that hold questions, and the expected calibration error: the mean distance between said and observed."""

    bins: list[Bin]
    error: float
    count: int
    threshold: float


def in_bins(
    said: NDArray[np.float64], answerable: NDArray[np.bool_], bins: int = BINS, threshold: float = 0.5
) -> Reliability:
    """Bins of equal width. Questions with and without an answer count the same in all, as they do in the fit."""
    right = answerable.astype(np.float64)
    weight = np.where(answerable, 0.5 / max(right.sum(), 1), 0.5 / max((1 - right).sum(), 1))
    weight = weight / weight.sum()
    number = np.minimum((said * bins).astype(int), bins - 1)
    found: list[Bin] = []
    for i in range(bins):
        chosen = number == i
        if not chosen.any():
            continue
        share = float(weight[chosen].sum())
        found.append(
            Bin(
                i / bins,
                (i + 1) / bins,
                int(chosen.sum()),
                float((weight * said)[chosen].sum() / share),
                float((weight * right)[chosen].sum() / share),
                share,
            )
        )
    error = sum(one.weight * abs(one.predicted - one.observed) for one in found)
    return Reliability(found, float(error), len(said), threshold)


def reliability(
    corpus: Corpus,
    encoder: Encoder,
    calibration: Calibration | None = None,
    only: frozenset[str] | None = None,
    most: int | None = None,
    progress: Progress = no_progress,
    outside: tuple[Outside, ...] | None = None,
    strangers: tuple[Outside, ...] | None = None,
) -> Reliability:
    """Asks sample questions (each as if it had never been written down) and questions out of scope.

    `calibration`: where there is none, one is fitted as publishing does. `outside`: the examples that the index knows;
    default: the corpus's. `strangers`: questions out of scope that it does not know; default: the examples are asked.
    """
    passages = passages_of(corpus)
    examples = outside_of(corpus) if outside is None else outside
    index = build_index(passages, examples, encoder, progress)
    index.calibration = calibration or calibrate(corpus, index, passages, examples, encoder, only, progress)
    known = examples if strangers is None else ()
    asked = list(ask_all(corpus, index, passages, known, encoder, only, progress, most))
    said = [one.ranking.probability for one in asked] + _of_strangers(corpus, index, encoder, strangers or ())
    answerable = [one.section is not None for one in asked] + [False] * len(strangers or ())
    threshold = index.calibration.threshold if index.calibration else 0.5
    return in_bins(np.asarray(said, np.float64), np.asarray(answerable, bool), threshold=threshold)


def _of_strangers(corpus: Corpus, index: Index, encoder: Encoder, strangers: Sequence[Outside]) -> list[float]:
    searcher = Searcher(corpus, index, encoder, clock=lambda: date.min)
    vectors = encoder.encode([one.text for one in strangers])
    return [
        searcher.rank(Query(one.text, one.language), index.find(one.text, vector)).probability
        for one, vector in zip(strangers, vectors, strict=True)
    ]
