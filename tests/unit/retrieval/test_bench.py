"""The benchmarks of the search: what is compared, what is counted, what is drawn."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from knowledge.models import Corpus
from retrieval import bench
from retrieval.bench import (
    Asked,
    Meaning,
    Ours,
    Plain,
    Task,
    Words,
    compare,
    file_task,
    own_task,
    plain_tokens,
)
from retrieval.bench_cli import app
from retrieval.confidence import FEATURES, Calibration
from retrieval.encoder import Vectors
from retrieval.evaluation import Benchmark, EvaluationError
from retrieval.mates import MatesError, find_mates
from retrieval.reliability import in_bins, reliability
from retrieval.scale import measure_passages, measure_synthetic, one_thread, read_texts
from retrieval.speed import measure_speed
from tests.unit.retrieval.conftest import OUTSIDE, PiecesEncoder


def test_each_sample_question_is_asked_without_itself(corpus: Corpus) -> None:
    """The question that is asked is no passage meanwhile; the rest of its section is."""
    task, passages = own_task(corpus, 1_000)
    assert {asked.text for asked in task.asked} == {p.text for p in passages if p.kind == "question"}
    for asked in task.asked:
        assert asked.without
        assert {passages[row].text for row in asked.without} == {asked.text}
        section = {passages[row].section for row in asked.without}
        assert {passages[task.starts[answer]].section for answer in asked.answers} == section
    assert len(own_task(corpus, 5)[0].asked) == 5
    chinese, mine = own_task(corpus, 1_000, languages=["zh"])
    assert {passage.language for passage in mine} == {asked.group for asked in chinese.asked} == {"zh"}
    assert [a.text for a in own_task(corpus, 5, frozenset(["押金不退怎么办"]))[0].asked] == ["押金不退怎么办"]


def test_every_system_answers_the_same_questions(corpus: Corpus, encoder: PiecesEncoder) -> None:
    """Ours, words, meaning and plain BM25 are measured on all of them, with times and sizes."""
    task, passages = own_task(corpus, 1_000)
    every = [Ours(encoder, passages), Words(), Meaning(encoder, "meaning"), Plain()]
    measured = compare(task, every)
    assert [one.system for one in measured] == [one.name for one in every]
    for one in measured:
        assert one.scores[""].queries == len(task.asked)
        assert {"en", "zh", "ru"} <= set(one.scores)
        assert 0 < one.scores[""].recall[10] <= 1
        assert one.scores[""].ms_per_query > 0
        assert one.index_mb > 0


def test_what_is_left_out_is_not_found() -> None:
    """Of two passages of equal words, the document whose passage does not count comes behind."""
    task = Task(
        "two", ["red light fine", "deposit", "red light"], np.asarray([0, 0, 1], np.int32), [],
    )  # fmt: skip
    words = Words()
    words.build(task, lambda *_: None)
    assert words.rank(Asked("red light fine", frozenset([0])), 2).tolist() == [0, 1]
    assert words.rank(Asked("red light fine", frozenset([0]), without=(0,)), 2).tolist() == [1, 0]
    meaning = Meaning(PiecesEncoder(), "meaning")
    meaning.build(task, lambda *_: None)
    assert meaning.rank(Asked("red light fine", frozenset([0])), 2).tolist() == [0, 1]
    assert meaning.rank(Asked("red light fine", frozenset([0]), without=(0,)), 2).tolist() == [1, 0]


def test_files_are_searched_as_wenlu_eval_retrieval_does(encoder: PiecesEncoder) -> None:
    """Documents of files have no sections; ours and plain BM25 both find them."""
    documents = {"a": "房东应当退还押金", "b": "闯红灯罚款", "c": "签证逾期停留罚款"}
    task = file_task(Benchmark(documents, {"q": "押金不退", "r": "签证逾期"}, {"q": {"a"}, "r": {"c"}}), "three")
    for system in (Ours(encoder), Plain()):
        (measured,) = compare(task, [system])
        assert measured.scores[""].recall[1] == 1.0
        assert list(measured.scores) == [""]


def test_plain_tokens_are_words_and_pairs() -> None:
    """The other side's BM25 is given what suits Chinese too."""
    assert plain_tokens("Visa 签证费") == ["visa", "签证", "证费"]
    assert plain_tokens("我") == ["我"]


