"""A picture that a resident sent: recognised by its own bytes, made bare, kept beside a message like any other."""

import asyncio
import uuid
from collections.abc import Callable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from api.chat.language import reading
from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation, MessageRow
from api.conversations.service import locked
from api.errors import not_found
from api.events.bus import Event
from api.pictures.bare import NoPicture, bare
from api.pictures.models import Picture
from api.services import Services

MOST_BYTES = 5 * 1024 * 1024
"""A larger picture is refused."""
MOST_TOGETHER = 20 * 1024 * 1024
"""What all pictures of one conversation may take."""


class PictureRefused(Exception):
    """`kind`: no_picture, too_large, or too_many for one conversation."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


async def keep(
    services: Services, conversation_id: str, content: bytes, admit: Callable[[Conversation], None]
) -> MessageRow:
    """Keep a picture as the resident's message; its text names it in their language. Raises PictureRefused.

    What its sender says of its type does not matter, and what it tells beside the picture is not kept (`bare`).
    `admit` raises unless the sender may write in the conversation.
    """
    if len(content) > MOST_BYTES:
        raise PictureRefused("too_large")
    try:
        kind, picture = await asyncio.to_thread(bare, content)
    except NoPicture as error:
        raise PictureRefused("no_picture") from error
    async with services.database.transaction() as session:
        conversation = await locked(session, conversation_id)
        admit(conversation)
        so_far = select(func.sum(Picture.size)).where(Picture.conversation_id == conversation_id)
        if (await session.scalar(so_far) or 0) + len(picture) > MOST_TOGETHER:
            raise PictureRefused("too_many")
        now, language = services.clock(), reading(conversation)
        shown = {"id": str(uuid.uuid4()), "type": kind, "bytes": len(picture)}
        text = services.catalogs.text(language, "picture.sent")
        draft = Draft("resident", text, language, key="picture.sent", payload={"picture": shown})
        row = (await messages.append(session, conversation, [draft], now))[0]
        conversation.last_resident_at, conversation.closed_at = now, None
        session.add(
            Picture(
                id=shown["id"],
                conversation_id=conversation_id,
                message_id=row.id,
                type=kind,
                size=len(picture),
                content=picture,
                created_at=now,
            )
        )
    services.bus.publish(Event("message", conversation_id))
    return row


async def of_conversation(session: AsyncSession, conversation_id: str, picture_id: str) -> Picture:
    """A picture of this conversation, with its bytes; 404 when there is none."""
    found = await session.scalar(
        select(Picture)
        .where(Picture.conversation_id == conversation_id, Picture.id == picture_id)
        .options(undefer(Picture.content))
    )
    if found is None:
        raise not_found()
    return found
