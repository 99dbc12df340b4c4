"""From the files of the knowledge folder to a corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from knowledge.models import (
    LANGUAGES,
    Brochure,
    BrochureEntry,
    City,
    Corpus,
    Law,
    Section,
    SectionEntry,
    SectionText,
    Topic,
)
from knowledge.out_of_scope import OutOfScope, read_out_of_scope
from knowledge.paths import PathDraft, read_paths
from knowledge.problems import KnowledgeError, Problem
from knowledge.questions import Further, one_wording, read_questions
from knowledge.shapes import validated as validated
from knowledge.sources import TextFile, YamlSource, plain, read_text, read_yaml

ROOT = Path(__file__).resolve().parent


@dataclass
class Draft:
    """A brochure as read: the entries, the texts and where each thing stands."""

    folder: str
    source: YamlSource
    entry: BrochureEntry | None = None
    texts: dict[str, TextFile] = field(default_factory=dict)
    questions: YamlSource | None = None
    brochure: Brochure | None = None


@dataclass
class Reading:
    """All that could be read of a knowledge folder, and what could not."""

    root: Path
    laws: dict[str, Law] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    cities: dict[str, City] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    further: Further = field(default_factory=Further)
    paths: list[PathDraft] = field(default_factory=list)
    out_of_scope: OutOfScope = field(default_factory=OutOfScope)
    problems: list[Problem] = field(default_factory=list)

    @property
    def sections(self) -> dict[str, SectionEntry]:
        """Every section by its global id, as brochure.yml has it."""
        read = [(draft.folder, draft.entry) for draft in self.drafts if draft.entry]
        return {f"{folder}#{section.id}": section for folder, entry in read for section in entry.sections}

    def corpus(self) -> Corpus:
        brochures = {draft.brochure.id: draft.brochure for draft in self.drafts if draft.brochure}
        paths = {draft.path.id: draft.path for draft in self.paths if draft.path}
        return Corpus(
            laws=self.laws,
            topics=self.topics,
            cities=self.cities,
            brochures=brochures,
            paths=paths,
            out_of_scope=self.out_of_scope.asked,
        )


def load_corpus(root: Path | None = None) -> Corpus:
    """Load the knowledge folder (default: this package's own); raises KnowledgeError naming every problem."""
    reading = read_knowledge(root or ROOT)
    if reading.problems:
        raise KnowledgeError(reading.problems)
    return reading.corpus()


def load_laws(root: Path | None = None) -> dict[str, Law]:
    """The register of laws by slug (default: this package's own folder); raises KnowledgeError."""
    reading = Reading(root or ROOT)
    laws: dict[str, Law] = _register(reading, "laws.yml", _law)
    if reading.problems:
        raise KnowledgeError(reading.problems)
    return laws


def read_knowledge(root: Path, only: str | None = None) -> Reading:
    """Read everything that can be read. `only`: a topic slug, or part of a brochure id, to read no other brochures."""
    reading = Reading(root)
    reading.laws = _register(reading, "laws.yml", _law)
    reading.topics = _register(reading, "topics.yml", _topic)
    reading.cities = _register(reading, "cities.yml", _city)
    folders = sorted(path for path in (root / "brochures").glob("*/*") if path.is_dir())
    chosen = [folder for folder in folders if _chosen(folder, only)]
    wanted = {folder.parent.name for folder in chosen} if only else None
    reading.further = read_questions(root, set(reading.topics), wanted)
    reading.problems += reading.further.problems
    for folder in chosen:
        reading.drafts.append(_read_brochure(reading, folder, f"{folder.parent.name}/{folder.name}"))
    known = {path.parent.name + "/" + path.name for path in folders}
    for draft in reading.drafts:
        _references(reading, draft, known)
    for section, source in reading.further.named:
        if not _exists(reading, section, known):
            message = f"the section {section} does not exist; mend the id as <topic>/<brochure>#<section>"
            reading.problems.append(source.problem("unknown-section", message, section))
    if only is None:
        sections = {key for draft in reading.drafts if draft.brochure for key in _ids(draft.brochure)}
        reading.paths = read_paths(root, sections, reading.problems)
        reading.out_of_scope = read_out_of_scope(root)
        reading.problems += reading.out_of_scope.problems
        reading.problems += reading.out_of_scope.also_answered(_answered(reading))
    return reading


def _answered(reading: Reading) -> dict[str, dict[str, str]]:
    """Every sample question in one wording, by language, and the section it belongs to."""
    found: dict[str, dict[str, str]] = {}
    for draft in reading.drafts:
        for section in draft.brochure.sections if draft.brochure else []:
            for language, questions in section.questions.items():
                found.setdefault(language, {}).update((one_wording(text), section.id) for text in questions)
    return found


def _ids(brochure: Brochure) -> list[str]:
    return [section.id for section in brochure.sections]


def _chosen(folder: Path, only: str | None) -> bool:
    name = f"{folder.parent.name}/{folder.name}"
    return only is None or only == folder.parent.name or only.removeprefix("brochures/").strip("/") in name


def _law(slug: str, _order: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"slug": slug, "short_zh": data.get("title_zh"), "short_en": data.get("title_en")} | data


def _topic(slug: str, order: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"slug": slug, "order": order} | data


def _city(slug: str, _order: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"slug": slug} | data


_REGISTERS: dict[str, type[BaseModel]] = {"laws.yml": Law, "topics.yml": Topic, "cities.yml": City}


def _register(reading: Reading, name: str, shape: Callable[[str, int, dict[str, Any]], dict[str, Any]]) -> Any:
    source = read_yaml(reading.root / name, name)
    reading.problems += source.problems
    if source.problems:
        return {}
    if not isinstance(source.data, dict):
        reading.problems.append(source.problem("shape", "write this file as slug: {…}, one entry a slug"))
        return {}
    entries: dict[str, Any] = {}
    for order, (slug, data) in enumerate(source.data.items(), 1):
        if not isinstance(data, dict):
            reading.problems.append(source.problem("shape", f"{slug} needs keys under it", slug))
            continue
        entry = validated(_REGISTERS[name], shape(str(slug), order, data), source, (str(slug),), reading.problems)
        if entry:
            entries[str(slug)] = entry
    return entries


def _read_brochure(reading: Reading, folder: Path, name: str) -> Draft:
    relative = f"brochures/{name}"
    source = read_yaml(folder / "brochure.yml", f"{relative}/brochure.yml")
    draft = Draft(name, source)
    reading.problems += source.problems
    if not source.problems:
        draft.entry = validated(BrochureEntry, source.data, source, (), reading.problems)
    for path in sorted(folder.glob("*.md")):
        language = path.stem
        text = read_text(path, f"{relative}/{path.name}", language)
        if language not in LANGUAGES:
            text.add(1, "language", f"{language} is not a language of brochures; use one of {' '.join(LANGUAGES)}")
        draft.texts[language] = text
        reading.problems += text.problems
    if (folder / "questions.yml").is_file():
        draft.questions = read_yaml(folder / "questions.yml", f"{relative}/questions.yml")
        reading.problems += draft.questions.problems
    if draft.entry:
        draft.brochure = _join(reading, draft, draft.entry)
    return draft


def _join(reading: Reading, draft: Draft, entry: BrochureEntry) -> Brochure:
    sections = []
    seen: set[str] = set()
    for index, section in enumerate(entry.sections):
        if section.id in seen:
            message = f"the section id {section.id} is used twice in this brochure; rename one"
            reading.problems.append(draft.source.problem("duplicate-id", message, "sections", index, "id"))
        seen.add(section.id)
        sections.append(_section(reading, draft, entry, section))
    for text in draft.texts.values():
        for stray in text.sections.keys() - seen:
            line = text.sections[stray].line
            message = f"the section {stray} is not in brochure.yml; add it there or mend the id"
            reading.problems.append(Problem(text.file, line, "unknown-section", message))
    order = {language: place for place, language in enumerate(LANGUAGES)}
    texts = sorted(draft.texts.items(), key=lambda item: order.get(item[0], 99))
    return Brochure(
        id=entry.id,
        topic=entry.topic,
        jurisdiction=entry.jurisdiction,
        verified_on=entry.verified_on,
        review_by=entry.review_by,
        titles={language: text.title for language, text in texts},
        revisions={lang: text.front["revision"] for lang, text in texts if isinstance(text.front.get("revision"), int)},
        title_terms=entry.title_terms,
        sections=sections,
        reviews=entry.review,
    )


def _section(reading: Reading, draft: Draft, entry: BrochureEntry, section: SectionEntry) -> Section:
    texts: dict[str, SectionText] = {}
    for language in LANGUAGES:
        part = draft.texts[language].sections.get(section.id) if language in draft.texts else None
        if part is None:
            continue
        words, refused = plain(part.markdown)
        if refused is not None:
            message = "raw HTML and tables are not shown to residents; write it as plain Markdown"
            reading.problems.append(Problem(draft.texts[language].file, part.body_line + refused, "raw-html", message))
        if not words:
            message = f"the section {section.id} has no text; write the answer under its heading"
            reading.problems.append(Problem(draft.texts[language].file, part.line, "empty-text", message))
        if "**" in words:
            before = words.split("**")[0]
            message = "this bold does not close: write the punctuation or bracket outside it, as in **字**。"
            line = part.body_line + before.count("\n")
            reading.problems.append(Problem(draft.texts[language].file, line, "bold", message))
        texts[language] = SectionText(heading=part.heading, markdown=part.markdown, plain=words)
    return Section(
        id=f"{entry.id}#{section.id}",
        brochure=entry.id,
        topic=entry.topic,
        jurisdiction=entry.jurisdiction,
        basis=section.basis,
        facts=section.facts,
        practice=section.practice,
        sensitive=section.sensitive,
        next_steps=section.next_steps | _translated_steps(reading, draft, section),
        related=section.related,
        differs_from=section.differs_from,
        difference=section.difference,
        texts=texts,
        questions=_all_questions(reading, draft, f"{entry.id}#{section.id}"),
        verified_on=entry.verified_on,
        review_by=entry.review_by,
        effective_from=section.effective_from or entry.effective_from,
    )


def _translated_steps(reading: Reading, draft: Draft, section: SectionEntry) -> dict[str, list[str]]:
    """Next steps that a translation brings in its front matter: `next_steps: {section-id: ["…"]}`."""
    found: dict[str, list[str]] = {}
    for language, text in draft.texts.items():
        every = text.front.get("next_steps")
        steps = every.get(section.id) if isinstance(every, dict) and language not in ("zh", "en") else None
        if steps is None:
            continue
        wanted = len(section.next_steps.get("zh", []))
        if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps) or len(steps) != wanted:
            message = f"next_steps of {section.id} must be a list of {wanted} quoted texts, as in brochure.yml"
            line = text.front_line("next_steps", section.id)
            reading.problems.append(Problem(text.file, line, "next-steps", message))
            continue
        found[language] = steps
    return found


