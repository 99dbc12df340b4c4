"""The encoder port: our 8-bit folder, any sentence-transformers folder, and clear refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from retrieval.encoder import BUNDLED, EncoderError, is_static_folder, load_encoder
from retrieval.training.export import export, quantise

WORDS = ["[UNK]", "deposit", "visa", "landlord", "fine", "押金"]


def small_tokenizer(path: Path) -> Path:
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path))
    return path


def weights() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((len(WORDS), 16)).astype(np.float32)


def test_eight_bits_keep_the_direction_of_every_row() -> None:
    """Rows read back differ from the float ones by less than a thousandth of a cosine."""
    rows = np.random.default_rng(0).standard_normal((200, 384)).astype(np.float32)
    integers, scale = quantise(rows)
    back = integers.astype(np.float32) * scale[:, None]
    cosines = (rows * back).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(back, axis=1)
    assert integers.dtype == np.int8
    assert cosines.min() > 0.999


def test_a_folder_in_our_format_is_the_mean_of_its_rows(tmp_path: Path) -> None:
    """A text is the normalised mean of its tokens' rows, and the revision is the one that was written."""
    rows = weights()
    export(rows, small_tokenizer(tmp_path / "t.json"), tmp_path / "model", {"format": "wenlu-static"})
    encoder = load_encoder(tmp_path / "model")
    mean = (rows[1] + rows[3]) / 2
    found = encoder.encode(["deposit landlord"])[0]
    assert float(found @ (mean / np.linalg.norm(mean))) > 0.999
    assert abs(float(np.linalg.norm(found)) - 1) < 1e-5
    assert encoder.dimensions == 16
    assert encoder.revision == json.loads((tmp_path / "model" / "config.json").read_text())["revision"]


def test_a_text_alone_has_the_vector_that_it_has_among_others() -> None:
    """To the last bit; also one without any token, and one that is long."""
    encoder = load_encoder()
    texts = ["", " ", "how long may probation last?", "我的签证过期了怎么办", "متى يجب أن أسجل عنواني؟ " * 60]
    together = encoder.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)


def test_other_weights_have_another_revision(tmp_path: Path) -> None:
    """An index made with other weights can be told by the revision."""
    tokenizer = small_tokenizer(tmp_path / "t.json")
    export(weights(), tokenizer, tmp_path / "a", {"format": "wenlu-static"})
    export(weights() + 1, tokenizer, tmp_path / "b", {"format": "wenlu-static"})
    assert load_encoder(tmp_path / "a").revision != load_encoder(tmp_path / "b").revision


def test_any_sentence_transformers_folder_loads(tmp_path: Path) -> None:
    """The setting takes a folder that sentence-transformers itself has saved."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer = Tokenizer.from_file(str(small_tokenizer(tmp_path / "t.json")))
    module = StaticEmbedding(tokenizer, embedding_weights=weights())
    SentenceTransformer(modules=[module], device="cpu").save(str(tmp_path / "st"))
    encoder = load_encoder(tmp_path / "st")
    vectors = encoder.encode(["visa fine", "押金"])
    assert vectors.shape == (2, 16)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.revision == load_encoder(tmp_path / "st").revision


def test_a_folder_that_holds_no_model_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """The message names the folder."""
    with pytest.raises(EncoderError, match=tmp_path.name):
        load_encoder(tmp_path)


def test_no_texts_give_no_rows(tmp_path: Path) -> None:
    """An empty list is not an error."""
    export(weights(), small_tokenizer(tmp_path / "t.json"), tmp_path / "model", {"format": "wenlu-static"})
    assert load_encoder(tmp_path / "model").encode([]).shape == (0, 16)


def test_the_bundled_encoder_is_complete_and_small() -> None:
    """The checkout holds an encoder in our format of at most 40 MB, with its model card."""
    assert is_static_folder(BUNDLED)
    size = sum(path.stat().st_size for path in BUNDLED.iterdir())
    assert size <= 40_000_000
    card = (BUNDLED / "README.md").read_text(encoding="utf-8")
    assert "## Data and licences" in card
    assert json.loads((BUNDLED / "config.json").read_text())["revision"] in card


def test_the_bundled_encoder_brings_languages_together() -> None:
    """The same question in another language is nearer than another question in the same language."""
    encoder = load_encoder()
    texts = ["my landlord does not return the deposit", "房东不退押金", "how do I renew my visa", "怎么办签证延期"]
    deposit_en, deposit_zh, visa_en, visa_zh = encoder.encode(texts)
    assert deposit_en @ deposit_zh > deposit_en @ visa_en
    assert visa_en @ visa_zh > visa_zh @ deposit_zh
