"""Searching documents that have no sample questions."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.documents import BESIDE, EVEN_FROM, Documents, Even, best, encoder_for, in_order, with_around
from retrieval.encoder import load_encoder, load_statutes_encoder
from tests.unit.retrieval.conftest import PiecesEncoder

TEXTS = ["房东应当退还押金", "闯红灯罚款", "签证逾期停留罚款", "结婚登记"]


@pytest.mark.parametrize(("words", "meaning"), [(True, True), (True, False), (False, True)])
def test_words_meaning_and_both_find_the_document(encoder: PiecesEncoder, words: bool, meaning: bool) -> None:
    """The document that says what is asked is first, however it is searched."""
    documents = Documents.build(TEXTS, encoder if meaning else None, words)
    assert documents.rank("押金不退", 1).tolist() == [0]
    assert documents.rank("签证逾期", 2)[0] == 2
    assert sorted(documents.rank("罚款", 10).tolist()) == [0, 1, 2, 3]
    assert documents.nbytes > 0


def test_neither_words_nor_meaning_is_refused() -> None:
    """There would be nothing to search with."""
    with pytest.raises(ValueError, match="nothing to search"):
        Documents.build(TEXTS, None, words=False)


def test_a_question_without_any_known_word_is_searched_by_meaning(encoder: PiecesEncoder) -> None:
    """Words that are all alike say nothing, and disturb nothing."""
    documents = Documents.build(TEXTS, encoder)
    alone = Documents.build(TEXTS, encoder, words=False)
    assert documents.rank("ξένος", 4).tolist() == alone.rank("ξένος", 4).tolist()


def test_the_scale_of_the_meaning_does_not_matter(encoder: PiecesEncoder) -> None:
    """Only how far a document stands out counts: vectors half as long give the same order."""

    class Half(PiecesEncoder):
        def encode(self, texts: list[str]) -> np.ndarray:
            return super().encode(texts) / 2

    whole, half = Documents.build(TEXTS, encoder), Documents.build(TEXTS, Half())
    for question in ("押金", "罚款多少", "登记结婚"):
        assert whole.rank(question, 4).tolist() == half.rank(question, 4).tolist()


def test_best_is_a_stable_order() -> None:
    """Of equal scores the first comes first; more than there are is all there are."""
    assert best(np.asarray([1, 3, 3, 2], np.float32), 3).tolist() == [1, 2, 3]
    assert best(np.zeros(3, np.float32), 9).tolist() == [0, 1, 2]
    assert best(np.zeros(0, np.float32), 3).tolist() == []


def test_what_all_share_counts_less() -> None:
    """Vectors that mostly point one way are set apart; their order around a question stays that of what differs."""
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((2_000, 16)).astype(np.float32) * 0.3
    vectors[:, 0] += 2
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    even = Even(vectors)
    assert np.mean(vectors @ vectors.T) > 0.7
    turned = even(vectors)
    assert abs(float(np.mean(turned @ turned.T))) < 0.05
    assert np.allclose(np.linalg.norm(turned, axis=1), 1, atol=1e-4)
    assert (turned @ even(vectors[7:8])[0]).argmax() == 7


def test_many_documents_are_searched_evened_out(encoder: PiecesEncoder) -> None:
    """In a large collection the document that says it is still the first."""
    texts = [f"第{i}条 公司应当在{i}日内登记备案 {i * 37 % 1000}" for i in range(EVEN_FROM)]
    texts[1234] = "房东应当退还押金"
    assert Documents.build(texts, encoder).rank("押金不退", 1).tolist() == [1234]
    assert Documents.build(texts, encoder, words=False).rank("房东退还押金", 1).tolist() == [1234]


def test_an_order_is_seen_where_neighbours_belong_together() -> None:
    """Laws of twenty articles each have one; the same articles shuffled have none, and a few articles say too little."""
    rng = np.random.default_rng(3)
    laws = np.repeat(rng.standard_normal((EVEN_FROM // 20, 32)), 20, axis=0)
    articles = (laws + rng.standard_normal(laws.shape)).astype(np.float32)
    articles /= np.linalg.norm(articles, axis=1, keepdims=True)
    assert in_order(articles)
    assert not in_order(articles[rng.permutation(len(articles))])
    assert not in_order(articles[:100])


def test_what_stands_around_a_document_counts_a_share() -> None:
    """Two on each side and itself, fewer at the ends; scores and vectors alike; one document stands alone."""
    scores = np.asarray([0, 0, 0, 1, 0, 0, 0], np.float32)
    expected = [0, BESIDE / 4, BESIDE / 5, 1 + BESIDE / 5, BESIDE / 5, BESIDE / 4, 0]
    assert np.allclose(with_around(scores), expected)
    assert np.allclose(with_around(np.stack([scores, scores], axis=1))[:, 1], expected)
    assert np.allclose(with_around(np.ones(1, np.float32)), 1 + BESIDE)


def test_of_two_like_articles_the_one_in_the_law_about_it_is_first(encoder: PiecesEncoder) -> None:
    """Every law has "disputes go to court"; who asks about rent means that of the law on leases."""
    laws = ["租房押金租赁合同房东租金", "道路交通机动车驾驶信号灯"]
    texts = [f"{laws[i // 3000]}第{i % 89}种情形{i % 97}" for i in range(6_000)]
    texts[1_500] = texts[4_500] = "发生争议的可以起诉"
    documents = Documents.build(texts, encoder)
    assert documents.rank("争议起诉 驾驶机动车", 1).tolist() == [4_500]
    assert documents.rank("争议起诉 租金押金", 1).tolist() == [1_500]


def test_chinese_documents_get_the_rows_for_statutes() -> None:
    """Chinese laws are read with rows of their own, everything else with the bundled encoder as it is."""
    statutes, bundled = load_statutes_encoder(), load_encoder()
    assert encoder_for(["出租人应当退还押金。"] * 3).revision == statutes.revision
    assert encoder_for(["The lessor returns the deposit."] * 3).revision == bundled.revision
    assert statutes.revision != bundled.revision
    english = ["the landlord keeps the deposit"]
    assert np.allclose(statutes.encode(english), bundled.encode(english), atol=1e-5)
    asked, answer, other = statutes.encode(
        ["房东不退押金怎么办", "租赁合同终止的，出租人应当返还押金。", "申请商标注册应当提交申请书。"]
    )
    assert asked @ answer > asked @ other
