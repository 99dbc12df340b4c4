"""What templates show: the corpus turned into plain values in one language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from api.i18n import RIGHT_TO_LEFT

if TYPE_CHECKING:
    from knowledge import Corpus
    from knowledge.models import Brochure, Section

# Raw HTML in a text stays text; so the result may stand in a page as it is.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_block", "html_inline"])


def rendered(markdown: str) -> Markup:
    """Markdown as HTML; raw HTML in it is escaped."""
    return Markup(_markdown.render(markdown))  # noqa: S704 - markdown-it escapes raw HTML


def spoken(texts: Iterable[str], language: str) -> str:
    """Which of the languages at hand to show: the one asked for, else English, else Chinese."""
    there = list(texts)
    return next((code for code in (language, "en", "zh") if code in there), there[0] if there else "en")


def direction(language: str) -> str:
    """`rtl` or `ltr`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True)
class BasisView:
    title: str
    law: str
    source: str


@dataclass(frozen=True)
class SectionView:
    """One question and its answer. `language` is what is shown, which may differ from what was asked for."""

    anchor: str
    heading: str
    difference: str | None
    html: Markup
    language: str
    dir: str
    translated: bool
    basis: list[BasisView]
    next_steps: list[str]
    practice: bool
    related: list[tuple[str, str]]
    effective_from: date | None


@dataclass(frozen=True)
class Link:
    href: str
    title: str
    language: str
    dir: str
    questions: list[tuple[str, str]]


def anchor(section_id: str) -> str:
    """The part of a global id after `#`."""
    return section_id.partition("#")[2] or section_id


def address(section_id: str, language: str) -> str:
    """Where a section can be read."""
    brochure, _, part = section_id.partition("#")
    return f"/brochures/{brochure}?language={language}" + (f"#{part}" if part else "")


def section_view(section: Section, corpus: Corpus, language: str, served: dict[str, Section]) -> SectionView:
    """A section in the language asked for, or the nearest there is."""
    shown = spoken(section.texts, language)
    text = section.texts[shown]
    steps = section.next_steps.get(shown) or section.next_steps.get("en") or []
    related = [(address(key, language), _heading(served[key], language)) for key in section.related if key in served]
    basis = [
        BasisView(each.title(shown, corpus), corpus.laws[each.law].title_zh, corpus.laws[each.law].source)
        for each in section.basis
    ]
    return SectionView(
        anchor=anchor(section.id),
        heading=text.heading,
        difference=section.difference.get(shown),
        html=rendered(text.markdown),
        language=shown,
        dir=direction(shown),
        translated=shown == language,
        basis=basis,
        next_steps=steps,
        practice=bool(section.practice),
        related=related,
        effective_from=section.effective_from,
    )


def brochure_link(brochure: Brochure, language: str, served: dict[str, Section]) -> Link:
    """A brochure in a list, with the questions it answers today."""
    shown = spoken(brochure.titles, language)
    questions = [
        (address(section.id, language), _heading(section, language))
        for section in brochure.sections
        if section.id in served
    ]
    return Link(
        href=f"/brochures/{brochure.id}?language={language}",
        title=brochure.titles[shown],
        language=shown,
        dir=direction(shown),
        questions=questions,
    )


def _heading(section: Section, language: str) -> str:
    return section.texts[spoken(section.texts, language)].heading
