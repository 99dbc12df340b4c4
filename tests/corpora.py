"""What small corpora are made of: give what a test is about, the rest is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from knowledge.models import Brochure, Law, Section

DAY = date(2026, 11, 20)
NEVER = date(2099, 11, 20)


def section(key: str, texts: Mapping[str, tuple[str, str]], **more: Any) -> Section:
    """A section by its global id; `texts`: heading and Markdown by language."""
    brochure = key.partition("#")[0]
    values: dict[str, Any] = {
        "id": key,
        "brochure": brochure,
        "topic": brochure.partition("/")[0],
        "jurisdiction": "mainland",
        "texts": {
            language: {"heading": heading, "markdown": text, "plain": text.replace("**", "")}
            for language, (heading, text) in texts.items()
        },
        "verified_on": DAY,
        "review_by": NEVER,
    }
    return Section.model_validate(values | more)


def brochure(titles: dict[str, str], *sections: Section) -> Brochure:
    """The brochure that these sections say they are of."""
    first = sections[0]
    return Brochure(
        id=first.brochure,
        topic=first.topic,
        jurisdiction=first.jurisdiction,
        verified_on=first.verified_on,
        review_by=first.review_by,
        titles=titles,
        sections=list(sections),
    )


def law(slug: str, zh: str, en: str) -> Law:
    """A law that is called the same in full and in short."""
    return Law(slug=slug, title_zh=zh, title_en=en, short_zh=zh, short_en=en, source="https://example.org/law")
