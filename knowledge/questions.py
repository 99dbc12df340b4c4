"""How people ask, beside what stands with a brochure: `questions/<language>/<topic>.yml`, a list of texts under a section's full id."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.models import ALL_LANGUAGES, UNDERSTOOD
from knowledge.problems import Problem
from knowledge.sources import YamlSource, read_yaml

FOLDER = "questions"


@dataclass
class Further:
    """The questions of all such files: by section id and language; `named`: where each section id stands."""

    asked: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    named: list[tuple[str, YamlSource]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def unasked(self, sections: Collection[str]) -> dict[str, int]:
        """How many of the sections have no question, for each language that is understood without brochures."""
        return {
            language: sum(language not in self.asked.get(section, {}) for section in sections)
            for language in UNDERSTOOD
        }


def read_questions(root: Path, topics: set[str], wanted: set[str] | None = None) -> Further:
    """Read every file; `topics` are those that exist, `wanted` those to read (None: all)."""
    further = Further()
    for folder in sorted(path for path in (root / FOLDER).glob("*") if path.is_dir()):
        seen: dict[str, str] = {}
        for path in sorted(folder.glob("*.yml")):
            if wanted is None or path.stem in wanted:
                _read_file(further, path, topics, seen)
    return further


def _read_file(further: Further, path: Path, topics: set[str], seen: dict[str, str]) -> None:
    language, topic = path.parent.name, path.stem
    source = read_yaml(path, f"{FOLDER}/{language}/{path.name}")
    further.problems += source.problems
    if language not in ALL_LANGUAGES:
        message = f"{language} is none of Wenlu's languages: {' '.join(ALL_LANGUAGES)}"
        further.problems.append(source.problem("language", message))
    elif topic not in topics:
        further.problems.append(source.problem("unknown-topic", f"the topic {topic} is not in topics.yml"))
    elif not source.problems and not isinstance(source.data, dict):
        message = 'write this file as "<topic>/<brochure>#<section>": ["…", "…"]'
        further.problems.append(source.problem("shape", message))
    elif not source.problems:
        for section, questions in source.data.items():
            _read_section(further, source, language, str(section), questions, seen)


def _read_section(
    further: Further, source: YamlSource, language: str, section: str, questions: Any, seen: dict[str, str]
) -> None:
    further.named.append((section, source))
    topic = Path(source.file).stem
    if not section.startswith(f"{topic}/"):
        message = f"{section} is of another topic; this file holds those that begin with {topic}/"
        further.problems.append(source.problem("wrong-topic", message, section))
    if not isinstance(questions, list) or not questions or not all(isinstance(q, str) and q.strip() for q in questions):
        message = 'the questions must be a list of quoted texts: ["…", "…"]'
        further.problems.append(source.problem("shape", message, section))
        return
    further.problems += _twice(source, section, questions, seen)
    further.asked.setdefault(section, {})[language] = questions


def one_wording(question: str) -> str:
    """A question as it is compared with others: one case, single blanks."""
    return " ".join(question.casefold().split())


def _twice(source: YamlSource, section: str, questions: list[str], seen: dict[str, str]) -> Iterator[Problem]:
    """A question that stands twice in a language says nothing of the section it belongs to."""
    for place, question in enumerate(questions):
        key = one_wording(question)
        if key in seen:
            message = f'"{question}" also stands under {seen[key]}; word one of them differently'
            yield source.problem("duplicate-question", message, section, place)
        seen.setdefault(key, section)
