"""Measures retrieval on a corpus with queries and known answers, with the machinery that answers residents."""

from __future__ import annotations

import json
import lzma
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from retrieval.documents import Documents
from retrieval.encoder import Encoder
from retrieval.index import Progress, no_progress

DEPTHS = (1, 3, 10, 100)


class EvaluationError(RuntimeError):
    """A file that cannot be measured with; the message says which line of it and why."""


@dataclass(frozen=True)
class Benchmark:
    """Documents, queries and which documents answer which query."""

    documents: dict[str, str]
    queries: dict[str, str]
    answers: dict[str, set[str]]


@dataclass
class Scores:
    """Means over all queries that have an answer."""

    queries: int = 0
    recall: dict[int, float] = field(default_factory=dict)
    mrr_at_10: float = 0.0
    ms_per_query: float = 0.0

    def lines(self) -> list[str]:
        """How many queries were asked, then everything measured in one line, for people and for programs."""
        measured = {f"recall@{depth}": f"{value:.3f}" for depth, value in self.recall.items()}
        measured |= {"mrr@10": f"{self.mrr_at_10:.3f}", "ms/query": f"{self.ms_per_query:.1f}"}
        return [f"queries {self.queries}", "  ".join(f"{name} {value}" for name, value in measured.items())]


def load_benchmark(corpus: Path, queries: Path, qrels: Path) -> Benchmark:
    """Corpus and queries as JSON lines (`id`, `text`, a document may have `name`), answers as query<TAB>document.

    Files may be compressed (.xz). Queries without an answer are left out.
    """
    documents = {key: f"{row.get('name', '')} {row['text']}".strip() for key, row in _rows(corpus)}
    answers: dict[str, set[str]] = {}
    for number, line in enumerate(lines_of(qrels), 1):
        columns = line.split("\t")
        if len(columns) < 2:
            raise EvaluationError(f"{qrels}:{number}: needs a query id and a document id, separated by a tab")
        if columns[1] not in documents:
            if number == 1:
                continue  # a heading
            raise EvaluationError(f"{qrels}:{number}: the corpus has no document {columns[1]}")
        answers.setdefault(columns[0], set()).add(columns[1])
    asked = {key: row["text"] for key, row in _rows(queries) if key in answers}
    if not asked:
        raise EvaluationError(f"{queries}: no query has an answer in {qrels}")
    return Benchmark(documents, asked, answers)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for number, line in enumerate(lines_of(path), 1):
        try:
            row = json.loads(line)
            text = row.get("text", row.get("query"))
            yield str(row["id"]), {**row, "text": str(text)}
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(f"{path}:{number}: needs JSON with id and text") from error


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file that say something; .xz is read, too."""
    with _open(path) as file:
        for line in file:
            if line.strip():
                yield line.rstrip("\n")


def _open(path: Path) -> IO[str]:
    return lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")


def evaluate(benchmark: Benchmark, encoder: Encoder | None, lexical: bool, progress: Progress = no_progress) -> Scores:
    """Ranks all documents for every query by meaning, by words, or by both fused as in the service."""
    if encoder is None and not lexical:
        raise EvaluationError("with the encoder none and lexical off there is nothing to search with")
    keys = list(benchmark.documents)
    documents = Documents.build(list(benchmark.documents.values()), encoder, lexical, progress)
    ranks: list[list[int]] = []
    begun = time.perf_counter()
    for done, (key, text) in enumerate(benchmark.queries.items(), 1):
        wanted = benchmark.answers[key]
        found = documents.rank(text, DEPTHS[-1])
        ranks.append([rank for rank, row in enumerate(found, 1) if keys[row] in wanted])
        progress("queries", done, len(benchmark.queries))
    elapsed = time.perf_counter() - begun
    return score(ranks, [len(benchmark.answers[key]) for key in benchmark.queries], elapsed)


def score(ranks: list[list[int]], wanted: list[int], elapsed: float) -> Scores:
    """Means over queries: the ranks at which answers were found, how many answers there are, and seconds in all."""
    count = len(ranks)
    recall = {
        depth: sum(sum(rank <= depth for rank in found) / most for found, most in zip(ranks, wanted, strict=True))
        / count
        for depth in DEPTHS
    }
    mrr = sum(1 / found[0] for found in ranks if found and found[0] <= 10) / count
    return Scores(count, recall, mrr, elapsed / count * 1000)
