"""Translation measured: sentences a second, memory, whether what is masked comes back, and argostranslate beside it."""

from __future__ import annotations

import platform
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Row:
    """What became of a package's texts. Sentences a second are of processor time: other work on the machine counts less."""

    name: str
    texts: int
    shown: int
    rate: float
    exact: int | None = None
    figures: int = 0
    back: int = 0
    memory: float | None = None

    @property
    def fine(self) -> bool:
        """Some were shown, and no figure of those is missing."""
        return self.shown > 0 and self.back == self.figures

    def cells(self) -> list[str]:
        """As it is printed."""
        return [
            self.name,
            str(self.texts),
            str(self.shown),
            "–" if self.exact is None else _share(self.exact, self.texts),
            _share(self.back, self.figures),
            f"{self.rate:.0f}",
            "–" if self.memory is None else f"+{self.memory:.0f}",
        ]


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


def run(seconds: float, console: Console, plot: Path | None = None) -> bool:
    """Measure the practice packages and what is installed; True if every mask came back and every figure agreed."""
    from languages.practice import trained

    corpus = load_corpus()
    sentences, masks, back = masks_restored(corpus)
    console.print(f"{sentences} sentences of the brochures: {back} of {masks} masks restored ({_share(back, masks)})")
    with console.status("the practice packages (trained once, about a minute)"):
        made = trained.packages(packages.default_folder().parent / "build")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for file in made.values():
            packages.install(file, home)
        practised = [_measure(home, pair, _practice(*pair), seconds, _named(*pair)) for pair in PRACTISED]
        compared, said = _beside(home, made, seconds)
    found = packages.installed(packages.default_folder())
    installed = [_installed(corpus, *pair, seconds) for pair in found]
    table = Table("package", "texts", "translated", "exactly", "masks back in those", "sentences/s", "memory MB")
    for row in (*practised, *compared, *installed):
        table.add_row(*row.cells())
    console.print(table)
    console.print(said, highlight=False)
    if not found:
        console.print("no package is installed: only the practice packages were measured")
    console.print(f"{platform.machine()}, one thread, Python {platform.python_version()}", highlight=False)
    if plot:
        plot.write_text(drawn([*practised, *compared]), encoding="utf-8")
    return back == masks and all(row.fine for row in practised)


def drawn(rows: Sequence[Row]) -> str:
    """Speed and what is right, a bar a package, as SVG."""
    from retrieval.plots import side_by_side

    right = {row.name: 100 * row.exact / row.texts for row in rows if row.exact is not None and row.texts}
    rates = {row.name: row.rate for row in rows}
    return side_by_side({"sentences a second of processor time": rates, "percent exactly right": right})


def _named(source: str, target: str) -> str:
    straight = "en" in (source, target)
    return f"practice {source}-{target}" if straight else f"practice {source}-{target} by way of English"


def _installed(corpus: Corpus, source: str, target: str, seconds: float) -> Row:
    """A package that is installed, on the brochures where they are written in its language."""
    wanted = {s.texts[source].plain: "" for s in corpus.sections.values() if source in s.texts}
    home = packages.default_folder()
    return _measure(home, (source, target), wanted or _practice("en", "fr"), seconds, f"{source}-{target}")


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


def _measure(home: Path, pair: tuple[str, str], texts: dict[str, str], seconds: float, name: str) -> Row:
    """Every text once, until the time is over."""
    before = memory_mb()
    translator = ArgosTranslator(home, Masker.official())
    translator.translate(next(iter(texts)) + " ", *pair)
    began, busy, tried, done, shown, exact, wanted, back = time.perf_counter(), time.process_time(), 0, 0, 0, 0, 0, 0
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
    rate = done / (time.process_time() - busy)
    known = exact if any(texts.values()) else None
    return Row(name, tried, shown, rate, known, wanted, back, memory_mb() - before)


def _beside(home: Path, made: dict[tuple[str, str], Path], seconds: float) -> tuple[list[Row], str]:
    """The same sentences without anything masked, one after another, here and through argostranslate; and in words."""
    if not beside.available():
        return [], "argostranslate is not installed: nothing to compare with"
    right = {text: said for text, said in _practice("en", "fr").items() if said and not re.search(r"[\d(]", text)}
    texts = list(right)[: max(20, int(30 * seconds))]
    translator = ArgosTranslator(home, Masker.official())
    translator.translate(texts[0] + " ", "en", "fr")
    times = []
    for number in range(beside.ROUNDS):
        began = time.process_time()
        ours = [
            translator.translate(text + " " * number, "en", "fr").text.strip() for text in texts
        ]  # never remembered
        times.append(time.process_time() - began)
    theirs = beside.translate([made["en", "fr"]], "en", "fr", texts)
    rows = [
        Row(name, len(texts), len(texts), len(texts) / took, sum(map(str.__eq__, found, (right[one] for one in texts))))
        for name, found, took in (
            ("en-fr, nothing masked", ours, min(times)),
            ("the same by argostranslate", theirs.translations, theirs.seconds),
        )
    ]
    same = sum(map(str.__eq__, ours, theirs.translations))
    said = (
        f"{same} of {len(texts)} the same as argostranslate's; ours at {theirs.seconds / min(times):.2f} of its speed"
    )
    return rows, said


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
