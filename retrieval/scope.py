"""Which side a question is on: where the passages lie, or where the examples out of scope do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Vectors

Matrix = NDArray[np.float64]

RIDGE = 0.02
"""How much the plane is held back from following single texts."""

AT_ONCE = 8_192


class Scope:
    """A plane between passages (+1) and examples out of scope (-1) by ridge regression, both sides counting the same.

    The nearest example says little about a question on something that nobody thought of; that it lies on the side on
    which no brochure lies says more.
    """

    def __init__(self, weights: Matrix) -> None:
        self.weights = weights

    @classmethod
    def fit(cls, inside: Vectors, outside: Vectors) -> Scope:
        """The plane; without passages or examples every question lies on it."""
        if not len(inside) or not len(outside):
            return cls(np.zeros(inside.shape[1] + 1))
        return cls(_Equations(inside, outside).solve())

    def side(self, vector: Vectors) -> float:
        """About +1 among the passages, about -1 among the examples, 0 between them."""
        return float(vector @ self.weights[:-1] + self.weights[-1])


class LeftOut:
    """Sides of examples as if some of them had never been thought of."""

    def __init__(self, inside: Vectors, outside: Vectors) -> None:
        self._inside, self._outside = inside, outside
        self._known: dict[tuple[int, ...], Scope] = {}

    @cached_property
    def _equations(self) -> _Equations:
        return _Equations(self._inside, self._outside)

    def side(self, vector: Vectors, without: Sequence[int]) -> float:
        """The side on which a question is; `without`: examples that do not count."""
        key = tuple(without)
        if key not in self._known:
            self._known = {one: scope for one, scope in self._known.items() if len(one) > 1}
            rest = len(key) < len(self._outside)
            self._known[key] = Scope(self._equations.solve(key) if rest else np.zeros(len(vector) + 1))
        return self._known[key].side(vector)


class _Equations:
    """The normal equations of the regression, and what they are without some of the examples."""

    def __init__(self, inside: Vectors, outside: Vectors) -> None:
        self._weight = 0.5 / len(outside)
        self._rows = _with_one(outside)
        squares, sums = np.zeros((self._rows.shape[1],) * 2), np.zeros(self._rows.shape[1])
        for start in range(0, len(inside), AT_ONCE):
            rows = inside[start : start + AT_ONCE]
            rows = np.column_stack([rows, np.ones(len(rows), rows.dtype)])
            squares += rows.T @ rows
            sums += rows.sum(axis=0)
        share = 0.5 / len(inside)
        self._target = share * sums - self._weight * self._rows.sum(axis=0)
        matrix = share * squares + self._weight * self._rows.T @ self._rows + RIDGE * np.eye(len(sums))
        self._inverse = np.linalg.inv(matrix)

    def solve(self, without: Sequence[int] = ()) -> Matrix:
        """The weights; examples left out are taken out of the solved equations, not solved anew."""
        rows = self._rows[list(without)]
        target = self._target + self._weight * rows.sum(axis=0)
        weights = self._inverse @ target
        if len(rows):
            turned = self._inverse @ rows.T
            inner = np.eye(len(rows)) / self._weight - rows @ turned
            weights = weights + turned @ np.linalg.solve(inner, rows @ weights)
        return np.asarray(weights)


def _with_one(vectors: Vectors) -> Matrix:
    return np.column_stack([vectors, np.ones(len(vectors))]).astype(np.float64)
