"""Stored pushes are answered, one after another for each person, also after a crash."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import CursorResult, alias, bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.channels.wechat import people, sending, talk
from api.channels.wechat.account import Account
from api.channels.wechat.models import WechatPerson, WechatPush
from api.channels.wechat.outbox import work_of
from api.channels.wechat.push import Push
from api.chat.turns import GRACE
from api.db import Base, DatabaseBusy, insist
from api.services import Services

log = structlog.get_logger(__name__)

REMEMBERED = timedelta(hours=1)
"""How long the key of an answered push is kept, and its reply: WeChat retries for seconds."""
MOST_WAITING = 3
"""Questions that are kept for somebody who has not agreed yet; the last ones."""
IN_ORDER = (WechatPush.sent_at, WechatPush.number, WechatPush.id)
"""As they were sent."""
FIRST = (
    select(WechatPush)
    .where(WechatPush.person_id == bindparam("person"), WechatPush.state == "received")
    .order_by(*IN_ORDER)
    .limit(1)
)
_push = Base.metadata.tables[WechatPush.__tablename__]
_other = alias(_push)
CLAIM = (
    update(_push)
    .where(
        _push.c.id == bindparam("claimed"),
        _push.c.state == "received",
        ~exists().where(
            _other.c.person_id == _push.c.person_id, _other.c.state == "taken", _other.c.taken_at > bindparam("since")
        ),
    )
    .values(state="taken", taken_at=bindparam("now"))
)
BACK = update(_push).where(_push.c.id == bindparam("push")).values(state=bindparam("to"))
ANSWERED = BACK.values(body=None)


async def work(services: Services, account: Account, person_id: str, urgent: bool = False) -> None:
    """Answer what a person pushed, in the order in which they sent it. Who tells of danger waits for nobody else."""
    account.wanted.add(person_id)
    if services.lock(work_of(person_id)).locked():
        return  # whoever answers them looks once more
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
        while person_id in account.wanted:
            account.wanted.discard(person_id)
            while (taken := await _take(services, person_id)) is not None:
                if not await _answer(services, account, person_id, *taken):
                    return


async def _answer(services: Services, account: Account, person_id: str, push_id: int, push: Push) -> bool:
    """Answer one; False when the database is too busy for the next."""
    try:
        state = await talk.answer(services, account, person_id, push)
    except DatabaseBusy:
        await insist(partial(_settle, services, push_id, "received"))
        return False
    except Exception as error:
        log.error("wechat_push_failed", push=push_id, kind=type(error).__name__)
        await talk.apologise(services, person_id)
        state = "failed"
    await insist(partial(_settle, services, push_id, state))
    if finished := account.finished.get(push_id):
        finished.set()
    await sending.flush(services, account, person_id)
    return True


async def _take(services: Services, person_id: str) -> tuple[int, Push] | None:
    """received → taken, for the one that was sent first, unless another worker has one of this person."""
    async with services.database.reading() as session:
        if await session.scalar(FIRST, {"person": person_id}) is None:
            return None
    async with services.database.transaction(durable=False) as session:
        push = await session.scalar(FIRST, {"person": person_id})
        if push is None or not await _claimed(services, session, push):
            return None
        return push.id, as_push(push)


def _stale(services: Services) -> datetime:
    """Whoever took a push before this has died with it."""
    return services.clock() - timedelta(seconds=services.settings.bot_timeout_seconds + 2 * GRACE)


async def _claimed(services: Services, session: AsyncSession, push: WechatPush) -> bool:
    """From now on, however long it has waited: for so long nobody else takes one of this person."""
    values = {"claimed": push.id, "since": _stale(services), "now": services.clock()}
    result = await session.execute(CLAIM, values)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def as_push(row: WechatPush) -> Push:
    """A stored push. Who sent it is known by its person."""
    body = row.body or {"kind": "unknown", "event": None, "fields": {}}
    return Push("", "", row.sent_at, body["kind"], body["event"], row.key, body["fields"])


async def _settle(services: Services, push_id: int, state: str) -> None:
    """What was asked is in the conversation now, or waits for consent; of an answered push only its key stays."""
    async with services.database.transaction(durable=False) as session:
        if state == "waiting":
            await _keep_waiting(session, push_id)
        else:
            await session.execute(ANSWERED if state in ("done", "failed") else BACK, {"push": push_id, "to": state})


async def _keep_waiting(session: AsyncSession, push_id: int) -> None:
    push = await session.get(WechatPush, push_id)
    if push is None:
        return
    push.state = "waiting"
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
