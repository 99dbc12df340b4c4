"""Character n-grams weighted by how rare they are, each text scaled to the same length."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

VOCABULARY = "vocabulary.json"
WEIGHTS = "weights.npy"
TOKENS = "text_tokens"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class WenluCharFeaturizer(SparseFeaturizer, GraphComponent):
    """TF-IDF over `char_wb` n-grams of the normalised tokens.

    Rasa's CountVectorsFeaturizer gives raw counts: a long question then weighs ten times a short one, and the
    classifier, whose regularisation cannot be set, becomes sure of nearly everything it gets wrong. With texts of one
    length and rare n-grams counting more, its confidence can be used as one.
    """

    @classmethod
    def required_components(cls) -> List[type]:
        """A tokenizer comes first."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """n-gram lengths, the fewest texts an n-gram must be in, and the length every text is scaled to."""
        return {"min_ngram": 1, "max_ngram": 4, "min_df": 2, "scale": 3.0, "alias": None}

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """n-gram lengths in order, `scale` above 0."""
        if config.get("min_ngram", 1) > config.get("max_ngram", 4) or config.get("scale", 1.0) <= 0:
            raise RasaException("WenluCharFeaturizer: min_ngram must not exceed max_ngram, and scale must be above 0.")

    def __init__(
        self,
        config: Dict[Text, Any],
        name: Text,
        model_storage: ModelStorage,
        resource: Resource,
        vectorizer: Optional[TfidfVectorizer] = None,
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._vectorizer = vectorizer

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WenluCharFeaturizer:
        """Build an untrained featurizer."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WenluCharFeaturizer:
        """Read the n-grams and their weights from a trained model."""
        with model_storage.read_from(resource) as folder:
            vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
            weights = np.load(folder / WEIGHTS, allow_pickle=False)
        vectorizer = _vectorizer(config, vocabulary)
        vectorizer.idf_ = weights
        return cls(config, execution_context.node_name, model_storage, resource, vectorizer)

    def train(self, training_data: TrainingData) -> Resource:
        """Collect the n-grams of the intent examples and store them: JSON and an array, nothing that executes."""
        texts = [_text(example) for example in training_data.training_examples if example.get(INTENT)]
        self._vectorizer = _vectorizer(self._config, None)
        self._vectorizer.fit([text for text in texts if text])
        vocabulary = {ngram: int(index) for ngram, index in self._vectorizer.vocabulary_.items()}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
            np.save(folder / WEIGHTS, self._vectorizer.idf_, allow_pickle=False)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the sentence's n-grams to each message that has text."""
        with_text = [message for message in messages if message.get(TEXT)]
        if with_text and self._vectorizer is not None:
            matrix = self._vectorizer.transform([_text(message) for message in with_text]) * float(
                self._config["scale"]
            )
            for row, message in enumerate(with_text):
                message.add_features(Features(_row(matrix, row), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the n-grams of the training examples."""
        self.process(training_data.training_examples)
        return training_data


def _row(matrix: csr_matrix, row: int) -> coo_matrix:
    """One row as scipy's COO; slicing a CSR matrix would cost ten times as much."""
    columns = slice(matrix.indptr[row], matrix.indptr[row + 1])
    here = matrix.indices[columns]
    values = matrix.data[columns].astype(np.float32)
    return coo_matrix((values, (np.zeros(len(here), dtype=np.int32), here)), shape=(1, matrix.shape[1]))


def _text(message: Message) -> str:
    return " ".join(token.lemma for token in message.get(TOKENS, []))


def _vectorizer(config: Dict[Text, Any], vocabulary: Optional[Dict[str, int]]) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(config["min_ngram"], config["max_ngram"]),
        min_df=config["min_df"],
        sublinear_tf=True,
        lowercase=False,
        vocabulary=vocabulary,
    )
