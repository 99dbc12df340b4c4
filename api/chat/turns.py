"""A turn: stored under the client's key before anything else, then answered once, whatever happens in between."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import CursorResult, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.chat import carry, choices, directives, places
from api.chat.bot import BotFailed, BotTurn, BotUnreachable
from api.chat.language import base_code, by_script, reading, safe_for_bot
from api.chat.outcome import Outcome, Workplace
from api.chat.retrieval import RetrievalUnreachable
from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation, MessageRow, Turn
from api.conversations.service import locked
from api.db import DatabaseBusy
from api.errors import ApiError, not_found
from api.events.bus import Event
from api.services import Services

log = structlog.get_logger(__name__)

LONGEST = 2000
FINISHED = ("answered", "failed")
TRIES = 3  # to store an answer while the database is busy
GRACE = 15.0  # seconds beyond the bot's own time until a turn of another worker counts as left half-way

Work = Callable[[Workplace], Awaitable[Outcome]]


@dataclass(frozen=True)
class Inbound:
    """A resident's message as every channel hands it in: a text, or a choice."""

    conversation_id: str
    key: str
    text: str | None
    choice: str | None

    @property
    def body_hash(self) -> str:
        """What the same key must come with again."""
        return hashlib.sha256(json.dumps([self.text, self.choice]).encode()).hexdigest()


def inbound(conversation_id: str, key: str, text: str | None, choice: str | None) -> Inbound:
    """Check what came in; raises 422 with the reason."""
    if (text is None) == (choice is None):
        raise ApiError(422, "text_or_choice", "Send either a text or a choice.")
    if text is None:
        return Inbound(conversation_id, key, None, choice)
    if not text:
        raise ApiError(422, "text_empty", "The message is empty. Write what you want to know.")
    if len(text) > LONGEST:
        raise ApiError(422, "text_too_long", f"The message is too long. Write at most {LONGEST} characters.")
    return Inbound(conversation_id, key, text, None)


async def submit(services: Services, message: Inbound) -> dict[str, Any]:
    """Store a message and give its turn's result; the same key again gives the same result."""
    turn_id, fresh = await _receive(services, message)
    running = (message.conversation_id, message.key)
    if fresh:
        services.bus.publish(Event("message", message.conversation_id))
        services.turns[running] = services.spawn(_run(services, turn_id), f"turn:{turn_id}")
        services.turns[running].add_done_callback(lambda _: services.turns.pop(running, None))
    await _finished(services, running, turn_id)
    return await _result(services, turn_id)


async def _receive(services: Services, message: Inbound) -> tuple[int, bool]:
    """The turn under this key: a new one, stored with its message, or the one that is already there."""
    async with services.database.transaction() as session:
        conversation = await locked(session, message.conversation_id)
        known = await session.scalar(
            select(Turn).where(Turn.conversation_id == conversation.id, Turn.client_message_id == message.key)
        )
        if known:
            if known.body_hash != message.body_hash:
                raise ApiError(
                    409, "key_reused", "This client_message_id was used for another message. Make a new one."
                )
            return known.id, False
        if conversation.consent_at is None:
            raise ApiError(403, "consent_required", "Open a conversation with consent before writing.")
        draft = await _resident_draft(session, conversation, message)
        now = services.clock()
        row = (await messages.append(session, conversation, [draft], now))[0]
        conversation.last_resident_at, conversation.closed_at = now, None
        turn = Turn(
            conversation_id=conversation.id,
            client_message_id=message.key,
            body_hash=message.body_hash,
            choice=message.choice,
            state="received",
            resident_seq=row.seq,
            seqs=[],
            created_at=now,
        )
        session.add(turn)
        await session.flush()
        return turn.id, True


async def _resident_draft(session: AsyncSession, conversation: Conversation, message: Inbound) -> Draft:
    if message.choice is None:
        return Draft("resident", message.text or "")
    button = await messages.offered_button(session, conversation.id, message.choice)
    if button is None:
        raise ApiError(422, "choice_not_offered", "This choice was not offered in this conversation.")
    return Draft("resident", button["title"], reading(conversation), values={"choice": message.choice})


async def _finished(services: Services, running: tuple[str, str], turn_id: int) -> None:
    """Wait until a turn is finished, here or by another worker."""
    deadline = asyncio.get_running_loop().time() + services.settings.bot_timeout_seconds + GRACE
    while asyncio.get_running_loop().time() < deadline:
        if task := services.turns.get(running):
            await asyncio.shield(task)
        async with services.database.reading() as session:
            state = await session.scalar(select(Turn.state).where(Turn.id == turn_id))
        if state is None:
            raise not_found()
        if state in FINISHED:
            return
        await asyncio.sleep(0.05)
    raise ApiError(503, "still_running", "The answer takes long. Send the same message again.", {"Retry-After": "2"})


