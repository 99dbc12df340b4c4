"""Pushes are stored together: all that came while the last ones were being stored, in one transaction."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import bindparam, select

from api.channels.wechat import allowance, people
from api.channels.wechat.account import Account, Received, Waiting
from api.channels.wechat.models import WechatPerson, WechatPush
from api.channels.wechat.push import Push
from api.db import DatabaseBusy
from api.services import Services

CLICKS = frozenset({"subscribe", "scan", "click", "scancode_push", "scancode_waitmsg"})
"""Events after which WeChat allows messages ("Customer service messages" in its documentation)."""
ASKING = CLICKS | {"unsubscribe"}
"""Events that something is done about; the others are not even stored."""
MOST = 50
"""Pushes that are stored together."""

# Statements of every push, built once.
KNOWN = select(WechatPush).where(WechatPush.key.in_(bindparam("keys", expanding=True)))
SENDERS = (
    select(WechatPerson)
    .where(WechatPerson.mark.in_(bindparam("marks", expanding=True)))
    .order_by(WechatPerson.id)  # two workers hold them in the same order
    .with_for_update()
)


async def receive(services: Services, account: Account, push: Push) -> Received | None:
    """Store a push under its key; the same again gives what is there. None when there is nothing to do."""
    if push.kind == "event" and push.event not in ASKING:
        return None
    stored: asyncio.Future[Received | None] = asyncio.get_running_loop().create_future()
    account.intake.waiting.append((push, stored))
    if not account.intake.storing:
        account.intake.storing = True
        services.spawn(_store_all(services, account), "wechat:store")
    return await stored


async def _store_all(services: Services, account: Account) -> None:
    intake = account.intake
    try:
        while intake.waiting:
            together, intake.waiting = intake.waiting[:MOST], intake.waiting[MOST:]
            try:
                await _store(services, account, together)
            except DatabaseBusy as busy:
                _fail(together, busy)
            except Exception:  # one of them cannot be stored, or another worker did so in this moment
                for each in together:
                    try:
                        await _store(services, account, [each])
                    except Exception as error:
                        _fail([each], error)
    finally:
        intake.storing = False


async def _store(services: Services, account: Account, together: Sequence[Waiting]) -> None:
    """Store them in one transaction, then tell those who wait for it, if they still do."""
    found = await _store_once(services, account, [push for push, _ in together])
    for (_, stored), received in zip(together, found, strict=True):
        if not stored.done():
            stored.set_result(received)


def _fail(together: Sequence[Waiting], error: Exception) -> None:
    for _, stored in together:
        if not stored.done():
            stored.set_exception(error)


async def _store_once(services: Services, account: Account, pushes: Sequence[Push]) -> list[Received | None]:
    marks = [account.secrets.mark(push.openid) for push in pushes]
    async with services.database.transaction() as session:
        rows = {row.key: row for row in await session.scalars(KNOWN, {"keys": [push.key for push in pushes]})}
        senders = {row.mark: row for row in await session.scalars(SENDERS, {"marks": marks})}
        for push, mark in zip(pushes, marks, strict=True):
            if push.key in rows or (mark not in senders and push.event == "unsubscribe"):
                continue
            if mark not in senders:
                senders[mark] = people.new(services, account, push.openid)
                session.add(senders[mark])
                await session.flush()  # whoever is referred to comes first
            _heard(services, senders[mark], push)
            rows[push.key] = _row(services, senders[mark].id, push)
            session.add(rows[push.key])
        await session.flush()
        return [_received(rows[push.key]) if push.key in rows else None for push in pushes]


def _row(services: Services, person_id: str, push: Push) -> WechatPush:
    return WechatPush(
        key=push.key,
        person_id=person_id,
        sent_at=push.created,
        number=(push.msg_id or "").rjust(32, "0")[-32:],
        body={"kind": push.kind, "event": push.event, "fields": push.fields},
        state="received",
        received_at=services.clock(),
    )


def _received(row: WechatPush) -> Received:
    return Received(row.person_id, row.id, row.state == "received", row.reply)


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
