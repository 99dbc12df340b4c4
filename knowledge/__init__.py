"""The curated knowledge: brochures, the register of laws, service points, the glossary; their loader and checker."""

from knowledge.loader import load_corpus
from knowledge.models import (
    JURISDICTIONS,
    LANGUAGES,
    UNDERSTOOD,
    Basis,
    Brochure,
    Corpus,
    Fact,
    Law,
    Section,
    SectionText,
    Topic,
)
from knowledge.problems import KnowledgeError, Problem

__all__ = [
    "JURISDICTIONS",
    "LANGUAGES",
    "UNDERSTOOD",
    "Basis",
    "Brochure",
    "Corpus",
    "Fact",
    "KnowledgeError",
    "Law",
    "Problem",
    "Section",
    "SectionText",
    "Topic",
    "load_corpus",
]
