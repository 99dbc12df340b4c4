"""Confidence: the regression, the threshold, and the calibration that comes with the encoder."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from knowledge.loader import load_corpus
from knowledge.models import ALL_LANGUAGES, Corpus
from knowledge.questions import one_wording
from retrieval.abstention import read_outside
from retrieval.calibrate import calibrate
from retrieval.confidence import FEATURES, Calibration, fit
from retrieval.encoder import BUNDLED
from retrieval.index import build_index
from retrieval.outside import outside_of
from retrieval.passages import passages_of
from tests.conftest import ROOT
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
    """It names the revision it was made with, weighs every feature, and counts nearness to passages for, nearness to what is out of scope against."""
    data = json.loads((BUNDLED / "calibration.json").read_text(encoding="utf-8"))
    config = json.loads((BUNDLED / "config.json").read_text(encoding="utf-8"))
    calibration = Calibration.from_dict(data)
    assert data["encoder"] == config["revision"]
    assert len(calibration.weights) == len(FEATURES) == len(calibration.mean) == len(calibration.spread)
    assert 0.02 <= calibration.threshold <= 0.98
    inside, beside = (  # signs that rise together share their weight: only the sum says which way they count
        sum(calibration.weights[FEATURES.index(name)] for name in names)
        for names in (("dense", "crowd", "whole", "kin", "among", "side"), ("outside", "apart", "beyond"))
    )
    assert inside > 0 > beside


def test_a_language_in_which_everything_looks_nearer_gets_a_stricter_share() -> None:
    """The same features mean less where the questions out of scope have them, too; an unknown language changes nothing."""
    features, answerable = two_heaps()
    languages = ["th" if row % 2 else "en" for row in range(len(features))]
    features[[row for row in range(len(features)) if row % 2], 0] += 2
    calibration = fit(features, answerable, languages)
    row = np.zeros((1, len(FEATURES)))
    thai, english, unknown = (calibration.probability(row, [language])[0] for language in ("th", "en", None))
    assert thai < unknown < english
    assert calibration.probability(row, ["xx"])[0] == unknown == calibration.probability(row)[0]


def test_a_language_without_questions_of_both_kinds_is_not_judged_by_its_kind() -> None:
    """Where only questions out of scope are known, a language is no sign that there is no answer."""
    features, answerable = two_heaps()
    languages = ["en" if known or row % 2 else "uk" for row, known in enumerate(answerable)]
    assert languages.count("uk") > 20
    assert set(fit(features, answerable, languages).languages) == {"en"}


def test_the_same_questions_give_the_same_calibration() -> None:
    """Publishing is deterministic: nothing of the fit is drawn by chance."""
    features, answerable = two_heaps()
    languages = ["en", "zh"] * (len(features) // 2)
    assert fit(features, answerable, languages) == fit(features, answerable, languages)


def test_the_examples_out_of_scope_are_many_and_in_all_languages() -> None:
    """At least 35 in every one of the nineteen languages, none of them twice."""
    examples = outside_of(load_corpus())
    assert len({(example.language, example.text) for example in examples}) == len(examples)
    by_language = Counter(example.language for example in examples)
    assert set(by_language) == set(ALL_LANGUAGES)
    assert min(by_language.values()) >= 35


def test_what_is_measured_with_was_not_learned_from() -> None:
    """The questions out of scope of the tests are in nineteen languages, and none stands in the knowledge."""
    measured = read_outside(ROOT / "tests" / "out_of_scope.tsv")
    assert min(Counter(one.language for one in measured).values()) >= 25
    assert {one.language for one in measured} == set(ALL_LANGUAGES)
    learned = {one_wording(example.text) for example in outside_of(load_corpus())}
    assert not [one.text for one in measured if one_wording(one.text) in learned]
