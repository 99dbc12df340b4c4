"""Draws the pairs, trains the tokenizer and packs every text as token numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track
from tokenizers import Tokenizer

from retrieval.training.text import LANGUAGES, Pair, read_pairs, without_marks
from retrieval.training.tokenizer import train_tokenizer

BLOCK = 20_000


@dataclass(frozen=True)
class Packed:
    """Texts as token numbers: text i is `tokens[starts[i]:starts[i + 1]]`."""

    tokens: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The tokens of these texts one after another, and where each begins."""
        begin = self.starts[rows]
        lengths = self.starts[rows + 1] - begin
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        within = np.arange(int(lengths.sum())) - np.repeat(offsets, lengths)
        return self.tokens[np.repeat(begin, lengths) + within], offsets

    def save(self, path: Path) -> None:
        np.savez(path, tokens=self.tokens, starts=self.starts)

    @classmethod
    def load(cls, path: Path) -> Packed:
        with np.load(path) as arrays:
            return cls(arrays["tokens"], arrays["starts"])


def pack(tokenizer: Tokenizer, texts: list[str], label: str = "tokens", most: int = 96) -> Packed:
    """Token numbers of every text; a text without any token gets the unknown one."""
    pieces: list[np.ndarray] = []
    lengths: list[int] = []
    for start in track(range(0, len(texts), BLOCK), description=label):
        for encoding in tokenizer.encode_batch(texts[start : start + BLOCK]):
            ids = encoding.ids[:most] or [0]
            pieces.append(np.asarray(ids, dtype=np.int32))
            lengths.append(len(ids))
    return Packed(np.concatenate(pieces), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def draw_pairs(parallel: Path, sentences: int, words: int) -> list[Pair]:
    """The pairs of every language, thin languages whole."""
    pairs: list[Pair] = []
    for language in track(LANGUAGES, description="pairs"):
        pairs += read_pairs(parallel, language, sentences, words)
    return pairs


def prepare(parallel: Path, work: Path, size: int, sentences: int, words: int, also: list[Path]) -> None:
    """Writes pairs, tokenizer and packed texts to the work folder; what is there already is kept."""
    work.mkdir(parents=True, exist_ok=True)
    if (work / "pairs.json").exists():
        return
    pairs = draw_pairs(parallel, sentences, words)
    tokenizer_path = work / "tokenizer.json"
    if not tokenizer_path.exists():
        train_tokenizer(_tokenizer_lines(pairs, also), size).save(str(tokenizer_path))
    english = sorted({pair.english for pair in pairs})
    number = {text: i for i, text in enumerate(english)}
    (work / "english.json").write_text(json.dumps(english, ensure_ascii=False), encoding="utf-8")
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    dropping = _with_dropout(tokenizer_path)
    others = [pair.other for pair in pairs]
    pack(tokenizer, english, "English").save(work / "english.npz")
    pack(dropping, english, "English, broken").save(work / "english-broken.npz")
    pack(tokenizer, others, "others").save(work / "others.npz")
    pack(dropping, [_as_typed(text, i) for i, text in enumerate(others)], "others, broken").save(
        work / "others-broken.npz"
    )
    rows = [[number[pair.english], LANGUAGES.index(pair.language), int(pair.kind == "word")] for pair in pairs]
    (work / "pairs.json").write_text(json.dumps(rows), encoding="utf-8")


def _as_typed(text: str, i: int) -> str:
    """Every second text loses its accents, so that words are known both ways."""
    return without_marks(text) if i % 2 else text


def _with_dropout(path: Path) -> Tokenizer:
    """The same tokenizer, but one merge in eight is left out: rare words are then met in pieces, too."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.model.dropout = 0.12
    return tokenizer


def _tokenizer_lines(pairs: list[Pair], also: list[Path]) -> list[str]:
    """About as many lines of every language, English a little more often, and texts of our own."""
    lines: list[str] = []
    for language in LANGUAGES:
        own = [pair for pair in pairs if pair.language == language]
        sentences = [pair for pair in own if pair.kind == "sentence"][:15_000]
        words = [pair for pair in own if pair.kind == "word"][:8_000]
        lines += [pair.other for pair in sentences + words]
        lines += [without_marks(pair.other) for pair in sentences[:3_000]]
        lines += [pair.english for pair in sentences[:3_000]]
    for path in also:
        lines += [line[:2_000] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines
