"""Finds out how sure the search may be, from sample questions each asked as if it had never been written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from knowledge.models import Corpus
from retrieval.confidence import Calibration, fit
from retrieval.encoder import Encoder
from retrieval.index import Index, Progress, no_progress
from retrieval.outside import Outside
from retrieval.passages import Passage
from retrieval.search import Query, Ranking, Searcher

FEWEST = 20
"""With fewer sample questions or examples out of scope no calibration is tried."""

ENOUGH = 2_000
"""More sample questions than this change the weights no more."""


@dataclass(frozen=True)
class Asked:
    """A sample question as it was answered, and which section should have (None: none should)."""

    language: str
    text: str
    section: str | None
    theme: str | None
    ranking: Ranking


def calibrate(
    corpus: Corpus,
    index: Index,
    passages: Sequence[Passage],
    outside: Sequence[Outside],
    encoder: Encoder,
    only: frozenset[str] | None = None,
    progress: Progress = no_progress,
    most: int | None = ENOUGH,
) -> Calibration | None:
    """Weights and threshold, or None where there is too little to learn from.

    `only`: use no sample questions but these (those that the encoder was not tuned on).
    """
    asked = list(ask_all(corpus, index, passages, outside, encoder, only, progress, most))
    answerable = np.asarray([one.section is not None for one in asked], dtype=bool)
    if answerable.sum() < FEWEST or (~answerable).sum() < FEWEST:
        return None
    features = np.asarray([one.ranking.features for one in asked])
    return fit(features, answerable, [one.language for one in asked])


def ask_all(
    corpus: Corpus,
    index: Index,
    passages: Sequence[Passage],
    outside: Sequence[Outside],
    encoder: Encoder,
    only: frozenset[str] | None = None,
    progress: Progress = no_progress,
    most: int | None = None,
) -> Iterable[Asked]:
    """Asks every sample question without itself, and every example out of scope without its theme's same question.

    Every second sample question is asked without any sample question of its section in its language: people who ask
    do not word things as the writers did.
    """
    searcher = Searcher(corpus, index, encoder, clock=lambda: date.min)
    rows = [i for i, passage in enumerate(passages) if passage.kind == "question"]
    siblings: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in rows:
        siblings[passages[i].section, passages[i].language].append(i)
    if only is not None:
        rows = [i for i in rows if passages[i].text in only]
    if most is not None and len(rows) > most:
        rows = [rows[i] for i in np.linspace(0, len(rows) - 1, most).astype(int)]
    vectors = encoder.encode([passages[i].text for i in rows])
    for done, (i, vector) in enumerate(zip(rows, vectors, strict=True)):
        passage = passages[i]
        excluded = siblings[passage.section, passage.language] if done % 2 else [i]
        found = index.find(passage.text, vector, exclude=excluded)
        ranking = searcher.rank(Query(passage.text, passage.language), found)
        yield Asked(passage.language, passage.text, passage.section, None, ranking)
        if done % 100 == 0:
            progress("confidence", done, len(rows))
    if outside:
        yield from _ask_outside(searcher, index, outside)
    progress("confidence", len(rows), len(rows))


def _ask_outside(searcher: Searcher, index: Index, outside: Sequence[Outside]) -> Iterable[Asked]:
    """Every second example is asked as if its whole theme had never been thought of."""
    themes: dict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(outside):
        themes[example.theme].append(i)
    for i, (example, vector) in enumerate(zip(outside, index.outside, strict=True)):
        found = index.find(example.text, vector, exclude_outside=themes[example.theme] if i % 2 else [i])
        ranking = searcher.rank(Query(example.text, example.language), found)
        yield Asked(example.language, example.text, None, example.theme, ranking)
