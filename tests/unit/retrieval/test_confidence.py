"""Confidence: the regression, the threshold, and the calibration that comes with the encoder."""

from __future__ import annotations

import json

import numpy as np
import pytest

from knowledge.models import Corpus
from retrieval.calibrate import calibrate
from retrieval.confidence import FEATURES, Calibration, fit
from retrieval.encoder import BUNDLED
from retrieval.index import build_index
from retrieval.outside import load_outside
from retrieval.passages import passages_of
from tests.unit.retrieval.conftest import OUTSIDE, PiecesEncoder


def two_heaps(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    answerable = rng.random(count) < 0.7
    features = rng.standard_normal((count, len(FEATURES)))
    features[:, 0] += 3 * answerable
    return features, answerable


def test_the_fit_tells_two_heaps_apart_within_the_allowed_refusals() -> None:
    """At most the allowed share of answerable ones is refused, and most of the others are."""
    features, answerable = two_heaps()
    calibration = fit(features, answerable, refused=0.05)
    sure = calibration.probability(features) >= calibration.threshold
    assert (~sure[answerable]).mean() <= 0.06
    assert (~sure[~answerable]).mean() > 0.8


def test_more_evidence_means_more_confidence() -> None:
    """The probability rises with the feature that separates the heaps and stays between 0 and 1."""
    calibration = fit(*two_heaps())
    rows = np.zeros((5, len(FEATURES)))
    rows[:, 0] = [-50, 0, 1, 3, 50]
    chances = calibration.probability(rows)
    assert (np.diff(chances) >= 0).all()
    assert (chances >= 0).all()
    assert (chances <= 1).all()


def test_a_calibration_survives_json() -> None:
    """Written and read back it says the same."""
    features, answerable = two_heaps()
    calibration = fit(features, answerable)
    again = Calibration.from_dict(json.loads(json.dumps(calibration.to_dict())))
    assert np.allclose(calibration.probability(features), again.probability(features))


def test_a_calibration_for_other_features_is_refused() -> None:
    """Weights never meet numbers that they were not made for."""
    data = fit(*two_heaps()).to_dict()
    with pytest.raises(ValueError, match="calibrate again"):
        Calibration.from_dict({**data, "features": ["something", "else"]})


def test_too_few_examples_give_no_calibration(corpus: Corpus, encoder: PiecesEncoder) -> None:
    """A small corpus is served without one."""
    passages = passages_of(corpus)
    index = build_index(passages, OUTSIDE, encoder)
    assert calibrate(corpus, index, passages, OUTSIDE, encoder) is None


def test_the_bundled_calibration_belongs_to_the_bundled_encoder() -> None:
    """It names the revision it was made with, weighs every feature, and counts nearness as a good sign."""
    data = json.loads((BUNDLED / "calibration.json").read_text(encoding="utf-8"))
    config = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))
    calibration = Calibration.from_dict(data)
    assert data["encoder"] == config["revision"]
    assert len(calibration.weights) == len(FEATURES) == len(calibration.mean) == len(calibration.spread)
    assert 0.02 <= calibration.threshold <= 0.98
    assert calibration.weights[FEATURES.index("top")] > 0


def test_the_examples_out_of_scope_are_many_and_in_all_languages() -> None:
    """At least 300, each written once, in the eight curated languages and the eleven others."""
    examples = load_outside()
    assert len(examples) >= 300
    assert len({(example.language, example.text) for example in examples}) == len(examples)
    by_language = {example.language for example in examples}
    assert len(by_language) == 19
    for language in ("zh", "en", "ja", "ko", "fr", "es", "ru", "ar"):
        assert sum(example.language == language for example in examples) >= 30
