from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.components.char_ngrams import WenluCharFeaturizer
from bot.components.tokenizer import WenluTokenizer

CONTEXT = ExecutionContext(GraphSchema({}), node_name="ngrams")
CONFIG = {**WenluCharFeaturizer.get_default_config(), "min_df": 1, "scale": 3.0}


def tokenized(*texts: str) -> list[Message]:
    """Messages with tokens, as the tokenizer leaves them."""
    messages = [Message(data={TEXT: text, INTENT: "x"}) for text in texts]
    return WenluTokenizer(WenluTokenizer.get_default_config()).process(messages)


def features(component: WenluCharFeaturizer, text: str) -> np.ndarray:
    """The sentence features of one text."""
    message = component.process(tokenized(text))[0]
    return message.get_sparse_features(TEXT)[1].features.toarray()


def test_a_stored_featurizer_gives_the_same_features(tmp_path: Path) -> None:
    """What is loaded from the model equals what was trained."""
    storage, resource = LocalModelStorage.create(tmp_path), Resource("ngrams")
    trained = WenluCharFeaturizer.create(CONFIG, storage, resource, CONTEXT)
    trained.train(TrainingData(tokenized("押金不退", "deposit not returned", "caution non rendue")))
    loaded = WenluCharFeaturizer.load(CONFIG, storage, resource, CONTEXT)
    for text in ("押金", "the deposit", "😀"):
        np.testing.assert_allclose(features(loaded, text), features(trained, text))


def test_every_text_has_the_same_length(tmp_path: Path) -> None:
    """A long question does not outweigh a short one; both are as long as `scale`."""
    component = WenluCharFeaturizer.create(CONFIG, LocalModelStorage.create(tmp_path), Resource("n"), CONTEXT)
    component.train(TrainingData(tokenized("deposit", "my landlord keeps the deposit and will not answer")))
    for text in ("deposit", "my landlord keeps my whole deposit"):
        assert np.linalg.norm(features(component, text)) == pytest.approx(3.0, rel=1e-5)


def test_accents_do_not_change_the_features(tmp_path: Path) -> None:
    """People leave accents out, so the n-grams are counted without them."""
    component = WenluCharFeaturizer.create(CONFIG, LocalModelStorage.create(tmp_path), Resource("n"), CONTEXT)
    component.train(TrainingData(tokenized("¿cuánto cuesta el depósito?")))
    np.testing.assert_allclose(features(component, "Cuanto cuesta"), features(component, "cuánto cuesta"))


def test_they_are_those_of_the_vectorizer(tmp_path: Path) -> None:
    """Made one text at a time, they are what TF-IDF of all of them together is."""
    texts = ["deposit", "my landlord keeps the deposit", "押金不退", "押金", "deposit deposit"]
    component = WenluCharFeaturizer.create(CONFIG, LocalModelStorage.create(tmp_path), Resource("n"), CONTEXT)
    component.train(TrainingData(tokenized(*texts)))
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, lowercase=False)
    together = vectorizer.fit_transform(texts).toarray() * 3.0
    for text, expected in zip(texts, together, strict=True):
        np.testing.assert_allclose(features(component, text)[0], expected, rtol=1e-6)
