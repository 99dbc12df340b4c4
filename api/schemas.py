"""The shapes of the public API (v1), as the reference shows them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def clean(text: str) -> str:
    """Trimmed, and without what no database takes: NUL and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode().strip()


Words = Annotated[str, AfterValidator(clean)]
Holder = Literal["bot", "queue", "mediator"]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class Incoming(BaseModel):
    """What comes from outside: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class NewConversation(Incoming):
    """`language`: the browser's, a first guess. `consent`: the resident read the notice and agreed."""

    language: LanguageCode | None = None
    consent: bool = False
    jurisdiction: Literal["mainland", "hong-kong", "macao", "guangzhou", "shenzhen", "shanghai", "beijing"] | None = (
        None
    )


class CreatedConversation(BaseModel):
    """`token` is shown once; it goes into the Authorization header of everything else."""

    id: str
    token: str
    language: str | None


class CarryCode(BaseModel):
    """Eight digits to be brought to another channel, once, before they run out."""

    code: str
    expires_at: str


class CodeBrought(Incoming):
    """The code as it was typed: digits of any script, with or without spaces. `consent`: as when opening."""

    code: Annotated[Words, StringConstraints(max_length=60)]
    consent: bool = False


class NewMessage(Incoming):
    """Either `text` or `choice` (the payload of a button that this conversation was shown)."""

    client_message_id: Key
    text: Words | None = None
    choice: Annotated[Words, StringConstraints(min_length=1, max_length=300)] | None = None


class Button(BaseModel):
    """What can be chosen instead of typing."""

    title: str
    payload: str


class Original(BaseModel):
    """The text in the language it was written in."""

    language: str | None
    text: str


class BasisShown(BaseModel):
    """An article of law."""

    law: str
    article: int
    sub: int | None = None
    paragraph: int | None = None
    title: str


class DifferenceShown(BaseModel):
    """How the rule of a city or region differs from the general one, and where that stands."""

    text: str
    brochure: str
    section: str
    url: str


class SectionShown(BaseModel):
    """A section of a brochure, in the language that `language` says. A difference stands in `text` too, as its start."""

    brochure: str
    section: str
    title: str
    text: str
    language: str
    translation: Literal["curated", "machine", "none"]
    jurisdiction: str
    verified_on: str
    effective_from: str | None = None
    url: str
    difference: DifferenceShown | None = None
    next_steps: list[str] | None = None
    original: Original | None = None
    basis: list[BasisShown] = Field(max_length=4)


class AnswerShown(BaseModel):
    """At most three sections, best first; `topic` is the first one's."""

    topic: str
    confidence: float
    sections: list[SectionShown] = Field(max_length=3)


class EmergencyShown(BaseModel):
    """The numbers to call, the most important one first."""

    kind: str
    numbers: list[str]


class PacketLine(BaseModel):
    """One line of what is passed on."""

    key: Literal["language", "topic", "asked", "found", "wants", "contact"]
    label: str
    text: str


class Desk(BaseModel):
    """Whether people are at the desk now, and when they are."""

    open: bool
    hours: str


class Packet(BaseModel):
    """What a person at the desk will see, and what to know before confirming."""

    lines: list[PacketLine]
    notice: list[str]
    desk: Desk


class HandoffShown(BaseModel):
    """How far handing over got."""

    stage: Literal["offered", "confirm", "queued", "with_mediator", "returned"]
    packet: Packet | None = None
    place: int | None = None


class PathShown(BaseModel):
    """A guided path, or the step of it that the message shows; `number` counts from 1. `url` is its page."""

    id: str
    title: str
    total: int
    url: str
    step: str | None = None
    number: int | None = None


class PictureShown(BaseModel):
    """A picture that the resident sent; only the desk can open it."""

    id: str
    type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    bytes: int


class Message(BaseModel):
    """One numbered message. `text` holds everything as a person reads it; `untranslated`: it should have been in the reader's language."""

    id: str
    seq: int
    role: Literal["resident", "assistant", "mediator", "system"]
    language: str | None
    text: str
    original: Original | None = None
    untranslated: bool | None = None
    buttons: list[Button]
    created_at: str
    answer: AnswerShown | None = None
    emergency: EmergencyShown | None = None
    handoff: HandoffShown | None = None
    path: PathShown | None = None
    picture: PictureShown | None = None


class TurnResult(BaseModel):
    """What a turn added after the resident's own message."""

    messages: list[Message]
    holder: Holder
    language: str | None


class Messages(BaseModel):
    """Messages after a number, in order."""

    messages: list[Message]
    holder: Holder
    language: str | None


class LanguageChoice(Incoming):
    """The language the resident wants to read."""

    language: LanguageCode


class LanguageChosen(BaseModel):
    """The language that holds from now on."""

    language: str


class HandoffWish(Incoming):
    """Why a person is wanted."""

    reason: Literal["asked", "failed_twice", "sensitive", "complaint", "emergency"] = "asked"


class HandoffResult(TurnResult):
    """`message` is the first of `messages`: the packet to look at, or where things stand."""

    message: Message


class HandoffEdit(Incoming):
    """New texts by line; null removes a line."""

    lines: dict[
        Literal["language", "topic", "asked", "found", "wants", "contact"],
        Annotated[Words, StringConstraints(max_length=2000)] | None,
    ]


class HandoffEdited(BaseModel):
    """The packet as it is now, and the message that shows it."""

    packet: Packet
    message: Message


class FeedbackGiven(Incoming):
    """Whether a message helped."""

    message_id: Annotated[Words, StringConstraints(max_length=36)]
    helpful: bool
    comment: Annotated[Words, StringConstraints(max_length=2000)] | None = None


class NearSection(BaseModel):
    """A section that is near, without its text."""

    brochure: str
    section: str
    topic: str
    title: str
    url: str


class SearchResult(BaseModel):
    """`sections` is empty when there is no answer; `nearest` says what is near all the same."""

    answerable: bool
    confidence: float
    sections: list[SectionShown]
    nearest: list[NearSection]


class Health(BaseModel):
    """Alive."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Each part: ok or failed."""

    status: Literal["ok", "unavailable"]
    parts: dict[str, Literal["ok", "failed"]]


class ErrorInfo(BaseModel):
    """`code` is stable; `message` says what to do; `request_id` finds the log lines."""

    code: str
    message: str
    request_id: str | None


class ErrorBody(BaseModel):
    """The one shape of every error."""

    error: ErrorInfo
