"""FAISS against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval import vector
from retrieval.vector import GOOD_ENOUGH, VectorIndex, kind_for, nearest, recall


@pytest.mark.parametrize("count", [1, 7, 500])
def test_the_best_are_those_of_brute_force(count: int) -> None:
    """Numbers and scores are the same as from multiplying everything and sorting."""
    rng = np.random.default_rng(count)
    vectors = rng.standard_normal((count, 32)).astype(np.float16).astype(np.float32)  # as they are kept on disk
    queries = rng.standard_normal((20, 32)).astype(np.float32)
    scores, rows = VectorIndex(vectors).search(queries, 5)
    products = queries @ vectors.T
    expected = np.argsort(-products, axis=1)[:, :5]
    assert np.array_equal(rows, expected)
    assert np.allclose(scores, np.take_along_axis(products, expected, axis=1), atol=1e-4)


def test_an_empty_index_finds_nothing() -> None:
    """No passages, no results, no error."""
    scores, rows = VectorIndex(np.zeros((0, 8), np.float32)).search(np.ones((2, 8), np.float32), 3)
    assert scores.shape == rows.shape == (2, 0)


def test_the_kind_is_chosen_by_size() -> None:
    """Everything is read while there are few; then codes; above, lists."""
    assert kind_for(0) == kind_for(5_000) == kind_for(vector.FLAT_UP_TO) == "flat"
    assert kind_for(vector.FLAT_UP_TO + 1) == kind_for(50_000) == kind_for(vector.CODES_UP_TO) == "codes"
    assert kind_for(vector.CODES_UP_TO + 1) == kind_for(1_000_000) == "ivf"
    assert VectorIndex(np.zeros((3, 8), np.float32)).kind == "flat"


def clusters(count: int, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors around sixty middles, as texts lie around subjects."""
    middles = rng.standard_normal((60, 48))
    rows = middles[rng.integers(0, 60, count)] + 0.8 * rng.standard_normal((count, 48))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize(("k", "share"), [(1, 1.0), (10, 0.99), (700, 0.95)])
def test_codes_find_what_brute_force_finds_and_score_it_exactly(k: int, share: float) -> None:
    """The vectors found by their codes are compared themselves: the scores are exact, hardly one is missed."""
    rng = np.random.default_rng(11)
    vectors, queries = np.split(clusters(12_100, rng).astype(np.float16).astype(np.float32), [12_000])
    index = VectorIndex(vectors)
    assert index.kind == "codes"
    assert index.size == 12_000
    scores, rows = index.search(queries, k)
    assert rows.shape == (100, k)
    assert recall(rows, nearest(queries, vectors, k)) >= share
    products = queries @ vectors.T
    assert np.allclose(scores, np.take_along_axis(products, rows, axis=1), atol=1e-4)
    assert (np.diff(scores, axis=1) <= 0).all()


def test_numbers_that_do_not_pair_are_read_whole() -> None:
    """A code stands for two numbers; an encoder with an odd count of them goes without."""
    rng = np.random.default_rng(12)
    assert VectorIndex(rng.standard_normal((vector.FLAT_UP_TO + 1, 7)).astype(np.float32)).kind == "flat"


def test_lists_find_nearly_all_of_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """With lists, questions that are not in the index find at least what GOOD_ENOUGH promises, a little apart."""
    monkeypatch.setattr(vector, "CODES_UP_TO", 5_000)
    monkeypatch.setattr(vector, "FLAT_UP_TO", 5_000)
    rng = np.random.default_rng(3)
    vectors, queries = np.split(clusters(20_200, rng), [20_000])
    index = VectorIndex(vectors)
    assert index.kind == "ivf"
    assert index.size == 20_000
    scores, rows = index.search(queries, 10)
    assert recall(rows, nearest(queries, vectors, 10)) >= GOOD_ENOUGH - 0.03
    assert (np.diff(scores, axis=1) <= 0).all()
    exact = VectorIndex(vectors, exact=True)
    assert exact.kind == "flat"
    assert recall(exact.search(queries, 10)[1], nearest(queries, vectors, 10)) >= 0.995


def test_brute_force_is_multiplying_and_sorting() -> None:
    """What the others are measured against is right itself."""
    rng = np.random.default_rng(4)
    vectors, queries = np.split(clusters(305, rng), [300])
    assert np.array_equal(nearest(queries, vectors, 4), np.argsort(-(queries @ vectors.T), axis=1)[:, :4])
    assert recall(np.asarray([[1, 2]]), np.asarray([[2, 3]])) == 0.5


def test_sections_are_found_with_lists_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of sections that has grown beyond the flat kind ranks as before at the top, and fills no gap wrongly."""
    from retrieval.index import Index
    from retrieval.lexical import LexicalIndex

    rng = np.random.default_rng(6)
    vectors, queries = np.split(clusters(6_020, rng), [6_000])
    owners = np.repeat(np.arange(1_500, dtype=np.int32), 4)
    words = LexicalIndex.build([f"passage {i}" for i in range(6_000)])
    arguments = ([str(i) for i in range(1_500)], owners, vectors, words, np.zeros((0, 48), np.float32))
    flat = Index(*arguments)
    monkeypatch.setattr(vector, "CODES_UP_TO", 1_000)
    monkeypatch.setattr(vector, "FLAT_UP_TO", 1_000)
    monkeypatch.setattr(vector, "_PROBES", (4,))
    lists = Index(*arguments)
    same = 0
    for query in queries:
        exact, found = flat.find("", query).dense, lists.find("", query).dense
        assert found.min() > -1.01
        same += int(exact.argmax() == found.argmax())
    assert same >= 18