async def _result(services: Services, turn_id: int) -> dict[str, Any]:
    async with services.database.reading() as session:
        turn = await session.get(Turn, turn_id)
        conversation = await session.get(Conversation, turn.conversation_id) if turn else None
        if turn is None or conversation is None:
            raise not_found()
        rows = await messages.numbered(session, conversation.id, turn.seqs) if turn.seqs else []
        return {
            "messages": [messages.shown(row) for row in rows],
            "holder": conversation.holder,
            "language": turn.language,
        }


async def _run(services: Services, turn_id: int) -> None:
    """Answer a turn, after those before it in its conversation."""
    async with services.database.reading() as session:
        turn = await session.get(Turn, turn_id)
    if turn is None:
        return
    async with services.lock(turn.conversation_id):
        try:
            await _answer(services, turn_id)
        except DatabaseBusy:
            raise
        except Exception as error:
            log.error("turn_failed", turn=turn_id, kind=type(error).__name__)
            await _finish(services, turn_id, _failing("crash"))


def _failing(reason: str, unreachable: bool = False) -> Work:
    async def work(place: Workplace) -> Outcome:
        return place.failure(reason, unreachable)

    return work


async def _answer(services: Services, turn_id: int) -> None:
    """The emergency screen first; then whoever holds the conversation."""
    async with services.database.reading() as session:
        turn = await session.get(Turn, turn_id)
        if turn is None or turn.state != "received":
            return
        conversation = await session.get_one(Conversation, turn.conversation_id)
        text = await _text(session, turn)
    if turn.choice is not None:
        chosen = turn.choice
        await _finish(services, turn_id, lambda place: choices.choose(place, chosen))
        return
    emergency = services.emergencies.screen(text, reading(conversation))
    if emergency or conversation.holder == "mediator":
        if emergency:  # nothing is asked of another process before the numbers are shown
            language = by_script(text, reading(conversation)) or emergency.language
        else:
            language = await _identify(services, conversation, text)
        await _finish(services, turn_id, _screened(emergency.kind if emergency else None), language)
        return
    language = await _identify(services, conversation, text)
    asked = await _claim(services, turn_id, language)
    if asked:
        await _ask_bot(services, turn_id, asked, text, language)


def _screened(kind: str | None) -> Work:
    async def work(place: Workplace) -> Outcome:
        return place.emergency(kind) if kind else Outcome()

    return work


async def _text(session: AsyncSession, turn: Turn) -> str:
    text = await session.scalar(
        select(MessageRow.text).where(
            MessageRow.conversation_id == turn.conversation_id, MessageRow.seq == turn.resident_seq
        )
    )
    return text or ""


async def _identify(services: Services, conversation: Conversation, text: str) -> str | None:
    """The language of a text; None when it cannot be told."""
    hint = conversation.language or base_code(conversation.browser_language)
    try:
        return await services.retrieval.identify(text, hint)
    except RetrievalUnreachable:
        log.warning("retrieval_unreachable", wanted="identify")
        return by_script(text, hint)


async def _claim(services: Services, turn_id: int, language: str | None) -> Conversation | None:
    """received → asked, once, by one worker, and only when no other turn of the conversation is being asked."""
    patience = timedelta(seconds=services.settings.bot_timeout_seconds + GRACE)
    other = aliased(Turn)
    while True:
        async with services.database.transaction() as session:
            turn = await session.get_one(Turn, turn_id)
            conversation = await locked(session, turn.conversation_id)
            busy = exists().where(
                other.conversation_id == turn.conversation_id,
                other.id != turn_id,
                other.state == "asked",
                other.created_at > services.clock() - patience,
            )
            result = await session.execute(
                update(Turn)
                .where(Turn.id == turn_id, Turn.state == "received", ~busy)
                .values(state="asked")
                .execution_options(synchronize_session=False)
            )
            assert isinstance(result, CursorResult)
            if result.rowcount == 1:
                _learn_language(conversation, language)
                return conversation
            state = await session.scalar(select(Turn.state).where(Turn.id == turn_id))
        if state != "received":
            return None
        await asyncio.sleep(0.1)


