"""Statutes: how people ask and how laws speak, brought together in the rows of the tokens that Chinese laws are made of."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from rich.progress import Progress
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from knowledge.models import Corpus
from retrieval.encoder import ROWS_FORMAT, put_rows, tokenizer_digest
from retrieval.evaluation import lines_of
from retrieval.training.export import quantise
from retrieval.training.prepare import Packed, pack
from retrieval.training.text import LANGUAGES
from retrieval.training.train import SCALE, Bags, General

KEPT = 0.8
"""Share of a question's tokens that is read."""

NEIGHBOURS = 8
"""Articles of one law that stand in a batch together, so that a law's articles are told apart."""

LONGEST = 256
SHORTEST = 12
"""Tokens of an article; shorter ones have no part to ask for."""

_CHINESE = re.compile("[\u4e00-\u9fff]")

Bag = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Article:
    """A text of a law and the name it goes by."""

    name: str
    text: str


@dataclass(frozen=True)
class Asked:
    """Our own questions and headings, whether each is Chinese, and which articles answer them."""

    chinese: list[tuple[str, int]]
    others: list[tuple[str, int]]
    articles: list[str]


def read_articles(path: Path) -> list[Article]:
    """JSON lines with `text` and `name` (or `label`); .xz is read, too."""
    rows = map(json.loads, lines_of(path))
    return [Article(str(row.get("name") or row.get("label") or ""), str(row["text"])) for row in rows]


def own_pairs(corpus: Corpus, articles: Path, without: frozenset[str] = frozenset()) -> Asked:
    """Our questions, headings and sentences with the articles that their sections rest on.

    `articles`: JSON lines with `law`, `article`, `sub`, `label` and `text`; `without`: questions that are left out.
    """
    texts = {
        (row["law"], row["article"], row.get("sub") or 0): f"{_title(corpus, row['law'])}{row['label']} {row['text']}"
        for row in map(json.loads, lines_of(articles))
    }
    number: dict[tuple[str, int, int], int] = {}
    asked = Asked([], [], [])
    for section in corpus.sections.values():
        keys = [key for basis in section.basis if (key := (basis.law, basis.article, basis.sub or 0)) in texts]
        for key in keys:
            if key not in number:
                number[key] = len(asked.articles)
                asked.articles.append(texts[key])
        for language, text in section.texts.items():
            said = [text.heading, *(section.questions.get(language) or [])]
            if language == "zh":
                said += [part for part in text.plain.replace("\n", "。").split("。") if len(part) > 6][:6]
            to = asked.chinese if language == "zh" else asked.others
            to += [(one, number[key]) for one in said if one not in without for key in keys]
    return asked


def _title(corpus: Corpus, law: str) -> str:
    return corpus.laws[law].title_zh if law in corpus.laws else law