def _all_questions(reading: Reading, draft: Draft, section_id: str) -> dict[str, list[str]]:
    """Those of the brochure's own file, then those of `questions/`; none twice."""
    found = _questions(reading, draft, section_id.split("#")[1])
    for language, further in reading.further.asked.get(section_id, {}).items():
        found[language] = list(dict.fromkeys([*found.get(language, []), *further]))
    return found


def _questions(reading: Reading, draft: Draft, section: str) -> dict[str, list[str]]:
    source = draft.questions
    if source is None or not isinstance(source.data, dict):
        return {}
    entry = source.data.get(section) or {}
    if not isinstance(entry, dict):
        reading.problems.append(source.problem("shape", 'write questions as language: ["…"]', section))
        return {}
    result: dict[str, list[str]] = {}
    for language, asked in entry.items():
        if not isinstance(asked, list) or not all(isinstance(question, str) and question.strip() for question in asked):
            message = f'the questions in {language} must be a list of quoted texts: ["…", "…"]'
            reading.problems.append(source.problem("shape", message, section, str(language)))
            continue
        if language not in LANGUAGES:
            message = f"{language} is not a language of brochures; questions in others stand in questions/<language>/"
            reading.problems.append(source.problem("language", message, section, str(language)))
        result[str(language)] = asked
    return result


