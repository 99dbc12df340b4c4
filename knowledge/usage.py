"""The glossary in brochures and paths: a Chinese term in brackets stands with its own translation and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.glossary import Term
from knowledge.inflection import ends_with
from knowledge.loader import Draft
from knowledge.models import LANGUAGES
from knowledge.path_rules import heading_places
from knowledge.path_rules import places as step_places
from knowledge.paths import PathDraft
from knowledge.problems import Problem
from knowledge.rules import Place, places

_BRACKET = re.compile(r"[(（]([^()（）\n]+)[)）]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_MARKS = re.compile(r"[*_`]")
_BETWEEN = re.compile(r"[,，、;；:：/]")


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
                checked += check_place(place, language, chinese, errors)
    return checked


def check_path_usage(draft: PathDraft, terms: dict[str, Term], errors: list[Problem]) -> int:
    """The same for the texts of a path."""
    chinese = chinese_terms(terms)
    checked = 0
    for language, text in draft.texts.items():
        shown = [*heading_places(draft, language)]
        for step in text.steps:
            shown += step_places(draft, language, step)
        checked += sum(check_place(place, language, chinese, errors) for place in shown if language != "zh")
    return checked


def check_place(place: Place, language: str, chinese: dict[str, Term], errors: list[Problem]) -> int:
    """Compare a stretch of text in a language with the glossary; how many terms stand in its brackets."""
    checked = 0
    for start, name, renderings in _bracketed(place.text):
        term = chinese.get(name)
        accepted = term.names.get(language, ()) if term else ()
        if not term or not accepted:
            continue
        checked += 1
        if any(ends_with(text, form, language) for text in renderings for form in accepted):
            continue
        message = (
            f'with ({name}) stands "…{renderings[0][-40:]}", but the glossary calls it "{accepted[0]}" in {language}; '
            f"write that before the bracket, or if this is right too, add it to {term.slug}"
        )
        errors.append(Problem(place.file, place.line_of(start), "glossary-use", message))
    return checked


def _bracketed(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """The Chinese name in every bracket that has one: where, and what may be its translation.

    "titre de séjour (居留许可)", "agency (劳务派遣, labour dispatch)". A bracket with several names is left aside,
    and where the languages share the word (国家移民管理局 in Japanese) it may stand alone.
    """
    for bracket in _BRACKET.finditer(text):
        parts = [part.strip() for part in _BETWEEN.split(_MARKS.sub("", bracket[1]))]
        names = [part for part in parts if _CHINESE.fullmatch(part)]
        if len(names) == 1:
            before = _MARKS.sub("", text[: bracket.start()]).rsplit("\n", 1)[-1].rstrip()
            yield bracket.start(), names[0], [before, *parts]