class Batches:
    """Draws the bags of a step. Chinese is read in the tokens that are trained, all else in those that stay."""

    def __init__(self, work: Path, articles: Sequence[Article], asked: Asked, vocabulary: int) -> None:
        tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
        self.body = pack(tokenizer, [one.text for one in articles], "articles", LONGEST)
        self.name = pack(tokenizer, [one.name.rsplit("第", 1)[0] for one in articles], "names", 32)
        self.cited = pack(tokenizer, asked.articles, "cited", LONGEST)
        self.chinese = pack(tokenizer, [text for text, _ in asked.chinese], "questions")
        self.others = pack(tokenizer, [text for text, _ in asked.others], "other languages")
        self.chinese_to = np.asarray([to for _, to in asked.chinese])
        self.others_to = np.asarray([to for _, to in asked.others])
        self.general = General.load(work)
        self.pairs = np.flatnonzero(self.general.pairs[:, 1] == LANGUAGES.index("zh"))
        seen = np.zeros(vocabulary, bool)
        for packed in (self.body, self.name, self.cited, self.chinese):
            seen[packed.tokens] = True
        chinese = [i for token, i in tokenizer.get_vocab().items() if _CHINESE.search(token)]
        self.rows = np.intersect1d(np.flatnonzero(seen), chinese)
        self._place = np.full(vocabulary, -1, np.int64)
        self._place[self.rows] = np.arange(len(self.rows))
        self._long = np.flatnonzero(np.diff(self.body.starts) >= SHORTEST)
        if len(self._long) <= NEIGHBOURS:
            raise ValueError(f"{len(self._long)} articles are long enough to learn from: too few")

    def trained(self, bag: Bag, rng: np.random.Generator, keep: float = 1.0) -> Bag:
        """The bag in the numbers of the trained rows; others and some of its tokens are left out."""
        tokens, offsets = bag
        place = self._place[tokens]
        kept = place >= 0
        if keep < 1:
            kept &= rng.random(len(tokens)) < keep
        before = np.concatenate([[0], np.cumsum(kept)])
        return place[kept], before[offsets]

    def parts(self, rng: np.random.Generator, size: int) -> tuple[np.ndarray, Bag, Bag]:
        """Articles, a part of each as if it were asked for, and what is left of it, mostly under its law's name."""
        most = len(self._long) - NEIGHBOURS
        starts = rng.choice(most, min(size // NEIGHBOURS, most), replace=False)
        rows = np.unique(self._long[(starts[:, None] + np.arange(NEIGHBOURS)).ravel()])
        asked: list[np.ndarray] = []
        left: list[np.ndarray] = []
        for row in rows:
            tokens = _text(self.body, row)
            length = min(int(rng.integers(5, 22)), len(tokens) // 2)
            at = int(rng.integers(0, len(tokens) - length + 1))
            asked.append(tokens[at : at + length])
            rest = tokens if rng.random() < 0.15 else np.concatenate([tokens[:at], tokens[at + length :]])
            left.append(np.concatenate([_text(self.name, row), rest]) if rng.random() < 0.7 else rest)
        return rows, _bag(asked), _bag(left)


def _text(packed: Packed, row: int) -> np.ndarray:
    return packed.tokens[packed.starts[row] : packed.starts[row + 1]]


def _bag(texts: Sequence[np.ndarray]) -> Bag:
    return np.concatenate(texts), np.cumsum([0, *(len(text) for text in texts[:-1])])


def _both(*bags: Bag) -> Bag:
    begins = np.cumsum([0, *(len(tokens) for tokens, _ in bags[:-1])])
    joined = [offsets + begin for (_, offsets), begin in zip(bags, begins, strict=True)]
    return np.concatenate([tokens for tokens, _ in bags]), np.concatenate(joined)


def step_loss(model: Bags, fixed: Bags, batches: Batches, rng: np.random.Generator, size: int) -> torch.Tensor:
    """Parts find their articles, questions the articles that answer them, Chinese sentences their English ones."""
    articles, part, rest = batches.parts(rng, size)
    own = rng.choice(len(batches.chinese), min(size // 2, len(batches.chinese)), replace=False)
    foreign = rng.choice(len(batches.others), min(size // 4, len(batches.others)), replace=False)
    wanted = np.concatenate([batches.chinese_to[own], batches.others_to[foreign]])
    pairs = batches.pairs[rng.integers(0, len(batches.pairs), size // 2)]
    english = batches.general.pairs[pairs, 0]
    bags = [
        batches.trained(part, rng, 0.9),
        batches.trained(rest, rng),
        batches.trained(batches.chinese.take(own), rng, KEPT),
        batches.trained(batches.cited.take(wanted), rng),
        batches.trained(batches.general.others[0].take(pairs), rng),
    ]
    parts, rests, asked, cited, chinese = model(*_both(*bags)).split([len(bag[1]) for bag in bags])
    with torch.no_grad():
        stays = fixed(*_both(batches.others.take(foreign), batches.general.english[0].take(english)))
    questions = torch.cat([asked, stays[: len(foreign)]])
    logits = (questions @ torch.cat([cited, rests]).T) * SCALE
    logits[:, : len(wanted)] = logits[:, : len(wanted)].masked_fill(_same(wanted), -1e4)
    loss: torch.Tensor = (
        _contrast(parts, rests, articles)
        + 0.7 * F.cross_entropy(logits, torch.arange(len(wanted)))
        + 0.5 * _contrast(chinese, stays[len(foreign) :], english)
    )
    return loss


def _same(groups: np.ndarray) -> torch.Tensor:
    same = torch.from_numpy(groups[:, None] == groups[None, :])
    return same.fill_diagonal_(False)


def _contrast(left: torch.Tensor, right: torch.Tensor, groups: np.ndarray) -> torch.Tensor:
    logits = ((left @ right.T) * SCALE).masked_fill(_same(groups), -1e4)
    target = torch.arange(len(groups))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def tune_statutes(
    work: Path, batches: Batches, weight: np.ndarray, begin: np.ndarray, minutes: float, rate: float, size: int
) -> np.ndarray:
    """The trained rows, after so many minutes. All other rows stay, so other languages keep their place."""
    fixed = Bags(torch.from_numpy(weight))
    model = Bags(torch.from_numpy(begin.copy()))
    optimiser = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    begun, step = time.monotonic(), 0
    with Progress() as progress:
        task = progress.add_task("statutes", total=1000)
        while (passed := (time.monotonic() - begun) / (minutes * 60)) < 1:
            optimiser.param_groups[0]["lr"] = rate * min((step + 1) / 30, 1 - passed + 0.01)
            loss = step_loss(model, fixed, batches, np.random.default_rng(9_000_000 + step), size)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            step += 1
            progress.update(task, completed=int(passed * 1000), description=f"statutes {step} {loss.item():.3f}")
            if step % 100 == 0:
                np.save(work / "statutes.npy", model.weight.detach().numpy())
                progress.console.print(f"step {step}: {loss.item():.3f}, {time.monotonic() - begun:.0f} s")
    trained = model.weight.detach().numpy()
    np.save(work / "statutes.npy", trained)
    return trained


def rows_before(folder: Path, rows: np.ndarray, weight: np.ndarray, tokenizer: Path) -> np.ndarray:
    """The rows that an earlier round wrote, token by token; tokens that it had not seen begin as in the general weights."""
    every = weight.copy()
    put_rows(every, folder, tokenizer)
    return np.asarray(every[rows])


def export_rows(rows: np.ndarray, weight: np.ndarray, tokenizer: Path, folder: Path) -> None:
    """Writes the rows that differ from the general encoder's: token numbers, 8-bit integers, scales."""
    folder.mkdir(parents=True, exist_ok=True)
    embedding, scale = quantise(weight)
    arrays = {"tokens": rows.astype(np.int32), "embedding": embedding, "scale": scale}
    save_file(arrays, str(folder / "model.safetensors"))
    config = {
        "format": ROWS_FORMAT,
        "dimensions": int(weight.shape[1]),
        "tokens": len(rows),
        "tokenizer": tokenizer_digest(tokenizer),
        "revision": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:16],
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
