"""A turn: stored under the client's key before anything else, then answered once, whatever happens in between."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import CursorResult, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.chat import carry, choices, directives, places, talk
from api.chat.bot import BotFailed, BotTurn, BotUnreachable
from api.chat.inbound import Inbound
from api.chat.language import base_code, by_script, reading, safe_for_bot
from api.chat.outcome import Outcome, Workplace
from api.chat.retrieval import RetrievalUnreachable, SearchRequest
from api.chat.statements import BY_KEY_OR_OPEN, CLAIM, HELD, NAME_LANGUAGE
from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation, MessageRow, Turn
from api.conversations.service import locked
from api.db import DatabaseBusy
from api.errors import ApiError, not_found
from api.events.bus import Event
from api.services import Services
from knowledge.emergencies import Emergency

log = structlog.get_logger(__name__)

FINISHED = ("answered", "failed")
TRIES = 3  # to store an answer while the database is busy
GRACE = 15.0  # seconds beyond the bot's own time until a turn of another worker counts as left half-way
PATIENCE_IN_NEED = 1.0  # seconds that the numbers to call may wait for an answer to stand beside them

Work = Callable[[Workplace], Awaitable[Outcome]]


@dataclass(frozen=True)
class Received:
    """A stored turn, as far as answering it needs to know."""

    turn_id: int
    conversation: Conversation
    text: str
    choice: str | None
    language: asyncio.Task[str | None] | None = None
    """Being identified since the message came in."""
    asked: bool = False
    """Claimed when it came in: it tells of no emergency, and no turn was before it."""


async def submit(services: Services, message: Inbound, admit: Callable[[Conversation], None]) -> dict[str, Any]:
    """Store a message and give its turn's result; the same key again gives the same result.

    `admit` raises unless the sender may write in the conversation.
    """
    running = (message.conversation_id, message.key)
    turn_id, received = await _receive(services, message, admit)
    if received:
        task = services.turns[running] = services.spawn(_run(services, received), f"turn:{turn_id}")
        task.add_done_callback(lambda _: services.turns.pop(running, None))
        services.bus.publish(Event("message", message.conversation_id))
    return await _result(services, running, turn_id)


async def _receive(
    services: Services, message: Inbound, admit: Callable[[Conversation], None]
) -> tuple[int, Received | None]:
    """The turn under this key: a new one, stored with its message, or the id of the one that is already there."""
    async with services.database.transaction() as session:
        conversation = await locked(session, message.conversation_id)
        admit(conversation)
        standing = (await session.scalars(BY_KEY_OR_OPEN, {"conversation": conversation.id, "key": message.key})).all()
        if known := next((turn for turn in standing if turn.client_message_id == message.key), None):
            if known.body_hash != message.body_hash:
                raise ApiError(
                    409, "key_reused", "This client_message_id was used for another message. Make a new one."
                )
            return known.id, None
        if conversation.consent_at is None:
            raise ApiError(403, "consent_required", "Open a conversation with consent before writing.")
        draft = await _resident_draft(session, conversation, message)
        identifying = None
        if message.choice is None:
            identifying = services.spawn(_identify(services, conversation, draft.text), "identify")
            await asyncio.sleep(0)  # asked now, it is answered while the message is being stored
        asked = message.choice is None and not standing and not _emergency(services, conversation, draft.text)
        now = services.clock()
        row = (await messages.append(session, conversation, [draft], now))[0]
        conversation.last_resident_at, conversation.closed_at = now, None
        turn = Turn(
            conversation_id=conversation.id,
            client_message_id=message.key,
            body_hash=message.body_hash,
            choice=message.choice,
            state="asked" if asked else "received",
            resident_seq=row.seq,
            seqs=[],
            created_at=now,
        )
        session.add(turn)
        await session.flush()
        return turn.id, Received(turn.id, conversation, draft.text, message.choice, identifying, asked)


def _emergency(services: Services, conversation: Conversation, text: str) -> Emergency | None:
    return services.emergencies.screen(text, reading(conversation))


async def _resident_draft(session: AsyncSession, conversation: Conversation, message: Inbound) -> Draft:
    if message.choice is None:
        return Draft("resident", message.text or "", conversation.language)
    button = await messages.offered_button(session, conversation.id, message.choice)
    if button is None:
        raise ApiError(422, "choice_not_offered", "This choice was not offered in this conversation.")
    return Draft("resident", button["title"], reading(conversation), values={"choice": message.choice})


async def _result(services: Services, running: tuple[str, str], turn_id: int) -> dict[str, Any]:
    """A turn's result, waiting until it is finished, here or by another worker."""
    deadline = asyncio.get_running_loop().time() + services.settings.bot_timeout_seconds + GRACE
    while asyncio.get_running_loop().time() < deadline:
        if task := services.turns.get(running):
            finished = await asyncio.shield(task)
            if finished:
                return finished
        async with services.database.reading() as session:
            turn = await session.get(Turn, turn_id)
            if turn is None:
                raise not_found()
            if turn.state in FINISHED:
                conversation = await session.get_one(Conversation, turn.conversation_id)
                return await _shown(session, turn, conversation)
        await asyncio.sleep(0.05)
    raise ApiError(503, "still_running", "The answer takes long. Send the same message again.", {"Retry-After": "2"})


