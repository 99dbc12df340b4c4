"""Messages between resident and mediator, each in the other's language; what was written stays beside it."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Said:
    """What a mediator wrote, for the resident: translated if there is an `original`, `untranslated` if it should be and is not."""

    text: str
    language: str
    original: dict[str, str] | None = None
    untranslated: bool = False


async def for_resident(services: Services, conversation_id: str, staff: Staff, text: str) -> Said:
    """What a mediator wrote in the resident's language; who writes that language already is left alone."""
    async with services.database.reading() as session:
        conversation = await session.get(Conversation, conversation_id)
    source = staff.language
    if conversation is None or conversation.language in (None, source):
        return Said(text, source)
    target = reading(conversation)
    try:
        source = await services.retrieval.identify(text, staff.language) or source
        if source == target:
            return Said(text, source)
        result = (await services.retrieval.translate([TranslateItem(text=text, source=source, target=target)]))[0]
    except RetrievalUnreachable:
        log.warning("retrieval_unreachable", wanted="translate")
        return Said(text, source, untranslated=True)
    if not result.machine:
        log.info("not_translated", conversation=conversation_id, language=target, reason=result.reason)
        return Said(text, source, untranslated=True)
    return Said(result.text, target, {"language": source, "text": text})


async def for_mediator(services: Services, conversation_id: str) -> int:
    """Translate what the resident wrote for the mediator who holds the conversation; how many messages were.

    What could not be is marked, and tried again with the next message.
    """
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
        reasons = sorted({result.reason or "" for result in results if not result.machine})
        said = {identity: result.text for identity, result in zip(wanted, results, strict=True) if result.machine}
    except RetrievalUnreachable:
        reasons, said = ["unreachable"], {}
    if reasons:
        log.info("not_translated", conversation=conversation_id, language=target, reasons=reasons)
    await _keep(services, conversation_id, dict.fromkeys(wanted) | said, target)
    return len(said)


def _item(row: MessageRow, conversation: Conversation, target: str) -> TranslateItem | None:
    source = row.language or conversation.language
    kept: dict[str, Any] = (row.values or {}).get("translated") or {}
    if row.key or source is None or source == target or (kept.get("language") == target and "text" in kept):
        return None
    return TranslateItem(text=row.text, source=source, target=target)


async def _keep(services: Services, conversation_id: str, said: dict[str, str | None], target: str) -> None:
    """Beside the message, which stays as its writer wrote it; then the console is told. None: not translated."""
    numbers = []
    async with services.database.transaction() as session:
        for row in await session.scalars(select(MessageRow).where(MessageRow.id.in_(said))):
            before = (row.values or {}).get("translated") or {}
            translation = said[row.id]
            if before.get("language") == target and (translation is None or before.get("text") == translation):
                continue
            kept = {"language": target} | ({"text": translation} if translation is not None else {})
            row.values = (row.values or {}) | {"translated": kept}
            numbers.append(row.number)
    if numbers:
        services.bus.publish(Event("translated", conversation_id, {"numbers": numbers}))
