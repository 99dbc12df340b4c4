"""Measuring retrieval on files."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from typer.testing import CliRunner

from retrieval.cli import app
from retrieval.evaluation import EvaluationError, evaluate, load_benchmark
from tests.unit.retrieval.conftest import PiecesEncoder


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Four documents, three queries of which one has no answer."""
    corpus, queries, qrels = tmp_path / "corpus.jsonl.xz", tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    texts = ["房东应当退还押金", "闯红灯罚款", "签证逾期停留罚款", "结婚登记"]
    with lzma.open(corpus, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": i, "name": f"第{i}条", "text": text}) + "\n" for i, text in enumerate(texts))
    asked = {"a": "押金不退", "b": "签证逾期", "c": "天气"}
    queries.write_text("".join(json.dumps({"id": key, "text": text}) + "\n" for key, text in asked.items()))
    qrels.write_text("a\t0\nb\t2\nb\t1\n")
    return corpus, queries, qrels


@pytest.mark.parametrize(("meaning", "lexical"), [(True, True), (True, False), (False, True)])
def test_recall_and_rank_are_counted(
    files: tuple[Path, Path, Path], encoder: PiecesEncoder, meaning: bool, lexical: bool
) -> None:
    """By meaning, by words and by both, the two answerable queries are found; the third does not count."""
    scores = evaluate(load_benchmark(*files), encoder if meaning else None, lexical)
    assert scores.queries == 2
    assert scores.recall[1] == pytest.approx(0.75)
    assert scores.recall[10] == pytest.approx(1.0)
    assert scores.mrr_at_10 == pytest.approx(1.0)
    assert scores.ms_per_query > 0


def test_nothing_to_search_with_is_refused(files: tuple[Path, Path, Path]) -> None:
    """Without meaning and without words there is no search."""
    with pytest.raises(EvaluationError, match="nothing to search"):
        evaluate(load_benchmark(*files), None, lexical=False)


def test_a_wrong_file_is_named_with_its_line(files: tuple[Path, Path, Path]) -> None:
    """The message leads to the line to mend."""
    corpus, queries, qrels = files
    qrels.write_text("a\t0\nb\t99\n")
    with pytest.raises(EvaluationError, match=r"qrels\.tsv:2.*99"):
        load_benchmark(corpus, queries, qrels)
    queries.write_text('{"id": 1}\n{broken\n')
    qrels.write_text("a\t0\n")
    with pytest.raises(EvaluationError, match=r"queries\.jsonl:"):
        load_benchmark(corpus, queries, qrels)


def test_the_command_prints_the_scores(files: tuple[Path, Path, Path]) -> None:
    """By words only it needs no model."""
    corpus, queries, qrels = map(str, files)
    arguments = ["eval", "retrieval", "--corpus", corpus, "--queries", queries, "--qrels", qrels]
    result = CliRunner().invoke(app, [*arguments, "--encoder", "none"])
    assert result.exit_code == 0, result.output
    measured = result.output.splitlines()[-1].split()
    assert measured[::2] == ["recall@1", "recall@3", "recall@10", "recall@100", "mrr@10", "ms/query"]
    assert measured[9] == "1.000"
    assert float(measured[11]) >= 0
    refused = CliRunner().invoke(app, [*arguments, "--encoder", "none", "--lexical", "off"])
    assert refused.exit_code == 1
