"""Reads the bundled sentence encoder: a table of token vectors, with numpy and tokenizers only (no torch)."""

import json
import logging
import os
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import numpy as np
from rasa.shared.exceptions import RasaException
from safetensors.numpy import load_file
from tokenizers import Tokenizer

log = logging.getLogger(__name__)

BUNDLED = Path(__file__).resolve().parents[2] / "retrieval" / "models" / "wenlu-static"
FILES = ("model.safetensors", "tokenizer.json", "config.json")


class EncoderMissing(RasaException):
    """There is no readable encoder folder where the settings say it is."""


class StaticEncoder:
    """Sentence vectors as the mean of token rows, L2-normalised.

    The table is kept as int8 with one float32 scale a row; only the rows of a text's tokens are ever made float.
    """

    def __init__(self, embedding: np.ndarray, scale: np.ndarray, tokenizer: Tokenizer, revision: str) -> None:
        self._embedding = embedding
        self._scale = scale.reshape(-1).astype(np.float32)
        self._tokenizer = tokenizer
        self.revision = revision
        self.dimensions = int(embedding.shape[1])

    @classmethod
    def load(cls, folder: Path) -> "StaticEncoder":
        """Read an encoder folder. Raises EncoderMissing with one sentence that says what to do."""
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise EncoderMissing(
                f"The encoder folder {folder} lacks {', '.join(missing)}: set WENLU_ENCODER to a folder that has them, "
                f"or leave it unset to use the bundled one."
            )
        config = read_config(folder)
        tensors: Dict[str, np.ndarray] = load_file(str(folder / "model.safetensors"))
        if "embedding" not in tensors or "scale" not in tensors:
            raise EncoderMissing(
                f"{folder}/model.safetensors has no 'embedding' and 'scale': it is not a static encoder."
            )
        embedding, scale = tensors["embedding"], tensors["scale"]
        if embedding.ndim != 2 or scale.size != embedding.shape[0] or embedding.shape[1] != config["dimensions"]:
            raise EncoderMissing(f"The encoder folder {folder} contradicts itself: config.json does not fit the table.")
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return cls(embedding, scale, tokenizer, str(config["revision"]))

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors, shape (number of texts, dimensions). A text without known tokens is all zeros."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            vectors[row] = self._mean(encoding.ids)
        return vectors

    def _mean(self, ids: List[int]) -> np.ndarray:
        if not ids:
            return np.zeros(self.dimensions, dtype=np.float32)
        rows = self._embedding[ids].astype(np.float32) * self._scale[ids][:, None]
        mean = rows.mean(axis=0)
        norm = float(np.linalg.norm(mean))
        return mean / norm if norm > 0 else mean


def read_config(folder: Path) -> Dict:
    """Return an encoder's config.json; it must name the dimensions and the revision."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if not isinstance(config, dict) or "dimensions" not in config or "revision" not in config:
        raise EncoderMissing(f"{folder}/config.json names no 'dimensions' and 'revision'.")
    return config


def is_static_encoder(folder: Path) -> bool:
    """Whether a folder holds the bundled format (and not, say, a sentence-transformers model)."""
    if not all((folder / name).is_file() for name in FILES):
        return False
    try:
        read_config(folder)
    except (EncoderMissing, ValueError):
        return False
    return True


def encoder_folder(configured: Optional[str] = None) -> Path:
    """Return the folder the bot reads: the component's own setting, else WENLU_ENCODER, else the bundled one.

    WENLU_ENCODER may also name any sentence-transformers model, for retrieval. The bot has no torch to read such a
    model, and then keeps the bundled one.
    """
    if configured:
        return Path(configured)
    wanted = os.environ.get("WENLU_ENCODER", "").strip()
    if not wanted:
        return BUNDLED
    if is_static_encoder(Path(wanted)) or not is_static_encoder(BUNDLED):
        return Path(wanted)
    log.warning("WENLU_ENCODER is not a static encoder folder; the bot uses the bundled encoder.")
    return BUNDLED
