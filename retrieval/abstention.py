"""How often the search says "no answer" where there is none, and where there is one, language by language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from retrieval.calibrate import Asked
from retrieval.outside import Outside
from retrieval.search import Query, Searcher


@dataclass
class Counts:
    """Questions out of scope and those told so; questions with an answer and those turned away."""

    outside: int = 0
    abstained: int = 0
    answerable: int = 0
    refused: int = 0

    def add(self, answerable: bool, answered: bool) -> None:
        """Counts one question."""
        if answerable:
            self.answerable += 1
            self.refused += not answered
        else:
            self.outside += 1
            self.abstained += not answered


def read_outside(path: Path) -> list[Outside]:
    """Questions out of scope from a file: language, theme and text, separated by tabs; lines with # are notes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [Outside(theme, language, text) for language, theme, text in rows]


def count(searcher: Searcher, questions: Sequence[Outside], asked: Iterable[Asked]) -> dict[str, Counts]:
    """By language, and "all": questions that no file of the knowledge has, and sample questions as `calibrate` asks them."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for question in questions:
        answered = searcher.search(Query(question.text, question.language)).answerable
        for key in (question.language, "all"):
            counts[key].add(False, answered)
    for one in asked:
        if one.section is not None:
            answered = one.ranking.probability >= searcher.threshold(one.language)
            for key in (one.language, "all"):
                counts[key].add(True, answered)
    return counts


def table(counts: dict[str, Counts]) -> list[str]:
    """The counts as the rows of a Markdown table, all languages last."""
    rows = ["| language | abstained | of | refused | of |", "|---|---|---|---|---|"]
    for language in sorted(counts, key=lambda key: (key == "all", key)):
        one = counts[language]
        abstained = one.abstained / one.outside if one.outside else 0.0
        refused = one.refused / one.answerable if one.answerable else 0.0
        rows.append(f"| {language} | {abstained:.3f} | {one.outside} | {refused:.3f} | {one.answerable} |")
    return rows
