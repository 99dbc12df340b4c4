"""The figures and the picture of `wenlu bench nlu`, from predictions."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from knowledge import Corpus
from wenlu.bench_nlu import Kept, accuracies, confusions, example_languages, matrix_svg, nlu_files, scores
from wenlu.installation import ROOT

PREDICTIONS = [
    {"text": "hello", "language": "en", "intent": "greet", "predicted": "greet"},
    {"text": "bye", "language": "en", "intent": "goodbye", "predicted": "greet"},
    {"text": "tschüss", "language": "de", "intent": "goodbye", "predicted": "greet"},
    {"text": "au revoir", "language": "fr", "intent": "goodbye", "predicted": "goodbye"},
]


def test_accuracy_and_macro_f1() -> None:
    """A rare intent counts as much as a frequent one in F1."""
    total, accuracy, f1 = scores((one["intent"], one["predicted"]) for one in PREDICTIONS)
    assert (total, accuracy) == (4, 0.5)
    assert f1 == pytest.approx((2 * 1 / (1 + 3) + 2 * 1 / (3 + 1)) / 2)


def test_nothing_to_score_is_nothing() -> None:
    """A language without examples divides by no zero."""
    assert scores([]) == (0, 0.0, 0.0)


def test_the_most_frequent_confusion_comes_first_with_its_texts() -> None:
    """What to look at first, and where."""
    assert confusions(PREDICTIONS, 5) == [("goodbye", "greet", 2, ["en: bye", "de: tschüss"])]


def test_the_matrix_is_a_picture_with_a_cell_for_each_count() -> None:
    """Well-formed SVG; hovering over a cell tells the number."""
    titles = [
        title.text for title in ElementTree.fromstring(matrix_svg(PREDICTIONS)).iter() if title.tag.endswith("title")
    ]
    assert sorted(filter(None, titles)) == ["goodbye → goodbye: 1", "goodbye → greet: 2", "greet → greet: 1"]


def test_every_example_of_the_bot_has_a_language(corpus: Corpus) -> None:
    """Figures by language leave nothing out."""
    languages = example_languages(corpus, ROOT / "bot")
    for file in nlu_files(ROOT / "bot")[1:]:
        for intent in yaml.safe_load(Path(file).read_text(encoding="utf-8"))["nlu"]:
            for line in intent["examples"].splitlines():
                assert " ".join(line.removeprefix("- ").split()) in languages


def test_a_result_is_drawn_by_language_beside_one_kept_before(tmp_path: Path) -> None:
    """Languages that were left out of the learning are seen beside what they are with it."""
    pytest.importorskip("matplotlib")
    assert accuracies(PREDICTIONS) == {"en": 0.5, "fr": 1.0, "de": 0.0}
    before, figure = tmp_path / "before.json", tmp_path / "languages.svg"
    Kept(save=before).write({"predictions": PREDICTIONS}, [])
    assert json.loads(before.read_text())["predictions"] == PREDICTIONS
    Kept(languages=figure, beside=before).write({"predictions": PREDICTIONS[2:3]}, ["de"])
    words = {node.text for node in ElementTree.fromstring(figure.read_text()).iter() if node.tag.endswith("text")}
    assert {"with examples of the language", "no example of the language", "en", "de", "fr"} <= words
