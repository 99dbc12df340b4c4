"""Rows for statutes: what is trained, what stays, and what is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from knowledge.models import Corpus
from retrieval import encoder as encoder_module
from retrieval.encoder import STATUTES, EncoderError, load_statutes_encoder
from retrieval.training.prepare import pack
from retrieval.training.statutes import (
    Article,
    Batches,
    export_rows,
    own_pairs,
    read_articles,
    rows_before,
    step_loss,
    tune_statutes,
)
from retrieval.training.tokenizer import train_tokenizer
from retrieval.training.train import Bags

TEXTS = [
    "出租人应当在租赁合同终止后退还押金不得无故扣留并应当说明理由",
    "机动车违反交通信号灯通行的处警告或者二十元以上二百元以下罚款",
    "外国人非法居留的给予警告情节严重的处每非法居留一日五百元罚款",
    "劳动合同期限三个月以上不满一年的试用期不得超过一个月",
]
ENGLISH = ["the landlord returns the deposit", "a fine for the red light", "a fine for overstaying", "probation period"]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder as the earlier steps leave it, of a few sentences."""
    tokenizer = train_tokenizer(TEXTS + ENGLISH, 150)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    for name, texts in (("english", ENGLISH), ("others", TEXTS)):
        for form in (name, f"{name}-broken"):
            pack(tokenizer, texts).save(tmp_path / f"{form}.npz")
    np.save(tmp_path / "teacher.npy", np.random.default_rng(0).standard_normal((4, 16)).astype(np.float16))
    (tmp_path / "pairs.json").write_text(json.dumps([[i, 0, 0] for i in range(4)]))
    return tmp_path


@pytest.fixture
def batches(work: Path, corpus: Corpus) -> Batches:
    articles = work / "articles.jsonl"
    articles.write_text(
        json.dumps({"law": "civil-code", "article": 509, "label": "第五百零九条", "text": TEXTS[0]}) + "\n"
    )
    every = [Article(f"某法第{i}条", TEXTS[i % 4] + str(i)) for i in range(40)]
    return Batches(work, every, own_pairs(corpus, articles), _vocabulary(work))


def _vocabulary(work: Path) -> int:
    return len(json.loads((work / "tokenizer.json").read_text())["model"]["vocab"])


def test_our_questions_are_paired_with_the_articles_of_their_section(corpus: Corpus, tmp_path: Path) -> None:
    """Chinese ones apart from others; what is left out is nowhere."""
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"law": "civil-code", "article": 509, "label": "第五百零九条", "text": "约定"}) + "\n")
    asked = own_pairs(corpus, path)
    assert asked.articles == ["民法典第五百零九条 约定"]
    assert ("押金不退怎么办", 0) in asked.chinese
    assert ("deposit not paid back", 0) in asked.others
    assert ("押金不退怎么办", 0) not in own_pairs(corpus, path, frozenset(["押金不退怎么办"])).chinese


def test_articles_are_read_with_their_names(tmp_path: Path) -> None:
    """Collections call it name, statutes call it label."""
    path = tmp_path / "c.jsonl"
    path.write_text('{"id": 1, "name": "民法典第一条", "text": "a"}\n{"label": "第二条", "text": "b"}\n')
    assert read_articles(path) == [Article("民法典第一条", "a"), Article("第二条", "b")]


def test_only_chinese_rows_are_trained_and_the_loss_falls(work: Path, batches: Batches) -> None:
    """A few steps bring questions nearer to their articles; other rows are not even in the model."""
    vocabulary = {i: token for token, i in json.loads((work / "tokenizer.json").read_text())["model"]["vocab"].items()}
    assert len(batches.rows)
    assert all(any("\u4e00" <= c <= "\u9fff" for c in vocabulary[row]) for row in batches.rows)
    weight = np.random.default_rng(1).standard_normal((len(vocabulary), 16)).astype(np.float32)
    fixed = Bags(torch.from_numpy(weight))

    def loss(rows: np.ndarray) -> float:
        model = Bags(torch.from_numpy(rows.copy()))
        return float(np.mean([step_loss(model, fixed, batches, np.random.default_rng(s), 32).item() for s in range(5)]))

    before = loss(weight[batches.rows])
    trained = tune_statutes(work, batches, weight, weight[batches.rows], minutes=0.03, rate=2e-2, size=32)
    assert trained.shape == (len(batches.rows), 16)
    assert loss(trained) < before


def test_rows_are_written_for_their_tokenizer_only(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another vocabulary the numbers mean other tokens, so they are refused."""
    export_rows(np.asarray([1, 2]), np.ones((2, 384), np.float32), work / "tokenizer.json", tmp_path / "rows")
    monkeypatch.setattr(encoder_module, "STATUTES", tmp_path / "rows")
    with pytest.raises(EncoderError, match="tokenizer"):
        load_statutes_encoder()


def test_a_further_round_begins_with_the_rows_of_the_one_before(work: Path, tmp_path: Path) -> None:
    """Token by token, though other tokens are trained now; those without a row yet begin as in the general weights."""
    weight = np.random.default_rng(2).standard_normal((_vocabulary(work), 384)).astype(np.float32)
    export_rows(np.asarray([1, 2, 5]), np.full((3, 384), 2.0, np.float32), work / "tokenizer.json", tmp_path / "rows")
    begin = rows_before(tmp_path / "rows", np.asarray([2, 3, 5, 7]), weight, work / "tokenizer.json")
    assert np.allclose(begin[[0, 2]], 2.0, atol=1e-2)
    assert np.array_equal(begin[[1, 3]], weight[[3, 7]])
    assert not np.allclose(weight[2], 2.0)


def test_the_bundled_rows_are_small_and_belong_to_the_bundled_encoder() -> None:
    """At most 5 MB beside the encoder, with their card."""
    assert sum(path.stat().st_size for path in STATUTES.iterdir()) <= 5_000_000
    config = json.loads((STATUTES / "config.json").read_text())
    assert config["revision"] in (STATUTES / "README.md").read_text(encoding="utf-8")
    assert load_statutes_encoder().revision.endswith(config["revision"])
