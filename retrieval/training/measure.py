"""How often the English line is found from the same line in another language."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder
from retrieval.training.text import LANGUAGES


def sentence_retrieval(encoder: Encoder, folder: Path, lines: int = 1_000) -> dict[str, float]:
    """Percent right at rank 1 by language, for files XX.txt of which line i says the same as line i of en.txt."""
    english = encoder.encode(_lines(folder / "en.txt", lines))
    scores: dict[str, float] = {}
    for language in LANGUAGES:
        path = folder / f"{language}.txt"
        if not path.exists():
            continue
        found = (encoder.encode(_lines(path, lines)) @ english.T).argmax(axis=1)
        scores[language] = round(100 * float((found == np.arange(len(found))).mean()), 1)
    scores["mean"] = round(sum(scores.values()) / len(scores), 1)
    return scores


def _lines(path: Path, most: int) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()[:most]
