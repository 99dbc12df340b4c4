"""A practice package: a real CTranslate2 model for a small world of words, packed as `.argosmodel`.

For what no training shows on demand: slips, and a model that finds no end. Its weights are written, not trained: the
decoder looks at the word in its own place and says that word in the other language. It knows these words and no others.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from languages.practice.pack import pack

WORDS: dict[str, tuple[str, ...]] = {
    "en": ("you", "we", "must", "may", "pay", "register", "here", "today", "within", "days", "yuan", "at", "and", "the", "office", "please", "call", "bring", "passport"),
    "fr": ("vous", "nous", "devez", "pouvez", "payer", "déclarer", "ici", "aujourd'hui", "sous", "jours", "yuans", "à", "et", "le", "bureau", "veuillez", "appeler", "apporter", "passeport"),
    "de": ("Sie", "wir", "müssen", "dürfen", "bezahlen", "anmelden", "hier", "heute", "binnen", "Tage", "Yuan", "bei", "und", "das", "Amt", "bitte", "anrufen", "mitbringen", "Reisepass"),
    "zh": ("您", "我们", "必须", "可以", "支付", "登记", "这里", "今天", "之内", "天", "元", "在", "和", "该", "办公室", "请", "致电", "携带", "护照"),
}  # fmt: skip
"""The same words in every language, in the same places. The practice languages have English word order."""

MARKS = tuple(f"X{number}X" for number in range(1, 10))
STOPS = (".", ",")
LONGEST = 64
"""Words of a sentence, its end included."""
UNKNOWN, START, END = 0, 1, 2


def make_package(file: Path, source: str, target: str, slips: dict[str, str] | None = None) -> Path:
    """Write a package from one practice language into another. `slips`: words (or marks) that it says wrongly."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pieces = _tokenizer(folder, source, target, tuple((slips or {}).values()))
        said = dict(zip(WORDS[source], WORDS[target], strict=True)) | (slips or {})
        said |= {word + stop: other + stop for word, other in said.items() for stop in STOPS}
        _write_model(pieces, said, folder / "model")
        pack(file, folder, source, target)
    return file


def _tokenizer(folder: Path, source: str, target: str, more: tuple[str, ...]) -> list[str]:
    """A sentencepiece model of both languages' words, a piece a word; its pieces."""
    import sentencepiece

    corpus = folder / "corpus.txt"
    words = [*WORDS[source], *WORDS[target], *more]
    corpus.write_text("\n".join(word + stop for word in words for stop in ("", *STOPS)), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(folder / "sentencepiece"),
        model_type="word",
        vocab_size=600,
        user_defined_symbols=[*MARKS],
        hard_vocab_limit=False,
        minloglevel=2,
    )
    read = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sentencepiece.model"))
    return [read.id_to_piece(number) for number in range(read.get_piece_size())]


def _write_model(pieces: list[str], said: dict[str, str], folder: Path) -> None:
    """One layer a side. Half of every vector says which word it is, the other half in which place it stands."""
    from ctranslate2.specs import TransformerSpec

    words = len(pieces)
    size = words + LONGEST
    spec = TransformerSpec.from_config((1, 1), 1, pre_norm=True)
    for side in (spec.encoder, spec.decoder):
        side.scale_embeddings = False
        side.position_encodings.encodings = np.eye(LONGEST, size, words, dtype=np.float32)
        _pass_through(side, size)
    spec.encoder.embeddings[0].weight = np.eye(words, size, dtype=np.float32)
    spec.decoder.embeddings.weight = np.zeros((words, size), np.float32)
    look = spec.decoder.layer[0].attention
    place, word = np.diag(np.arange(size) >= words), np.diag(np.arange(size) < words)
    _ones(look.layer_norm, size)
    for linear, weight in zip(look.linear, (place, np.vstack([place, word]), word), strict=True):
        _set(linear, weight.astype(np.float32))
    _set(spec.decoder.projection, _dictionary(pieces, said, size))
    for register in (spec.register_source_vocabulary, spec.register_target_vocabulary):
        register(pieces)
    spec.config.unk_token, spec.config.bos_token, spec.config.eos_token = pieces[UNKNOWN], pieces[START], pieces[END]
    spec.config.decoder_start_token, spec.config.add_source_eos = pieces[START], True
    spec.validate()
    spec.optimize(quantization="float32")
    folder.mkdir()
    spec.save(str(folder))


def _pass_through(side: Any, size: int) -> None:
    """A side whose own attention and feed-forward add nothing."""
    layer = side.layer[0]
    for norm in (layer.self_attention.layer_norm, layer.ffn.layer_norm, side.layer_norm):
        _ones(norm, size)
    _set(layer.self_attention.linear[0], np.zeros((3 * size, size), np.float32))
    for linear in (layer.self_attention.linear[1], layer.ffn.linear_0, layer.ffn.linear_1):
        _set(linear, np.zeros((size, size), np.float32))


def _dictionary(pieces: list[str], said: dict[str, str], size: int) -> Any:
    """Which word follows from which; what is no word of the language stays itself."""
    numbers = {piece.removeprefix("▁"): number for number, piece in enumerate(pieces)}
    weight = np.zeros((len(pieces), size), np.float32)
    for word, number in numbers.items():
        weight[numbers.get(said.get(word, word), number), number] = 10
    return weight


def _ones(norm: Any, size: int) -> None:
    norm.gamma, norm.beta = np.ones(size, np.float32), np.zeros(size, np.float32)


def _set(linear: Any, weight: Any) -> None:
    linear.weight, linear.bias = weight, np.zeros(len(weight), np.float32)
