"""Translation behind one port: a text comes back translated, whole and with its figures, or as it was with the reason.

`ArgosTranslator` runs Argos packages with CTranslate2. Where no package goes straight, it goes by way of English.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from languages.masks import STYLES, Masked, Masker, figures, marked, unmarked
from languages.packages import PIVOT, Package, installed
from languages.runaway import cut_short, runaway
from languages.sentences import pieces

LONGEST_TEXT = 20_000
"""Characters; a longer text is shown as it is."""
MOST_KEPT = 2_000
"""Translations that are remembered."""

Reason = Literal["same_language", "no_package", "too_long", "mark_lost", "repetition", "shortened", "figures_differ", "late", "busy", "failed"]  # fmt: skip


@dataclass(frozen=True)
class Translation:
    """What came of a text. Without `machine` the text is the original, and `reason` says why."""

    text: str
    language: str
    machine: bool
    reason: Reason | None = None
    via: tuple[str, ...] = ()


class Translator(Protocol):
    """Translates texts. Never raises for a text that it cannot translate."""

    def translate(self, text: str, source: str, target: str, deadline: float | None = None) -> Translation:
        """The translation, or the original with a reason. `deadline`: of `time.monotonic()`."""
        ...

    def routes(self) -> set[tuple[str, str]]:
        """The pairs of languages between which it can translate, also by way of English."""
        ...


class Refused(Exception):
    """A translation that must not be shown."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Engine(Protocol):
    """One model: sentences in one language into sentences in another, in their order."""

    def translate(self, sentences: Sequence[str]) -> list[str]: ...


class ArgosEngine:
    """A package's model, loaded."""

    def __init__(self, package: Package) -> None:
        import ctranslate2
        import sentencepiece

        self._prefix = package.target_prefix
        self._pieces: Any = sentencepiece.SentencePieceProcessor(model_file=str(package.folder / "sentencepiece.model"))
        self._model: Any = ctranslate2.Translator(
            str(package.folder / "model"), device="cpu", inter_threads=1, intra_threads=1
        )

    def translate(self, sentences: Sequence[str]) -> list[str]:
        """The best translation of each sentence; never much longer than the sentence was."""
        tokens = self._pieces.encode(list(sentences), out_type=str)
        answers = self._model.translate_batch(
            tokens,
            target_prefix=[[self._prefix]] * len(tokens) if self._prefix else None,
            replace_unknowns=True,
            max_batch_size=1024,
            batch_type="tokens",
            beam_size=4,
            length_penalty=0.2,
            max_decoding_length=3 * max(map(len, tokens)) + 20,
        )
        return [self._words(answer.hypotheses[0]) for answer in answers]

    def _words(self, tokens: list[str]) -> str:
        kept = tokens[1:] if self._prefix and tokens[:1] == [self._prefix] else tokens
        return re.sub(r" {2,}", " ", str(self._pieces.decode_pieces(kept)).replace("▁", " ")).strip()


