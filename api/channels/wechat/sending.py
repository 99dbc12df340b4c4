"""Sending what waits, by customer-service messages: as soon as something is said, and again and again while it fails.

One worker at a time sends to a person, for as long as its lease lasts. A text that was sent in the moment in which the
process died is sent again: better twice than never.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import Select, bindparam, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import allowance, packing
from api.channels.wechat.account import Account
from api.channels.wechat.allowance import Pool
from api.channels.wechat.errors import UNREACHABLE, WechatError
from api.channels.wechat.models import WechatPerson, WechatText
from api.channels.wechat.outbox import (
    Marked,
    being_sent_to,
    collect,
    joined,
    locked,
    mark,
    sent,
    tell_desk,
    waiting_texts,
    work_of,
)
from api.conversations.models import MessageRow
from api.db import DatabaseBusy, UtcDateTime, insist
from api.events.bus import DESK
from api.services import Services

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=40)
LONGEST_SENDING = 20.0
"""Seconds after which a text counts as not sent; well within the lease."""
TOGETHER = 8
"""People who are sent to at a time when many wait."""
KEPT = frozenset({"window", "quota", "gone", "person"})
"""Why nothing is sent until the person writes again."""
LATER = {"rate": timedelta(hours=1), "right": timedelta(hours=1)}
LONGEST_WAIT = timedelta(minutes=10)
SHORTEST = 100
"""Bytes of a text that WeChat cannot find too long."""

# Built once: they are part of every answer.
_now = bindparam("now", type_=UtcDateTime())
_texts = exists().where(WechatText.person_id == WechatPerson.id)
_news = exists().where(
    MessageRow.conversation_id == WechatPerson.conversation_id,
    MessageRow.seq > WechatPerson.delivered_seq,
    MessageRow.role != "resident",
)
DUE = select(WechatPerson.id).where(
    or_(_texts & WechatPerson.blocked.is_(None), _news),
    func.coalesce(WechatPerson.try_at, _now) <= _now,
    func.coalesce(WechatPerson.sending_until, _now) <= _now,
)
"""People to whom something is to be sent, and nothing stands in the way."""
DUE_PERSON = DUE.where(WechatPerson.id == bindparam("person"))
DUE_HERE = DUE.where(WechatPerson.conversation_id == bindparam("conversation"))


@dataclass(frozen=True)
class Sending:
    """One text on its way, and of which of WeChat's messages it is one."""

    openid: str = field(repr=False)
    text: str = field(repr=False)
    ids: tuple[int, ...]
    pool: Pool


async def flush(services: Services, account: Account, person_id: str) -> None:
    """Send what waits for somebody, until nothing waits or something stands in the way. It never raises.

    Nothing is sent while a push of theirs waits here for its answer: the reply takes the first text.
    """
    if account.held[person_id]:
        return
    try:
        async with services.lock(f"wechat:out:{person_id}"):
            while await _due_one(services, DUE_PERSON, person=person_id):
                sending = await _begin(services, account, person_id)
                if sending is None:
                    return
                task = services.spawn(_send(services, account, person_id, sending), "wechat:send")
                if not await asyncio.shield(
                    task
                ):  # what is being sent is noted, also when the api is stopped meanwhile
                    return
    except DatabaseBusy:
        log.warning("database_busy", wanted="wechat_flush")
    except Exception as error:
        log.error("wechat_flush_failed", kind=type(error).__name__)
        with suppress(DatabaseBusy):
            await insist(lambda: _postpone(services, person_id))


async def _due_one(services: Services, due: Select[str], **which: str) -> str | None:
    async with services.database.reading() as session:
        found: str | None = await session.scalar(due, {"now": services.clock(), **which})
    return found


async def _begin(services: Services, account: Account, person_id: str) -> Sending | None:
    """Take the first text and one of the messages that WeChat allows; None when nothing can be sent now."""
    now = services.clock()
    async with services.database.transaction(durable=False) as session:
        person = await locked(session, person_id)
        if person is None or being_sent_to(person, now):
            return None
        await collect(services, session, person)
        waiting = await waiting_texts(session, person_id)
        if not waiting or (person.try_at and person.try_at > now):
            return None
        openid = _openid(account, person)
        pool = allowance.take(person, now) if person.blocked is None else None
        if openid and pool:
            person.sending_until = now + LEASE
            text, taken = await joined(services, session, person, waiting)
            return Sending(openid, text, tuple(row.id for row in taken), pool)
        if person.blocked is None:
            person.blocked = allowance.why_not(person, now) if openid else "person"
        marked = await mark(session, waiting, person.blocked)
    tell_desk(services, marked)
    return None


def _openid(account: Account, person: WechatPerson) -> str | None:
    """WeChat's id of a person; None when it was encrypted with a key that the installation no longer has."""
    try:
        return account.openid(person)
    except InvalidToken:
        return None


