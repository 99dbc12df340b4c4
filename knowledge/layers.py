"""City layers: where the rule of a city or region differs, its section says so and names the general one."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.loader import Draft, Reading
from knowledge.models import LANGUAGES
from knowledge.problems import Problem


def layer_problems(reading: Reading, draft: Draft, index: int) -> Iterator[Problem]:
    """What is missing for a section of a city or region, or too much for one that holds on the whole mainland."""
    assert draft.entry
    section, source = draft.entry.sections[index], draft.source
    named = ("sections", index, "differs_from")
    if draft.entry.jurisdiction == "mainland":
        if section.differs_from or section.difference:
            message = f"{section.id} holds on the whole mainland; differs_from is for cities and regions"
            yield source.problem("differs-from", message, *named)
        return
    if section.differs_from is None:
        message = f"{section.id} needs the section whose rule it changes: differs_from: <brochure>#<section>"
        yield source.problem("differs-from", message, "sections", index, "id")
    elif not _general(reading, section.differs_from):
        message = f"{section.differs_from} is no section with a general rule; name one of a mainland brochure"
        yield source.problem("differs-from", message, *named)
    missing = [language for language in LANGUAGES if not section.difference.get(language, "").strip()]
    unknown = sorted(section.difference.keys() - set(LANGUAGES))
    if missing or unknown:
        message = f"{section.id} says in one sentence, in the eight languages, how the rule differs; mend "
        yield source.problem("difference", message + " ".join([*missing, *unknown]), "sections", index, "difference")


def _general(reading: Reading, wanted: str) -> bool:
    """Whether a section holds on the whole mainland; a brochure that was not read counts when its folder is there."""
    brochure, _, section = wanted.partition("#")
    read = next((draft for draft in reading.drafts if draft.folder == brochure), None)
    if read is None:
        return (reading.root / "brochures" / brochure / "brochure.yml").is_file()
    if read.entry is None:
        return True
    return read.entry.jurisdiction == "mainland" and any(item.id == section for item in read.entry.sections)
