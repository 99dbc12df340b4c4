"""Messages between resident and mediator, each in the other's language; what was written stays beside it."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import select

from api.chat.language import reading
from api.chat.retrieval import RetrievalUnreachable, TranslateItem
from api.conversations.models import Conversation, MessageRow
from api.events.bus import Event
from api.services import Services
from api.staff.models import Staff

log = structlog.get_logger(__name__)

MOST = 30
"""Earlier messages of a resident that are translated when a mediator takes over."""


async def for_resident(
    services: Services, conversation_id: str, staff: Staff, text: str
) -> tuple[str, str, str] | None:
    """What a mediator wrote in the resident's language: (translation, its language, the original's); None if it stays.

    A mediator who writes the resident's language already is left alone.
    """
    async with services.database.reading() as session:
        conversation = await session.get(Conversation, conversation_id)
    if conversation is None or conversation.language in (None, staff.language):
        return None
    target = reading(conversation)
    try:
        source = await services.retrieval.identify(text, staff.language) or staff.language
        if source == target:
            return None
        result = (await services.retrieval.translate([TranslateItem(text=text, source=source, target=target)]))[0]
    except RetrievalUnreachable:
        log.warning("retrieval_unreachable", wanted="translate")
        return None
    return (result.text, target, source) if result.machine else None


async def for_mediator(services: Services, conversation_id: str) -> int:
    """Translate what the resident wrote for the mediator who holds the conversation; how many messages were."""
    async with services.database.reading() as session:
        conversation = await session.get(Conversation, conversation_id)
        if conversation is None or conversation.holder != "mediator" or conversation.mediator_id is None:
            return 0
        target = (await session.get_one(Staff, conversation.mediator_id)).language
        rows = await session.scalars(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation_id, MessageRow.role == "resident")
            .order_by(MessageRow.seq.desc())
            .limit(MOST)
        )
        wanted = {row.id: item for row in rows if (item := _item(row, conversation, target))}
    if not wanted:
        return 0
    try:
        results = await services.retrieval.translate(list(wanted.values()))
    except RetrievalUnreachable:
        log.warning("retrieval_unreachable", wanted="translate")
        return 0
    said = {identity: result.text for identity, result in zip(wanted, results, strict=True) if result.machine}
    if said:
        await _keep(services, conversation_id, said, target)
    return len(said)


def _item(row: MessageRow, conversation: Conversation, target: str) -> TranslateItem | None:
    source = row.language or conversation.language
    kept: dict[str, Any] = (row.values or {}).get("translated") or {}
    if source is None or source == target or kept.get("language") == target:
        return None
    return TranslateItem(text=row.text, source=source, target=target)


async def _keep(services: Services, conversation_id: str, said: dict[str, str], target: str) -> None:
    """Beside the message, which stays as its writer wrote it; then the console is told."""
    async with services.database.transaction() as session:
        rows = list(await session.scalars(select(MessageRow).where(MessageRow.id.in_(said))))
        for row in rows:
            row.values = (row.values or {}) | {"translated": {"language": target, "text": said[row.id]}}
        numbers = [row.number for row in rows]
    services.bus.publish(Event("translated", conversation_id, {"numbers": numbers}))
