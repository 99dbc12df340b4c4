"""The glossary in the brochures: a Chinese term in brackets stands behind its own translation and no other."""

from __future__ import annotations

import re

from knowledge.glossary import Term
from knowledge.inflection import ends_with
from knowledge.loader import Draft
from knowledge.models import LANGUAGES
from knowledge.problems import Problem
from knowledge.rules import Place, places

_BRACKET = re.compile(r"[(（]([\u4e00-\u9fff]+)[)）]")
_MARKS = re.compile(r"[*_`]")


def chinese_terms(terms: dict[str, Term]) -> dict[str, Term]:
    """The terms by what they are called in Chinese."""
    return {name: term for term in terms.values() for name in term.names.get("zh", ())}


def check_usage(draft: Draft, terms: dict[str, Term], errors: list[Problem]) -> int:
    """Compare every "translation (中文术语)" of a brochure with the glossary; how many there were."""
    if draft.entry is None or not terms:
        return 0
    chinese = chinese_terms(terms)
    checked = 0
    for index, section in enumerate(draft.entry.sections):
        for language in LANGUAGES[1:]:
            for place in places(draft, section, index, language):
                checked += _check_place(place, language, chinese, errors)
    return checked


def _check_place(place: Place, language: str, chinese: dict[str, Term], errors: list[Problem]) -> int:
    checked = 0
    for bracket in _BRACKET.finditer(place.text):
        term = chinese.get(bracket[1])
        accepted = term.names.get(language, ()) if term else ()
        if not term or not accepted:
            continue
        checked += 1
        before = _MARKS.sub("", place.text[: bracket.start()]).rsplit("\n", 1)[-1].rstrip()
        if any(ends_with(before, form, language) for form in accepted):
            continue
        message = (
            f'before ({bracket[1]}) stands "…{before[-40:]}", but the glossary calls it "{accepted[0]}" in {language}; '
            f"write that, or if this is right too, add it to {term.slug}"
        )
        errors.append(Problem(place.file, place.line_of(bracket.start()), "glossary-use", message))
    return checked
