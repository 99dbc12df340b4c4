"""Rasa's logistic regression, with a bound on what training costs."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any, Dict, List, Text, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.utils.tensorflow.constants import RANKING_LENGTH
from scipy.sparse import csr_matrix, hstack, vstack


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class WenluIntentClassifier(LogisticRegressionClassifier):
    """Learns from at most `max_examples` examples an intent.

    Editors add questions to brochures without end; a topic with two thousand of them is no better known than one with
    a few hundred, and every start would wait for it. Which ones are kept depends on nothing but their text.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The classifier's settings and the bound."""
        return {**LogisticRegressionClassifier.get_default_config(), "max_examples": 250}

    def _create_training_matrix(self, training_data: TrainingData) -> Tuple[csr_matrix, List[str]]:
        by_intent: Dict[str, List[Message]] = defaultdict(list)
        for example in training_data.intent_examples:
            if example.get(INTENT) and example.get(TEXT):
                by_intent[example.get(INTENT)].append(example)
        kept = [example for intent in sorted(by_intent) for example in self._sample(by_intent[intent])]
        return self._create_X(kept), [example.get(INTENT) for example in kept]

    def _sample(self, examples: List[Message]) -> List[Message]:
        if len(examples) <= self.config["max_examples"]:
            return examples
        return sorted(examples, key=lambda example: _key(example.get(TEXT)))[: self.config["max_examples"]]

    def _create_X(self, messages: List[Message]) -> csr_matrix:
        """One matrix from all sentence features; Rasa's own builds a matrix a message."""
        sparse = vstack([message.get_sparse_features(TEXT)[1].features for message in messages]).tocsr()
        dense = np.vstack([message.get_dense_features(TEXT)[1].features for message in messages])
        return hstack([sparse, csr_matrix(dense)]).tocsr()

    def process(self, messages: List[Message]) -> List[Message]:
        """Rank the intents of each message, best first.

        The two kinds of features meet their halves of the coefficients apart: putting them into one matrix first costs
        four times as much as the multiplication.
        """
        for message in messages:
            scores = self._scores(message)
            chances = np.exp(scores - scores.max())
            chances /= chances.sum()
            ranking = [
                {"name": str(self.clf.classes_[at]), "confidence": float(chances[at])} for at in np.argsort(-chances)
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking[: self.config[RANKING_LENGTH] or None], add_to_output=True)
        return messages

    def _scores(self, message: Message) -> np.ndarray:
        """Return the decision function, float64 [intents]."""
        columns, values, width = _side_by_side(message)
        dense = message.get_dense_features(TEXT)[1].features[0]
        words, meaning = self.clf.coef_[:, :width], self.clf.coef_[:, width:]
        scores = words[:, columns] @ values + meaning @ dense + self.clf.intercept_
        return scores if len(scores) > 1 else np.append(0.0, scores)  # two intents share one row

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from predictions, so none are made."""
        return training_data


def _side_by_side(message: Message) -> Tuple[np.ndarray, np.ndarray, int]:
    """Where the sentence's sparse features are not 0, their values, and their width, as `get_sparse_features` joins them."""
    parts = [
        feature.features.tocoo()
        for feature in message.features
        if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE and feature.is_sparse()
    ]
    starts = np.cumsum([0, *(part.shape[1] for part in parts)])
    columns = np.concatenate([part.col + start for part, start in zip(parts, starts[:-1], strict=True)])
    return columns, np.concatenate([part.data for part in parts]), int(starts[-1])


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
