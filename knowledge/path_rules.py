"""What the checker demands of every path: each figure of a step is a fact of the section that the step rests on."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from knowledge.figures import figures, number
from knowledge.models import LANGUAGES, PathText, SectionEntry, StepEntry, StepText
from knowledge.paths import WRITTEN, PathDraft
from knowledge.problems import Problem
from knowledge.rules import Place, Tally, text_figures
from knowledge.sources import YamlSource


def check_path(draft: PathDraft, sections: dict[str, SectionEntry], phones: frozenset[str], tally: Tally) -> None:
    """Check a path against the sections it names (by global id)."""
    if draft.entry is None:
        return
    for index, step in enumerate(draft.entry.steps):
        section = sections.get(step.section)
        if section:
            _check_step(draft, index, step, section, tally)
    for language, text in draft.texts.items():
        _check_revision(draft, language, text, tally)
        for place in heading_places(draft, language):
            tally.errors += _unproven(place, set(), phones)
        for step in draft.entry.steps:
            section = sections.get(step.section)
            if section and step.id in text.steps:
                _check_text(draft, language, step, section, phones, tally)
    _check_translated(draft, tally)


def places(draft: PathDraft, language: str, step: str) -> Iterator[Place]:
    """Everything a resident reads of a step in a language, with its lines."""
    text, source = draft.texts.get(language), draft.sources.get(language)
    words = text.steps.get(step) if text else None
    if words is None or source is None:
        return
    for key, value in _written(words):
        yield Place(source.file, source.line("steps", step, *key), value)


def heading_places(draft: PathDraft, language: str) -> Iterator[Place]:
    """Title and introduction of a path in a language."""
    text, source = draft.texts[language], draft.sources[language]
    yield Place(source.file, source.line("title"), text.title)
    yield Place(source.file, source.line("intro"), text.intro)


def _written(words: StepText) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("title",), words.title
    yield ("text",), words.text
    if words.by:
        yield ("by",), words.by
    for place, document in enumerate(words.bring):
        yield ("bring", place), document
    if words.where:
        yield ("where",), words.where


def _allowed(section: SectionEntry) -> set[Fraction]:
    phrases = section.practice if isinstance(section.practice, list) else []
    return {number(fact.value) for fact in section.facts} | {
        found.value for phrase in phrases for found in figures(phrase)
    }


def _check_step(draft: PathDraft, index: int, step: StepEntry, section: SectionEntry, tally: Tally) -> None:
    if step.practice and not section.practice:
        message = f"{step.section} has no practice; practice stands in a step only where its section says so"
        tally.errors.append(draft.source.problem("practice", message, "steps", index, "practice"))
    tally.practice += int(step.practice)
    wanted = step.deadline
    if wanted and not any(
        number(fact.value) == number(wanted.value) and fact.unit == wanted.unit for fact in section.facts
    ):
        message = (
            f"the deadline {wanted.value} {wanted.unit} is no fact of {step.section}; use one that is proven there"
        )
        tally.errors.append(draft.source.problem("deadline", message, "steps", index, "deadline", "value"))


def _check_text(
    draft: PathDraft, language: str, step: StepEntry, section: SectionEntry, phones: frozenset[str], tally: Tally
) -> None:
    source = draft.sources[language]
    for place in places(draft, language, step.id):
        tally.errors += _unproven(place, _allowed(section), phones, language)
    if step.deadline:
        said = draft.texts[language].steps[step.id].by or ""
        if number(step.deadline.value) not in {found.value for found in figures(said)}:
            message = (
                f"the deadline {step.deadline.value} ({step.deadline.unit}) does not stand in `by`; write it in digits"
            )
            tally.errors.append(source.problem("figure-missing", message, "steps", step.id, "by"))


def _unproven(place: Place, allowed: set[Fraction], phones: frozenset[str], language: str = "en") -> list[Problem]:
    problems = []
    for found in text_figures(place, phones):
        if found.value in allowed or (found.value == 1 and language not in WRITTEN):
            continue
        message = f"the figure {found.typed} is no fact of the section that this step rests on; mend or leave it out"
        problems.append(Problem(place.file, place.line_of(found.start), "unproven-figure", message))
    return problems


def _check_revision(draft: PathDraft, language: str, text: PathText, tally: Tally) -> None:
    chinese, source = draft.texts.get("zh"), draft.sources[language]
    if language == "zh" or chinese is None:
        return
    if text.based_on is None:
        message = "write the revision of zh.yml this was made from: based_on: 1"
        tally.errors.append(source.problem("based-on", message, "based_on"))
    elif text.based_on < chinese.revision:
        message = f"zh.yml is at revision {chinese.revision}, this was made from {text.based_on}; bring it up to date"
        tally.errors.append(source.problem("stale-translation", message, "based_on"))
    elif text.based_on > chinese.revision:
        message = f"zh.yml is at revision {chinese.revision}; based_on cannot be {text.based_on}"
        tally.errors.append(source.problem("based-on", message, "based_on"))


def _check_translated(draft: PathDraft, tally: Tally) -> None:
    steps = draft.entry.steps if draft.entry else []
    for language in LANGUAGES:
        text = draft.texts.get(language)
        missing = [step.id for step in steps if text and step.id not in text.steps]
        if language in WRITTEN or (text and not missing):
            continue
        source: YamlSource = draft.sources.get(language, draft.source)
        what = ", ".join(missing) if text else f"{language}.yml is missing"
        message = f"not translated yet, shown in English: {what}"
        tally.warnings.append(source.problem("not-translated", message, "steps"))
