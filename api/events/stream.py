"""A conversation's live stream: what was missed by number, then what happens, nothing missing and nothing doubled."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import ServerSentEvent

from api.conversations import messages
from api.conversations.models import Conversation
from api.services import Services

PAGE = 200


async def events(services: Services, conversation: Conversation, last: int) -> AsyncIterator[ServerSentEvent]:
    """Message events carry their number as id; typing, holder and language carry none and are not repeated.

    Listening begins before the replay. A hint that something came makes the stream read on from the last number
    it sent, so it does not matter how hints and commits overlap. It ends when the conversation is erased, or was
    carried elsewhere, so that the token it was opened with opens nothing any more.
    """
    async with services.bus.subscribe(conversation.id) as subscription:
        found = await _still_theirs(services, conversation)
        if found is None:
            return
        yield _event("holder", {"holder": found.holder})
        while True:
            async for number, event in _missed(services, conversation.id, last):
                last = number
                yield event
            happened = await subscription.next(services.settings.heartbeat_seconds)
            if happened is None:
                if await _still_theirs(services, conversation) is None:
                    return
                yield ServerSentEvent(comment="alive")
            elif happened.kind in ("erased", "moved"):
                yield _event(happened.kind, {})
                return
            elif happened.kind in ("typing", "holder", "language"):
                yield _event(happened.kind, happened.data)


async def _missed(services: Services, conversation_id: str, last: int) -> AsyncIterator[tuple[int, ServerSentEvent]]:
    while True:
        async with services.database.reading() as session:
            rows = await messages.after(session, conversation_id, last, limit=PAGE)
        for row in rows:
            last = row.seq
            yield row.seq, _event("message", messages.shown(row), str(row.seq))
        if len(rows) < PAGE:
            return


async def _still_theirs(services: Services, opened: Conversation) -> Conversation | None:
    """The conversation as it is now; None when it is gone, or opens to another token than the stream's."""
    async with services.database.reading() as session:
        found = await session.get(Conversation, opened.id)
    return found if found and found.token_hash == opened.token_hash else None


def _event(kind: str, data: dict[str, Any], number: str | None = None) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=kind, id=number)
