"""Official terms by language, always shown with the Chinese term. Data in glossary.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from knowledge.loader import ROOT, validated
from knowledge.models import LANGUAGES, SLUG, UNDERSTOOD, Frozen
from knowledge.problems import KnowledgeError, Problem
from knowledge.sources import YamlSource, read_yaml


class Term(Frozen):
    """An official term; `names` by language code, Chinese and English at least."""

    slug: str = Field(pattern=SLUG)
    names: dict[str, str]
    avoid: dict[str, list[str]] = Field(default_factory=dict)
    """Words that are taken for this term by mistake, by language."""

    def shown(self, language: str) -> str:
        """The term for a reader of a language, with the Chinese one: "residence permit (居留许可)"."""
        name = self.names.get(language) or self.names["en"]
        return name if language == "zh" else f"{name} ({self.names['zh']})"


def read_glossary(root: Path) -> tuple[dict[str, Term], list[Problem]]:
    """The terms of a knowledge folder by slug, and what is wrong with the file."""
    if not (root / "glossary.yml").is_file():
        return {}, []
    source = read_yaml(root / "glossary.yml", "glossary.yml")
    problems = list(source.problems)
    terms: dict[str, Term] = {}
    if problems:
        return terms, problems
    if not isinstance(source.data, dict):
        return terms, [source.problem("shape", "write this file as slug: {zh: …, en: …}")]
    for slug, data in source.data.items():
        term = _term(str(slug), data, source, problems)
        if term:
            terms[term.slug] = term
    return terms, problems


def _term(slug: str, data: Any, source: YamlSource, problems: list[Problem]) -> Term | None:
    if not isinstance(data, dict):
        problems.append(source.problem("shape", f"{slug} needs its names by language", slug))
        return None
    names = {key: value for key, value in data.items() if key != "avoid"}
    term = validated(Term, {"slug": slug, "names": names, "avoid": data.get("avoid", {})}, source, (slug,), problems)
    for language in names.keys() - {*LANGUAGES, *UNDERSTOOD}:
        message = f"{language} is not a language of Wenlu"
        problems.append(source.problem("language", message, slug, str(language)))
    for language in {"zh", "en"} - names.keys():
        problems.append(source.problem("missing-language", f"{slug} needs its name in {language}", slug))
    return term


def load_glossary(root: Path | None = None) -> dict[str, Term]:
    """The terms by slug (default: this package's own folder); raises KnowledgeError."""
    terms, problems = read_glossary(root or ROOT)
    if problems:
        raise KnowledgeError(problems)
    return terms
