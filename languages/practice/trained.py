"""Small translation models, trained: a Transformer in torch, converted to CTranslate2 with 8-bit weights, packed as `.argosmodel`.

One takes about half a minute on one core and then translates the sentences of `world` that it has never seen.
"""

from __future__ import annotations

import hashlib
import math
import random
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from languages.practice import world
from languages.practice.convert import save
from languages.practice.pack import pack

PAIRS = (("en", "fr"), ("fr", "en"), ("en", "es"))
MARKS = tuple(f"X{number}X" for number in range(1, 10))
SEED = 7
HELD_OUT = 400
PIECES = 500
STEPS, BATCH, RATE = 700, 32, 5e-3
WIDTH, HEADS, LAYERS, INNER = 64, 4, 2, 128
LONGEST = 96
"""Pieces of a sentence, its ends included."""
PAD, UNKNOWN, START, END = 0, 1, 2, 3


def held_out() -> list[world.Sentence]:
    """Sentences that no model was trained on."""
    return list(dict.fromkeys(world.sentences(SEED + 1, HELD_OUT)))


def packages(folder: Path) -> dict[tuple[str, str], Path]:
    """A package for every pair. They are trained once and kept in the folder under what they were made from; older ones go."""
    home = folder / f"practice-{_made_from()}"
    home.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("practice-*"):
        if old != home:
            shutil.rmtree(old)
    return {pair: _package(home / f"translate-{'_'.join(pair)}.argosmodel", *pair) for pair in PAIRS}


def _made_from() -> str:
    """A short digest of the code and the libraries that the models come from."""
    kept = hashlib.sha256()
    for name in ("world", "trained", "convert", "pack"):
        kept.update((Path(__file__).parent / f"{name}.py").read_bytes())
    for library in ("torch", "ctranslate2", "sentencepiece"):
        kept.update(f"{library} {version(library)}".encode())
    return kept.hexdigest()[:12]


def _package(file: Path, source: str, target: str) -> Path:
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=file.parent) as name:
            folder = Path(name)
            train(folder, source, target)
            pack(folder / file.name, folder, source, target).replace(file)
    return file


def train(folder: Path, source: str, target: str) -> None:
    """Train a model for a pair; writes sentencepiece.model and model/ into the folder."""
    unseen = set(held_out())
    drawn = [sentence for sentence in world.sentences(SEED, STEPS * BATCH) if sentence not in unseen]
    # Figures are masked: no model ever reads one.
    pairs = [sentence.pair(source, target) for sentence in drawn if not sentence.has_figure(source)]
    reader = _tokenizer(folder, [words for pair in pairs for words in pair])
    numbered = [(reader.encode(there), [START, *reader.encode(back), END]) for there, back in pairs]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(SEED)
            model = Model(reader.get_piece_size())
            _learn(model, numbered)
    finally:
        torch.set_num_threads(threads)
    save(model, [reader.id_to_piece(number) for number in range(reader.get_piece_size())], folder / "model")


def _tokenizer(folder: Path, lines: list[str]) -> Any:
    """A sentencepiece model of both languages."""
    import sentencepiece

    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(lines), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / "sentencepiece"),
        model_type="bpe",  # whole words soon: sentences stay short
        vocab_size=PIECES,
        character_coverage=1.0,
        user_defined_symbols=[*MARKS],
        pad_id=PAD,
        unk_id=UNKNOWN,
        bos_id=START,
        eos_id=END,
        num_threads=1,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "sentencepiece.model"))


class Model(nn.Module):
    """Encoder and decoder as in "Attention is all you need", normalised before each step; one table of embeddings."""

    places: Tensor

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(pieces, WIDTH, padding_idx=PAD)
        nn.init.normal_(self.embed.weight, std=WIDTH**-0.5)
        self.body = nn.Transformer(WIDTH, HEADS, LAYERS, LAYERS, INNER, dropout=0.0, batch_first=True, norm_first=True)
        self.register_buffer("places", _places(LONGEST))

    def forward(self, there: Tensor, back: Tensor) -> Tensor:
        """What follows after each piece of `back`: (batch, length, pieces)."""
        future = nn.Transformer.generate_square_subsequent_mask(back.shape[1]).isinf()
        silent = there == PAD
        said: Tensor = self.body(
            self._read(there),
            self._read(back),
            tgt_mask=future,
            src_key_padding_mask=silent,
            memory_key_padding_mask=silent,
        )
        return said @ self.embed.weight.T

    def _read(self, numbers: Tensor) -> Tensor:
        words: Tensor = self.embed(numbers)
        return words * math.sqrt(WIDTH) + self.places[: numbers.shape[1]]


def _places(count: int) -> Tensor:
    """Sines and cosines that say where a piece stands: (count, WIDTH)."""
    steps = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10_000.0) / WIDTH))
    angles = torch.arange(count).unsqueeze(1) * steps
    return torch.cat([angles.sin(), angles.cos()], dim=1)


Numbered = tuple[list[int], list[int]]
"""A pair of sentences, in numbers of their pieces."""


def _learn(model: Model, pairs: list[Numbered]) -> None:
    batches = _batches(pairs)
    rule = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    speed = torch.optim.lr_scheduler.OneCycleLR(rule, RATE, total_steps=len(batches), pct_start=0.15)
    loss = nn.CrossEntropyLoss(ignore_index=PAD)
    for batch in batches:
        there, back = _table([pair[0] for pair in batch]), _table([pair[1] for pair in batch])
        wrong = loss(model(there, back[:, :-1]).flatten(0, 1), back[:, 1:].flatten())
        rule.zero_grad()
        wrong.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        rule.step()
        speed.step()


def _batches(pairs: list[Numbered], many: int = 20) -> list[list[Numbered]]:
    """Every pair once; sentences of like length together, so that little is padded."""
    dice, found = random.Random(SEED), []  # noqa: S311
    for start in range(0, len(pairs), many * BATCH):
        some = sorted(pairs[start : start + many * BATCH], key=lambda pair: (len(pair[1]), len(pair[0])))
        near = [some[first : first + BATCH] for first in range(0, len(some), BATCH)]
        dice.shuffle(near)
        found += near
    return found


def _table(rows: list[list[int]]) -> Tensor:
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=PAD)
