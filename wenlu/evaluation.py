"""Put a file of questions through the public API of a running system and count what came back.

The file is tab-separated: id, language, topic, basis, facts, text. Alternatives stand between `|`, a basis is
`law:article`, facts are regular expressions between commas (each must stand in one section's text), turns of a
conversation stand between ` || ` and the last one is judged. Topic `abstain`, `emergency` and `human` mark questions
that must get no citation, an emergency card (facts: its number) and a handoff.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenlu.client import ResidentClient

SPECIAL = {"abstain", "emergency", "human"}


@dataclass(frozen=True)
class Question:
    """One line of the file."""

    id: str
    language: str
    topics: tuple[str, ...]
    basis: tuple[str, ...]
    facts: tuple[str, ...]
    turns: tuple[str, ...]

    @property
    def kind(self) -> str:
        """`question`, `abstain`, `emergency` or `human`."""
        return self.topics[0] if self.topics[0] in SPECIAL else "question"


@dataclass
class Outcome:
    """What one question got. `None` where the measure does not apply."""

    question: Question
    seconds: float
    answered: bool
    topic: bool | None = None
    basis1: bool | None = None
    basis3: bool | None = None
    facts: bool | None = None
    special: bool | None = None
    shown: str = ""
    turn: dict[str, Any] = field(default_factory=dict)


def read_questions(file: Path) -> list[Question]:
    """Read the tab-separated file; lines that begin with `#` are comments. Raises `ValueError` naming a bad line."""
    questions = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 6:
            raise ValueError(f"{file}:{number}: expected 6 tab-separated columns, found {len(cells)}")
        id_, language, topics, basis, facts, text = (cell.strip() for cell in cells)
        questions.append(
            Question(
                id_,
                language,
                tuple(topics.split("|")),
                tuple(filter(None, basis.split("|"))),
                tuple(split_facts(facts)),
                tuple(turn.strip() for turn in text.split(" || ")),
            )
        )
    return questions


def split_facts(text: str) -> list[str]:
    """Split at the commas that stand outside brackets and parentheses."""
    facts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            facts.append(current)
            current = ""
        else:
            current += character
    return [fact for fact in [*facts, current] if fact]


def ascii_digits(text: str) -> str:
    """Write every decimal digit of any script as 0-9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def has_fact(pattern: str, text: str) -> bool:
    """Whether the figure stands alone in the text: not inside a longer number or word."""
    return bool(re.search(rf"(?<![0-9])(?:{pattern})(?![0-9])", ascii_digits(text), re.IGNORECASE))


def judge(question: Question, turn: dict[str, Any], seconds: float) -> Outcome:
    """Compare one turn of the API with what the question expects."""
    messages = turn["messages"]
    answer = next((m["answer"] for m in messages if m.get("answer") and m["answer"]["sections"]), None)
    outcome = Outcome(question, seconds, answer is not None, turn=turn)
    if question.kind == "abstain":
        outcome.special = answer is None
    elif question.kind == "emergency":
        numbers: list[str] = next((m["emergency"]["numbers"] for m in messages if m.get("emergency")), [])
        outcome.special = any(has_fact(fact, " ".join(numbers)) for fact in question.facts)
    elif question.kind == "human":
        outcome.special = any((m.get("handoff") or {}).get("stage") in {"confirm", "queued"} for m in messages)
    else:
        sections = answer["sections"] if answer else []
        bases = [[f"{b['law']}:{b['article']}" for b in section["basis"]] for section in sections]
        outcome.topic = answer is not None and answer["topic"] in question.topics
        outcome.basis1 = bool(bases) and bool(bases[0]) and bases[0][0] in question.basis
        outcome.basis3 = any(basis and basis[0] in question.basis for basis in bases[:3])
        if question.facts:
            texts = [s["text"] for s in sections] + [m["text"] for m in messages]
            outcome.facts = any(all(has_fact(fact, text) for fact in question.facts) for text in texts)
        outcome.shown = ", ".join(f"{s['section']} {b[:1]}" for s, b in zip(sections, bases, strict=True))
    if not outcome.shown:
        outcome.shown = (messages[0]["text"] if messages else "(nothing)")[:80].replace("\n", " ")
    return outcome


def ask_all(questions: Iterable[Question], url: str, progress: Callable[[], None]) -> list[Outcome]:
    """Ask every question in a conversation of its own, and erase it afterwards."""
    outcomes = []
    for question in questions:
        client = ResidentClient(url)
        client.start()
        try:
            for text in question.turns[:-1]:
                client.ask(text)
            began = time.perf_counter()
            turn = client.ask(question.turns[-1])
            outcomes.append(judge(question, turn, time.perf_counter() - began))
        finally:
            client.erase()
            client.close()
        progress()
    return outcomes


def _share(values: Iterable[bool | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.3f} ({sum(known)}/{len(known)})" if known else "–"


def summary(outcomes: list[Outcome]) -> list[tuple[str, list[str]]]:
    """Return rows (group, [questions, topic, basis@1, basis@3, facts, refused, abstain, emergency, human])."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.question.language].append(outcome)
    curated = [o for o in outcomes if o.question.language in {"zh", "en", "ja", "ko", "fr", "es", "ru", "ar"}]
    ordered = [(language, groups[language]) for language in sorted(groups)]
    ordered += [("zh+en", groups["zh"] + groups["en"]), ("curated 8", curated), ("all", outcomes)]
    rows = []
    for name, group in ordered:
        real = [o for o in group if o.question.kind == "question"]
        kinds = {
            kind: [o.special for o in group if o.question.kind == kind] for kind in ("abstain", "emergency", "human")
        }
        rows.append(
            (
                name,
                [
                    str(len(group)),
                    _share(o.topic for o in real),
                    _share(o.basis1 for o in real),
                    _share(o.basis3 for o in real),
                    _share(o.facts for o in real),
                    _share(not o.answered for o in real),
                    *(_share(values) for values in kinds.values()),
                ],
            )
        )
    return rows


COLUMNS = ["questions", "topic", "basis@1", "basis@3", "facts", "refused", "abstain", "emergency", "human"]


def failures(outcomes: list[Outcome]) -> list[Outcome]:
    """Return the outcomes in which any measure failed."""
    return [o for o in outcomes if False in {o.topic, o.basis3, o.facts, o.special}]
