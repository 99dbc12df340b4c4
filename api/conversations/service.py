"""Conversations: opened, found by their token, exported, erased."""

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from api import audit
from api.clock import iso
from api.conversations import messages
from api.conversations.models import CarryCode, Conversation, Feedback, MessageRow, PendingErasure, Turn
from api.errors import KNOWN, ApiError, not_found
from api.events.bus import Event
from api.handoff.models import Handoff
from api.pictures.models import Picture
from api.services import Services

log = structlog.get_logger(__name__)

# Built once: it is part of every turn.
LOCKED = (
    select(Conversation)
    .where(Conversation.id == bindparam("id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new(
    services: Services, language: str | None, consent: bool, jurisdiction: str | None, channel: str = "web"
) -> tuple[Conversation, str]:
    """A conversation that is not stored yet, and its token, which is given back once and never kept."""
    token = secrets.token_urlsafe(32)
    now = services.clock()
    conversation = Conversation(
        id=str(uuid.uuid4()),
        token_hash=token_hash(token),
        sender=secrets.token_hex(16),
        channel=channel,
        language=None,
        browser_language=language,
        jurisdiction=jurisdiction,
        consent_at=now if consent else None,
        created_at=now,
    )
    return conversation, token


async def create(
    services: Services, language: str | None, consent: bool, jurisdiction: str | None
) -> tuple[Conversation, str]:
    """Open a conversation."""
    conversation, token = new(services, language, consent, jurisdiction)
    async with services.database.transaction() as session:
        session.add(conversation)
    return conversation, token


async def owned(session: AsyncSession, conversation_id: str, token: str) -> Conversation:
    """The conversation a token opens. The one way in for residents: 404 when there is none, 401 when it is not theirs."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise not_found()
    require_token(conversation, token)
    return conversation


def require_token(conversation: Conversation, token: str) -> None:
    """Raise 401 unless the token opens the conversation."""
    if not hmac.compare_digest(conversation.token_hash, token_hash(token)):
        raise ApiError(401, *KNOWN[401])


async def locked(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, held against other writers until the transaction ends."""
    found: Conversation | None = await session.scalar(LOCKED, {"id": conversation_id})
    if found is None:
        raise not_found()
    return found


async def export(services: Services, conversation_id: str) -> dict[str, Any]:
    """All that is kept of a conversation."""
    async with services.database.reading() as session:
        conversation = await session.get(Conversation, conversation_id)
        if conversation is None:
            raise not_found()
        rows = await messages.after(session, conversation_id, 0, limit=1_000_000)
        turns = await session.scalars(select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.id))
        handoffs = await session.scalars(
            select(Handoff).where(Handoff.conversation_id == conversation_id).order_by(Handoff.id)
        )
        feedback = await session.scalars(
            select(Feedback).where(Feedback.conversation_id == conversation_id).order_by(Feedback.id)
        )
        pictures = await session.scalars(
            select(Picture)
            .where(Picture.conversation_id == conversation_id)
            .order_by(Picture.created_at)
            .options(undefer(Picture.content))
        )
        return {
            "exported_at": iso(services.clock()),
            "conversation": _columns(conversation, without=("token_hash", "sender", "mediator_id", "seen_by_staff")),
            "messages": [messages.exported(row) for row in rows],
            "turns": [_columns(turn, without=("body_hash", "conversation_id", "id")) for turn in turns],
            "handoffs": [_columns(handoff, without=("conversation_id", "id", "taken_by")) for handoff in handoffs],
            "feedback": [_columns(given, without=("conversation_id", "id")) for given in feedback],
            "pictures": [_columns(picture, without=("conversation_id",)) for picture in pictures],
        }


def _columns(row: Any, without: tuple[str, ...]) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in without}
    return {key: _written(value) for key, value in values.items()}