def test_mates_are_found_both_ways(tmp_path: Path, encoder: PiecesEncoder) -> None:
    """A file that says the same finds all its mates; one that is turned round finds none."""
    lines = ["red light", "blue sky", "green grass"]
    (tmp_path / "en.txt").write_text("\n".join(lines))
    (tmp_path / "fr.txt").write_text("\n".join(lines))
    (tmp_path / "zh.txt").write_text("\n".join([*lines[1:], lines[0]]))
    assert find_mates(encoder, tmp_path) == {"fr": (1.0, 1.0), "zh": (0.0, 0.0), "mean": (0.5, 0.5)}
    (tmp_path / "zh.txt").write_text("one")
    with pytest.raises(MatesError, match="zh"):
        find_mates(encoder, tmp_path)
    with pytest.raises(MatesError, match=r"en\.txt"):
        find_mates(encoder, tmp_path / "nowhere")


def test_texts_are_made_of_sentences_when_documents_are_few(tmp_path: Path) -> None:
    """As many passages as asked for, whole documents first."""
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps({"text": "出租人应当退还押金。承租人应当支付租金，不得拖欠。"}) + "\n")
    assert read_texts(path, 2) == ["出租人应当退还押金。承租人应当支付租金，不得拖欠。", "出租人应当退还押金。"]
    assert len(read_texts(path, 1)) == 1
    path.write_text("{}\n")
    with pytest.raises(EvaluationError, match=":1"):
        read_texts(path, 2)


def test_growth_is_measured(encoder: PiecesEncoder) -> None:
    """Words, both, and every kind of index; reading all finds all of the ten nearest; the kind that is taken has a star."""
    texts = [f"article {i} about the deposit of a landlord and a fine of {i * 7} yuan" for i in range(60)]
    rows, vectors = measure_passages(texts, encoder)
    kinds = ["brute force", "flat *", "codes", "ivf"]
    assert [row.index for row in rows] == ["bm25s", "encoder", "as searched", *kinds]
    made = measure_synthetic(vectors, 500)
    assert [row.index for row in made] == kinds
    for row in (*rows[3:5], *made[:2]):
        assert row.recall is not None and row.recall > 0.97
    assert all(len(row.cells()) == 8 and row.p50_ms <= row.p95_ms for row in [*rows, *made])


def test_building_goes_on_with_all_threads_after_questions_with_one() -> None:
    """What is timed with one thread slows nothing that comes after it."""
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_an_encoder_is_timed_text_by_text(encoder: PiecesEncoder) -> None:
    """Each text is asked alone, as residents ask."""
    asked: list[list[str]] = []

    class Heard(PiecesEncoder):
        def encode(self, texts: list[str]) -> Vectors:
            asked.append(texts)
            return super().encode(texts)

    speed = measure_speed(Heard(), ["red light", "blue sky"])
    assert speed.texts == 2 and 0 < speed.p50_ms <= speed.p95_ms
    assert {len(texts) for texts in asked} == {1}


def test_bins_say_how_far_off_the_confidence_is() -> None:
    """What is always right when it says 0.9 is a tenth off; questions with and without an answer weigh the same."""
    said = np.asarray([0.9] * 10 + [0.1] * 30)
    answerable = np.asarray([True] * 10 + [False] * 30)
    found = in_bins(said, answerable)
    assert [(one.count, one.observed) for one in found.bins] == [(30, 0.0), (10, 1.0)]
    assert found.error == pytest.approx(0.1)
    assert sum(one.weight for one in found.bins) == pytest.approx(1)
    mixed = in_bins(np.asarray([0.5, 0.5, 0.5]), np.asarray([True, False, False]))
    assert mixed.bins[0].observed == pytest.approx(0.5)
    assert mixed.error == pytest.approx(0.0)


