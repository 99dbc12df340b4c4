"""Official terms by language, always shown with the Chinese term: glossary.yml, and glossary/<language>.yml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from knowledge.loader import ROOT, validated
from knowledge.models import ALL_LANGUAGES, SLUG, Frozen
from knowledge.problems import KnowledgeError, Problem
from knowledge.sources import YamlSource, read_yaml

REGISTER = ("zh", "en")
"""The languages of glossary.yml; each of the others has a file of its own."""
TRANSLATIONS = tuple(language for language in ALL_LANGUAGES if language not in REGISTER)


class Term(Frozen):
    """An official term; `names` by language code: what is shown, and after it what else is right in a text."""

    slug: str = Field(pattern=SLUG)
    names: dict[str, tuple[str, ...]]
    avoid: dict[str, list[str]] = Field(default_factory=dict)
    """Words that are taken for this term by mistake, by language."""

    def name(self, language: str) -> str:
        """The preferred term of a language; in English where it has none."""
        return (self.names.get(language) or self.names["en"])[0]

    def shown(self, language: str) -> str:
        """The term for a reader of a language, with the Chinese one: "residence permit (居留许可)"."""
        return self.name(language) if language == "zh" else f"{self.name(language)} ({self.name('zh')})"


@dataclass
class GlossaryReading:
    """All that could be read of the glossary: the terms by slug, what is wrong, and the languages without a file."""

    terms: dict[str, Term] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    @property
    def missing_languages(self) -> list[Problem]:
        """One for every language whose file is not written yet: its readers see the English term."""
        return [
            Problem("glossary.yml", 1, "glossary-language", f"the terms are not translated: write glossary/{name}.yml")
            for name in self.absent
        ]

    @property
    def languages(self) -> int:
        """In how many languages the terms stand."""
        return len(REGISTER) + len(TRANSLATIONS) - len(self.absent) if self.terms else 0


def read_glossary(root: Path) -> GlossaryReading:
    """The terms of a knowledge folder, and what is wrong with its files. A language's file must be complete."""
    reading = GlossaryReading()
    if not (root / "glossary.yml").is_file():
        return reading
    source = read_yaml(root / "glossary.yml", "glossary.yml")
    reading.problems += source.problems
    if source.problems:
        return reading
    if not isinstance(source.data, dict):
        reading.problems.append(source.problem("shape", "write this file as slug: {zh: …, en: …}"))
        return reading
    translations = _translations(root, {str(slug) for slug in source.data}, reading)
    for slug, data in source.data.items():
        term = _term(str(slug), data, translations, source, reading.problems)
        if term:
            reading.terms[term.slug] = term
    return reading


def _translations(root: Path, slugs: set[str], reading: GlossaryReading) -> dict[str, dict[str, tuple[str, ...]]]:
    """The terms of every glossary/<language>.yml, by language and slug."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted((root / "glossary").glob("*.yml")):
        source = read_yaml(path, f"glossary/{path.name}")
        reading.problems += source.problems
        if path.stem not in TRANSLATIONS:
            message = (
                f"{path.stem} is not a language of Wenlu with a file here; Chinese and English stand in glossary.yml"
            )
            reading.problems.append(source.problem("language", message))
        elif not source.problems:
            found[path.stem] = _translation(source, slugs, reading.problems)
    reading.absent += [name for name in TRANSLATIONS if not (root / "glossary" / f"{name}.yml").is_file()]
    return found


def _translation(source: YamlSource, slugs: set[str], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    if not isinstance(source.data, dict):
        problems.append(source.problem("shape", 'write this file as slug: "term", or slug: ["term", "also right"]'))
        return {}
    names: dict[str, tuple[str, ...]] = {}
    for slug, data in source.data.items():
        if str(slug) not in slugs:
            message = f"{slug} is not in glossary.yml; add it there or mend the slug"
            problems.append(source.problem("unknown-term", message, str(slug)))
        forms = _forms(data)
        if not forms:
            problems.append(source.problem("shape", f'write {slug} as "term" or ["term", "also right"]', str(slug)))
        names[str(slug)] = forms
    for slug in sorted(slugs - names.keys()):
        problems.append(source.problem("missing-term", f"the term {slug} of glossary.yml is missing; add it here"))
    return names


def _forms(data: Any) -> tuple[str, ...]:
    """One term or a list of them; nothing if there is anything else among them."""
    forms = data if isinstance(data, list) else [data]
    return tuple(forms) if all(isinstance(form, str) and form.strip() for form in forms) else ()


def _term(
    slug: str,
    data: Any,
    translations: dict[str, dict[str, tuple[str, ...]]],
    source: YamlSource,
    problems: list[Problem],
) -> Term | None:
    if not isinstance(data, dict):
        problems.append(source.problem("shape", f"{slug} needs its names by language", slug))
        return None
    for language in data.keys() - {*REGISTER, "avoid"}:
        message = f"{language} does not stand here: Chinese and English only, the others in glossary/<language>.yml"
        problems.append(source.problem("language", message, slug, str(language)))
    names = {language: _forms(data.get(language)) for language in REGISTER}
    for language in [language for language in REGISTER if not names[language]]:
        problems.append(source.problem("missing-language", f"{slug} needs its name in {language}", slug))
    names |= {language: terms[slug] for language, terms in translations.items() if terms.get(slug)}
    return validated(Term, {"slug": slug, "names": names, "avoid": data.get("avoid", {})}, source, (slug,), problems)


def load_glossary(root: Path | None = None) -> dict[str, Term]:
    """The terms by slug (default: this package's own folder); raises KnowledgeError."""
    reading = read_glossary(root or ROOT)
    if reading.problems:
        raise KnowledgeError(reading.problems)
    return reading.terms
