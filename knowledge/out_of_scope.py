"""Questions that Wenlu does not answer: `out_of_scope/<language>.yml`, a list of texts under a theme."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.models import ALL_LANGUAGES, SLUG
from knowledge.problems import Problem
from knowledge.questions import one_wording
from knowledge.sources import YamlSource, read_yaml

FOLDER = "out_of_scope"


@dataclass
class OutOfScope:
    """The examples of all languages: by theme and language; `places`: file, theme and position of each text."""

    asked: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[YamlSource, str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def also_answered(self, answered: dict[str, dict[str, str]]) -> Iterator[Problem]:
        """Examples that are sample questions, too. `answered`: by language, the section of each question as `one_wording` has it."""
        for (language, text), (source, theme, position) in self.places.items():
            section = answered.get(language, {}).get(text)
            if section:
                message = f"this is a sample question of {section}; it is out of scope or it is answered, not both"
                yield source.problem("answered", message, theme, position)


def read_out_of_scope(root: Path) -> OutOfScope:
    """Read every file of the folder; what cannot be used becomes a problem with its line."""
    found = OutOfScope()
    for path in sorted((root / FOLDER).glob("*.yml")):
        source = read_yaml(path, f"{FOLDER}/{path.name}")
        found.problems += source.problems
        if path.stem not in ALL_LANGUAGES:
            message = f"{path.stem} is none of Wenlu's languages: {' '.join(ALL_LANGUAGES)}"
            found.problems.append(source.problem("language", message))
        elif not source.problems and not isinstance(source.data, dict):
            found.problems.append(source.problem("shape", 'write this file as theme: ["…", "…"]'))
        elif not source.problems:
            for theme, texts in source.data.items():
                _read_theme(found, source, path.stem, str(theme), texts)
    return found


def _read_theme(found: OutOfScope, source: YamlSource, language: str, theme: str, texts: Any) -> None:
    if not re.fullmatch(SLUG, theme):
        found.problems.append(source.problem("shape", f"{theme} is no theme: small letters, digits and -", theme))
        return
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        message = 'the questions must be a list of quoted texts: ["…", "…"]'
        found.problems.append(source.problem("shape", message, theme))
        return
    for position, text in enumerate(texts):
        key = (language, one_wording(text))
        if key in found.places:
            message = f'"{text}" also stands under {found.places[key][1]}; word one of them differently'
            found.problems.append(source.problem("duplicate-question", message, theme, position))
        found.places.setdefault(key, (source, theme, position))
    found.asked.setdefault(theme, {})[language] = texts
