"""The sentence encoder behind one port: the bundled static model, or any sentence-transformers model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

BUNDLED = Path(__file__).parent / "models" / "wenlu-static"
STATUTES = Path(__file__).parent / "models" / "wenlu-statutes"
"""Rows of the bundled encoder that are others where statutes are searched."""

ROWS_FORMAT = "wenlu-rows"


class EncoderError(RuntimeError):
    """The encoder asked for cannot be had; the message says what to do."""


class Encoder(Protocol):
    """Turns texts into unit vectors of which the dot product says how near two meanings are."""

    @property
    def revision(self) -> str:
        """Names these weights; an index made with another revision is not used."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def encode(self, texts: list[str]) -> Vectors:
        """float32 [n, dimensions], every row of length 1 (or 0 for a text without any token)."""


class SentenceTransformerEncoder:
    """Any SentenceTransformer model, normalised."""

    batch = 64
    """Texts that a model reads at once: more are no faster on a processor, and are filled up to the longest of them."""

    def __init__(self, model: Any, revision: str) -> None:
        self._model = model
        self.revision = revision
        self.dimensions = int(model.get_embedding_dimension())

    def encode(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        vectors = self._model.encode(texts, convert_to_numpy=True, show_progress_bar=False, batch_size=self.batch)
        return _normalised(np.asarray(vectors, dtype=np.float32))


class StaticEncoder(SentenceTransformerEncoder):
    """A model of one table. A single text, the question of a turn, goes to the table itself, with the same result."""

    batch = 256

    def encode(self, texts: list[str]) -> Vectors:
        if len(texts) != 1:
            return super().encode(texts)
        import torch

        with torch.inference_mode():
            table = self._model[0]
            vectors = table(table.preprocess(texts))["sentence_embedding"].numpy()
        return _normalised(vectors)


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1.0, lengths), dtype=np.float32)


def load_encoder(name: str | Path | None = None) -> SentenceTransformerEncoder:
    """The bundled encoder, a folder in its format, or any sentence-transformers name or folder.

    Nothing is fetched that is on disk already; where a model can neither be found nor fetched, EncoderError says so.
    """
    folder = Path(name) if name else BUNDLED
    if is_static_folder(folder):
        return _load_static(folder)
    if not name:
        raise EncoderError(f"the bundled encoder is not complete: {BUNDLED} needs model.safetensors and config.json")
    return _load_any(str(name), folder)


def is_static_folder(folder: Path) -> bool:
    """Whether a folder holds an encoder in our own 8-bit format."""
    config = folder / "config.json"
    if not (config.is_file() and (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file()):
        return False
    return bool(json.loads(config.read_text(encoding="utf-8")).get("format") == "wenlu-static")


def load_statutes_encoder() -> StaticEncoder:
    """The bundled encoder for Chinese statutes: the tokens that laws are made of have rows of their own."""
    return _load_static(BUNDLED, STATUTES)


def tokenizer_digest(path: Path) -> str:
    """Names the vocabulary: rows are only good for the tokens that they were made for."""
    vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return hashlib.sha256(json.dumps(vocabulary, sort_keys=True).encode()).hexdigest()[:16]


def put_rows(weights: Vectors, folder: Path, tokenizer: Path) -> str:
    """Puts a folder's rows into the weights; returns their revision."""
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config["format"] != ROWS_FORMAT or config["tokenizer"] != tokenizer_digest(tokenizer):
        raise EncoderError(f"{folder} was made for another tokenizer; make it again (docs/encoder.md)")
    arrays = load_file(str(folder / "model.safetensors"))
    weights[arrays["tokens"]] = arrays["embedding"].astype(np.float32) * arrays["scale"][:, None]
    return str(config["revision"])


def _load_static(folder: Path, rows: Path | None = None) -> StaticEncoder:
    from safetensors.numpy import load_file
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    arrays = load_file(str(folder / "model.safetensors"))
    weights = arrays["embedding"].astype(np.float32) * arrays["scale"][:, None]
    if weights.shape[1] != config["dimensions"]:
        raise EncoderError(
            f"{folder}: config.json says {config['dimensions']} dimensions, the file has {weights.shape[1]}"
        )
    revision = config["revision"]
    if rows:
        revision = f"{revision}-{put_rows(weights, rows, folder / 'tokenizer.json')}"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    module = StaticEmbedding(tokenizer, embedding_weights=weights)
    return StaticEncoder(SentenceTransformer(modules=[module], device="cpu"), revision)


def _load_any(name: str, folder: Path) -> SentenceTransformerEncoder:
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(name, device="cpu", local_files_only=True)
    except Exception as local:
        if folder.is_dir():
            raise EncoderError(f"{name} is a folder, but no sentence-transformers model: {local}") from local
        try:
            model = SentenceTransformer(name, device="cpu")
        except Exception as remote:
            raise EncoderError(
                f"the encoder '{name}' is neither on this machine nor could it be fetched; "
                "unset WENLU_ENCODER to use the bundled one, or give a folder that holds the model"
            ) from remote
    return SentenceTransformerEncoder(model, _revision(name, folder, model))


def _revision(name: str, folder: Path, model: Any) -> str:
    """Digest of the weights, so that another model of the same name is noticed."""
    digest = hashlib.sha256((folder.name if folder.is_dir() else name).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()[:16]
