"""Character n-grams weighted by how rare they are, each text scaled to the same length."""

from __future__ import annotations

import json
from collections import Counter
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
from scipy.sparse import coo_matrix
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
        self._vocabulary: Dict[str, int] = {}
        if vectorizer is not None:
            self._use(vectorizer)

    def _use(self, vectorizer: TfidfVectorizer) -> None:
        """Take from a fitted vectorizer what a text's features are made with."""
        self._ngrams = vectorizer.build_analyzer()
        self._vocabulary = vectorizer.vocabulary_
        self._weights = vectorizer.idf_

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
        vectorizer = _vectorizer(self._config, None).fit([text for text in texts if text])
        self._use(vectorizer)
        vocabulary = {ngram: int(index) for ngram, index in self._vocabulary.items()}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
            np.save(folder / WEIGHTS, self._weights, allow_pickle=False)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the sentence's n-grams to each message that has text."""
        for message in messages:
            if message.get(TEXT) and self._vocabulary:
                row = self._row(_text(message))
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def _row(self, text: str) -> coo_matrix:
        """What the vectorizer makes of one text, scaled; for a single one its own way costs five times as much."""
        counts = Counter(self._vocabulary[ngram] for ngram in self._ngrams(text) if ngram in self._vocabulary)
        columns = np.asarray(sorted(counts), dtype=np.int32)
        values = 1 + np.log(np.asarray([counts[column] for column in columns.tolist()], dtype=np.float64))
        values *= self._weights[columns]
        values *= float(self._config["scale"]) / (np.sqrt(values @ values) or 1.0)
        row = np.zeros(len(columns), dtype=np.int32)
        return coo_matrix((values.astype(np.float32), (row, columns)), shape=(1, len(self._vocabulary)))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the n-grams of the training examples."""
        self.process(training_data.training_examples)
        return training_data


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