def test_reliability_asks_questions_with_and_without_an_answer(corpus: Corpus, encoder: PiecesEncoder) -> None:
    """Every sample question and every example out of scope is one question of the figure."""
    found = reliability(corpus, encoder, outside=OUTSIDE)
    assert found.count == len(own_task(corpus, 1_000)[0].asked) + len(OUTSIDE)
    assert 0 <= found.error <= 1


def test_reliability_with_questions_out_of_scope_that_it_does_not_know(corpus: Corpus, encoder: PiecesEncoder) -> None:
    """They are asked in place of the examples, and a calibration that says the same of everything is believed."""
    nothing = (0.0,) * len(FEATURES)
    sure = Calibration(nothing, (1.0,) * len(FEATURES), nothing, bias=9.0, threshold=0.5)
    found = reliability(corpus, encoder, sure, outside=OUTSIDE, strangers=OUTSIDE[:2])
    assert found.count == len(own_task(corpus, 1_000)[0].asked) + 2
    assert [one.predicted for one in found.bins] == [pytest.approx(1.0, abs=0.01)]
    assert found.error == pytest.approx(0.5, abs=0.01)


def test_figures_are_small_and_whole(corpus: Corpus, encoder: PiecesEncoder) -> None:
    """SVG that can be read as XML, with words as words, a few kilobytes, and the same each time."""
    pytest.importorskip("matplotlib")
    from retrieval.plots import by_language, compared, compared_by_language, grown, reliable

    task, _ = own_task(corpus, 5)
    figures = [
        compared(compare(task, [Words(), Plain()]), "own"),
        reliable(in_bins(np.linspace(0, 1, 50), np.arange(50) % 2 == 0)),
        compared_by_language(compare(task, [Words(), Plain()]), "own"),
        by_language({"ours": {"zh": 0.5, "en": 1.0}, "theirs": {"zh": 0.25}}, "mates", "right"),
        grown(measure_synthetic(np.eye(8, dtype=np.float32), 200)),
    ]
    for figure in figures:
        ElementTree.fromstring(figure)
        assert len(figure) < 60_000
    assert "recall@10" in figures[0] and "BM25" in figures[0]
    assert all(word in figures[3] for word in ("mates", "ours", "theirs", "zh", "en"))
    assert all(word in figures[4] for word in ("200 synthetic vectors", "flat *", "codes", "ivf", "brute force"))
    assert figures[1] == reliable(in_bins(np.linspace(0, 1, 50), np.arange(50) % 2 == 0))


def test_the_commands_print_their_tables(
    tmp_path: Path, encoder: PiecesEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files in, a table out; half of the files is refused."""
    monkeypatch.setattr("retrieval.encoder.load_encoder", lambda name=None: encoder)
    monkeypatch.setattr(bench, "mini", lambda: None)
    corpus, queries, qrels = tmp_path / "c.jsonl", tmp_path / "q.jsonl", tmp_path / "r.tsv"
    corpus.write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate(["退还押金", "闯红灯"])))
    queries.write_text(json.dumps({"id": "a", "text": "押金不退"}) + "\n")
    qrels.write_text("a\t0\n")
    files = ["--corpus", str(corpus), "--queries", str(queries), "--qrels", str(qrels)]
    result = CliRunner().invoke(app, ["retrieval", *files])
    assert result.exit_code == 0, result.output
    for name in ("ours: words and meaning", "ours: words alone", "ours: meaning alone", "BM25"):
        assert name in result.output
    assert CliRunner().invoke(app, ["retrieval", *files[:2]]).exit_code == 2
    (tmp_path / "en.txt").write_text("red\nblue\n")
    (tmp_path / "de.txt").write_text("red\nblue\n")
    figure = tmp_path / "images" / "mates.svg"
    result = CliRunner().invoke(app, ["mates", str(tmp_path), "--plot", str(figure)])
    assert result.exit_code == 0 and "100" in result.output, result.output
    assert "de" in figure.read_text()
