"""How the console sees conversations: rows of the queue, and one conversation with its history."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import iso
from api.conversations import messages
from api.conversations.models import Conversation, MessageRow
from api.handoff.models import Handoff
from api.staff.models import Staff

SNIPPET = 160
MOST_ROWS = 200


def handed_over() -> ColumnElement[bool]:
    """Only what a resident confirmed is seen at the desk: conversations whose handoff was queued at least once."""
    return select(Handoff.id).where(Handoff.conversation_id == Conversation.id, Handoff.queued_at.is_not(None)).exists()


def in_state(state: str, staff_id: str) -> Select[Conversation]:
    """The conversations of a tab of the console; who waits longest comes first."""
    query = select(Conversation).where(handed_over())
    if state == "waiting":
        return query.where(Conversation.holder == "queue").order_by(Conversation.queued_at, Conversation.id)
    if state == "mine":
        query = query.where(Conversation.holder == "mediator", Conversation.mediator_id == staff_id)
    elif state == "taken":
        query = query.where(Conversation.holder == "mediator")
    elif state == "closed":
        query = query.where(Conversation.closed_at.is_not(None))
    return query.order_by(Conversation.last_resident_at.desc(), Conversation.id)


def stage_of(conversation: Conversation) -> str:
    """received while it waits, with_mediator while somebody has it, returned to the assistant, or closed."""
    if conversation.closed_at is not None:
        return "closed"
    return {"queue": "queued", "mediator": "with_mediator"}.get(conversation.holder, "returned")


async def rows(session: AsyncSession, conversations: Sequence[Conversation]) -> list[dict[str, Any]]:
    """Rows as the console API shows them, with place, last message and how much is unread."""
    ids = [conversation.id for conversation in conversations]
    last, unread = await _last_messages(session, ids), await _unread(session, ids)
    waiting = select(Conversation.id).where(Conversation.holder == "queue")
    in_order = await session.scalars(waiting.order_by(Conversation.queued_at, Conversation.id))
    places = {conversation_id: place for place, conversation_id in enumerate(in_order, 1)}
    holders = [c.mediator_id for c in conversations if c.mediator_id]
    people = await session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(holders)))
    names = dict(people.all())
    return [
        _shown(c, last.get(c.id), unread.get(c.id, 0), places.get(c.id), names.get(c.mediator_id or "", ""))
        for c in conversations
    ]


async def _last_messages(session: AsyncSession, ids: list[str]) -> dict[str, MessageRow]:
    newest = (
        select(MessageRow.conversation_id, func.max(MessageRow.seq).label("seq"))
        .where(MessageRow.conversation_id.in_(ids))
        .group_by(MessageRow.conversation_id)
        .subquery()
    )
    same = (MessageRow.conversation_id == newest.c.conversation_id) & (MessageRow.seq == newest.c.seq)
    return {row.conversation_id: row for row in await session.scalars(select(MessageRow).join(newest, same))}


async def _unread(session: AsyncSession, ids: list[str]) -> dict[str, int]:
    counted = await session.execute(
        select(MessageRow.conversation_id, func.count())
        .join(Conversation, Conversation.id == MessageRow.conversation_id)
        .where(
            MessageRow.conversation_id.in_(ids),
            MessageRow.role == "resident",
            MessageRow.seq > Conversation.seen_by_staff,
        )
        .group_by(MessageRow.conversation_id)
    )
    return dict(counted.all())


def _shown(
    conversation: Conversation, message: MessageRow | None, unread: int, place: int | None, mediator: str
) -> dict[str, Any]:
    taken = conversation.mediator_id and conversation.holder == "mediator"
    return {
        "id": conversation.id,
        "language": conversation.language,
        "topic": conversation.last_topic,
        "holder": conversation.holder,
        "stage": stage_of(conversation),
        "waiting_since": iso(conversation.queued_at) if conversation.holder == "queue" else None,
        "place": place,
        "mediator": {"id": conversation.mediator_id, "display_name": mediator} if taken else None,
        "last_text": message.text[:SNIPPET] if message else "",
        "last_at": iso(message.created_at if message else conversation.created_at),
        "unread": unread,
        "discreet": conversation.discreet,
    }


async def row(session: AsyncSession, conversation: Conversation) -> dict[str, Any]:
    """One row."""
    return (await rows(session, [conversation]))[0]


async def packet_of(session: AsyncSession, conversation: Conversation, language: str) -> dict[str, Any] | None:
    """What the resident confirmed, in the mediator's language where it was kept in it, else in any."""
    handoff = await session.scalar(
        select(Handoff)
        .where(Handoff.conversation_id == conversation.id, Handoff.queued_at.is_not(None))
        .order_by(Handoff.id.desc())
        .limit(1)
    )
    if handoff is None or not handoff.packets:
        return None
    packets: dict[str, Any] = handoff.packets
    chosen: dict[str, Any] = packets.get(language) or packets.get("zh") or next(iter(packets.values()))
    return chosen


async def history(session: AsyncSession, conversation: Conversation) -> list[dict[str, Any]]:
    """Every message, in order."""
    return [messages.shown_at_desk(kept) for kept in await messages.after(session, conversation.id, 0, limit=10_000)]
