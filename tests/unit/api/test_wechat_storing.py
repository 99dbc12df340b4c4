"""Pushes that come at once: stored together, each once, none at the cost of another."""

import asyncio

import pytest
from sqlalchemy import event, select

from api.channels.wechat import storing
from api.channels.wechat.account import make_account
from api.channels.wechat.models import WechatPerson, WechatPush
from api.channels.wechat.push import Push
from tests.unit.api.wechat import Rig, count


def text(openid: str, number: int) -> Push:
    """A message as it was read."""
    return Push(
        "gh_wenlu", openid, 1_795_000_000 + number, "text", None, f"{openid}-{number}", {"Content": f"{number}"}
    )


async def test_what_comes_at_once_is_stored_in_few_transactions(rig: Rig) -> None:
    house = await rig.up()
    account = make_account(house.services)
    assert account
    commits: list[object] = []
    event.listen(house.services.database.engine.sync_engine, "commit", commits.append)
    pushes = [text(f"o-{person}", number) for number in range(5) for person in range(8)]
    received = await asyncio.gather(*(storing.receive(house.services, account, each) for each in [*pushes, *pushes]))
    assert received[:40] == received[40:]
    assert len({each.push_id for each in received if each}) == await count(house, WechatPush) == 40
    assert len({each.person_id for each in received if each}) == await count(house, WechatPerson) == 8
    assert len(commits) < 10  # those of the jobs that run at the start among them
    async with house.services.database.reading() as session:
        people = list(await session.scalars(select(WechatPerson.replies_left)))
    assert people == [5] * 8


async def test_one_that_cannot_be_stored_leaves_the_others_alone(rig: Rig) -> None:
    house = await rig.up()
    account = make_account(house.services)
    assert account
    pushes = [text("o-a", 1), text("o-\ud800", 2), text("o-b", 3)]
    work = (storing.receive(house.services, account, each) for each in pushes)
    first, wrong, last = await asyncio.gather(*work, return_exceptions=True)
    assert isinstance(wrong, UnicodeEncodeError)
    assert await count(house, WechatPush) == 2 and first != last
    again = await storing.receive(house.services, account, pushes[0])
    assert again == first


async def test_leaving_of_somebody_not_known_is_not_stored(rig: Rig) -> None:
    house = await rig.up()
    account = make_account(house.services)
    assert account
    left = Push("gh_wenlu", "o-a", 1, "event", "unsubscribe", None, {})
    assert await storing.receive(house.services, account, left) is None
    assert await count(house, WechatPerson) == 0


@pytest.mark.parametrize("kind", ["view", "templatesendjobfinish", "location"])
async def test_events_that_nothing_is_done_about_are_not_stored(rig: Rig, kind: str) -> None:
    house = await rig.up()
    account = make_account(house.services)
    assert account
    assert await storing.receive(house.services, account, Push("gh", "o-a", 1, "event", kind, None, {})) is None
    assert await count(house, WechatPush) == 0