class ArgosTranslator:
    """Translates through the packages of a folder, masked and checked. Models are loaded when first needed.

    `most_loaded`: models kept in memory; the one that rested longest makes room. Packages that come or go are noticed.
    """

    def __init__(
        self,
        folder: Path,
        masker: Masker,
        most_loaded: int = 4,
        engine: Callable[[Package], Engine] = ArgosEngine,
    ) -> None:
        self._folder = folder
        self._masker = masker
        self._most_loaded = max(most_loaded, 2)
        self._make_engine = engine
        self._lock = threading.Lock()
        self._engines: OrderedDict[Package, Engine] = OrderedDict()
        self._kept: OrderedDict[tuple[str, str, str], Translation] = OrderedDict()
        self._seen: tuple[int, ...] = ()
        self._packages: dict[tuple[str, str], Package] = {}

    def routes(self) -> set[tuple[str, str]]:
        """The pairs of languages between which packages lead, straight or by way of English."""
        packages = self._current()
        into = {source for source, target in packages if target == PIVOT}
        out = {target for source, target in packages if source == PIVOT}
        return set(packages) | {(source, target) for source in into for target in out if source != target}

    def warm_up(self) -> int:
        """Load models until as many are loaded as are kept; how many are."""
        for package in list(self._current().values())[: self._most_loaded]:
            self._engine(package)
        return len(self._engines)

    def translate(self, text: str, source: str, target: str, deadline: float | None = None) -> Translation:
        """The text in the target language, or as it was with the reason why not."""
        packages = self._current()
        key = (text, source, target)
        with self._lock:
            if kept := self._kept.get(key):
                self._kept.move_to_end(key)
                return kept
        try:
            route = _route(packages, source, target)
            result = Translation(self._through(text, route, deadline), target, True, via=tuple(p.name for p in route))
        except Refused as refused:
            result = Translation(text, source, False, refused.reason)
        except (RuntimeError, ValueError, OSError):  # a model that cannot be loaded or run
            result = Translation(text, source, False, "failed")
        if result.reason not in ("late", "failed"):
            with self._lock:
                self._kept[key] = result
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        return result

    def _current(self) -> dict[tuple[str, str], Package]:
        """The packages there are now; looked up again when the folder changed."""
        files = sorted(self._folder.glob("*/metadata.json")) if self._folder.is_dir() else []
        seen = tuple(hash((file, file.stat().st_mtime_ns, file.stat().st_ino)) for file in files)
        with self._lock:
            if seen != self._seen:
                self._packages, self._seen = installed(self._folder), seen
                self._kept.clear()
                self._engines.clear()
            return self._packages

    def _engine(self, package: Package) -> Engine:
        with self._lock:
            engine = self._engines.get(package)
            if engine is None:
                while len(self._engines) >= self._most_loaded:
                    self._engines.popitem(last=False)
                engine = self._engines[package] = self._make_engine(package)
            self._engines.move_to_end(package)
            return engine

    def _through(self, text: str, route: list[Package], deadline: float | None) -> str:
        """The text through every package of a route, checked; Refused when something is lost on the way."""
        if len(text) > LONGEST_TEXT:
            raise Refused("too_long")
        masked = self._masker.mask(text, route[0].source, route[-1].target)
        parts = pieces(masked.text)
        said = [piece.text for piece in parts if piece.sentence]
        for package in route:
            said = _sentences(self._engine(package), said, deadline)
        translated = iter(said)
        joined = _joined([(next(translated), True) if piece.sentence else (piece.text, False) for piece in parts])
        return _checked(masked, joined)


def _route(packages: dict[tuple[str, str], Package], source: str, target: str) -> list[Package]:
    """The packages to go through, one or two."""
    if source == target:
        raise Refused("same_language")
    if straight := packages.get((source, target)):
        return [straight]
    first, second = packages.get((source, PIVOT)), packages.get((PIVOT, target))
    if first and second:
        return [first, second]
    raise Refused("no_package")


def _sentences(engine: Engine, sentences: list[str], deadline: float | None, at_once: int = 8) -> list[str]:
    """The sentences translated, marks and all, in small groups so that a deadline is kept."""
    done: list[str] = []
    for start in range(0, len(sentences), at_once):
        if deadline is not None and time.monotonic() > deadline:
            raise Refused("late")
        done += _group(engine, sentences[start : start + at_once])
    return done


def _group(engine: Engine, sentences: list[str]) -> list[str]:
    """A few sentences: those whose marks do not come back are tried with other marks, then refused."""
    results: dict[int, str] = {}
    for style in STYLES:
        left = [number for number in range(len(sentences)) if number not in results]
        if not left:
            break
        given = [marked(sentences[number], style) for number in left]
        for number, (sent, held), answer in zip(
            left, given, engine.translate([sent for sent, _ in given]), strict=True
        ):
            if runaway(sent, answer):
                raise Refused("repetition")
            if cut_short(sent, answer):
                raise Refused("shortened")
            back = unmarked(answer, held, style)
            if back is not None and back.strip():
                results[number] = back
    if len(results) < len(sentences):
        raise Refused("mark_lost")
    return [results[number] for number in range(len(sentences))]


def _joined(parts: list[tuple[str, bool]]) -> str:
    """Pieces put together; two sentences that stand in unspaced writing at first get a space where words would touch."""
    text = ""
    for part, sentence in parts:
        if sentence and text and text[-1] in ".!?" and not part[:1].isspace():
            text += " "
        text += part
    return text


def _checked(masked: Masked, translated: str) -> str:
    """The translation restored, if nothing is missing in it, and no figure is there that the source has not."""
    held = sorted(character for character in translated if "\ue000" <= character < "\uf800")
    if held != sorted(chr(0xE000 + number) for number in range(len(masked.returns))):
        raise Refused("mark_lost")
    if figures(translated) != figures(masked.text):  # what is masked comes back as it was, or as it is said there
        raise Refused("figures_differ")
    return masked.restored(translated)
