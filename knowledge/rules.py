"""What the checker demands of every section: proof for every figure, the same figures in every language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from knowledge.figures import Found, figures, number, stated
from knowledge.loader import Draft
from knowledge.models import LANGUAGES, Basis, Fact, SectionEntry
from knowledge.problems import Problem
from knowledge.sources import TextFile
from knowledge.statutes import Statutes

HOTLINES = frozenset(
    re.findall(
        r"\d+",
        """
        110 119 120 122 999 991 112 12110 12301 12305 12309 12313 12315 12318 12320 12326 12328 12329 12333 12337 12338
        12345 12348 12350 12351 12355 12356 12360 12363 12365 12366 12367 12368 12369 12378 12380 12385 12386 12388
        12389 12393 12395 12396 12398 96110 95598
        """,
    )
)
"""Public service numbers; they are looked up, not proven by statutes."""

_ALLOWED = re.compile(
    r"《[^》]*》"  # a law's name
    r"|(?:\[[^\]]*\])?\((?:https?|tel|mailto):[^)\s]*\)|https?://\S+"  # links
    r"|(?:第|제)\s?\d+(?:\s?(?:[、至到～~-]|から)\s?(?:第|제)?\d+)*\s?(?:条|條|款|项|項|章|조|항|장|条の\d+)(?:(?:之|の)\s?[一二三四五六七八九\d]+)?"
    r"|(?:articles?|arts?\.?|artículos?|статьи|статье|статья|статей|ст\.|paragraphs?|paras?\.?|párrafos?|alinéas?|المادة|المادتان|المواد|مادة|الفقرة)"
    r"\s?\d+(?:-\d+)?(?:\s?(?:,|and|et|y|и|و|to|à|a|–|-)\s?\d+)*"
    r"|\b24/7\b|(?<![A-Za-z0-9])[A-Za-z]\d{1,2}(?![A-Za-z0-9])"  # round the clock; visa classes, licence classes: X1, C2
    r"|^\s*\d+[.)、]\s",  # steps
    re.IGNORECASE | re.MULTILINE,
)
_PHONE = re.compile(r"\+?\d[\d\s-]{5,}\d")


@dataclass
class Place:
    """A stretch of a section's text in one language, and where its lines stand."""

    file: str
    line: int
    text: str
    kind: str = "text"

    def line_of(self, position: int) -> int:
        return self.line + self.text.count("\n", 0, position)


