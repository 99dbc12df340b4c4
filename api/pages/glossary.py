"""`/glossary`: the official terms, in the reader's language beside the Chinese ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from api.pages.view import direction
from knowledge.glossary import Term, load_glossary


@dataclass(frozen=True)
class TermView:
    """A term in one language, and how Chinese law writes it. `english` is empty where it would say the same again."""

    slug: str
    name: str
    language: str
    dir: str
    chinese: str
    english: str


@cache
def _terms() -> tuple[Term, ...]:
    return tuple(load_glossary().values())


def term_views(language: str) -> list[TermView]:
    """Every term in the order of the glossary; in English where a language has none."""
    views = []
    for term in _terms():
        shown = language if language in term.names else "en"
        english = "" if shown == "en" else term.name("en")
        views.append(TermView(term.slug, term.name(language), shown, direction(shown), term.name("zh"), english))
    return views
