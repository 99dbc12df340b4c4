"""The shapes of the console's conversation routes."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from api.schemas import Holder, Incoming, Key, Message, Packet


class MediatorShown(BaseModel):
    """Who has a conversation."""

    id: str
    display_name: str


class Row(BaseModel):
    """A conversation as a line of the console. stage: queued, with_mediator, returned or closed."""

    id: str
    language: str | None
    topic: str | None
    holder: Holder
    stage: str
    waiting_since: str | None
    place: int | None
    mediator: MediatorShown | None
    last_text: str
    last_at: str
    unread: int
    discreet: bool


class Rows(BaseModel):
    """The lines of a tab."""

    conversations: list[Row]


class Opened(BaseModel):
    """A conversation with its whole history and what was passed on."""

    conversation: Row
    packet: Packet | None
    messages: list[Message]


class MediatorMessage(Incoming):
    """What a mediator writes; the same key again is the same message."""

    client_message_id: Key
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class MessageStored(BaseModel):
    """The message as it was stored."""

    message: Message
