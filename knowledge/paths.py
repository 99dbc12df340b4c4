"""Paths: knowledge/paths/<slug>/path.yml and a <language>.yml with the words of every step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.models import LANGUAGES, GuidedPath, PathEntry, PathText, Step
from knowledge.problems import Problem
from knowledge.shapes import validated
from knowledge.sources import YamlSource, read_yaml

WRITTEN = ("zh", "en")
"""The languages that every path must have; the others fall back to English."""
RESERVED = frozenset({"done", "next"})
"""What a button or the bot says in the place of a step."""


@dataclass
class PathDraft:
    """A path as read: the entry, the texts and where each thing stands."""

    folder: str
    source: YamlSource
    entry: PathEntry | None = None
    sources: dict[str, YamlSource] = field(default_factory=dict)
    texts: dict[str, PathText] = field(default_factory=dict)
    path: GuidedPath | None = None


def read_paths(root: Path, sections: Collection[str], problems: list[Problem]) -> list[PathDraft]:
    """Every path of a knowledge folder; what is wrong is added to `problems`. `sections`: the global ids there are."""
    drafts = [_read(folder, problems) for folder in sorted((root / "paths").glob("*")) if folder.is_dir()]
    offered: dict[str, str] = {}
    for draft in drafts:
        if draft.entry:
            _references(draft, draft.entry, sections, offered, problems)
    return drafts


def _read(folder: Path, problems: list[Problem]) -> PathDraft:
    name = f"paths/{folder.name}"
    draft = PathDraft(folder.name, read_yaml(folder / "path.yml", f"{name}/path.yml"))
    problems += draft.source.problems
    if not draft.source.problems:
        draft.entry = validated(PathEntry, draft.source.data, draft.source, (), problems)
    for file in sorted(folder.glob("*.yml")):
        if file.name == "path.yml":
            continue
        source = read_yaml(file, f"{name}/{file.name}")
        problems += source.problems
        if file.stem not in LANGUAGES:
            message = f"{file.stem} is not a language of paths; use one of {' '.join(LANGUAGES)}"
            problems.append(source.problem("language", message))
        elif not source.problems:
            text = validated(PathText, source.data, source, (), problems)
            if text:
                draft.texts[file.stem], draft.sources[file.stem] = text, source
    if draft.entry:
        draft.path = _join(draft, draft.entry, problems)
    return draft


def _join(draft: PathDraft, entry: PathEntry, problems: list[Problem]) -> GuidedPath | None:
    """The path complete; None when Chinese or English is missing."""
    whole = True
    for language in WRITTEN:
        text = draft.texts.get(language)
        missing = [step.id for step in entry.steps if not text or step.id not in text.steps]
        if missing:
            message = f"write these steps in {language}.yml: {', '.join(missing)}"
            problems.append(draft.source.problem("missing-language", message, "steps"))
            whole = False
    order = [language for language in LANGUAGES if language in draft.texts]
    steps = [
        Step(
            id=step.id,
            section=step.section,
            deadline=step.deadline,
            practice=step.practice,
            texts={lang: draft.texts[lang].steps[step.id] for lang in order if step.id in draft.texts[lang].steps},
        )
        for step in entry.steps
    ]
    if not whole:
        return None
    return GuidedPath(
        id=entry.id,
        order=entry.order,
        jurisdiction=entry.jurisdiction,
        offered_with=entry.offered_with,
        titles={language: draft.texts[language].title for language in order},
        intros={language: draft.texts[language].intro for language in order},
        steps=steps,
    )


def _references(
    draft: PathDraft, entry: PathEntry, sections: Collection[str], offered: dict[str, str], problems: list[Problem]
) -> None:
    """What a path names must be there, once."""
    source = draft.source
    if entry.id != draft.folder:
        problems.append(source.problem("path-id", f"the id must be the folder: {draft.folder}", "id"))
    for place, section in enumerate(entry.offered_with):
        if section not in sections:
            message = f"the section {section} does not exist; mend the id as <topic>/<brochure>#<section>"
            problems.append(source.problem("unknown-section", message, "offered_with", place))
        elif section in offered:
            message = f"{section} offers the path {offered[section]} already; one section offers one path"
            problems.append(source.problem("offered-twice", message, "offered_with", place))
        offered.setdefault(section, entry.id)
    seen: set[str] = set()
    for place, step in enumerate(entry.steps):
        if step.section not in sections:
            message = f"the section {step.section} does not exist; mend the id as <topic>/<brochure>#<section>"
            problems.append(source.problem("unknown-section", message, "steps", place, "section"))
        if step.id in RESERVED:
            message = f"a step cannot be called {step.id}; rename it"
            problems.append(source.problem("reserved", message, "steps", place, "id"))
        if step.id in seen:
            message = f"the step id {step.id} is used twice in this path; rename one"
            problems.append(source.problem("duplicate-id", message, "steps", place, "id"))
        seen.add(step.id)
    for language, text in draft.texts.items():
        for stray in text.steps.keys() - seen:
            message = f"the step {stray} is not in path.yml; add it there or mend the id"
            problems.append(draft.sources[language].problem("unknown-step", message, "steps", stray))
