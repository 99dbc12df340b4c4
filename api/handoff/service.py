"""Handing over: asked for, confirmed, queued, taken, given back. Every change of holder is one conditional update."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api import audit
from api.chat import talk
from api.chat.language import reading
from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation, MessageRow
from api.conversations.service import locked
from api.errors import ApiError, not_found
from api.events.bus import Event
from api.handoff import packet
from api.handoff.models import Handoff
from api.services import Services
from api.staff.models import Staff

log = structlog.get_logger(__name__)

OPEN = ("confirm", "queued", "with_mediator")
MOST_ASKED = 3


async def current(session: AsyncSession, conversation_id: str) -> Handoff | None:
    """The handing over that is under way."""
    return await session.scalar(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.stage.in_(OPEN))
        .order_by(Handoff.id.desc())
        .limit(1)
    )


async def place(session: AsyncSession, conversation: Conversation) -> int:
    """The place in the queue, from 1."""
    if conversation.queued_at is None:
        return 0
    before = await session.scalar(
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.holder == "queue", Conversation.queued_at < conversation.queued_at)
    )
    return (before or 0) + 1


async def _asked(session: AsyncSession, conversation_id: str, reason: str) -> list[str]:
    """What the resident wrote last, without the wish for a person itself when there was something before it."""
    rows = await session.scalars(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.role == "resident")
        .order_by(MessageRow.seq.desc())
        .limit(MOST_ASKED + 8)
    )
    texts = [row.text for row in rows if not (row.values or {}).get("choice")]
    if reason == "asked" and len(texts) > 1:
        texts = texts[1:]
    return texts[:MOST_ASKED][::-1]


async def _where_it_stands(services: Services, session: AsyncSession, conversation: Conversation) -> Draft | None:
    renderer = services.renderer(reading(conversation))
    if conversation.holder == "mediator":
        return renderer.say("handoff.already_there", payload={"handoff": {"stage": "with_mediator"}})
    if conversation.holder == "queue":
        number = await place(session, conversation)
        values = {"place": number, "hours": services.desk_hours.text(renderer.spoken)}
        shown = {"handoff": {"stage": "queued", "place": number}}
        buttons = [renderer.button("button.leave_queue", "handoff:cancel")]
        return renderer.say("handoff.already_queued", values, buttons, shown)
    return None


async def ask_to_confirm(
    services: Services, session: AsyncSession, conversation: Conversation, reason: str, by_button: bool
) -> Draft:
    """The packet to look at, before anything is passed on; or where things stand, when a person is already wanted."""
    standing = await _where_it_stands(services, session, conversation)
    if standing:
        return standing
    language = reading(conversation)
    renderer = services.renderer(language)
    asked = await _asked(session, conversation.id, "button" if by_button else reason)
    lines = packet.build(conversation, reason, language, asked)
    handoff = await current(session, conversation.id)
    if handoff is None:
        handoff = Handoff(conversation_id=conversation.id, stage="confirm", created_at=services.clock())
        session.add(handoff)
    handoff.reason, handoff.lines = reason, lines
    return packet.confirm_draft(lines, renderer, services.desk_hours, services.clock())


async def want(services: Services, conversation_id: str, reason: str) -> tuple[dict[str, Any], str, str | None]:
    """Show what would be passed on, outside of a turn: the message, who holds the conversation, its language."""
    async with services.lock(conversation_id), services.database.transaction() as session:
        held = await locked(session, conversation_id)
        draft = await ask_to_confirm(services, session, held, reason, by_button=True)
        row = (await messages.append(session, held, [draft], services.clock()))[0]
        result = messages.shown(row), held.holder, held.language
    services.bus.publish(Event("message", conversation_id))
    return result


async def edit(services: Services, conversation_id: str, changes: dict[str, str | None]) -> dict[str, Any]:
    """Change or remove lines before confirming; the message that shows the packet changes with them."""
    async with services.database.transaction() as session:
        conversation = await locked(session, conversation_id)
        handoff = await current(session, conversation_id)
        if handoff is None or handoff.stage != "confirm":
            raise ApiError(409, "nothing_to_confirm", "There is nothing to change. Ask for a person first.")
        handoff.lines = packet.edited(handoff.lines, changes)
        handoff.contact_email = packet.email_in(handoff.lines)
        renderer = services.renderer(reading(conversation))
        shown = packet.packet(handoff.lines, renderer, services.desk_hours, services.clock())
        row = await _confirm_message(session, conversation_id)
        if row is None:
            raise not_found()
        row.payload = (row.payload or {}) | {"handoff": {"stage": "confirm", "packet": shown}}
        row.text = packet.confirm_text(shown, renderer)
        return {"packet": shown, "message": messages.shown(row)}


async def _confirm_message(session: AsyncSession, conversation_id: str) -> MessageRow | None:
    return await session.scalar(
        select(MessageRow)
        .where(MessageRow.conversation_id == conversation_id, MessageRow.key == "handoff.confirm")
        .order_by(MessageRow.seq.desc())
        .limit(1)
    )


async def confirm(services: Services, session: AsyncSession, conversation: Conversation) -> Draft:
    """Into the queue, with what was shown kept as it was shown."""
    standing = await _where_it_stands(services, session, conversation)
    if standing:
        return standing
    renderer = services.renderer(reading(conversation))
    handoff = await current(session, conversation.id)
    if handoff is None:
        return renderer.say("handoff.nothing", {}, [renderer.person_button()])
    now = services.clock()
    handoff.stage, handoff.queued_at = "queued", now
    handoff.packets = {
        language: packet.packet(handoff.lines, services.renderer(language), services.desk_hours, now)
        for language in dict.fromkeys([renderer.spoken, *packet.STAFF_LANGUAGES])
    }
    conversation.holder, conversation.queued_at, conversation.closed_at = "queue", now, None
    await session.flush()
    subject = audit.conversation_subject(conversation.id)
    await audit.record(session, now, "resident", "handoff_queued", subject, {"reason": handoff.reason})
    return await _queued_draft(services, session, conversation)


async def _queued_draft(services: Services, session: AsyncSession, conversation: Conversation) -> Draft:
    renderer = services.renderer(reading(conversation), conversation.channel)
    number = await place(session, conversation)
    key = "handoff.queued" if services.desk_hours.open_at(services.clock()) else "handoff.queued_closed"
    values = {"place": number, "hours": services.desk_hours.text(renderer.spoken)}
    buttons = [renderer.button("button.leave_queue", "handoff:cancel")]
    draft = renderer.say(key, values, buttons, {"handoff": {"stage": "queued", "place": number}}, role="system")
    if key == "handoff.queued" and conversation.channel == "web":
        draft.text += f"\n\n{renderer.words('handoff.queued_page')}"
    return draft


async def cancel(services: Services, session: AsyncSession, conversation: Conversation) -> Draft:
    """Nothing is passed on, or the queue is left."""
    renderer = services.renderer(reading(conversation))
    if conversation.holder == "mediator":
        return renderer.say("handoff.already_there", payload={"handoff": {"stage": "with_mediator"}})
    handoff = await current(session, conversation.id)
    if handoff:
        handoff.stage, handoff.closed_at = "cancelled", services.clock()
    if conversation.holder == "queue":
        subject = audit.conversation_subject(conversation.id)
        await audit.record(session, services.clock(), "resident", "queue_left", subject)
    conversation.holder, conversation.queued_at = "bot", None
    return renderer.say("handoff.cancelled")


async def claim(services: Services, conversation_id: str, staff: Staff) -> Conversation:
    """A mediator takes a waiting conversation. Of two who try one gets it; the other is told `already_taken` (409)."""
    now = services.clock()
    async with services.database.transaction() as session:
        taken = await _move(
            session,
            conversation_id,
            Conversation.holder == "queue",
            holder="mediator",
            mediator_id=staff.id,
            taken_at=now,
            last_mediator_at=None,
        )
        if not taken:
            await _tell_why_not(session, conversation_id)
        conversation = await locked(session, conversation_id)
        handoff = await current(session, conversation_id)
        if handoff:
            handoff.stage, handoff.taken_by, handoff.taken_at = "with_mediator", staff.id, now
        renderer = services.renderer(reading(conversation))
        shown = {"handoff": {"stage": "with_mediator"}}
        draft = renderer.say("handoff.taken", {"name": staff.display_name}, payload=shown, role="system")
        await messages.append(session, conversation, [draft], now)
        await audit.record(session, now, staff.id, "conversation_taken", audit.conversation_subject(conversation_id))
    _tell(services, conversation)
    services.spawn(talk.for_mediator(services, conversation_id), f"translate:{conversation_id}")
    return conversation


async def _tell_why_not(session: AsyncSession, conversation_id: str) -> None:
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise not_found()
    if conversation.holder == "mediator":
        raise ApiError(409, "already_taken", "Somebody else has taken this conversation.")
    raise ApiError(409, "not_waiting", "This conversation is not waiting for a person.")


async def release(services: Services, conversation_id: str, staff: Staff) -> Conversation:
    """The mediator puts the conversation back into the queue."""
    return await _give_back(services, conversation_id, staff, "queue", "conversation_released")


async def return_to_bot(services: Services, conversation_id: str, staff: Staff) -> Conversation:
    """The mediator hands the conversation back to the bot."""
    return await _give_back(services, conversation_id, staff, "bot", "conversation_returned")


async def close(services: Services, conversation_id: str, staff: Staff) -> Conversation:
    """The mediator closes the conversation; the resident can still write, and then the bot answers."""
    return await _give_back(services, conversation_id, staff, "closed", "conversation_closed")


async def _give_back(services: Services, conversation_id: str, staff: Staff, to: str, action: str) -> Conversation:
    async with services.database.transaction() as session:
        mine = (Conversation.holder == "mediator") & (Conversation.mediator_id == staff.id)
        conversation = await _leave(services, session, conversation_id, mine, to)
        if conversation is None:
            if await session.get(Conversation, conversation_id) is None:
                raise not_found()
            raise ApiError(409, "not_yours", "You do not hold this conversation.")
        await audit.record(session, services.clock(), staff.id, action, audit.conversation_subject(conversation_id))
    _tell(services, conversation)
    return conversation


async def _leave(
    services: Services, session: AsyncSession, conversation_id: str, condition: Any, to: str
) -> Conversation | None:
    """Take the mediator out, if the condition still holds; the resident is told."""
    now = services.clock()
    holder = "queue" if to == "queue" else "bot"
    if not await _move(session, conversation_id, condition, holder=holder, mediator_id=None, taken_at=None):
        return None
    conversation = await locked(session, conversation_id)
    handoff = await current(session, conversation_id)
    renderer = services.renderer(reading(conversation))
    if to == "queue":
        if handoff:
            handoff.stage, handoff.taken_by, handoff.taken_at = "queued", None, None
        number = await place(session, conversation)
        shown = {"handoff": {"stage": "queued", "place": number}}
        buttons = [renderer.button("button.leave_queue", "handoff:cancel")]
        draft = renderer.say("handoff.released", {"place": number}, buttons, shown, role="system")
    else:
        conversation.queued_at = None
        conversation.closed_at = now if to == "closed" else None
        if handoff:
            handoff.stage, handoff.closed_at = ("closed" if to == "closed" else "returned"), now
        key = "handoff.closed" if to == "closed" else "handoff.returned"
        draft = renderer.say(key, {}, [renderer.person_button()], {"handoff": {"stage": "returned"}}, role="system")
    await messages.append(session, conversation, [draft], now)
    return conversation


async def sweep_silent(services: Services) -> int:
    """Give conversations back to the queue whose mediator left the resident waiting too long; how many."""
    limit = services.clock() - timedelta(minutes=services.settings.mediator_silence_minutes)
    async with services.database.reading() as session:
        held = list(await session.scalars(select(Conversation).where(Conversation.holder == "mediator")))
        waiting = [c for c in held if (since := await _waiting_since(session, c)) and since < limit]
    swept = 0
    for seen in waiting:
        async with services.database.transaction() as session:
            unchanged = (Conversation.holder == "mediator") & (Conversation.mediator_id == seen.mediator_id)
            if seen.last_mediator_at is None:
                unchanged &= Conversation.last_mediator_at.is_(None)
            else:
                unchanged &= Conversation.last_mediator_at == seen.last_mediator_at
            conversation = await _leave(services, session, seen.id, unchanged, "queue")
            if conversation is None:
                continue
            handoff = await current(session, seen.id)
            if handoff:
                handoff.returns += 1
            subject = audit.conversation_subject(seen.id)
            await audit.record(session, services.clock(), "system", "mediator_silent", subject)
        _tell(services, conversation)
        swept += 1
    return swept


async def _waiting_since(session: AsyncSession, conversation: Conversation) -> datetime | None:
    """Since when the resident waits for the mediator; None when the mediator had the last word."""
    if conversation.last_mediator_at is None:
        return conversation.taken_at
    last_said = await session.scalar(
        select(func.max(MessageRow.seq)).where(
            MessageRow.conversation_id == conversation.id, MessageRow.role == "mediator"
        )
    )
    return await session.scalar(
        select(MessageRow.created_at)
        .where(
            MessageRow.conversation_id == conversation.id,
            MessageRow.role == "resident",
            MessageRow.seq > (last_said or 0),
        )
        .order_by(MessageRow.seq)
        .limit(1)
    )


async def _move(session: AsyncSession, conversation_id: str, condition: Any, **values: Any) -> bool:
    """One conditional update: whether the conversation was as expected and is now changed."""
    result = await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, condition)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _tell(services: Services, conversation: Conversation) -> None:
    """Let the widget and the console know, after the commit."""
    services.bus.publish(Event("message", conversation.id))
    services.bus.publish(Event("holder", conversation.id, {"holder": conversation.holder}))
    services.bus.publish(Event("queue", conversation.id))
