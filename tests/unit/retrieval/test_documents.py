"""Searching documents that have no sample questions."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.documents import Documents, best
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
