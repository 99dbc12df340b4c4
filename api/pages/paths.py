"""`/paths` and `/paths/<slug>`: what to do in a situation, step by step; printable, with the page's address as a QR code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import segno
from markupsafe import Markup

from api.pages.view import Link, address, direction, spoken

if TYPE_CHECKING:
    from knowledge import Corpus
    from knowledge.models import GuidedPath, Section, StepText


@dataclass(frozen=True)
class StepView:
    """A step, and the section that it rests on. `language` is what is shown, which may differ from what was asked for."""

    id: str
    text: StepText
    language: str
    dir: str
    translated: bool
    practice: bool
    law: Link


@dataclass(frozen=True)
class PathView:
    """A path whole. `verified_on`: the oldest day on which one of its sections was verified."""

    title: str
    intro: str
    language: str
    dir: str
    steps: list[StepView]
    verified_on: date
    reviewed_by_lawyer: bool

    @property
    def translated(self) -> bool:
        """Whether every step is in one language."""
        return all(step.language == self.language for step in self.steps)


def path_view(path: GuidedPath, corpus: Corpus, language: str) -> PathView:
    """A path in the language asked for, or the nearest there is."""
    shown = spoken(path.titles, language)
    sections = [corpus.sections[step.section] for step in path.steps]
    steps = []
    for step, section in zip(path.steps, sections, strict=True):
        own = spoken(step.texts, language)
        steps.append(
            StepView(
                id=step.id,
                text=step.texts[own],
                language=own,
                dir=direction(own),
                translated=own == language,
                practice=step.practice,
                law=_law(section, language),
            )
        )
    return PathView(
        title=path.titles[shown],
        intro=path.intros[shown],
        language=shown,
        dir=direction(shown),
        steps=steps,
        verified_on=min(section.verified_on for section in sections),
        reviewed_by_lawyer=all(corpus.brochures[section.brochure].reviewed_by_lawyer for section in sections),
    )


def _law(section: Section, language: str) -> Link:
    shown = spoken(section.texts, language)
    return Link(address(section.id, language), section.texts[shown].heading, shown, direction(shown), [])


def path_links(corpus: Corpus, language: str, today: date) -> list[Link]:
    """Every path that may be shown today."""
    links = []
    for path in corpus.paths_served(today).values():
        shown = spoken(path.titles, language)
        links.append(Link(f"/paths/{path.id}?language={language}", path.titles[shown], shown, direction(shown), []))
    return links


def qr_code(text: str) -> Markup:
    """A text as a QR code, SVG for the page; scaled by the style sheet."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 - made of coordinates alone
