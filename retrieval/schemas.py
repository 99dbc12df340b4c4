"""What goes over the wire of the retrieval service."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from retrieval.search import Context, Outcome, Query

LONGEST = 4_000
"""Characters of a question that are searched; what is beyond says nothing more about it."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ContextIn(Strict):
    """The question before, and the section that answered it."""

    question: str
    section: str | None = None


class FilterIn(Strict):
    """Hard filters: what does not match is not shown."""

    topic: str | None = None
    jurisdiction: str | None = None


class SearchIn(Strict):
    query: str
    language: str | None = None
    context: ContextIn | None = None
    jurisdiction: str | None = None
    filter: FilterIn | None = None
    topic_prior: dict[str, float] = Field(default_factory=dict)
    limit: int = Field(default=3, ge=1, le=50)

    def query_for_search(self) -> Query:
        context = self.context and Context(self.context.question[:LONGEST], self.context.section)
        only = self.filter or FilterIn()
        return Query(
            text=self.query[:LONGEST],
            language=self.language,
            context=context or None,
            jurisdiction=self.jurisdiction,
            only_topic=only.topic,
            only_jurisdiction=only.jurisdiction,
            topic_prior=self.topic_prior,
            limit=self.limit,
        )


class HitOut(BaseModel):
    section: str
    brochure: str
    topic: str
    jurisdiction: str
    score: float


class NearOut(BaseModel):
    section: str
    topic: str
    score: float


class SearchOut(BaseModel):
    answerable: bool
    confidence: float
    used_context: bool
    hits: list[HitOut]
    nearest: list[NearOut]
    second_topic: str | None
    publication: str


def outcome_of(outcome: Outcome, publication: str) -> SearchOut:
    """The outcome of a search as it is sent."""
    return SearchOut(
        answerable=outcome.answerable,
        confidence=round(outcome.confidence, 4),
        used_context=outcome.used_context,
        hits=[
            HitOut(
                section=hit.section.id,
                brochure=hit.section.brochure,
                topic=hit.section.topic,
                jurisdiction=hit.section.jurisdiction,
                score=round(hit.score, 4),
            )
            for hit in outcome.hits
        ],
        nearest=[
            NearOut(section=hit.section.id, topic=hit.section.topic, score=round(hit.score, 4))
            for hit in outcome.nearest
        ],
        second_topic=outcome.second_topic,
        publication=publication,
    )


class IdentifyIn(Strict):
    texts: list[str] = Field(max_length=256)
    hint: str | None = None


class Identified(BaseModel):
    language: str | None
    confidence: float


class IdentifyOut(BaseModel):
    results: list[Identified]

    @classmethod
    def of(cls, found: Sequence[tuple[str | None, float]]) -> IdentifyOut:
        return cls(results=[Identified(language=language, confidence=round(sure, 4)) for language, sure in found])


class Published(BaseModel):
    publication: str


class Ready(BaseModel):
    publication: str
    encoder: str
    sections: int