def _references(reading: Reading, draft: Draft, known: set[str]) -> None:
    """What a brochure names elsewhere must be there."""
    entry, source = draft.entry, draft.source
    if entry is None:
        return
    add = reading.problems.append
    if entry.id != draft.folder:
        add(source.problem("brochure-id", f"the id must be the folder: {draft.folder}", "id"))
    if entry.topic not in reading.topics or entry.topic != draft.folder.split("/")[0]:
        message = f"the topic {entry.topic} must be one of topics.yml and the folder the brochure is in"
        add(source.problem("unknown-topic", message, "topic"))
    for language in ("zh", "en"):
        if language not in draft.texts:
            message = f"{language}.md is missing; every brochure is written in Chinese and English"
            add(source.problem("missing-language", message, "id"))
    for index, section in enumerate(entry.sections):
        for language in ("zh", "en"):
            text = draft.texts.get(language)
            if text and section.id not in text.sections:
                message = (
                    f"the section {section.id} is missing in {language}.md; write it: ## Question? {{#{section.id}}}"
                )
                add(Problem(text.file, text.title_line, "missing-language", message))
        for place, basis in enumerate(section.basis):
            if basis.law not in reading.laws:
                message = f"the law {basis.law} is not in laws.yml; use a slug from there"
                add(source.problem("unknown-law", message, "sections", index, "basis", place, "law"))
        for place, related in enumerate(section.related):
            if not _exists(reading, related, known):
                message = f"the related section {related} does not exist; mend or remove it"
                add(source.problem("unknown-related", message, "sections", index, "related", place))
    _strays(reading, draft, entry)


def _exists(reading: Reading, related: str, known: set[str]) -> bool:
    brochure, _, section = related.partition("#")
    if brochure not in known or not section:
        return False
    loaded = next((draft for draft in reading.drafts if draft.folder == brochure), None)
    if loaded is None:  # another topic's brochure, not read because of `only`
        return True
    return loaded.entry is None or any(item.id == section for item in loaded.entry.sections)


def _strays(reading: Reading, draft: Draft, entry: BrochureEntry) -> None:
    if draft.questions is None or not isinstance(draft.questions.data, dict):
        return
    sections = {section.id for section in entry.sections}
    for key in draft.questions.data:
        if key not in sections:
            message = f"the section {key} is not in brochure.yml; add it there or mend the id"
            reading.problems.append(draft.questions.problem("unknown-section", message, str(key)))
