from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import coo_matrix

from bot.components.classifier import WenluIntentClassifier

CONTEXT = ExecutionContext(GraphSchema({}), node_name="classifier")


def examples(intent: str, count: int, at: float) -> list[Message]:
    """Messages of an intent, with sparse and dense features near a point."""
    made = []
    for number in range(count):
        message = Message(data={TEXT: f"{intent} {number}", INTENT: intent})
        sparse = coo_matrix(np.array([[at, 1.0, 0.0]]))
        message.add_features(Features(sparse, FEATURE_TYPE_SENTENCE, TEXT, "sparse"))
        message.add_features(Features(np.array([[at, number / count]]), FEATURE_TYPE_SENTENCE, TEXT, "dense"))
        made.append(message)
    return made


def classifier(tmp_path: Path, bound: int) -> WenluIntentClassifier:
    """An untrained classifier with a bound."""
    config = {**WenluIntentClassifier.get_default_config(), "max_examples": bound}
    return WenluIntentClassifier.create(config, LocalModelStorage.create(tmp_path), Resource("classifier"), CONTEXT)


def test_no_intent_gives_more_than_the_bound(tmp_path: Path) -> None:
    """A topic with many questions costs no more than the bound; a small one keeps all."""
    data = TrainingData(examples("many", 50, 1.0) + examples("few", 3, -1.0))
    matrix, labels = classifier(tmp_path, 10)._create_training_matrix(data)
    assert (labels.count("many"), labels.count("few")) == (10, 3)
    assert matrix.shape == (13, 5)


def test_the_sample_does_not_depend_on_the_order_of_the_files(tmp_path: Path) -> None:
    """The same examples in another order train the same model."""
    data = examples("many", 50, 1.0)
    component = classifier(tmp_path, 10)
    one, _ = component._create_training_matrix(TrainingData(data))
    other, _ = component._create_training_matrix(TrainingData(data[::-1]))
    np.testing.assert_array_equal(one.toarray(), other.toarray())


def test_a_stored_classifier_predicts_the_same(tmp_path: Path) -> None:
    """What was learnt survives the model file."""
    component = classifier(tmp_path, 10)
    component.train(TrainingData(examples("left", 8, -1.0) + examples("right", 8, 1.0)))
    loaded = WenluIntentClassifier.load(component.config, component._model_storage, component._resource, CONTEXT)
    for found in (component, loaded):
        (message,) = found.process(examples("?", 1, 0.9))
        assert message.get(INTENT)["name"] == "right"
        assert sum(entry["confidence"] for entry in message.get("intent_ranking")) == pytest.approx(1.0)


@pytest.mark.parametrize("intents", [2, 3, 5])
def test_the_ranking_is_that_of_scikit_learn(tmp_path: Path, intents: int) -> None:
    """Multiplying the two kinds of features apart gives the same confidences, best first."""
    component = classifier(tmp_path, 10)
    component.train(TrainingData([one for at in range(intents) for one in examples(f"i{at}", 8, float(at))]))
    for message in examples("?", 4, 1.3):
        expected = dict(
            zip(component.clf.classes_, component.clf.predict_proba(component._create_X([message]))[0], strict=True)
        )
        (found,) = component.process([message])
        ranking = found.get(INTENT_RANKING_KEY)
        assert {entry["name"]: pytest.approx(entry["confidence"]) for entry in ranking} == expected
        assert ranking == sorted(ranking, key=lambda entry: -entry["confidence"])
        assert found.get(INTENT) == ranking[0]
