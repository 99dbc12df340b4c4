"""What the console hears live: rows of the queue that changed, and messages of conversations handed over."""

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sqlalchemy import select

from api.conversations import messages
from api.conversations.models import Conversation, MessageRow
from api.desk import view
from api.events.bus import DESK, Subscription
from api.services import Services

OVERLAP = 200  # numbers looked at again: on PostgreSQL a lower number may be committed after a higher one
MOST_REPLAYED = 1000
LOOK_AGAIN = 30.0  # seconds after which a quiet stream asks whether it may go on
GATHER = 0.05  # seconds in which changes of one conversation are told as one


async def _newest(services: Services) -> int:
    async with services.database.reading() as session:
        return await session.scalar(select(MessageRow.number).order_by(MessageRow.number.desc()).limit(1)) or 0


async def _fresh(services: Services, last: int, sent: set[int]) -> list[tuple[int, dict[str, Any]]]:
    """Messages of handed-over conversations after a number, that were not sent yet, in order."""
    async with services.database.reading() as session:
        found = await session.scalars(
            select(MessageRow)
            .join(Conversation, Conversation.id == MessageRow.conversation_id)
            .where(MessageRow.number > last - OVERLAP, MessageRow.number.not_in(sent), view.handed_over())
            .order_by(MessageRow.number)
            .limit(MOST_REPLAYED)
        )
        return [
            (kept.number, {"conversation_id": kept.conversation_id, "message": messages.shown_at_desk(kept)})
            for kept in found
        ]


async def _again(services: Services, numbers: list[int]) -> list[dict[str, Any]]:
    """Messages that were sent before and have been translated since."""
    if not numbers:
        return []
    async with services.database.reading() as session:
        found = await session.scalars(
            select(MessageRow)
            .join(Conversation, Conversation.id == MessageRow.conversation_id)
            .where(MessageRow.number.in_(numbers), view.handed_over())
            .order_by(MessageRow.number)
        )
        return [{"conversation_id": row.conversation_id, "message": messages.shown_at_desk(row)} for row in found]


async def _row(services: Services, conversation_id: str) -> dict[str, Any] | None:
    async with services.database.reading() as session:
        found = await session.scalar(select(Conversation).where(Conversation.id == conversation_id, view.handed_over()))
        return await view.row(session, found) if found else None


async def _changed(subscription: Subscription, seconds: float) -> tuple[set[str], list[dict[str, Any]], list[int]]:
    """Wait for something to happen; returns the conversations it happened in, typing marks, and messages translated."""
    translated: list[int] = []
    touched: set[str] = set()
    typing: list[dict[str, Any]] = []
    event = await subscription.next(seconds)
    while event is not None:
        if event.kind == "typing":
            typing.append({"conversation_id": event.conversation_id, **event.data})
        else:
            touched.add(event.conversation_id)
            translated += event.data.get("numbers", [])
        event = await subscription.next(GATHER)
    return touched, typing, translated


def _event(name: str, data: dict[str, Any], number: int | None = None) -> dict[str, Any]:
    event = {"event": name, "data": json.dumps(data, ensure_ascii=False)}
    if number is not None:
        event["id"] = str(number)
    return event


async def desk_events(
    services: Services, last_event_id: int | None, allowed: Callable[[], Awaitable[bool]]
) -> AsyncIterator[dict[str, Any]]:
    """Events for one console. With a last id, what was said since comes first; nothing is missing, nothing twice.

    The stream ends as soon as `allowed` says no: a login that ran out, or an account that was disabled.
    """
    async with services.bus.subscribe(DESK) as subscription:
        newest = await _newest(services)
        last = newest if last_event_id is None else min(last_event_id, newest)
        recent: deque[int] = deque(range(max(last - OVERLAP, 0) + 1, last + 1), maxlen=2 * OVERLAP + MOST_REPLAYED)
        yield _event("hello", {}, last)
        touched: set[str] = set()
        while await allowed():
            for number, data in await _fresh(services, last, set(recent)):
                recent.append(number)
                last = max(last, number)
                touched.add(data["conversation_id"])
                yield _event("message", data, number)
            for conversation_id in sorted(touched):
                if row := await _row(services, conversation_id):
                    yield _event("queue", row)
                else:
                    yield _event("gone", {"id": conversation_id})
            touched, typing, translated = await _changed(subscription, LOOK_AGAIN)
            for data in await _again(services, translated):
                yield _event("translated", data)
            for mark in typing:
                yield _event("typing", mark)