async def _shown(session: AsyncSession, turn: Turn, conversation: Conversation) -> dict[str, Any]:
    rows = await messages.numbered(session, conversation.id, turn.seqs) if turn.seqs else []
    return _result_of(turn, conversation, rows)


def _result_of(turn: Turn, conversation: Conversation, rows: list[MessageRow]) -> dict[str, Any]:
    shown = [messages.shown(row) for row in rows]
    return {"messages": shown, "holder": conversation.holder, "language": turn.language}


async def _run(services: Services, received: Received) -> dict[str, Any] | None:
    """Answer a turn, after those before it in its conversation; its result, or None when another worker has it."""
    async with services.lock(received.conversation.id):
        try:
            return await _answer(services, received)
        except DatabaseBusy:
            raise
        except Exception as error:
            log.error("turn_failed", turn=received.turn_id, kind=type(error).__name__)
            return await _finish(services, received, _failing("crash"))


def _failing(reason: str, unreachable: bool = False) -> Work:
    async def work(place: Workplace) -> Outcome:
        return place.failure(reason, unreachable)

    return work


async def _answer(services: Services, received: Received) -> dict[str, Any] | None:
    """The emergency screen first; then whoever holds the conversation."""
    if received.choice is not None:
        chosen = received.choice
        shown = [chosen.removeprefix("section:")] if chosen.startswith("section:") else []
        await services.machine.prepare(services.library.corpus(), shown, reading(received.conversation))
        return await _finish(services, received, lambda place: choices.choose(place, chosen))
    conversation, text = received.conversation, received.text
    if not received.asked and (emergency := _emergency(services, conversation, text)):
        told_in = by_script(text, reading(conversation)) or emergency.language
        beside = await _found_beside(services, conversation, text, told_in) if told_in else None
        return await _finish(services, received, _screened(emergency, beside), told_in)
    claimed = conversation if received.asked else await _claim(services, received)
    language = await (received.language or _identify(services, conversation, text))
    if claimed is None:
        return None
    if claimed.holder == "mediator":
        return await _finish(services, received, _screened(None), language)
    return await _ask_bot(services, received, claimed, language)


def _screened(seen: Emergency | None, beside: directives.Answer | None = None) -> Work:
    async def work(place: Workplace) -> Outcome:
        outcome = place.emergency(seen.kind, seen.number) if seen else Outcome()
        if beside and place.conversation.holder != "mediator":
            outcome.drafts += carry.answer(place, beside)
        return outcome

    return work


async def _found_beside(
    services: Services, conversation: Conversation, text: str, language: str
) -> directives.Answer | None:
    """What the law says beside an emergency ("he hit me, where can I sleep tonight?"); the numbers wait for it only briefly."""
    if conversation.holder == "mediator":
        return None
    request = SearchRequest(query=text, language=language, jurisdiction=places.remembered(conversation))
    try:
        async with asyncio.timeout(PATIENCE_IN_NEED):
            found = await services.retrieval.search(request)
    except (RetrievalUnreachable, TimeoutError):
        return None
    if not found.answerable or not found.hits:
        return None
    hits = [directives.ScoredSection(id=hit.section, score=hit.score) for hit in found.hits[:3]]
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_IN_NEED):
            await services.machine.prepare(services.library.corpus(), [hit.id for hit in hits], language)
    return directives.Answer(
        type="answer", topic=found.hits[0].topic, confidence=found.confidence, sections=hits, second_topic=None
    )


async def _identify(services: Services, conversation: Conversation, text: str) -> str | None:
    """The language of a text; None when it cannot be told."""
    hint = conversation.language or base_code(conversation.browser_language)
    try:
        return await services.retrieval.identify(text, hint)
    except RetrievalUnreachable:
        log.warning("retrieval_unreachable", wanted="identify")
        return by_script(text, hint)


