"""The shapes of the curated knowledge. Everything is frozen: a corpus never changes after it was loaded."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LANGUAGES = ("zh", "en", "ja", "ko", "fr", "es", "ru", "ar")
"""The curated languages: brochures are written in the first two and translated into the rest."""

UNDERSTOOD = ("de", "pt", "vi", "it", "tr", "hi", "id", "th", "fa", "uk", "ur")
"""Languages a resident may write in, without brochures of their own."""

ALL_LANGUAGES = (*LANGUAGES, *UNDERSTOOD)
"""Every language a resident may write in."""

Jurisdiction = Literal["mainland", "hong-kong", "macao", "guangzhou", "shenzhen", "shanghai", "beijing"]
JURISDICTIONS: tuple[str, ...] = ("mainland", "hong-kong", "macao", "guangzhou", "shenzhen", "shanghai", "beijing")

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"


def _text(value: object) -> object:
    """Figures may stand unquoted in YAML; they are kept as the text that was typed."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Figure = Annotated[str, BeforeValidator(_text), Field(min_length=1, pattern=r"\d")]


class Frozen(BaseModel):
    """A value: no unknown keys, no change after it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Law(Frozen):
    """A law of the register, under the slug that every basis uses."""

    slug: str
    title_zh: str
    title_en: str
    short_zh: str
    short_en: str
    in_force: date | None = None
    source: str


class Topic(Frozen):
    slug: str
    order: int
    names: dict[str, str]
    descriptions: dict[str, str] = {}


class Coordinates(Frozen):
    """A place on earth, in degrees of WGS 84."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class City(Frozen):
    """A jurisdiction or city: how it is called, and whose rules hold there."""

    slug: str
    jurisdiction: Jurisdiction
    names: dict[str, str]
    aliases: list[str] = []
    centres: list[Coordinates] = []
    """Its middle; where another law begins nearby, also the middles of its parts."""

    @property
    def spellings(self) -> list[str]:
        """How people write it: names, aliases, and what stays of a Russian name in every case (Шанхай, в Шанхае)."""
        russian = self.names.get("ru", "")
        stem = [russian[:-1]] if russian.endswith(("й", "ь")) and len(russian) > SHORT_NAME else []
        return [*self.names.values(), *self.aliases, *stem]


SHORT_NAME = 5
"""Up to so many letters, what is left of a name without its last one could be the beginning of another word."""


class Basis(Frozen):
    """The article a statement rests on; `sub` is 第…条之一 → 1, `paragraph` the 款."""

    law: str
    article: int = Field(ge=1)
    sub: int | None = Field(default=None, ge=1)
    paragraph: int | None = Field(default=None, ge=1)

    def title(self, language: str, corpus: Corpus) -> str:
        """As a citation: "Labor Contract Law, art. 19", in Chinese "劳动合同法第19条"."""
        law = corpus.laws[self.law]
        if language == "zh":
            sub = f"之{_CHINESE_SUBS[self.sub]}" if self.sub else ""
            paragraph = f"第{self.paragraph}款" if self.paragraph else ""
            return f"{law.short_zh}第{self.article}条{sub}{paragraph}"
        sub = f"-{self.sub}" if self.sub else ""
        paragraph = f", para. {self.paragraph}" if self.paragraph else ""
        return f"{law.short_en}, art. {self.article}{sub}{paragraph}"


_CHINESE_SUBS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")


class Fact(Frozen):
    """A figure that comes from law, with the statute's own wording that proves it."""

    value: Figure
    unit: str
    statute: str = Field(min_length=1)
    law: str | None = None
    article: int | None = Field(default=None, ge=1)
    sub: int | None = Field(default=None, ge=1)


class Review(Frozen):
    kind: Literal["statute-check", "native-reader", "lawyer"]
    by: str = Field(min_length=1)
    on: date


class SectionText(Frozen):
    """One section in one language: its heading, the Markdown under it, and the same as plain text."""

    heading: str
    markdown: str
    plain: str


class SectionEntry(Frozen):
    """A section as brochure.yml has it, before the texts are joined to it."""

    id: str = Field(pattern=SLUG)
    basis: list[Basis] = Field(min_length=1, max_length=4)
    facts: list[Fact] = []
    practice: bool | list[str] = False
    sensitive: bool = False
    effective_from: date | None = None
    next_steps: dict[str, list[str]] = {}
    related: list[str] = []
    differs_from: str | None = None
    difference: dict[str, str] = {}


class BrochureEntry(Frozen):
    """brochure.yml."""

    id: str
    topic: str
    jurisdiction: Jurisdiction
    verified_on: date
    review_by: date
    effective_from: date | None = None
    review: list[Review] = []
    title_terms: list[str] = []
    sections: list[SectionEntry] = Field(min_length=1)


