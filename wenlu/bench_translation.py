"""Translation measured: sentences a second, memory, whether what is masked comes back, and argostranslate beside it."""

from __future__ import annotations

import platform
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from knowledge import load_corpus
from knowledge.glossary import load_glossary
from knowledge.models import Corpus
from languages import packages
from languages.masks import STYLES, Masker, marked, unmarked
from languages.practice import beside
from languages.sentences import pieces
from languages.translation import ArgosTranslator

PRACTISED = (("en", "fr"), ("fr", "en"), ("en", "es"), ("fr", "es"))
"""The last one goes by way of English."""


def memory_mb() -> float:
    """This process's memory at its most, in MB (Linux)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _texts(corpus: Corpus) -> Iterator[tuple[str, str]]:
    for section in corpus.sections.values():
        for language in ("en", "zh"):
            if language in section.texts:
                yield language, section.texts[language].plain


def masks_restored(corpus: Corpus) -> tuple[int, int, int]:
    """Every sentence of the brochures masked, marked and restored: (sentences, masks, masks that came back)."""
    masker = Masker.official()
    sentences = masks = back = 0
    for language, text in _texts(corpus):
        masked = masker.mask(text, language, "de")
        for piece in pieces(masked.text):
            sent, held = marked(piece.text, STYLES[0])
            sentences += piece.sentence
            masks += len(held)
            restored = unmarked(sent, held, STYLES[0])
            back += len(held) if restored is not None and all(character in restored for character in held) else 0
    return sentences, masks, back


def run(seconds: float, console: Console) -> bool:
    """Measure the practice packages and what is installed; True if every mask came back and every figure agreed."""
    from languages.practice import trained

    corpus = load_corpus()
    sentences, masks, back = masks_restored(corpus)
    console.print(f"{sentences} sentences of the brochures: {back} of {masks} masks restored ({_share(back, masks)})")
    table = Table("package", "texts", "translated", "exactly", "masks back in those", "sentences/s", "memory MB")
    fine = back == masks
    with console.status("the practice packages (trained once, about a minute)"):
        made = trained.packages(packages.default_folder().parent / "build")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for file in made.values():
            packages.install(file, home)
        for pair in PRACTISED:
            texts = _practice(*pair)
            fine &= _measure(table, home, pair, texts, seconds, f"practice {'-'.join(pair)}")
        compared = _beside(home, made, seconds)
    found = packages.installed(packages.default_folder())
    for source, target in found:
        wanted = {s.texts[source].plain: "" for s in corpus.sections.values() if source in s.texts} or _practice(
            "en", "fr"
        )
        _measure(table, packages.default_folder(), (source, target), wanted, seconds, f"{source}-{target}")
    console.print(table)
    console.print(compared, highlight=False)
    if not found:
        console.print("no package is installed: only the practice packages were measured")
    console.print(f"{platform.machine()}, one thread, Python {platform.python_version()}", highlight=False)
    return fine


def _practice(source: str, target: str) -> dict[str, str]:
    """Sentences of the practice world that no model was trained on, with what is right for them."""
    from languages.practice import trained

    texts = {}
    term = load_glossary()["residence-permit"]
    for number, sentence in enumerate(trained.held_out(), 1):
        if sentence.has_figure("fr"):
            continue
        fillings = {"figure": f"{number:,}", "day": "2026-03-01", "place": f"https://example.org/a_{number}", "law": "art. 19", "number": "010-1234 5678"}  # fmt: skip
        texts[sentence.plain(source, fillings | {"term": term.shown(source)})] = sentence.plain(
            target, fillings | {"term": term.shown(target)}
        )
    return texts


def _measure(table: Table, home: Path, pair: tuple[str, str], texts: dict[str, str], seconds: float, name: str) -> bool:
    """A row: every text once, until the time is over. Whether some were shown, and no figure of those is missing."""
    before = memory_mb()
    translator = ArgosTranslator(home, Masker.official())
    translator.translate(next(iter(texts)) + " ", *pair)
    began, tried, done, shown, exact, wanted, back = time.perf_counter(), 0, 0, 0, 0, 0, 0
    for text, right in texts.items():
        result = translator.translate(text, *pair)
        tried += 1
        done += sum(piece.sentence for piece in pieces(text))
        if result.machine:
            figures = re.findall(r"\d+(?:[.,-]\d+)*", text)
            shown, wanted = shown + 1, wanted + len(figures)
            back += sum(figure in result.text for figure in figures)
            exact += result.text == right
        if time.perf_counter() - began > seconds:
            break
    rate = done / (time.perf_counter() - began)
    exactly = _share(exact, tried) if any(texts.values()) else "–"
    more = f"+{memory_mb() - before:.0f}"
    table.add_row(name, str(tried), str(shown), exactly, _share(back, wanted), f"{rate:.0f}", more)
    return shown > 0 and back == wanted


def _beside(home: Path, made: dict[tuple[str, str], Path], seconds: float) -> str:
    """The same sentences without anything masked, one after another, here and through argostranslate."""
    if not beside.available():
        return "argostranslate is not installed: nothing to compare with"
    texts = [text for text, right in _practice("en", "fr").items() if text and right and not re.search(r"[\d(]", text)]
    texts = texts[: max(20, int(30 * seconds))]
    translator = ArgosTranslator(home, Masker.official())
    translator.translate(texts[0] + " ", "en", "fr")
    times = []
    for number in range(beside.ROUNDS):
        began = time.perf_counter()
        ours = [
            translator.translate(text + " " * number, "en", "fr").text.strip() for text in texts
        ]  # never remembered
        times.append(time.perf_counter() - began)
    took = min(times)
    theirs = beside.translate([made["en", "fr"]], "en", "fr", texts)
    same = sum(one == other for one, other in zip(ours, theirs.translations, strict=True))
    return (
        f"beside argostranslate, {len(texts)} sentences: {same} the same; "
        f"{len(texts) / took:.0f} sentences/s, argostranslate {len(texts) / theirs.seconds:.0f}: "
        f"ratio {theirs.seconds / took:.2f}"
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
