"""Translation measured: sentences a second, memory, and whether what is masked comes back."""

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
from languages.practice import make_package
from languages.sentences import pieces
from languages.translation import ArgosTranslator

PRACTICE = (
    "you must pay 1,500 yuan within 30 days",
    "please register at the office today",
    "you may call 010-1234 and bring the passport",
    "we must register here within 24 days, please call 12367",
)


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
    masker = Masker(load_glossary().values())
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
    """Measure what is installed, and the practice package; True if every mask came back and every figure agreed."""
    corpus = load_corpus()
    sentences, masks, back = masks_restored(corpus)
    console.print(f"{sentences} sentences of the brochures: {back} of {masks} masks restored ({_share(back, masks)})")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "practice"
        packages.install(make_package(Path(name) / "en_de.argosmodel", "en", "de"), home)
        table = Table("package", "texts", "translated", "masks back in those", "sentences/s", "memory MB")
        fine = back == masks
        fine &= _measure(table, home, ("en", "de"), list(PRACTICE) * 50, seconds, "practice en-de")
        found = packages.installed(packages.default_folder())
        for source, target in found:
            texts = [s.texts[source].plain for s in corpus.sections.values() if source in s.texts] or list(PRACTICE)
            _measure(table, packages.default_folder(), (source, target), texts, seconds, f"{source}-{target}")
    console.print(table)
    if not found:
        console.print("no package is installed: only the practice package was measured")
    console.print(f"{platform.machine()}, one thread, Python {platform.python_version()}", highlight=False)
    return fine


def _measure(table: Table, home: Path, pair: tuple[str, str], texts: list[str], seconds: float, name: str) -> bool:
    translator = ArgosTranslator(home, Masker(load_glossary().values()))
    before = memory_mb()
    translator.translate(texts[0], *pair)
    began, done, shown, wanted, back = time.perf_counter(), 0, 0, 0, 0
    tried = 0
    for number, text in enumerate(texts):
        given = f"{text} {number}"  # no two alike: what is remembered is not measured
        result = translator.translate(given, *pair)
        tried += 1
        done += sum(piece.sentence for piece in pieces(given))
        if result.machine:
            figures = re.findall(r"\d+(?:[.,-]\d+)*", given)
            shown, wanted = shown + 1, wanted + len(figures)
            back += sum(figure in result.text for figure in figures)
        if time.perf_counter() - began > seconds:
            break
    rate = done / (time.perf_counter() - began)
    table.add_row(name, str(tried), str(shown), _share(back, wanted), f"{rate:.0f}", f"+{memory_mb() - before:.0f}")
    return shown > 0 and back == wanted


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
