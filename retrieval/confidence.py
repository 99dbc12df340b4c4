"""How sure the search is that it has an answer: a logistic regression over what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

FEATURES = ("top", "dense", "lexical", "agreement", "margin", "outside", "ahead", "tokens")
"""Names of the features, in order:
top: fused score of the best section; dense, lexical: that section's scores by meaning and by words;
agreement: words' share of the best words' score among all sections; margin: lead over the best section of another
brochure; outside: nearness to the nearest example out of scope; ahead: dense minus outside;
tokens: logarithm of the number of tokens, at most 3."""


@dataclass(frozen=True)
class Calibration:
    """Weights that turn features into a probability, and the probability from which an answer is given."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float

    def probability(self, features: Matrix) -> Matrix:
        """Probability that there is an answer, for one row of features or many."""
        scaled = (np.atleast_2d(features) - np.asarray(self.mean)) / np.asarray(self.spread)
        return np.asarray(1 / (1 + np.exp(-(scaled @ np.asarray(self.weights) + self.bias))))

    def to_dict(self) -> dict[str, Any]:
        return {
            "features": list(FEATURES),
            "mean": list(self.mean),
            "spread": list(self.spread),
            "weights": list(self.weights),
            "bias": self.bias,
            "threshold": self.threshold,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Calibration:
        if tuple(data["features"]) != FEATURES:
            raise ValueError("the calibration was made for other features; calibrate again")
        return cls(tuple(data["mean"]), tuple(data["spread"]), tuple(data["weights"]), data["bias"], data["threshold"])


def fit(features: Matrix, answerable: NDArray[np.bool_], refused: float = 0.04, ridge: float = 1.0) -> Calibration:
    """Fits the weights (Newton's method, both classes counting the same) and sets the threshold.

    `refused`: the share of answerable questions that may be turned away; the threshold is as strict as that allows.
    """
    mean = features.mean(axis=0)
    spread = features.std(axis=0)
    spread[spread < 1e-9] = 1.0
    design = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    target = answerable.astype(np.float64)
    share = np.where(answerable, 0.5 / max(target.sum(), 1), 0.5 / max((1 - target).sum(), 1)) * len(target)
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-6
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (share * (chance - target)) + penalty * weights
        curvature = (design * (share * chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    raw = Calibration(
        tuple(map(float, mean)), tuple(map(float, spread)), tuple(map(float, weights[:-1])), float(weights[-1]), 0.5
    )
    sure = raw.probability(features[answerable])
    threshold = float(np.clip(np.quantile(sure, refused), 0.05, 0.95)) if len(sure) else 0.5
    return Calibration(raw.mean, raw.spread, raw.weights, raw.bias, threshold)
