"""Numbered messages: adding them in one go, and how the API shows them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import iso
from api.conversations.models import Conversation, MessageRow

Button = dict[str, Any]

REASONS = frozenset({"window", "quota", "gone", "person", "rate", "right"})
"""Why a message waits to be delivered, as far as the console has words for it; else "other"."""


@dataclass
class Draft:
    """A message before it has a number."""

    role: str
    text: str
    language: str | None = None
    key: str | None = None
    values: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    original: dict[str, Any] | None = None
    buttons: list[Button] = field(default_factory=list)
    author_id: str | None = None
    client_message_id: str | None = None


async def append(
    session: AsyncSession, conversation: Conversation, drafts: Sequence[Draft], at: datetime
) -> list[MessageRow]:
    """Number and store messages, in the caller's transaction, which holds the conversation (`service.locked`).

    Numbers have no gaps and are never given twice.
    """
    first = conversation.next_seq
    conversation.next_seq = first + len(drafts)
    rows = [
        MessageRow(
            id=str(uuid.uuid4()),
            conversation_id=conversation.id,
            seq=first + index,
            role=draft.role,
            language=draft.language,
            text=draft.text,
            key=draft.key,
            values=draft.values,
            payload=draft.payload,
            original=draft.original,
            buttons=draft.buttons,
            author_id=draft.author_id,
            client_message_id=draft.client_message_id,
            created_at=at,
        )
        for index, draft in enumerate(drafts)
    ]
    session.add_all(rows)
    return rows


def shown(row: MessageRow) -> dict[str, Any]:
    """A message as the API shows it."""
    message: dict[str, Any] = {
        "id": row.id,
        "seq": row.seq,
        "role": row.role,
        "language": row.language,
        "text": row.text,
        "buttons": [{"title": button["title"], "payload": button["payload"]} for button in row.buttons],
        "created_at": iso(row.created_at),
    }
    if row.original:
        message["original"] = row.original
    message.update(row.payload or {})
    return message


def shown_at_desk(row: MessageRow) -> dict[str, Any]:
    """A message as mediators see it: a resident's in the mediator's language with the original, or marked as not translated.

    `kept`: why it has not been delivered yet.
    """
    message = shown(row)
    values = row.values or {}
    translated = values.get("translated") or {}
    if reason := values.get("kept"):
        message["kept"] = reason if reason in REASONS else "other"
    if translated and "text" not in translated:
        message["untranslated"] = True
    elif translated:
        message["original"] = {"language": row.language or "und", "text": row.text}
        message |= translated
    return message


def exported(row: MessageRow) -> dict[str, Any]:
    """A message with all that is kept of it."""
    translated = (row.values or {}).get("translated") or {}
    return shown(row) | ({"translated": translated} if "text" in translated else {})


async def last_answer(session: AsyncSession, conversation_id: str) -> MessageRow | None:
    """The newest of the assistant's last fifty messages that answers from the brochures."""
    rows = await session.scalars(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.role == "assistant")
        .order_by(MessageRow.seq.desc())
        .limit(50)
    )
    return next((row for row in rows if (row.payload or {}).get("answer")), None)


async def after(session: AsyncSession, conversation_id: str, seq: int, limit: int = 1000) -> list[MessageRow]:
    """The messages after a number, in order."""
    found = await session.scalars(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.seq > seq)
        .order_by(MessageRow.seq)
        .limit(limit)
    )
    return list(found)


async def numbered(session: AsyncSession, conversation_id: str, seqs: Iterable[int]) -> list[MessageRow]:
    """The messages with these numbers, in order."""
    found = await session.scalars(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.seq.in_(list(seqs)))
        .order_by(MessageRow.seq)
    )
    return list(found)


async def offered_button(session: AsyncSession, conversation_id: str, payload: str) -> Button | None:
    """The latest button with this payload that the conversation was shown; None when there was none."""
    rows = await session.scalars(
        select(MessageRow.buttons)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.role != "resident")
        .order_by(MessageRow.seq.desc())
    )
    for buttons in rows:
        for button in buttons:
            if button["payload"] == payload:
                return dict(button)
    return None
