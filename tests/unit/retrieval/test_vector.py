"""FAISS against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.vector import VectorIndex


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
