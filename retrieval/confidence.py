"""How sure the search is that it has an answer: a logistic regression over what it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

REFUSED = 0.024
"""Share of sample questions that may be turned away; people who ask word things less well."""

ENOUGH_SPOKEN = 20
"""A language with fewer questions of either kind has no share of its own."""

FEATURES = (
    "top",
    "dense",
    "lexical",
    "agreement",
    "margin",
    "outside",
    "ahead",
    "tokens",
    "crowd",
    "apart",
    "kin",
    "whole",
    "lead",
    "among",
    "beyond",
    "side",
    "unknown",
    "abroad",
)
"""Names of the features, in order:
top: fused score of the best section; dense, lexical: that section's scores by meaning and by words;
agreement: words' share of the best words' score among all sections; margin: lead over the best section of another
brochure; outside: nearness to the nearest example out of scope; ahead: dense minus outside;
tokens: logarithm of the number of tokens, at most 3;
crowd: mean nearness of the nearest passages; apart: of the nearest examples out of scope;
kin: share of the nearest passages that belong to the best section; whole: nearness to the middle of its passages;
lead: how much nearer the nearest middle is than the next; among: nearness to all passages, of which the near ones count far
more; beyond: to all examples out of scope, likewise; side: on which side of the plane between both it is; unknown: share of the question in words that no passage has;
abroad: 1 when it names another country and neither China nor a place in it."""


@dataclass(frozen=True)
class Calibration:
    """Weights that turn features into a probability, and the probability from which an answer is given.

    `languages`: what is added for a question in a language, so that one threshold is as strict in every one.
    """

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float
    languages: dict[str, float] = field(default_factory=dict)

    def probability(self, features: Matrix, languages: Sequence[str | None] | None = None) -> Matrix:
        """Probability that there is an answer, for one row of features or many; `languages`: that of each row."""
        scaled = (np.atleast_2d(features) - np.asarray(self.mean)) / np.asarray(self.spread)
        own = np.asarray([self.languages.get(language or "", 0.0) for language in languages or [None] * len(scaled)])
        return np.asarray(1 / (1 + np.exp(-(scaled @ np.asarray(self.weights) + self.bias + own))))

    def to_dict(self) -> dict[str, Any]:
        return {
            "features": list(FEATURES),
            "mean": list(self.mean),
            "spread": list(self.spread),
            "weights": list(self.weights),
            "bias": self.bias,
            "threshold": self.threshold,
            "languages": self.languages,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Calibration:
        if tuple(data["features"]) != FEATURES:
            raise ValueError("the calibration was made for other features; calibrate again")
        return cls(
            tuple(data["mean"]),
            tuple(data["spread"]),
            tuple(data["weights"]),
            data["bias"],
            data["threshold"],
            dict(data.get("languages", {})),
        )


def fit(
    features: Matrix,
    answerable: NDArray[np.bool_],
    languages: Sequence[str] | None = None,
    refused: float = REFUSED,
    ridge: float = 1.0,
) -> Calibration:
    """Fits the weights (Newton's method, both classes counting the same) and sets the threshold.

    A language's own share is a weight like the others, drawn to 0 where there is little to learn it from.
    `refused`: the share of answerable questions that may be turned away; the threshold is as strict as that allows.
    """
    mean = features.mean(axis=0)
    spread = features.std(axis=0)
    spread[spread < 1e-9] = 1.0
    spoken = _spoken(languages or (), answerable)
    own = np.asarray([[one == language for language in spoken] for one in languages or ()], dtype=np.float64)
    columns = [(features - mean) / spread, *([own] if spoken else []), np.ones(len(features))]
    weights = _newton(np.column_stack(columns), answerable, ridge)
    count = features.shape[1]
    calibration = Calibration(
        tuple(map(float, mean)),
        tuple(map(float, spread)),
        tuple(map(float, weights[:count])),
        float(weights[-1]),
        0.5,
        {language: float(weight) for language, weight in zip(spoken, weights[count:-1], strict=True)},
    )
    sure = calibration.probability(features, languages)[answerable]
    return replace(calibration, threshold=float(np.clip(np.quantile(sure, refused), 0.05, 0.95)) if len(sure) else 0.5)


def _spoken(languages: Sequence[str], answerable: NDArray[np.bool_]) -> list[str]:
    """Languages with enough questions of both kinds to say something of the language, and not of the kind."""
    kinds = Counter(zip(languages, answerable.tolist(), strict=True)) if languages else Counter()
    return [one for one in sorted(set(languages)) if min(kinds[one, True], kinds[one, False]) >= ENOUGH_SPOKEN]


def _newton(design: Matrix, answerable: NDArray[np.bool_], ridge: float) -> Matrix:
    """Weights of a logistic regression, the last of them its bias."""
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
    return weights
