"""Questions that Wenlu does not answer: examples that show the search what "out of scope" looks like."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.models import Corpus


@dataclass(frozen=True, slots=True)
class Outside:
    """One question out of scope, and the theme it belongs to."""

    theme: str
    language: str
    text: str


def outside_of(corpus: Corpus) -> tuple[Outside, ...]:
    """All examples of a corpus, in one order whatever file they stand in."""
    return tuple(
        Outside(theme, language, text)
        for theme, languages in sorted(corpus.out_of_scope.items())
        for language, texts in sorted(languages.items())
        for text in texts
    )
