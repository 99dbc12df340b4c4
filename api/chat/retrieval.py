"""Retrieval, over HTTP: which language a text is in, and which sections answer a question."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.chat.peer import Peer, PeerUnreachable

T = TypeVar("T", bound=BaseModel)


class RetrievalUnreachable(Exception):
    """Retrieval could not be reached, or answered with something that cannot be used."""


class Wire(BaseModel):
    """What crosses between processes; fields we do not know are left alone."""

    model_config = ConfigDict(extra="ignore")


class SearchContext(Wire):
    """The question before this one and the section it found."""

    question: str
    section: str | None = None


class SearchFilter(Wire):
    """Hard filters: what does not match is not found."""

    topic: str | None = None
    jurisdiction: str | None = None


class SearchRequest(Wire):
    """POST /search"""

    query: str
    language: str | None = None
    context: SearchContext | None = None
    jurisdiction: str | None = None
    filter: SearchFilter | None = None
    topic_prior: dict[str, float] | None = None
    limit: int = 3


class Hit(Wire):
    """A section that answers."""

    section: str
    brochure: str
    topic: str
    jurisdiction: str
    score: float = Field(ge=0, le=1)


class Near(Wire):
    """A section that is near."""

    section: str
    topic: str
    score: float


class SearchResponse(Wire):
    """What POST /search answers; `hits` is empty when there is no answer."""

    answerable: bool
    confidence: float = Field(ge=0, le=1)
    used_context: bool = False
    hits: list[Hit] = []
    nearest: list[Near] = []
    second_topic: str | None = None
    publication: str | None = None


class IdentifyRequest(Wire):
    """POST /identify"""

    texts: list[str]
    hint: str | None = None


class Identified(Wire):
    """One text's language; null when it cannot be told."""

    language: str | None
    confidence: float = Field(ge=0, le=1)


class IdentifyResponse(Wire):
    """What POST /identify answers, in the order of the texts."""

    results: list[Identified]


class TranslateItem(Wire):
    """A text and the languages to go from and to."""

    text: str
    source: str
    target: str


class TranslateRequest(Wire):
    """POST /translate; `seconds`: how long we wait."""

    items: list[TranslateItem]
    seconds: float | None = None


class Translated(Wire):
    """A text, translated if `machine`, else as it was."""

    text: str
    language: str
    machine: bool
    reason: str | None = None


class TranslateResponse(Wire):
    """What POST /translate answers: one result a text, in their order."""

    results: list[Translated]


class RetrievalClient:
    """Calls to the retrieval process."""

    def __init__(self, url: str, timeout: float) -> None:
        self._peer = Peer(url, timeout)
        self._patience = timeout * 0.8

    async def identify(self, text: str, hint: str | None) -> str | None:
        """The language of a text, or None when it cannot be told."""
        request = IdentifyRequest(texts=[text], hint=hint)
        answer = await self._post("/identify", request, IdentifyResponse)
        return answer.results[0].language if answer.results else None

    async def search(self, request: SearchRequest) -> SearchResponse:
        """The sections that answer a question."""
        return await self._post("/search", request, SearchResponse)

    async def translate(self, items: list[TranslateItem]) -> list[Translated]:
        """Every text translated, or as it was, in their order."""
        request = TranslateRequest(items=items, seconds=self._patience)
        answer = await self._post("/translate", request, TranslateResponse)
        if len(answer.results) != len(items):
            raise RetrievalUnreachable("results missing")
        return answer.results

    async def require(self) -> None:
        """Raise unless retrieval can answer."""
        await self._peer.require("/ready")

    async def close(self) -> None:
        """Give the connections back."""
        await self._peer.close()

    async def _post(self, path: str, request: BaseModel, answer: type[T]) -> T:
        try:
            status, body = await self._peer.call("POST", path, request.model_dump(exclude_none=True))
        except PeerUnreachable as error:
            raise RetrievalUnreachable(str(error)) from error
        if status != 200:
            raise RetrievalUnreachable(f"status {status}")
        try:
            return answer.model_validate(body)
        except ValidationError as error:
            raise RetrievalUnreachable("not what was agreed") from error
