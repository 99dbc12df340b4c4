"""`/s/<token>`: one section, for who followed the link of an answer in the chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from api.i18n import NAMES
from api.pages.view import address, brochure_link, direction, rendered, section_view, spoken

if TYPE_CHECKING:
    from api.chat.machine import MachineText
    from knowledge import Corpus
    from knowledge.models import Section


@dataclass(frozen=True)
class MachineView:
    """A section as a machine translated it; the original always stands below."""

    heading: str
    difference: str
    html: Markup
    next_steps: tuple[str, ...]
    language: str
    dir: str


def linked_view(
    section: Section, corpus: Corpus, language: str, served: dict[str, Section], machine: MachineText | None
) -> dict[str, Any]:
    """What the page of a section shows: the section as its brochure shows it, and a translation if there is one."""
    brochure = corpus.brochures[section.brochure]
    return {
        "section": section_view(section, corpus, language, served),
        "machine": _machine_view(machine, language) if machine else None,
        "brochure": brochure_link(brochure, language, served),
        "jurisdiction": section.jurisdiction,
        "verified_on": section.verified_on,
        "review_by": section.review_by,
        "reviewed_by_lawyer": brochure.reviewed_by_lawyer,
        "written": {code: name for code, name in NAMES.items() if code in section.texts},
    }


def expired_view(section_id: str, corpus: Corpus | None, language: str, otherwise: str) -> dict[str, Any]:
    """Where to read on when a link is too old: the brochure, or all of them under the name `otherwise`."""
    brochure = corpus.brochures.get(section_id.partition("#")[0]) if corpus else None
    if brochure is None:
        href, title, shown = f"/brochures/?language={language}", otherwise, language
    else:
        shown = spoken(brochure.titles, language)
        href, title = address(section_id, language), brochure.titles[shown]
    return {"href": href, "title": title, "title_language": shown, "title_dir": direction(shown)}


def _machine_view(machine: MachineText, language: str) -> MachineView:
    return MachineView(
        heading=machine.heading,
        difference=machine.difference,
        html=rendered(machine.plain),
        next_steps=machine.next_steps,
        language=language,
        dir=direction(language),
    )