@dataclass
class Tally:
    """What the rules found: problems, counts, and for the lock the figures of every text."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    facts: int = 0
    practice: int = 0


def places(draft: Draft, section: SectionEntry, index: int, language: str) -> list[Place]:
    """Everything a resident reads of a section in a language: heading, text, difference, next steps."""
    found: list[Place] = []
    text = draft.texts.get(language)
    part = text.sections.get(section.id) if text else None
    if text and part:
        found.append(Place(text.file, part.line, part.heading))
        found.append(Place(text.file, part.body_line, part.markdown))
    if language in section.difference:
        line = draft.source.line("sections", index, "difference", language)
        found.append(Place(draft.source.file, line, section.difference[language]))
    for step, words in enumerate(section.next_steps.get(language, [])):
        line = draft.source.line("sections", index, "next_steps", language, step)
        found.append(Place(draft.source.file, line, words, "steps"))
    if text:
        for step, words in enumerate(translated_steps(text, section.id)):
            line = text.front_line("next_steps", section.id, step)
            found.append(Place(text.file, line, words, "steps"))
    return found


def translated_steps(text: TextFile, section: str) -> list[str]:
    """The next steps that a translation has in its front matter."""
    steps = text.front.get("next_steps")
    words = steps.get(section) if isinstance(steps, dict) else None
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def masked(text: str, phrases: Iterable[str] = ()) -> str:
    """The text with citations, links, law names and the given phrases blanked out, positions kept."""
    for phrase in phrases:
        text = text.replace(phrase, " " * len(phrase))
    return _ALLOWED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def text_figures(place: Place, phones: frozenset[str] = frozenset(), phrases: Iterable[str] = ()) -> Iterator[Found]:
    """The figures of a text that need a proof: no citations, hotlines, telephone numbers."""
    text = _PHONE.sub(lambda match: _blank_phone(match[0], phones), masked(place.text, phrases))
    for found in figures(text):
        if found.typed not in HOTLINES and found.typed not in phones:
            yield found


def _blank_phone(typed: str, phones: frozenset[str]) -> str:
    digits = re.sub(r"\D", "", typed)
    return " " * len(typed) if digits in phones else typed


def check_section(
    draft: Draft, index: int, section: SectionEntry, statutes: Statutes | None, phones: frozenset[str], tally: Tally
) -> None:
    """Facts proven and shown in every language, no figure without a fact."""
    for place, basis in enumerate(section.basis):
        _check_basis(draft, index, place, basis, statutes, tally)
    values: set[Fraction] = set()
    for place, fact in enumerate(section.facts):
        values.add(number(fact.value))
        _check_fact(draft, index, place, section, statutes, tally)
    phrases = section.practice if isinstance(section.practice, list) else []
    allowed = values | {found.value for phrase in phrases for found in figures(phrase)}
    tally.practice += len(phrases) or int(section.practice is True)
    for language in LANGUAGES:
        if language not in draft.texts or section.id not in draft.texts[language].sections:
            continue
        _check_text(draft, index, section, language, allowed, phrases, phones, tally)
    for language in ("zh", "en"):
        if not 1 <= len(section.next_steps.get(language, [])) <= 4:
            message = f"{section.id} needs one to four next steps in {language}"
            tally.errors.append(draft.source.problem("next-steps", message, "sections", index, "next_steps", language))


def _check_basis(draft: Draft, index: int, place: int, basis: Basis, statutes: Statutes | None, tally: Tally) -> None:
    location = ("sections", index, "basis", place)
    if statutes is None or basis.law not in statutes.laws:
        return
    text = statutes.text(basis.law, basis.article, basis.sub)
    if text is None:
        sub = f"之{basis.sub}" if basis.sub else ""
        message = f"{basis.law} has no article {basis.article}{sub}; look the number up in the official text"
        tally.errors.append(draft.source.problem("unknown-article", message, *location, "article"))
    elif basis.paragraph and basis.paragraph > len([line for line in text.splitlines() if line.strip()]):
        message = f"{basis.law} article {basis.article} has no paragraph {basis.paragraph}"
        tally.errors.append(draft.source.problem("unknown-paragraph", message, *location, "paragraph"))


def proving(fact: Fact, section: SectionEntry) -> list[Basis]:
    """The articles of the section's basis that may prove the fact: the one it names, else all of them."""
    return [
        basis
        for basis in section.basis
        if (fact.law is None or basis.law == fact.law)
        and (fact.article is None or basis.article == fact.article)
        and (fact.sub is None or basis.sub == fact.sub)
    ]


def proof(fact: Fact, section: SectionEntry, statutes: Statutes) -> Basis | None:
    """The first article among those that may that says the fact's wording."""
    for basis in proving(fact, section):
        if statutes.says(fact.statute, basis.law, basis.article, basis.sub):
            return basis
    return None


def _check_fact(
    draft: Draft, index: int, place: int, section: SectionEntry, statutes: Statutes | None, tally: Tally
) -> None:
    fact = section.facts[place]
    location = ("sections", index, "facts", place)
    candidates = proving(fact, section)
    if number(fact.value) not in stated(fact.statute):
        message = f'the figure {fact.value} does not stand in the wording "{fact.statute}"; mend the one or the other'
        tally.errors.append(draft.source.problem("figure-wording", message, *location, "value"))
    if not candidates:
        message = f"the fact names {fact.law} article {fact.article}, which is not in the section's basis; add it there"
        tally.errors.append(draft.source.problem("fact-basis", message, *location, "article"))
    elif statutes is not None:
        if proof(fact, section, statutes) is None:
            named = ", ".join(f"{basis.law} {basis.article}" for basis in candidates)
            message = f'"{fact.statute}" does not stand in the text of {named}; copy the wording from the official text'
            tally.errors.append(draft.source.problem("wording", message, *location, "statute"))
        else:
            tally.facts += 1
    else:
        tally.facts += 1


def _check_text(
    draft: Draft,
    index: int,
    section: SectionEntry,
    language: str,
    allowed: set[Fraction],
    phrases: Iterable[str],
    phones: frozenset[str],
    tally: Tally,
) -> None:
    shown = places(draft, section, index, language)
    main = [place for place in shown if place.kind == "text"]
    standing = {found.value for place in shown for found in text_figures(place, phones)}
    for place, fact in enumerate(section.facts):
        if number(fact.value) not in standing:
            line = main[0].line if main else 1
            message = (
                f"the figure {fact.value} ({fact.unit}) of fact {place + 1} does not stand in section {section.id}; "
                "write it in digits"
            )
            tally.errors.append(Problem(draft.texts[language].file, line, "figure-missing", message))
    for stretch in shown:
        for found in text_figures(stretch, phones, phrases):
            if found.value in allowed or (found.value == 1 and language not in ("zh", "en")):
                continue  # "1日につき", "1인당": other languages count one where Chinese and English need no figure
            if section.practice is True:
                tally.practice += 1
                continue
            message = (
                f"unproven figure {found.typed} in section {section.id}; add a fact with the statute's wording, "
                "or name the phrase under practice, or leave the figure out"
            )
            tally.errors.append(Problem(stretch.file, stretch.line_of(found.start), "unproven-figure", message))


