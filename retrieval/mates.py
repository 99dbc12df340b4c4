"""Cross-lingual mate retrieval: the same sentence in another language, among all others."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder
from retrieval.index import Progress, no_progress

PIVOT = "en"


class MatesError(RuntimeError):
    """Files that cannot be measured with; the message says which and why."""


def find_mates(
    encoder: Encoder, folder: Path, lines: int = 1_000, progress: Progress = no_progress, name: str = "mates"
) -> dict[str, tuple[float, float]]:
    """Share right at rank 1 by language, into English and from it; at the end under "mean" the means.

    `folder`: files XX.txt of which line i says the same as line i of en.txt.
    """
    pivot = folder / f"{PIVOT}.txt"
    if not pivot.is_file():
        raise MatesError(f"{folder} has no {PIVOT}.txt")
    english = _lines(pivot, lines)
    middle = encoder.encode(english)
    others = sorted(path for path in folder.glob("??.txt") if path != pivot)
    if not others:
        raise MatesError(f"{folder} has no other language than English")
    scores: dict[str, tuple[float, float]] = {}
    for done, path in enumerate(others, 1):
        own = _lines(path, lines)
        if len(own) != len(english):
            raise MatesError(f"{path.name} has {len(own)} lines, {pivot.name} has {len(english)}")
        near = encoder.encode(own) @ middle.T
        right = np.arange(len(own))
        scores[path.stem] = (
            float((near.argmax(axis=1) == right).mean()),
            float((near.argmax(axis=0) == right).mean()),
        )
        progress(name, done, len(others))
    means = np.asarray(list(scores.values())).mean(axis=0)
    return {**scores, "mean": (float(means[0]), float(means[1]))}


def _lines(path: Path, most: int) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()[:most]
