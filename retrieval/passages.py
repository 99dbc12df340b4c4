"""What of a section is searched: its title, heading, sample questions, text in pieces, and the law behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.models import Brochure, Corpus, Section

Kind = Literal["title", "heading", "question", "text", "law"]
KINDS: tuple[Kind, ...] = ("title", "heading", "question", "text", "law")

CHUNK = {"zh": 110, "ja": 140, "ko": 160}
CHUNK_ELSE = 320
"""Characters of a piece of text; shorter where a character says more."""

_SENTENCE_END = re.compile(r"(?<=[。！？!?؟])\s*|(?<=\.)\s+|\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that stands for a section."""

    section: str
    kind: Kind
    language: str
    text: str


def passages_of(corpus: Corpus) -> list[Passage]:
    """Every passage of the corpus, section by section."""
    return [
        passage
        for brochure in corpus.brochures.values()
        for section in brochure.sections
        for passage in _unique(_section_passages(corpus, brochure, section))
    ]


def _section_passages(corpus: Corpus, brochure: Brochure, section: Section) -> Iterator[Passage]:
    for language, text in section.texts.items():
        title = brochure.titles.get(language, "")
        yield Passage(section.id, "heading", language, text.heading)
        yield Passage(section.id, "title", language, f"{title}: {text.heading}")
        for chunk in chunks(text.plain, CHUNK.get(language, CHUNK_ELSE)):
            yield Passage(section.id, "text", language, f"{text.heading} {chunk}")
    for language, questions in section.questions.items():
        for question in questions:
            yield Passage(section.id, "question", language, question)
    for language in ("zh", "en"):
        for basis in section.basis:
            if basis.law in corpus.laws:
                yield Passage(section.id, "law", language, basis.title(language, corpus))


def _unique(passages: Iterator[Passage]) -> Iterator[Passage]:
    seen: set[tuple[str, str]] = set()
    for passage in passages:
        key = (passage.kind, passage.text)
        if passage.text.strip() and key not in seen:
            seen.add(key)
            yield passage


def chunks(text: str, size: int) -> list[str]:
    """The text in pieces of whole sentences, each about `size` characters; a longer sentence stays whole."""
    pieces: list[str] = []
    current = ""
    for sentence in _SENTENCE_END.split(text):
        sentence = sentence.strip()
        if not sentence:
            continue
        if current and len(current) + len(sentence) > size:
            pieces.append(current)
            current = sentence
        else:
            current = f"{current} {sentence}".strip()
    return [*pieces, current] if current else pieces
