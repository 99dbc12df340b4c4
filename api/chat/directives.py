"""What the bot may say: directives of ids, scores, keys and values, never bodies. The models are the contract."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.chat import retrieval
from api.chat.bot import BotFailed

log = structlog.get_logger(__name__)

CatalogKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=100)]
Payload = Annotated[str, Field(min_length=1, max_length=300)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=60)]
Value = str | int | float | bool | None


class Part(BaseModel):
    """A piece of a directive; fields we do not know are left alone."""

    model_config = ConfigDict(extra="ignore")


class DirectiveButton(Part):
    """A button: its words by key, its payload as it comes back."""

    key: CatalogKey
    values: dict[str, Value] = {}
    payload: Payload


class Say(Part):
    """Say a catalog text."""

    type: Literal["say"]
    key: CatalogKey
    values: dict[str, Value] = {}
    buttons: list[DirectiveButton] = []


class ScoredSection(Part):
    """A section and how well it fits."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9/-]+#[a-z0-9-]+$", max_length=200)]
    score: float = Field(ge=0, le=1)


class Answer(Part):
    """Answer with sections, best first."""

    type: Literal["answer"]
    topic: str
    confidence: float = Field(ge=0, le=1)
    sections: list[ScoredSection] = Field(min_length=1, max_length=3)
    second_topic: str | None = None


class Ask(Part):
    """Ask back, with choices."""

    type: Literal["ask"]
    key: CatalogKey
    values: dict[str, Value] = {}
    choices: list[DirectiveButton] = []


class HandoffWanted(Part):
    """A person is wanted (confirm) or offered."""

    type: Literal["handoff"]
    reason: Literal["asked", "failed_twice", "sensitive", "complaint", "emergency"]
    stage: Literal["confirm", "offered"]


class EmergencySeen(Part):
    """The bot understood an emergency that no phrase named."""

    type: Literal["emergency"]
    kind: Annotated[str, Field(pattern=r"^[a-z-]+$", max_length=40)]


class LanguageWanted(Part):
    """The resident asked for another language."""

    type: Literal["language"]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class Repeat(Part):
    """Say the last answer again."""

    type: Literal["repeat"]


class Places(Part):
    """Name the places that help: of these kinds (or with these ids), else on this topic; in a city; speaking a language."""

    type: Literal["places"]
    kinds: list[Slug] = Field(default=[], max_length=6)
    topic: Slug | None = None
    city: Slug | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None


class PathWanted(Part):
    """Show the steps of a path, or go on in it: the one named, else the one that is remembered or fits the last answer."""

    type: Literal["path"]
    id: Slug | None = None
    step: Slug | None = Field(default=None, description='a step of the path named, or "next"')


Directive = Annotated[
    Say | Answer | Ask | HandoffWanted | EmergencySeen | LanguageWanted | Repeat | Places | PathWanted,
    Field(discriminator="type"),
]
_adapter: TypeAdapter[Directive] = TypeAdapter(Directive)
TYPES = frozenset({"say", "answer", "ask", "handoff", "emergency", "language", "repeat", "places", "path"})


class BotReply(BaseModel):
    """What the bot's channel answers to a turn."""

    directives: list[Directive] = Field(min_length=1)
    intent: dict[str, Any] | None = None


def read(directives: list[Any]) -> list[Directive]:
    """The directives of a reply. Unknown types are logged and left out; a broken or empty reply is BotFailed."""
    known: list[Directive] = []
    for raw in directives:
        kind = raw.get("type") if isinstance(raw, dict) else None
        if kind not in TYPES:
            log.warning("directive_ignored", kind=str(kind)[:40])
            continue
        try:
            known.append(_adapter.validate_python(raw))
        except ValidationError as error:
            raise BotFailed(f"broken directive {kind}") from error
    if not known:
        raise BotFailed("nothing to carry out")
    return known


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of what crosses between the environments, by file name."""
    return {
        "directives.schema.json": BotReply.model_json_schema(),
        "search_request.schema.json": retrieval.SearchRequest.model_json_schema(),
        "search_response.schema.json": retrieval.SearchResponse.model_json_schema(),
        "identify_request.schema.json": retrieval.IdentifyRequest.model_json_schema(),
        "identify_response.schema.json": retrieval.IdentifyResponse.model_json_schema(),
    }


def schema_texts() -> dict[str, str]:
    """The schema files' contents."""
    return {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in schemas().items()}


def write_schemas(folder: Path) -> None:
    """Write the schema files."""
    for name, text in schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")
