"""A conversation's live stream: what was missed by number, then what happens, nothing missing and nothing doubled."""

import json
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import ServerSentEvent

from api.conversations import messages
from api.conversations.models import Conversation
from api.services import Services

PAGE = 200


async def events(services: Services, conversation_id: str, last: int) -> AsyncIterator[ServerSentEvent]:
    """Message events carry their number as id; typing, holder and language carry none and are not repeated.

    Listening begins before the replay. A hint that something came makes the stream read on from the last number
    it sent, so it does not matter how hints and commits overlap.
    """
    async with services.bus.subscribe(conversation_id) as subscription:
        holder = await _holder(services, conversation_id)
        if holder is None:
            return
        yield _event("holder", {"holder": holder})
        while True:
            async for number, event in _missed(services, conversation_id, last):
                last = number
                yield event
            happened = await subscription.next(services.settings.heartbeat_seconds)
            if happened is None:
                yield ServerSentEvent(comment="alive")
            elif happened.kind == "erased":
                yield _event("erased", {})
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


async def _holder(services: Services, conversation_id: str) -> str | None:
    async with services.database.reading() as session:
        conversation = await session.get(Conversation, conversation_id)
        return conversation.holder if conversation else None


def _event(kind: str, data: dict[str, Any], number: str | None = None) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=kind, id=number)