class Section(Frozen):
    """A question and its answer, complete: what a resident can be shown."""

    id: str
    brochure: str
    topic: str
    jurisdiction: Jurisdiction
    basis: list[Basis]
    facts: list[Fact] = []
    practice: bool | list[str] = False
    sensitive: bool = False
    next_steps: dict[str, list[str]] = {}
    related: list[str] = []
    differs_from: str | None = None
    """Of a section of a city or region: the section with the general rule that it changes there."""
    difference: dict[str, str] = {}
    """In one sentence a language, how the rule differs from the general one."""
    texts: dict[str, SectionText]
    questions: dict[str, list[str]] = {}
    verified_on: date
    review_by: date
    effective_from: date | None = None

    def expired(self, today: date) -> bool:
        """True after the last day of its review period."""
        return self.review_by < today


class Brochure(Frozen):
    id: str
    topic: str
    jurisdiction: Jurisdiction
    verified_on: date
    review_by: date
    titles: dict[str, str]
    revisions: dict[str, int] = {}
    title_terms: list[str] = []
    sections: list[Section]
    reviews: list[Review] = []

    @property
    def reviewed_by_lawyer(self) -> bool:
        return any(review.kind == "lawyer" for review in self.reviews)


class Deadline(Frozen):
    """By when a step has to be done: a fact of the section that the step rests on."""

    value: Figure
    unit: str


class StepText(Frozen):
    """A step in one language. `bring`: documents; `by`: the deadline in words; `where`: the place."""

    title: str = Field(min_length=1)
    text: str = Field(min_length=1)
    by: str | None = None
    bring: list[str] = []
    where: str | None = None


class StepEntry(Frozen):
    """A step as path.yml has it, before the texts are joined to it."""

    id: str = Field(pattern=SLUG)
    section: str
    deadline: Deadline | None = None
    practice: bool = False


class PathEntry(Frozen):
    """path.yml. `order`: its place in the list of all paths."""

    id: str = Field(pattern=SLUG)
    order: int = Field(ge=1)
    jurisdiction: Jurisdiction
    offered_with: list[str] = Field(min_length=1)
    steps: list[StepEntry] = Field(min_length=3, max_length=9)


class PathText(Frozen):
    """<language>.yml of a path. `based_on`: the revision of zh.yml that it was made from."""

    revision: int = Field(ge=1)
    based_on: int | None = Field(default=None, ge=1)
    title: str = Field(min_length=1)
    intro: str = Field(min_length=1)
    steps: dict[str, StepText]


class Step(Frozen):
    """One step of a path, complete; `section` is the global id of the section that it rests on."""

    id: str
    section: str
    deadline: Deadline | None = None
    practice: bool = False
    texts: dict[str, StepText]


class GuidedPath(Frozen):
    """What to do in a situation. `order`: its place in the list; `offered_with`: the sections beside which it is offered."""

    id: str
    order: int
    jurisdiction: Jurisdiction
    offered_with: list[str]
    titles: dict[str, str]
    intros: dict[str, str]
    steps: list[Step]


class Corpus(Frozen):
    """All curated knowledge of one moment; what a publication holds."""

    laws: dict[str, Law]
    topics: dict[str, Topic]
    cities: dict[str, City]
    brochures: dict[str, Brochure]
    paths: dict[str, GuidedPath] = {}
    out_of_scope: dict[str, dict[str, list[str]]] = {}
    """By theme and language, what people ask that is not answered here."""

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Every section by its global id, "<brochure>#<section>"."""
        return {section.id: section for brochure in self.brochures.values() for section in brochure.sections}

    @cached_property
    def layers(self) -> dict[str, list[Section]]:
        """By the global id of a general section, the sections of cities and regions where another rule holds."""
        found: dict[str, list[Section]] = {}
        for section in self.sections.values():
            if section.differs_from:
                found.setdefault(section.differs_from, []).append(section)
        return found

    @cached_property
    def paths_beside(self) -> dict[str, str]:
        """By the global id of a section, the path that is offered beside it."""
        return {section: path.id for path in self.paths.values() for section in path.offered_with}

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) over the canonical JSON: the same knowledge has the same hash on every machine."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def served(self, today: date) -> dict[str, Section]:
        """The sections that may be shown on `today`: those whose review period has not run out."""
        return {key: section for key, section in self.sections.items() if not section.expired(today)}

    def paths_served(self, today: date) -> dict[str, GuidedPath]:
        """The paths that may be shown on `today`, in their order: those that rest on served sections alone."""
        served = self.served(today)
        paths = sorted(self.paths.values(), key=lambda path: path.order)
        return {path.id: path for path in paths if all(step.section in served for step in path.steps)}

    def to_json(self) -> str:
        data: dict[str, Any] = self.model_dump(mode="json")
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Corpus:
        return cls.model_validate_json(text)
