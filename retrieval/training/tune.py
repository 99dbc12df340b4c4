"""Tuning on our own questions: a question ends near its section and near the same question in other languages."""

from __future__ import annotations

import time
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.progress import Progress
from tokenizers import Tokenizer

from knowledge.models import Corpus
from retrieval.outside import Outside
from retrieval.passages import passages_of
from retrieval.training.prepare import Packed, pack
from retrieval.training.text import without_marks
from retrieval.training.train import DISTIL, SCALE, Bags, General, read

KEPT = 0.85
"""Share of a question's tokens that is read: people who ask leave out what writers put in."""

TO_TEXT = 0.5
"""How often a question is paired with its section's text, and not with another question."""

OUTSIDE_SHARE = 0.08


@dataclass
class Group:
    """Texts that belong together: the questions of a section and its headings and pieces of text."""

    questions: list[int] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)


@dataclass
class Domain:
    """Our own texts as token numbers, by section; themes out of scope are groups like sections."""

    forms: tuple[Packed, Packed, Packed]
    groups: list[Group]
    inside: int
    """How many of the groups are sections."""

    def pairs(self, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A question, something that belongs to it, and the group of both."""
        out = int(size * OUTSIDE_SHARE) if len(self.groups) > self.inside else 0
        chosen = np.concatenate(
            [
                rng.permutation(np.resize(rng.permutation(self.inside), size - out)),
                rng.integers(self.inside, len(self.groups), out) if out else np.empty(0, np.int64),
            ]
        ).astype(np.int64)
        left = np.empty(size, np.int64)
        right = np.empty(size, np.int64)
        for i, number in enumerate(chosen):
            group = self.groups[number]
            left[i] = group.questions[rng.integers(len(group.questions))]
            pool = group.texts if group.texts and rng.random() < TO_TEXT else group.questions
            right[i] = pool[rng.integers(len(pool))]
        return left, right, chosen

    def read(self, rng: np.random.Generator, rows: np.ndarray, keep: float) -> tuple[np.ndarray, np.ndarray]:
        """Tokens of these texts in one of their forms, some tokens left out."""
        tokens, offsets = self.forms[rng.choice(3, p=(0.5, 0.3, 0.2))].take(rows)
        kept = rng.random(len(tokens)) < keep
        kept[offsets] = True
        before = np.concatenate([[0], np.cumsum(kept)])
        return tokens[kept], before[offsets]


def held_out(text: str, share: float) -> bool:
    """Whether a question is kept for measuring; the same ones on every machine."""
    return zlib.crc32(text.encode()) % 1000 < share * 1000


def domain_of(corpus: Corpus, outside: Sequence[Outside], tokenizer: Path, share: float) -> tuple[Domain, list[str]]:
    """The texts to tune on, and the sample questions held out of them."""
    texts: list[str] = []
    held: list[str] = []
    sections: dict[str, Group] = defaultdict(Group)
    for passage in passages_of(corpus):
        if passage.kind == "law":
            continue
        if passage.kind == "question" and held_out(passage.text, share):
            held.append(passage.text)
            continue
        group = sections[passage.section]
        (group.texts if passage.kind in ("text", "title") else group.questions).append(len(texts))
        texts.append(passage.text)
    themes: dict[str, Group] = defaultdict(Group)
    for example in outside:
        if not held_out(example.text, share):
            themes[example.theme].questions.append(len(texts))
            texts.append(example.text)
    groups = [group for group in sections.values() if group.questions]
    whole = Tokenizer.from_file(str(tokenizer))
    broken = Tokenizer.from_file(str(tokenizer))
    broken.model.dropout = 0.12
    bare = [without_marks(text) for text in texts]
    forms = (pack(whole, texts, "questions"), pack(broken, texts, "broken"), pack(whole, bare, "bare"))
    return Domain(forms, [*groups, *(group for group in themes.values() if group.questions)], len(groups)), held


def contrast(asked: torch.Tensor, other: torch.Tensor, groups: np.ndarray) -> torch.Tensor:
    """In-batch contrastive loss both ways; what belongs to the same group is no negative."""
    same = torch.from_numpy(groups[:, None] == groups[None, :])
    same.fill_diagonal_(False)
    logits = ((asked @ other.T) * SCALE).masked_fill(same, -1e4)
    target = torch.arange(len(groups))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def step_loss(
    model: Bags, domain: Domain, data: General, rng: np.random.Generator, size: int, general: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Our own loss, and the whole one. All texts go through the model at once: gradients are as wide as the vocabulary."""
    left, right, groups = domain.pairs(rng, size)
    rows, english_rows = data.batch(rng, size)
    bags = [
        domain.read(rng, left, KEPT),
        domain.read(rng, right, 0.95),
        read(rng, data.english, english_rows),
        read(rng, data.others, rows),
    ]
    tokens = np.concatenate([bag[0] for bag in bags])
    begins = np.cumsum([0, *(len(bag[0]) for bag in bags)])
    offsets = np.concatenate([bag[1] + begin for bag, begin in zip(bags, begins[:-1], strict=True)])
    asked, other, english, others = model(tokens, offsets).split(size)
    own = contrast(asked, other, groups)
    teacher = torch.from_numpy(data.teacher[english_rows].astype(np.float32))
    distance = (1 - (english * teacher).sum(1)).mean() + (1 - (others * teacher).sum(1)).mean()
    return own, own + general * (contrast(english, others, english_rows) + DISTIL * distance)


def tune(
    work: Path,
    domain: Domain,
    to: Path,
    steps: int,
    minutes: float,
    rate: float,
    size: int,
    general: float,
    again: bool = False,
) -> None:
    """Tunes on our own pairs, with general pairs in every step against forgetting; `again`: what was tuned before."""
    data = General.load(work)
    model = Bags(torch.from_numpy(np.load(to if again else work / "general.npy")))
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    begun = time.monotonic()
    with Progress() as progress:
        task = progress.add_task("tune", total=1000)
        for step in range(steps):
            passed = max(step / steps, (time.monotonic() - begun) / (minutes * 60))
            if passed >= 1:
                break
            rng = np.random.default_rng(5_000_000 + step + 100_000 * again)
            optimiser.param_groups[0]["lr"] = rate * min((step + 1) / 30, 1 - passed + 0.01)
            own, loss = step_loss(model, domain, data, rng, size, general)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            progress.update(task, completed=int(passed * 1000), description=f"tune {step} {own.item():.3f}")
            if step % 100 == 99:
                np.save(to, model.weight.detach().numpy())
                progress.console.print(f"step {step + 1}: own {own.item():.3f}, {time.monotonic() - begun:.0f} s")
    np.save(to, model.weight.detach().numpy())
