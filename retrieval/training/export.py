"""Writes an encoder folder: 8-bit rows with one scale each, the tokenizer, and what it is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def quantise(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows as 8-bit integers and the scale of each: row = integers × scale."""
    scale = np.abs(weight).max(axis=1) / 127.0
    scale[scale == 0] = 1.0
    return np.clip(np.rint(weight / scale[:, None]), -127, 127).astype(np.int8), scale.astype(np.float32)


def export(weight: np.ndarray, tokenizer: Path, folder: Path, about: dict[str, object]) -> None:
    """Writes model.safetensors, tokenizer.json and config.json; the revision is the digest of the first two."""
    folder.mkdir(parents=True, exist_ok=True)
    embedding, scale = quantise(weight)
    save_file({"embedding": embedding, "scale": scale}, str(folder / "model.safetensors"))
    compact = json.dumps(json.loads(tokenizer.read_text(encoding="utf-8")), ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(compact, encoding="utf-8")
    digest = hashlib.sha256()
    for name in ("model.safetensors", "tokenizer.json"):
        digest.update((folder / name).read_bytes())
    config = {"dimensions": int(weight.shape[1]), "revision": digest.hexdigest()[:16], "normalize": True, **about}
    (folder / "config.json").write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
