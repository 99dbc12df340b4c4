"""Dense sentence features from the bundled encoder, so that a language helps the others."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.encoder import StaticEncoder, encoder_folder, is_static_encoder, read_config

STAMP = "encoder.json"


class EncoderChanged(RasaException):
    """The model was trained with another encoder than the one found now."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class WenluDenseFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the encoder's sentence vector, multiplied by `scale`, to each message.

    Training stores only the encoder's revision; loading with another encoder is refused, because the classifier's
    weights would mean nothing.
    """

    @classmethod
    def required_components(cls) -> List[type]:
        """A tokenizer comes first, as for every featurizer."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`encoder`: folder (empty: WENLU_ENCODER, else the bundled one); `scale`: weight beside the n-gram counts."""
        return {"encoder": None, "scale": 1.0, "alias": None}

    @staticmethod
    def required_packages() -> List[Text]:
        """Python packages this component needs."""
        return ["tokenizers", "safetensors"]

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """The encoder's revision is part of what a cached training step depends on."""
        folder = encoder_folder(config.get("encoder"))
        return str(read_config(folder)["revision"]) if is_static_encoder(folder) else "no encoder"

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """`scale` is a positive number."""
        if not isinstance(config.get("scale", 1.0), (int, float)) or config.get("scale", 1.0) <= 0:
            raise RasaException("WenluDenseFeaturizer: 'scale' must be a number above 0.")

    def __init__(
        self,
        config: Dict[Text, Any],
        name: Text,
        model_storage: ModelStorage,
        resource: Resource,
        encoder: StaticEncoder,
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WenluDenseFeaturizer:
        """Read the encoder; raises EncoderMissing when there is none."""
        encoder = StaticEncoder.load(encoder_folder(config.get("encoder")))
        return cls(config, execution_context.node_name, model_storage, resource, encoder)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WenluDenseFeaturizer:
        """Read the encoder and refuse one that the model was not trained with."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            trained_with = json.loads((folder / STAMP).read_text(encoding="utf-8"))["revision"]
        if trained_with != component._encoder.revision:
            raise EncoderChanged(
                f"The Rasa model was trained with encoder {trained_with}, but {component._encoder.revision} is there now: "
                f"train the bot again."
            )
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing is learnt here; the encoder's revision is stored with the model."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / STAMP).write_text(json.dumps({"revision": self._encoder.revision}), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the sentence vector of each message's text."""
        with_text = [message for message in messages if message.get(TEXT)]
        vectors = self._encoder.encode([message.get(TEXT) for message in with_text])
        for message, vector in zip(with_text, vectors * float(self._config["scale"]), strict=True):
            message.add_features(Features(np.atleast_2d(vector), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the sentence vectors of the training examples."""
        self.process(training_data.training_examples)
        return training_data
