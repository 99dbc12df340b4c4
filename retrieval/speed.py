"""How long an encoder takes over a question, and how large it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder
from retrieval.index import Progress, no_progress

ROUNDS = 5
"""How often each text is encoded; its fastest time counts, so that other work on the machine counts least."""


@dataclass(frozen=True)
class Speed:
    """Milliseconds a text: by the clock, and of the processor (all threads together)."""

    texts: int
    p50_ms: float
    p95_ms: float
    cpu_ms: float


def measure_speed(encoder: Encoder, texts: Sequence[str], progress: Progress = no_progress, name: str = "") -> Speed:
    """Encodes texts one by one, as they are asked."""
    encoder.encode(list(texts[:1]))  # what is loaded once is no text's time
    clock, processor = np.empty((ROUNDS, len(texts))), np.empty((ROUNDS, len(texts)))
    for number in range(ROUNDS):
        for i, text in enumerate(texts):
            begun, used = time.perf_counter(), time.process_time()
            encoder.encode([text])
            clock[number, i], processor[number, i] = time.perf_counter() - begun, time.process_time() - used
        progress(name, number + 1, ROUNDS)
    best = 1000 * clock.min(axis=0)
    return Speed(
        len(texts),
        float(np.percentile(best, 50)),
        float(np.percentile(best, 95)),
        float(1000 * processor.min(axis=0).mean()),
    )


def folder_mb(folder: Path) -> float:
    """What a folder takes on disk."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1_000_000