def _written(value: Any) -> Any:
    """A value as JSON has it: a moment as text, bytes in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return iso(value) if isinstance(value, datetime) else value


async def erase(services: Services, conversation_id: str, actor: str) -> bool:
    """Erase a conversation here and from the bot's memory; what the bot cannot erase now is tried again later."""
    async with services.lock(conversation_id):
        async with services.database.transaction() as session:
            conversation = await session.get(Conversation, conversation_id)
            if conversation is None:
                return False
            sender = conversation.sender
            for table in (CarryCode, Feedback, Handoff, MessageRow, Picture, Turn):
                await session.execute(delete(table).where(table.conversation_id == conversation_id))
            await session.execute(delete(Conversation).where(Conversation.id == conversation_id))
            now = services.clock()
            session.add(PendingErasure(sender=sender, created_at=now, attempts=0))
            subject = audit.conversation_subject(conversation_id)
            await audit.record(session, now, actor, "conversation_erased", subject)
        await services.database.forget()
        services.bus.publish(Event("erased", conversation_id))
        await _erase_from_bot(services, sender)
    return True


async def _erase_from_bot(services: Services, sender: str) -> bool:
    done = await services.bot.erase(sender)
    async with services.database.transaction() as session:
        if done:
            await session.execute(delete(PendingErasure).where(PendingErasure.sender == sender))
        else:
            await session.execute(
                update(PendingErasure)
                .where(PendingErasure.sender == sender)
                .values(attempts=PendingErasure.attempts + 1)
            )
    if not done:
        log.warning("bot_erasure_postponed")
    return done


async def erase_pending(services: Services) -> int:
    """Try again what the bot could not erase; how many were done. Stops at the first failure: the bot is still down."""
    async with services.database.reading() as session:
        senders = list(await session.scalars(select(PendingErasure.sender).order_by(PendingErasure.created_at)))
    done = 0
    for sender in senders:
        if not await _erase_from_bot(services, sender):
            break
        done += 1
    return done


async def retain(services: Services) -> int:
    """Erase what was closed, or never closed and not used, for longer than the settings keep it; how many. Codes that ran out go too."""
    limit = services.clock() - timedelta(days=services.settings.retention_days)
    last = func.coalesce(Conversation.last_resident_at, Conversation.created_at)
    last_of_staff = func.coalesce(Conversation.last_mediator_at, Conversation.created_at)
    ended = Conversation.closed_at.is_not(None) & (Conversation.closed_at < limit)
    left = Conversation.closed_at.is_(None) & (last < limit) & (last_of_staff < limit)
    async with services.database.reading() as session:
        old = list(await session.scalars(select(Conversation.id).where(ended | left)))
    for conversation_id in old:
        await erase(services, conversation_id, "retention")
    async with services.database.transaction() as session:
        await session.execute(delete(CarryCode).where(CarryCode.expires_at <= services.clock()))
    log.info("retention", erased=len(old))
    return len(old)


async def give_feedback(
    services: Services, conversation_id: str, message_id: str, helpful: bool, comment: str | None
) -> None:
    """Keep whether a message helped; said again, the last word counts."""
    async with services.database.transaction() as session:
        row = await session.scalar(
            select(MessageRow).where(MessageRow.conversation_id == conversation_id, MessageRow.id == message_id)
        )
        if row is None or row.role == "resident":
            raise not_found()
        await store_feedback(session, row, helpful, comment, services.clock())


async def store_feedback(
    session: AsyncSession, row: MessageRow, helpful: bool, comment: str | None, at: datetime
) -> None:
    """Keep feedback on a message, in the caller's transaction."""
    given = await session.scalar(
        select(Feedback).where(Feedback.conversation_id == row.conversation_id, Feedback.message_id == row.id)
    )
    if given is None:
        given = Feedback(conversation_id=row.conversation_id, message_id=row.id, created_at=at, helpful=helpful)
        session.add(given)
    sections = ((row.payload or {}).get("answer") or {}).get("sections") or []
    given.section = f"{sections[0]['brochure']}#{sections[0]['section']}" if sections else None
    given.helpful = helpful
    given.comment = comment
    given.created_at = at
