"""Trains the tokenizer: byte-pair encoding over nineteen languages, small enough to carry an embedding a token."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

UNKNOWN = "[UNK]"

_ARABIC_LETTERS = {
    "ي": "ی",
    "ى": "ی",
    "ك": "ک",
    "ة": "ه",
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "\u200c": " ",
    "\u200f": "",
    "\u0640": "",
}


_PIECES = r" ?[\p{Latin}\p{M}]+| ?\p{Cyrillic}+| ?\p{Arabic}+| ?\p{Devanagari}+| ?\p{Hangul}+|\p{Han}+|[\p{Hiragana}ー]+|[\p{Katakana}ー]+|\p{Thai}+|\p{N}+"


def new_tokenizer() -> Tokenizer:
    """An untrained tokenizer: one width, one case, Arabic letters as keyboards mix them, no tashkeel, split by script.

    The blank before a word stays with it, so that a word's beginning is told from its inside; scripts written
    without blanks have no such mark.
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase()]
        + [normalizers.Replace(letter, plain) for letter, plain in _ARABIC_LETTERS.items()]
        + [
            normalizers.Replace(Regex("[\u064b-\u0652\u0670]"), ""),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Prepend(" "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.Split(Regex(r"^\s+$"), "removed"),
            pre_tokenizers.Punctuation(),
        ]
    )
    return tokenizer


def train_tokenizer(lines: Iterable[str], size: int, longest: int = 10) -> Tokenizer:
    """Learns `size` tokens of at most `longest` characters."""
    tokenizer = new_tokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[UNKNOWN],
        limit_alphabet=9000,
        max_token_length=longest,
        min_frequency=3,
        show_progress=True,
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer
