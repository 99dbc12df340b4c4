"""Questions that Wenlu does not answer: examples that show the search what "out of scope" looks like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

PATH = Path(__file__).parent / "data" / "out_of_scope.yml"


@dataclass(frozen=True, slots=True)
class Outside:
    """One question out of scope, and the theme it belongs to."""

    theme: str
    language: str
    text: str


@cache
def load_outside(path: Path = PATH) -> tuple[Outside, ...]:
    """All examples, theme by theme."""
    themes = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        Outside(theme, language, str(text))
        for theme, languages in themes.items()
        for language, texts in languages.items()
        for text in texts
    )