async def _claim(services: Services, received: Received) -> Conversation | None:
    """received → asked, once, by one worker, and only when no other turn of the conversation is being asked.

    Gives the conversation as it is now; None when another worker has the turn.
    """
    patience = timedelta(seconds=services.settings.bot_timeout_seconds + GRACE)
    while True:
        async with services.database.transaction() as session:
            conversation = await locked(session, received.conversation.id)
            values = {
                "conversation": conversation.id,
                "claimed": received.turn_id,
                "since": services.clock() - patience,
            }
            result = await session.execute(CLAIM, values)
            assert isinstance(result, CursorResult)
            if result.rowcount == 1:
                return conversation
            state = await session.scalar(select(Turn.state).where(Turn.id == received.turn_id))
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
    services: Services, received: Received, conversation: Conversation, language: str | None
) -> dict[str, Any] | None:
    services.bus.publish(Event("typing", conversation.id, {"on": True}))
    turn = BotTurn(
        sender=conversation.sender,
        text=safe_for_bot(received.text),
        language=language or conversation.language or base_code(conversation.browser_language),
        jurisdiction=places.remembered(conversation),
        failed_answers=conversation.failed_answers,
        question=conversation.last_question,
        section=conversation.last_section,
        path=conversation.path,
    )
    work: Work
    try:
        said = directives.read(await services.bot.ask(turn))
        await carry.prepare(services, conversation, said, language)
        work = _carrying(said)
    except BotUnreachable as error:
        log.warning("bot_unreachable", kind=str(error))
        work = _failing("bot_unreachable", unreachable=True)
    except BotFailed as error:
        log.error("bot_failed", reason=str(error))
        work = _failing("bot_failed")
    try:
        return await _finish(services, received, work, language, silent_for_mediator=True)
    finally:
        services.bus.publish(Event("typing", conversation.id, {"on": False}))


def _carrying(said: list[directives.Directive]) -> Work:
    async def work(place: Workplace) -> Outcome:
        return await carry.carry_out(place, said)

    return work


async def _finish(
    services: Services,
    received: Received,
    work: Work,
    language: str | None = None,
    silent_for_mediator: bool = False,
) -> dict[str, Any] | None:
    """Store what a turn comes to, tried again while the database is busy; its result."""
    for attempt in range(1, TRIES + 1):
        try:
            return await _finish_once(services, received, work, language, silent_for_mediator)
        except DatabaseBusy:
            if attempt == TRIES:
                raise
            log.warning("database_busy", turn=received.turn_id, attempt=attempt)
    return None


async def _finish_once(
    services: Services, received: Received, work: Work, language: str | None, silent_for_mediator: bool
) -> dict[str, Any] | None:
    """Look again at who holds the conversation, then carry out, number, store and commit; then publish."""
    async with services.database.transaction() as session:
        held = await _held(session, received.turn_id)
        if held is None:  # erased meanwhile
            return None
        turn, conversation = held
        if turn.state in FINISHED:
            return await _shown(session, turn, conversation)
        place = Workplace(services, session, conversation, turn, received.text)
        news = _learn_language(conversation, language)
        if mentioned := places.mentioned(received.text, services.library.corpus()):
            conversation.mentioned_place = mentioned
        dropped = silent_for_mediator and conversation.holder == "mediator"
        outcome = Outcome() if dropped else await work(place)
        rows = await messages.append(session, conversation, outcome.drafts, services.clock())
        turn.seqs = [row.seq for row in rows]
        turn.state = "failed" if outcome.failed else "answered"
        turn.reason = "taken_meanwhile" if dropped else outcome.failed
        turn.language = conversation.language
        turn.finished_at = services.clock()
        if language and language != received.conversation.language:
            message = {"conversation": conversation.id, "at": turn.resident_seq}
            await session.execute(NAME_LANGUAGE, message | {"named": language})
    services.bus.publish(Event("message", conversation.id))
    if conversation.holder == "mediator":
        services.spawn(talk.for_mediator(services, conversation.id), f"translate:{turn.id}")
    if news:
        services.bus.publish(Event("language", conversation.id, {"language": conversation.language}))
    for event in outcome.events:
        services.bus.publish(event)
    return _result_of(turn, conversation, rows)


async def _held(session: AsyncSession, turn_id: int) -> tuple[Turn, Conversation] | None:
    """A turn and its conversation, held against other writers until the transaction ends."""
    found = await session.execute(HELD, {"turn": turn_id})
    row = found.one_or_none()
    return (row[0], row[1]) if row else None


async def recover(services: Services, at_start: bool) -> int:
    """Finish turns left half-way: received ones are answered now; asked ones are not asked again, but apologised for."""
    patience = timedelta(seconds=services.settings.bot_timeout_seconds + GRACE)
    alone = at_start and services.database.sqlite  # with PostgreSQL another worker may be at work on them
    query = (
        select(Turn, Conversation, MessageRow.text)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .join(
            MessageRow,
            (MessageRow.conversation_id == Turn.conversation_id) & (MessageRow.seq == Turn.resident_seq),
        )
        .where(Turn.state.in_(("received", "asked")))
        .order_by(Turn.state, Turn.id)  # asked before received: they stand in the way
    )
    if not alone:
        query = query.where(Turn.created_at < services.clock() - patience)
    async with services.database.reading() as session:
        left = [(turn, Received(turn.id, talk, text, turn.choice)) for turn, talk, text in await session.execute(query)]
    left = [
        (turn, received)
        for turn, received in left
        if (turn.conversation_id, turn.client_message_id) not in services.turns
    ]
    for turn, received in left:
        if turn.state == "received":
            await _run(services, received)
        else:
            await _finish(services, received, _failing("interrupted"), silent_for_mediator=True)
    if left:
        log.info("turns_recovered", count=len(left))
    return len(left)