async def _send(services: Services, account: Account, person_id: str, sending: Sending) -> bool:
    """Send a text and note what became of it; whether to go on with the next."""
    error = None
    try:
        async with asyncio.timeout(LONGEST_SENDING):
            await account.client.send_text(sending.openid, sending.text)
    except WechatError as failed:
        error = failed
    except TimeoutError:
        error = WechatError(UNREACHABLE, uncertain=True)
    if error:
        log.warning("wechat_not_sent", kind=error.kind, code=error.code)
    return await insist(lambda: _end(services, person_id, sending, error))


async def _end(services: Services, person_id: str, sending: Sending, error: WechatError | None) -> bool:
    async with services.database.transaction(durable=False) as session:
        person = await locked(session, person_id)
        if person is None:
            return False
        person.sending_until = None
        texts = [row for row in await waiting_texts(session, person_id) if row.id in sending.ids]
        go_on, marked = error is None, []
        if error is None:
            marked = await sent(session, person, texts)
        elif error.kind == "long" and any(len(row.text.encode()) > SHORTEST for row in texts):
            allowance.give_back(person, sending.pool)
            await _split(session, texts)
            go_on = True
        else:
            marked = await _failed(session, person, texts, error, sending.pool, services.clock())
    tell_desk(services, marked)
    return go_on


async def _split(session: AsyncSession, texts: list[WechatText]) -> None:
    """WeChat found a text too long: the same words in shorter texts, in the same place."""
    found = await session.scalars(
        select(WechatText)
        .where(WechatText.person_id == texts[0].person_id, WechatText.id > texts[-1].id)
        .order_by(WechatText.id)
    )
    following = list(found)
    pieces: list[WechatText] = []
    for row in [*texts, *following]:
        half = max(len(row.text.encode()) // 2, SHORTEST)
        parts = packing.pack([row.text], most_bytes=half) if row in texts else [row.text]
        pieces += [
            WechatText(
                person_id=row.person_id,
                conversation_id=row.conversation_id,
                text=part,
                first_seq=row.first_seq,
                last_seq=row.last_seq,
                choices=row.choices if number == len(parts) else [],
                created_at=row.created_at,
            )
            for number, part in enumerate(parts, 1)
        ]
    await session.execute(delete(WechatText).where(WechatText.id.in_([row.id for row in [*texts, *following]])))
    session.add_all(pieces)


async def _failed(
    session: AsyncSession, person: WechatPerson, texts: list[WechatText], error: WechatError, pool: Pool, now: datetime
) -> list[Marked]:
    """Kept until they write again, or tried again later, each time after a longer while."""
    if error.kind in KEPT:
        person.blocked = error.kind
        if error.kind in ("window", "quota"):
            allowance.refused(person)
        if error.kind == "gone":
            person.left_at = now
        return await mark(session, texts, error.kind)
    if not error.uncertain:
        allowance.give_back(person, pool)
    _later(person, now, LATER.get(error.kind))
    return await mark(session, texts, error.kind) if error.kind in ("rate", "right", "long", "other") else []


def _later(person: WechatPerson, now: datetime, wait: timedelta | None = None) -> None:
    person.attempts = min(person.attempts + 1, 20)
    person.try_at = now + (wait or min(timedelta(seconds=2**person.attempts), LONGEST_WAIT))


async def _postpone(services: Services, person_id: str) -> None:
    """Something of ours went wrong; others are not kept waiting by it."""
    async with services.database.transaction(durable=False) as session:
        if person := await locked(session, person_id):
            _later(person, services.clock())


async def sweep(services: Services, account: Account) -> int:
    """Send to everybody for whom something waits and nothing stands in the way; to how many."""
    async with services.database.reading() as session:
        people = list(await session.scalars(DUE, {"now": services.clock()}))
    slots = asyncio.Semaphore(TOGETHER)

    async def one(person_id: str) -> None:
        async with slots:
            await flush(services, account, person_id)

    await asyncio.gather(*(one(person_id) for person_id in people))
    return len(people)


async def watch(services: Services, account: Account) -> None:
    """Send as soon as something is said in a conversation that is held on WeChat; what is missed here finds the sweep."""
    async with services.bus.subscribe(DESK) as subscription:
        while True:
            event = await subscription.next()
            if event is None or event.kind != "message":
                continue
            try:
                person_id = await _due_one(services, DUE_HERE, conversation=event.conversation_id)
            except Exception as error:
                log.warning("wechat_watch_failed", kind=type(error).__name__)
                continue
            busy = services.lock(work_of(person_id or "")).locked()  # then it is sent when that is done
            if person_id and not account.held[person_id] and not busy:
                services.spawn(flush(services, account, person_id), "wechat:flush")
