"""Understanding measured: Rasa's cross-validation on all languages, counted by language."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from knowledge import Corpus, load_corpus
from knowledge.models import ALL_LANGUAGES
from wenlu.installation import Installation, StartError
from wenlu.training import MOST_EXAMPLES, export_topics, read_as

Prediction = dict[str, Any]


def example_languages(corpus: Corpus, bot: Path) -> dict[str, str]:
    """The language of each training example: of the brochures' questions, and of the bot's own files by their names."""
    languages: dict[str, str] = {}
    for section in corpus.sections.values():
        for language, questions in section.questions.items():
            for question in questions:
                languages.setdefault(read_as(question), language)
    for file in sorted(bot.glob("data/*/*.yml")):
        for text in _examples(yaml.safe_load(file.read_text(encoding="utf-8"))):
            languages[text] = file.stem
    return languages


def nlu_files(bot: Path) -> list[Path]:
    """The bot's own training data, without the rules."""
    return [bot / "data" / "lookups.yml", *sorted(bot.glob("data/*/*.yml"))]


def _examples(data: dict[str, Any]) -> Iterator[str]:
    for intent in data["nlu"]:
        for line in intent["examples"].splitlines():
            yield " ".join(line.removeprefix("- ").split())


def ask_rasa(installation: Installation, request: dict[str, Any]) -> dict[str, Any]:
    """Let the bot's environment measure. Raises `StartError` when it cannot."""
    if not installation.bot_python.exists():
        raise StartError("The bot's environment is missing. Run `make setup` first.")
    with tempfile.TemporaryDirectory() as name:
        asked, answer = Path(name) / "request.json", Path(name) / "result.json"
        asked.write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")
        environment = {
            **os.environ,
            "PYTHONPATH": str(installation.root),
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "WENLU_ENCODER": installation.encoder,
            "LOG_LEVEL": "ERROR",
        }
        command = [str(installation.bot_python), "-W", "ignore", "-m", "bot.measure", str(asked), str(answer)]
        process = subprocess.Popen(command, cwd=name, env=environment, stderr=subprocess.PIPE, text=True)
        _, said = process.communicate()
        if process.returncode or not answer.exists():
            raise StartError("Rasa could not measure. What it said last:\n" + said[-2000:])
        result: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return result


def scores(pairs: Iterable[tuple[str, str]]) -> tuple[int, float, float]:
    """How many, accuracy, and F1 averaged over the intents that occur (macro) of (intent, predicted) pairs."""
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for intent, predicted in pairs:
        wanted[intent] += 1
        said[predicted] += 1
        right[intent] += intent == predicted
    total = sum(wanted.values())
    if not total:
        return 0, 0.0, 0.0
    f1 = [2 * right[intent] / (wanted[intent] + said[intent]) for intent in wanted]
    return total, sum(right.values()) / total, sum(f1) / len(f1)