def check_front(draft: Draft, today: date, tally: Tally) -> None:
    """Revisions and dates of the texts: no translation older than its source, no review in the future."""
    source = draft.texts.get("zh")
    revision = source.front.get("revision") if source else None
    for language, text in draft.texts.items():
        _check_revision(language, text, revision, tally)
        reviewed = text.front.get("reviewed")
        if isinstance(reviewed, datetime) or not isinstance(reviewed, date):
            message = "write the day of the last review: reviewed: YYYY-MM-DD"
            tally.errors.append(Problem(text.file, text.front_line("reviewed"), "reviewed", message))
        elif reviewed > today:
            message = "a review date cannot lie in the future"
            tally.errors.append(Problem(text.file, text.front_line("reviewed"), "future-date", message))
        missing = (
            [section.id for section in draft.entry.sections if section.id not in text.sections] if draft.entry else []
        )
        if missing and language not in ("zh", "en"):
            message = f"not translated yet, shown in English: {', '.join(missing)}"
            tally.warnings.append(Problem(text.file, text.title_line, "not-translated", message))


def _check_revision(language: str, text: TextFile, revision: object, tally: Tally) -> None:
    own = text.front.get("revision")
    if not isinstance(own, int) or isinstance(own, bool) or own < 1:
        message = "write the number of this revision: revision: 1"
        tally.errors.append(Problem(text.file, text.front_line("revision"), "revision", message))
    if language == "zh":
        return
    based = text.front.get("based_on")
    line = text.front_line("based_on")
    if not isinstance(based, int) or isinstance(based, bool):
        message = "write the revision of zh.md this was made from: based_on: 1"
        tally.errors.append(Problem(text.file, line, "based-on", message))
    elif isinstance(revision, int) and based < revision:
        message = (
            f"zh.md is at revision {revision}, this was made from {based}; bring it up to date, then raise based_on"
        )
        tally.errors.append(Problem(text.file, line, "stale-translation", message))
    elif isinstance(revision, int) and based > revision:
        message = f"zh.md is at revision {revision}; based_on cannot be {based}"
        tally.errors.append(Problem(text.file, line, "based-on", message))


def check_dates(draft: Draft, today: date, tally: Tally) -> None:
    """Verified and reviewed on days that happened; past its review day is a warning, never an error."""
    entry, source = draft.entry, draft.source
    if entry is None:
        return
    if entry.verified_on > today:
        message = "verified_on cannot lie in the future"
        tally.errors.append(source.problem("future-date", message, "verified_on"))
    if entry.review_by <= entry.verified_on:
        message = "review_by must be later than verified_on"
        tally.errors.append(source.problem("review-by", message, "review_by"))
    if entry.review_by < today:
        message = f"expired on {entry.review_by}: it is no longer served; review it and set verified_on and review_by"
        tally.warnings.append(source.problem("expired", message, "review_by"))
    for index, review in enumerate(entry.review):
        if review.on > today:
            message = "a review date cannot lie in the future"
            tally.errors.append(source.problem("future-date", message, "review", index, "on"))
    if not any(review.kind == "statute-check" for review in entry.review):
        message = "record the check against the statutes: review: [{kind: statute-check, by: …, on: …}]"
        tally.errors.append(source.problem("unreviewed", message, "review"))


def check_questions(draft: Draft, tally: Tally) -> None:
    """Every section with questions in each of the eight curated languages."""
    if draft.entry is None:
        return
    if draft.questions is None:
        message = "questions.yml is missing: how people ask this, in " + " ".join(LANGUAGES)
        tally.warnings.append(draft.source.problem("questions", message, "id"))
        return
    data = draft.questions.data if isinstance(draft.questions.data, dict) else {}
    for section in draft.entry.sections:
        asked = data.get(section.id) or {}
        missing = [language for language in LANGUAGES if not (isinstance(asked, dict) and asked.get(language))]
        if missing:
            message = f"section {section.id} has no questions in {' '.join(missing)}"
            tally.warnings.append(draft.questions.problem("questions", message, section.id))