def _learn_language(conversation: Conversation, language: str | None) -> bool:
    """Remember what was identified, unless the resident chose; whether that is news."""
    if language is None or conversation.language_chosen or conversation.language == language:
        return False
    conversation.language = language
    return True


async def _ask_bot(
    services: Services, turn_id: int, conversation: Conversation, text: str, language: str | None
) -> None:
    services.bus.publish(Event("typing", conversation.id, {"on": True}))
    turn = BotTurn(
        sender=conversation.sender,
        text=safe_for_bot(text),
        language=language or conversation.language or base_code(conversation.browser_language),
        jurisdiction=conversation.jurisdiction,
        failed_answers=conversation.failed_answers,
        question=conversation.last_question,
        section=conversation.last_section,
    )
    work: Work
    try:
        said = directives.read(await services.bot.ask(turn))
        work = _carrying(said)
    except BotUnreachable as error:
        log.warning("bot_unreachable", kind=str(error))
        work = _failing("bot_unreachable", unreachable=True)
    except BotFailed as error:
        log.error("bot_failed", reason=str(error))
        work = _failing("bot_failed")
    try:
        await _finish(services, turn_id, work, language, silent_for_mediator=True)
    finally:
        services.bus.publish(Event("typing", conversation.id, {"on": False}))


def _carrying(said: list[directives.Directive]) -> Work:
    async def work(place: Workplace) -> Outcome:
        return await carry.carry_out(place, said)

    return work


async def _finish(
    services: Services, turn_id: int, work: Work, language: str | None = None, silent_for_mediator: bool = False
) -> None:
    """Store what a turn comes to, tried again while the database is busy."""
    for attempt in range(1, TRIES + 1):
        try:
            await _finish_once(services, turn_id, work, language, silent_for_mediator)
            return
        except DatabaseBusy:
            if attempt == TRIES:
                raise
            log.warning("database_busy", turn=turn_id, attempt=attempt)


async def _finish_once(
    services: Services, turn_id: int, work: Work, language: str | None, silent_for_mediator: bool
) -> None:
    """Look again at who holds the conversation, then carry out, number, store and commit; then publish."""
    async with services.database.transaction() as session:
        turn = await session.get(Turn, turn_id)
        if turn is None:
            return
        conversation = await locked(session, turn.conversation_id)
        await session.refresh(turn)
        if turn.state in FINISHED:
            return
        place = Workplace(services, session, conversation, turn, await _text(session, turn))
        news = _learn_language(conversation, language)
        if mentioned := places.mentioned(place.text, services.library.corpus()):
            conversation.mentioned_place = mentioned
        dropped = silent_for_mediator and conversation.holder == "mediator"
        outcome = Outcome() if dropped else await work(place)
        rows = await messages.append(session, conversation, outcome.drafts, services.clock())
        turn.seqs = [row.seq for row in rows]
        turn.state = "failed" if outcome.failed else "answered"
        turn.reason = "taken_meanwhile" if dropped else outcome.failed
        turn.language = conversation.language
        turn.finished_at = services.clock()
        if language:
            await _name_language(session, turn, language)
    services.bus.publish(Event("message", conversation.id))
    if news:
        services.bus.publish(Event("language", conversation.id, {"language": conversation.language}))
    for event in outcome.events:
        services.bus.publish(event)


async def _name_language(session: AsyncSession, turn: Turn, language: str) -> None:
    await session.execute(
        update(MessageRow)
        .where(MessageRow.conversation_id == turn.conversation_id, MessageRow.seq == turn.resident_seq)
        .values(language=language)
        .execution_options(synchronize_session=False)
    )


async def recover(services: Services, at_start: bool) -> int:
    """Finish turns left half-way: received ones are answered now; asked ones are not asked again, but apologised for."""
    patience = timedelta(seconds=services.settings.bot_timeout_seconds + GRACE)
    alone = at_start and services.database.sqlite  # with PostgreSQL another worker may be at work on them
    async with services.database.reading() as session:
        query = select(Turn).where(Turn.state.in_(("received", "asked"))).order_by(Turn.id)
        if not alone:
            query = query.where(Turn.created_at < services.clock() - patience)
        left = sorted(await session.scalars(query), key=lambda turn: (turn.state != "asked", turn.id))
    done = 0
    for turn in left:
        if (turn.conversation_id, turn.client_message_id) in services.turns:
            continue
        if turn.state == "received":
            await _run(services, turn.id)
        else:
            await _finish(services, turn.id, _failing("interrupted"), silent_for_mediator=True)
        done += 1
    if done:
        log.info("turns_recovered", count=done)
    return done
