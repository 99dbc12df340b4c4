"""The lines that `knowledge check` ends with: what the knowledge holds, counted."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.loader import Reading
from knowledge.models import LANGUAGES


def completeness(reading: Reading) -> dict[str, int]:
    """For each curated language, the sections that have a text in it."""
    found = dict.fromkeys(LANGUAGES, 0)
    for draft in reading.drafts:
        ids = {section.id for section in draft.entry.sections} if draft.entry else set()
        for language in found.keys() & draft.texts.keys():
            found[language] += len(ids & draft.texts[language].sections.keys())
    return found


def summary_lines(counts: Mapping[str, int], complete: Mapping[str, int], errors: int, warnings: int) -> list[str]:
    """One aligned line a thing: its name, its number, what else is to be said of it. What is not counted is left out."""
    sections = counts["sections"]
    rows = [
        ("brochures", counts["brochures"], ""),
        ("sections", sections, _languages(sections, complete)),
        ("facts proven", counts["facts"], f"{counts['practice']} practice statements, marked as such"),
        ("glossary terms", counts.get("terms", 0), _glossary(counts)),
        ("service points", counts.get("points", 0), ""),
        ("paths", counts.get("paths", 0), f"{counts.get('steps', 0)} steps"),
        ("articles cited", counts["articles"], ""),
    ]
    if counts.get("coverage_laws"):
        rows.append((f"articles of {counts['coverage_laws']} laws", counts["coverage_articles"], _coverage(counts)))
    width = max(len(name) for name, _, _ in rows)
    figures = max(len(f"{number:,}") for _, number, _ in rows)
    lines = [f"{name:<{width}}  {number:>{figures},}  {more}".rstrip() for name, number, more in rows]
    return [*lines, f"{errors} errors, {warnings} warnings"]


def _languages(sections: int, complete: Mapping[str, int]) -> str:
    full = [language for language, count in complete.items() if count == sections]
    partly = [f"{language} {count}" for language, count in complete.items() if 0 < count < sections]
    text = f"complete in {len(full)} languages: {' '.join(full)}" if full else "complete in no language"
    return f"{text}; in part: {', '.join(partly)}" if partly else text


def _glossary(counts: Mapping[str, int]) -> str:
    return f"in {counts.get('term languages', 0)} languages, {counts.get('term uses', 0):,} uses checked"


def _coverage(counts: Mapping[str, int]) -> str:
    return (
        f"{counts['coverage_cited']:,} cited, {counts['coverage_explained']:,} explained, "
        f"{counts['coverage_missing']:,} missing"
    )
