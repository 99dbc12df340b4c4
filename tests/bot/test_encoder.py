import json
from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from safetensors.numpy import load_file

from bot.components import encoder as encoder_module
from bot.components.dense import EncoderChanged, WenluDenseFeaturizer
from bot.components.encoder import EncoderMissing, StaticEncoder, encoder_folder
from tests.bot.conftest import DIMENSIONS, WORDS, write_encoder

CONTEXT = ExecutionContext(GraphSchema({}), node_name="dense")


def test_a_sentence_is_the_normalised_mean_of_its_token_rows(tiny_encoder: Path) -> None:
    """The vector equals the mean of int8 row times scale, divided by its length."""
    tensors = load_file(str(tiny_encoder / "model.safetensors"))
    rows = tensors["embedding"].astype(np.float64) * tensors["scale"][:, None]
    mean = rows[[WORDS.index("landlord"), WORDS.index("deposit")]].mean(axis=0)
    got = StaticEncoder.load(tiny_encoder).encode(["landlord deposit"])
    assert got.shape == (1, DIMENSIONS)
    np.testing.assert_allclose(got[0], mean / np.linalg.norm(mean), rtol=1e-5)


def test_a_text_without_tokens_is_zeros(tiny_encoder: Path) -> None:
    """Nothing to average gives zeros, not nan."""
    assert not StaticEncoder.load(tiny_encoder).encode([" "]).any()


def test_a_missing_folder_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Training without an encoder fails with what to do about it."""
    with pytest.raises(EncoderMissing, match="set WENLU_ENCODER") as failure:
        StaticEncoder.load(tmp_path / "nowhere")
    assert "\n" not in str(failure.value)


def test_a_contradictory_folder_is_refused(tmp_path: Path) -> None:
    """A config.json that does not fit the table is an error, not garbage vectors."""
    folder = write_encoder(tmp_path / "bad")
    (folder / "config.json").write_text(json.dumps({"dimensions": 9, "revision": "x"}), encoding="utf-8")
    with pytest.raises(EncoderMissing, match="contradicts"):
        StaticEncoder.load(folder)


def test_a_model_name_for_retrieval_leaves_the_bot_with_the_bundled_encoder(
    tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WENLU_ENCODER may name a sentence-transformers model, which the bot cannot read."""
    monkeypatch.setattr(encoder_module, "BUNDLED", tiny_encoder)
    monkeypatch.setenv("WENLU_ENCODER", "some-org/some-model")
    assert encoder_folder() == tiny_encoder


def test_another_encoder_than_the_trained_one_is_refused(tmp_path: Path) -> None:
    """A model trained with one revision does not load with another."""
    folder = write_encoder(tmp_path / "encoder", revision="one")
    config = {**WenluDenseFeaturizer.get_default_config(), "encoder": str(folder)}
    storage = LocalModelStorage.create(tmp_path)
    resource = Resource("dense")
    WenluDenseFeaturizer.create(config, storage, resource, CONTEXT).train(TrainingData([]))
    assert WenluDenseFeaturizer.load(config, storage, resource, CONTEXT)
    write_encoder(folder, revision="two")
    with pytest.raises(EncoderChanged, match="train the bot again"):
        WenluDenseFeaturizer.load(config, storage, resource, CONTEXT)


def test_the_revision_is_part_of_the_training_fingerprint(tmp_path: Path) -> None:
    """Rasa's training cache sees another encoder as another configuration."""
    folder = write_encoder(tmp_path / "encoder", revision="one")
    before = WenluDenseFeaturizer.fingerprint_addon({"encoder": str(folder)})
    write_encoder(folder, revision="two")
    assert WenluDenseFeaturizer.fingerprint_addon({"encoder": str(folder)}) != before


def test_the_features_are_the_vector_times_the_scale(tiny_encoder: Path, tmp_path: Path) -> None:
    """`scale` sets the weight of the dense features beside the n-grams."""
    config = {**WenluDenseFeaturizer.get_default_config(), "encoder": str(tiny_encoder), "scale": 2.5}
    component = WenluDenseFeaturizer.create(config, LocalModelStorage.create(tmp_path), Resource("dense"), CONTEXT)
    message = component.process([Message(data={TEXT: "hello visa"})])[0]
    sentence = message.get_dense_features(TEXT)[1].features
    assert np.linalg.norm(sentence) == pytest.approx(2.5, rel=1e-5)