def confusions(predictions: list[Prediction], most: int) -> list[tuple[str, str, int, list[str]]]:
    """The most frequent confusions: intent, what it was taken for, how often, and three examples."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in predictions:
        if one["intent"] != one["predicted"]:
            found[one["intent"], one["predicted"]].append(f"{one['language']}: {one['text']}")
    ranked = sorted(found.items(), key=lambda item: -len(item[1]))[:most]
    return [(intent, taken, len(texts), texts[:3]) for (intent, taken), texts in ranked]


def matrix_svg(predictions: list[Prediction]) -> str:
    """The confusion matrix as a small SVG: a row an intent, a column what it was taken for, darker means more often."""
    labels = sorted({one["intent"] for one in predictions}, key=lambda name: (not name.startswith("topic_"), name))
    rows = Counter(one["intent"] for one in predictions)
    counts = Counter((one["intent"], one["predicted"]) for one in predictions)
    cell, left, top = 14, 190, 150
    size = cell * len(labels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + size + 70}" height="{top + size + 10}" '
        'font-family="sans-serif" font-size="9">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="10" y="14">rows: what was meant (examples)</text>',
        '<text x="10" y="28">columns: what it was taken for</text>',
        f'<path d="{_grid(len(labels), cell, left, top)}" stroke="#eee" fill="none"/>',
    ]
    for at, label in enumerate(labels):
        name = escape(label.removeprefix("topic_").replace("_", " "))
        across = left + at * cell + 10
        parts.append(f'<text x="{left - 5}" y="{top + at * cell + 10}" text-anchor="end">{name} ({rows[label]})</text>')
        parts.append(f'<text transform="translate({across},{top - 5}) rotate(-60)">{name}</text>')
        for column, other in enumerate(labels):
            count = counts[label, other]
            if count:
                colour = "#0b6e4f" if label == other else "#b3261e"
                shade = max(0.08, count / rows[label]) if label == other else min(1.0, 0.15 + 5 * count / rows[label])
                parts.append(
                    f'<rect x="{left + column * cell}" y="{top + at * cell}" width="{cell}" height="{cell}" '
                    f'fill="{colour}" fill-opacity="{shade:.2f}"><title>{name} → '
                    f"{escape(other.removeprefix('topic_').replace('_', ' '))}: {count}</title></rect>"
                )
    return "\n".join([*parts, "</svg>", ""])


def _grid(number: int, cell: int, left: int, top: int) -> str:
    size = number * cell
    lines = [f"M{left} {top + at * cell}h{size}M{left + at * cell} {top}v{size}" for at in range(number + 1)]
    return "".join(lines)


def show(result: dict[str, Any], console: Console, most: int) -> None:
    """Print the tables."""
    predictions: list[Prediction] = result["predictions"]
    table = Table("language", "examples", "accuracy", "macro F1", "entity F1", title="Intents and entities by language")
    for language in [*ALL_LANGUAGES, "all"]:
        mine = [(one["intent"], one["predicted"]) for one in predictions if language in ("all", one["language"])]
        if mine:
            total, accuracy, f1 = scores(mine)
            entity = result["entities"].get(language)
            table.add_row(
                language, str(total), f"{accuracy:.3f}", f"{f1:.3f}", f"{entity['f1']:.3f}" if entity else "–"
            )
    console.print(table)
    table = Table("intent", "examples", "precision", "recall", title="Intents")
    for intent, count in sorted(Counter(one["intent"] for one in predictions).items()):
        right = sum(one["intent"] == one["predicted"] == intent for one in predictions)
        said = sum(one["predicted"] == intent for one in predictions)
        table.add_row(intent, str(count), f"{right / said if said else 0:.3f}", f"{right / count:.3f}")
    console.print(table)
    for intent, taken, count, texts in confusions(predictions, most):
        console.print(f"{count:4} {intent} → {taken}: {' | '.join(texts)}", markup=False, highlight=False)
    seconds = ", ".join(str(value) for value in result["train_s"])
    turns = ", ".join(str(value) for value in result["turn_ms"])
    console.print(f"training {seconds} s, {turns} ms a text; {platform.machine()}", highlight=False)


def accuracies(predictions: list[Prediction]) -> dict[str, float]:
    """The share of intents found right by language, in our order of languages."""
    right = {
        language: [one["intent"] == one["predicted"] for one in predictions if one["language"] == language]
        for language in ALL_LANGUAGES
    }
    return {language: sum(found) / len(found) for language, found in right.items() if found}


@dataclass(frozen=True)
class Kept:
    """What is drawn and kept of a result: the confusion matrix, accuracy by language (beside that of a result
    kept before), every prediction."""

    plot: Path | None = None
    languages: Path | None = None
    beside: Path | None = None
    save: Path | None = None

    def write(self, result: dict[str, Any], without: list[str]) -> None:
        """Write the files that were asked for."""
        if self.plot:
            self.plot.write_text(matrix_svg(result["predictions"]), encoding="utf-8")
        if self.languages:
            from retrieval.plots import by_language

            name = "no example of the language" if without else "with examples of the language"
            series = {name: accuracies(result["predictions"])}
            if self.beside:
                before = json.loads(self.beside.read_text(encoding="utf-8"))
                series = {"with examples of the language": accuracies(before["predictions"]), **series}
            figure = by_language(series, "Intents understood, by language", "accuracy")
            self.languages.write_text(figure, encoding="utf-8")
        if self.save:
            self.save.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")


def run(console: Console, folds: int, without: list[str], keep: int, most: int | None, kept: Kept) -> None:
    """Cross-validate (or leave languages out, but for `keep` examples), print by language, draw and keep what is asked."""
    installation = Installation()
    corpus = load_corpus()
    bot = installation.root / "bot"
    with tempfile.TemporaryDirectory() as name:
        topics = export_topics(corpus, Path(name), most or MOST_EXAMPLES)
        request = {
            "config": str(bot / "config.yml"),
            "data": [str(file) for file in (*nlu_files(bot), topics)],
            "languages": example_languages(corpus, bot),
            "folds": folds,
            "without": without,
            "keep": keep,
            "entities": {file.stem: str(file) for file in sorted((installation.root / "tests/entities").glob("*.yml"))},
        }
        result = ask_rasa(installation, request)
    show(result, console, 25)
    kept.write(result, without)
