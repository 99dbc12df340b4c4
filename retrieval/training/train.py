"""General training: two texts of one meaning end near each other, and both near what the teacher thinks of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.progress import Progress

from retrieval.training.prepare import Packed
from retrieval.training.text import LANGUAGES

SCALE = 20.0
DISTIL = 2.0
BROKEN = 0.4
"""How often a text is read in its broken, accentless form."""


class Bags(torch.nn.Module):
    """Static token embeddings; a text is the normalised mean of its tokens' rows, so a row's length is its weight."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(weight)

    def forward(self, tokens: np.ndarray, offsets: np.ndarray) -> torch.Tensor:
        means = F.embedding_bag(torch.from_numpy(tokens).long(), self.weight, torch.from_numpy(offsets), mode="mean")
        return F.normalize(means, dim=1)


@dataclass(frozen=True)
class General:
    """Everything general training reads."""

    english: tuple[Packed, Packed]
    others: tuple[Packed, Packed]
    teacher: np.ndarray
    pairs: np.ndarray
    odds: np.ndarray

    @classmethod
    def load(cls, work: Path) -> General:
        pairs = np.asarray(json.loads((work / "pairs.json").read_text(encoding="utf-8")), dtype=np.int64)
        return cls(
            (Packed.load(work / "english.npz"), Packed.load(work / "english-broken.npz")),
            (Packed.load(work / "others.npz"), Packed.load(work / "others-broken.npz")),
            np.load(work / "teacher.npy"),
            pairs,
            _odds(pairs),
        )

    def batch(self, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of pairs (also the rows of `others`) and the English row of each."""
        rows = np.searchsorted(self.odds, rng.random(size))
        return rows, self.pairs[rows, 0]


def _odds(pairs: np.ndarray) -> np.ndarray:
    """Cumulated odds of each pair: thin languages are met more often than their share, words less than sentences."""
    weight = np.zeros(len(pairs))
    for language in range(len(LANGUAGES)):
        for kind, share in ((0, 1.0), (1, 0.25)):
            chosen = (pairs[:, 1] == language) & (pairs[:, 2] == kind)
            if chosen.any():
                weight[chosen] = share * chosen.sum() ** -0.4
    return np.cumsum(weight / weight.sum())


def read(rng: np.random.Generator, packed: tuple[Packed, Packed], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The texts of a batch, some of them in broken form."""
    whole, broken = packed
    return (broken if rng.random() < BROKEN else whole).take(rows)


def first_weights(data: General, vocabulary: int, dimensions: int) -> torch.Tensor:
    """A token begins where the teacher puts the texts that it stands in, so that training starts half-way."""
    teacher = data.teacher.astype(np.float32)
    teacher -= teacher.mean(axis=0)
    sums = torch.zeros(vocabulary, dimensions)
    counts = torch.zeros(vocabulary)
    rng = np.random.default_rng(1)
    for packed, rows in ((data.english, np.arange(len(teacher))), (data.others, data.pairs[:, 0])):
        for form in packed:
            order = rng.permutation(len(form))[:400_000]
            for part in np.array_split(order, 40):
                tokens, offsets = form.take(part)
                lengths = np.diff(np.append(offsets, len(tokens)))
                ids = torch.from_numpy(tokens).long()
                sums.index_add_(0, ids, torch.from_numpy(np.repeat(teacher[rows[part]], lengths, axis=0)))
                counts.index_add_(0, ids, torch.ones(len(ids)))
    noise = torch.randn(vocabulary, dimensions, generator=torch.Generator().manual_seed(1)) * 0.01
    return sums / (counts[:, None] + 4.0) + noise


def general_loss(model: Bags, data: General, rng: np.random.Generator, size: int) -> torch.Tensor:
    """In-batch contrastive loss both ways and the distance to the teacher."""
    rows, english_rows = data.batch(rng, size)
    english = model(*read(rng, data.english, english_rows))
    others = model(*read(rng, data.others, rows))
    same = torch.from_numpy(english_rows[:, None] == english_rows[None, :])
    same.fill_diagonal_(False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = english @ others.T
    logits = (logits.float() * SCALE).masked_fill(same, -1e4)
    target = torch.arange(size)
    contrast = F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)
    teacher = torch.from_numpy(data.teacher[english_rows].astype(np.float32))
    distance = (1 - (english * teacher).sum(1)).mean() + (1 - (others * teacher).sum(1)).mean()
    loss: torch.Tensor = contrast / 2 + DISTIL * distance
    return loss


def train(work: Path, steps: int, minutes: float, size: int, rate: float, again: bool = False) -> None:
    """Trains until the steps or the minutes are used up and writes `general.npy`; continues from a checkpoint.

    `again`: a second round with a fresh optimiser, from the weights of the first.
    """
    data = General.load(work)
    checkpoint = work / ("checkpoint-again.pt" if again else "checkpoint.pt")
    state = torch.load(checkpoint, weights_only=True) if checkpoint.exists() else None
    model = Bags(state["weight"] if state else _start(work, data, again))
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    done, spent = 0, 0.0
    if state:
        optimiser.load_state_dict(state["optimiser"])
        done, spent = state["step"], state["spent"]
    begun = time.monotonic() - spent
    with Progress() as progress:
        task = progress.add_task("train", total=1000)
        for step in range(done, steps):
            passed = max(step / steps, (time.monotonic() - begun) / (minutes * 60))
            if passed >= 1:
                break
            optimiser.param_groups[0]["lr"] = rate * min((step + 1) / 100, 1 - passed + 0.01)
            loss = general_loss(model, data, np.random.default_rng(step + 1_000_000 * again), size)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            progress.update(task, completed=int(passed * 1000), description=f"train {step} {loss.item():.3f}")
            if step % 200 == 199:
                _save(checkpoint, model, optimiser, step + 1, time.monotonic() - begun)
                progress.console.print(f"step {step + 1}: loss {loss.item():.3f}, {time.monotonic() - begun:.0f} s")
    np.save(work / "general.npy", model.weight.detach().numpy())


def _start(work: Path, data: General, again: bool) -> torch.Tensor:
    if again:
        return torch.from_numpy(np.load(work / "general.npy"))
    vocabulary = json.loads((work / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return first_weights(data, len(vocabulary), data.teacher.shape[1])


def _save(path: Path, model: Bags, optimiser: torch.optim.Optimizer, step: int, spent: float) -> None:
    kept = {"weight": model.weight.data, "optimiser": optimiser.state_dict(), "step": step, "spent": spent}
    temporary = path.with_suffix(".tmp")
    torch.save(kept, temporary)
    temporary.rename(path)
