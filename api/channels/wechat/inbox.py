"""Pushes: stored once before anything else, then answered one after another for each person, also after a crash."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import CursorResult, alias, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import allowance, people, sending, talk
from api.channels.wechat.account import Account
from api.channels.wechat.models import WechatPerson, WechatPush
from api.channels.wechat.outbox import work_of
from api.channels.wechat.push import Push
from api.chat.turns import GRACE
from api.db import DatabaseBusy, insist
from api.services import Services

log = structlog.get_logger(__name__)

CLICKS = frozenset({"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg"})
"""Events after which WeChat allows messages ("Customer service messages" in its documentation)."""
ASKING = CLICKS | {"unsubscribe"}
"""Events that something is done about; the others are not even stored."""
REMEMBERED = timedelta(hours=1)
"""How long the key of an answered push is kept, and its reply: WeChat retries for seconds."""
MOST_WAITING = 3
"""Questions that are kept for somebody who has not agreed yet; the last ones."""
IN_ORDER = (WechatPush.sent_at, WechatPush.number, WechatPush.id)
"""As they were sent."""
_other = alias(WechatPush.__table__)


@dataclass(frozen=True)
class Received:
    """A stored push. `reply`: what its first delivery was answered with, if this is a later one; `open`: nobody has begun it."""

    person_id: str
    push_id: int
    open: bool = True
    reply: str | None = None


async def receive(services: Services, account: Account, push: Push) -> Received | None:
    """Store a push under its key; the same again gives what is there. None when there is nothing to do."""
    if push.kind == "event" and push.event not in ASKING:
        return None
    for last in (False, True):
        try:
            return await _receive(services, account, push)
        except IntegrityError:  # another worker stored the same push, or this person, in this moment
            if last:
                raise
    return None


async def _receive(services: Services, account: Account, push: Push) -> Received | None:
    async with services.database.transaction() as session:
        known = await session.scalar(select(WechatPush).where(WechatPush.key == push.key))
        if known:
            return Received(known.person_id, known.id, known.state == "received", known.reply)
        person = await people.found(session, account, push.openid)
        if person is None:
            if push.event == "unsubscribe":
                return None
            person = people.new(services, account, push.openid)
            session.add(person)
            await session.flush()
        _heard(services, person, push)
        stored = WechatPush(
            key=push.key,
            person_id=person.id,
            sent_at=push.created,
            number=(push.msg_id or "").rjust(32, "0")[-32:],
            body={"kind": push.kind, "event": push.event, "fields": push.fields},
            state="received",
            received_at=services.clock(),
        )
        session.add(stored)
        await session.flush()
        return Received(person.id, stored.id)


def _heard(services: Services, person: WechatPerson, push: Push) -> None:
    """They are there: what could not be sent to them may go now."""
    now = services.clock()
    person.last_push_at = now
    if push.event == "unsubscribe":
        return
    if push.kind == "event":
        allowance.clicked(person, now)
    else:
        allowance.written(person, now)
    person.blocked, person.try_at, person.left_at, person.attempts = None, None, None, 0


async def work(services: Services, account: Account, person_id: str, urgent: bool = False) -> None:
    """Answer what a person pushed, in the order in which they sent it. Who tells of danger waits for nobody else."""
    if urgent:
        await _work(services, account, person_id)
        return
    if person_id in account.queued:  # everything that is stored until their turn comes is answered then
        return
    account.queued.add(person_id)
    try:
        await account.working.acquire()
    finally:
        account.queued.discard(person_id)
    try:
        await _work(services, account, person_id)
    finally:
        account.working.release()


async def _work(services: Services, account: Account, person_id: str) -> None:
    async with services.lock(work_of(person_id)):
        while (taken := await _take(services, person_id)) is not None:
            push_id, push = taken
            try:
                state = await talk.answer(services, account, person_id, push)
            except DatabaseBusy:
                await insist(partial(_settle, services, push_id, "received"))
                return
            except Exception as error:
                log.error("wechat_push_failed", push=push_id, kind=type(error).__name__)
                await talk.apologise(services, person_id)
                state = "failed"
            await insist(partial(_settle, services, push_id, state))
            if finished := account.finished.get(push_id):
                finished.set()
            await sending.flush(services, account, person_id)


async def _take(services: Services, person_id: str) -> tuple[int, Push] | None:
    """received → taken, for the one that was sent first, unless another worker has one of this person."""
    first = (
        select(WechatPush)
        .where(WechatPush.person_id == person_id, WechatPush.state == "received")
        .order_by(*IN_ORDER)
        .limit(1)
    )
    async with services.database.reading() as session:
        if await session.scalar(first) is None:
            return None
    async with services.database.transaction() as session:
        push = await session.scalar(first)
        if push is None or not await _claimed(services, session, push):
            return None
        return push.id, as_push(push)


def _stale(services: Services) -> datetime:
    """Whoever took a push before this has died with it."""
    return services.clock() - timedelta(seconds=services.settings.bot_timeout_seconds + 2 * GRACE)


async def _claimed(services: Services, session: AsyncSession, push: WechatPush) -> bool:
    """From now on, however long it has waited: for so long nobody else takes one of this person."""
    taken_elsewhere = (
        select(_other.c.id)
        .where(_other.c.person_id == push.person_id, _other.c.state == "taken", _other.c.taken_at > _stale(services))
        .exists()
    )
    result = await session.execute(
        update(WechatPush)
        .where(WechatPush.id == push.id, WechatPush.state == "received", ~taken_elsewhere)
        .values(state="taken", taken_at=services.clock())
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def as_push(row: WechatPush) -> Push:
    """A stored push. Who sent it is known by its person."""
    body = row.body or {"kind": "unknown", "event": None, "fields": {}}
    return Push("", "", row.sent_at, body["kind"], body["event"], row.key, body["fields"])


async def _settle(services: Services, push_id: int, state: str) -> None:
    """What was asked is in the conversation now, or waits for consent; of an answered push only its key stays."""
    async with services.database.transaction() as session:
        push = await session.get(WechatPush, push_id)
        if push is None:
            return
        push.state = state
        if state in ("done", "failed"):
            push.body = None
        if state == "waiting":
            await session.flush()
            waiting = (WechatPush.person_id == push.person_id) & (WechatPush.state == "waiting")
            asked = list(await session.scalars(select(WechatPush).where(waiting).order_by(*IN_ORDER)))
            for dropped in asked[:-MOST_WAITING]:
                dropped.state, dropped.body = "done", None


async def recover(services: Services, account: Account, at_start: bool) -> int:
    """Answer what was left: at the start of the only worker all of it, else what nobody has had for too long."""
    alone = at_start and services.database.sqlite
    left = WechatPush.state == "taken"
    if not alone:
        left &= WechatPush.taken_at < _stale(services)
    async with services.database.transaction() as session:
        await session.execute(update(WechatPush).where(left).values(state="received"))
        if alone:
            sent_to = WechatPerson.sending_until.is_not(None)
            await session.execute(update(WechatPerson).where(sent_to).values(sending_until=None))
        open_ones = select(WechatPush.person_id).where(WechatPush.state == "received").distinct()
        waiting = list(await session.scalars(open_ones))
    await asyncio.gather(*(work(services, account, person_id) for person_id in waiting))
    return len(waiting)


async def forget(services: Services) -> int:
    """Drop the keys of pushes that WeChat will not repeat any more, with their replies, and questions of strangers; how many."""
    now = services.clock()
    async with services.database.transaction() as session:
        old = WechatPush.state.in_(("done", "failed")) & (WechatPush.received_at < now - REMEMBERED)
        old |= (WechatPush.state == "waiting") & (WechatPush.received_at < now - people.STRANGERS)
        result = await session.execute(delete(WechatPush).where(old))
        assert isinstance(result, CursorResult)
        return result.rowcount
