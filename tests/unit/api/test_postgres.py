"""The whole way of a turn over PostgreSQL."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from api.channels.wechat import outbox, sending
from api.channels.wechat.client import WechatClient
from api.channels.wechat.models import WechatPerson
from api.db import Database
from api.errors import ApiError
from api.handoff import service
from api.settings import Settings
from tests.unit.api.conftest import Start, Time, until
from tests.unit.api.corpus import DEPOSIT
from tests.unit.api.peers import Bot, answer
from tests.unit.api.wechat import Rig, about_deposits
from wenlu.wechat_rehearsal import Rehearsal, RehearsalClock

pytestmark = pytest.mark.postgres


async def test_a_conversation_from_question_to_erasure(start: Start, postgres_url: str) -> None:
    """Asked twice at once, answered once; handed over to one of two; erased: as on SQLite."""
    house = await start(database_url=postgres_url)
    house.bot.reply = lambda turn: [answer(DEPOSIT)]
    talk = await house.open()
    results = await asyncio.gather(*(talk.say("my deposit", key="one") for _ in range(4)))
    assert all(result == results[0] for result in results) and len(house.bot.turns) == 1
    await asyncio.gather(*(talk.say(f"question {number}") for number in range(4)))
    assert [message["seq"] for message in await talk.messages()] == list(range(1, 11))
    await house.queue(talk)
    staff = [await house.mediator(f"m{number}") for number in range(3)]
    claims = (service.claim(house.services, talk.id, one) for one in staff)
    tried = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(isinstance(result, ApiError) and result.code == "already_taken" for result in tried) == 2
    assert (await talk.say("hello"))["messages"] == []
    assert (await house.http.get("/api/v1/ready")).status_code == 200
    assert (await house.http.delete(talk.path, headers=talk.headers)).status_code == 204
    assert (await house.http.get(f"{talk.path}/messages", headers=talk.headers)).status_code == 404


async def test_two_workers_send_to_a_person_once_and_in_order(start: Start, postgres_url: str) -> None:
    """Whoever of two workers is asked to send, WeChat is asked once for each text; a push is answered by one of them."""
    async with AsyncExitStack() as stack:
        rig = Rig(start, stack)
        house = await rig.up(Bot(reply=about_deposits), database_url=postgres_url)
        phone = await (await rig.phone()).agreed()
        other = await rig.up(house.bot, database_url=postgres_url)
        person_id = (await phone.person()).id
        calls = rig.wechat.calls["/cgi-bin/message/custom/send"]
        async with house.services.database.transaction() as session:
            person = await outbox.locked(session, person_id)
            assert person
            for text in ("a" * 1500, "b" * 1500, "c" * 1500):
                await outbox.say(house.services, session, person, [text])
        rig.wechat.slow_next("/cgi-bin/message/custom/send", 0.2, times=3)
        workers = [house, other, house, other]
        await asyncio.gather(*(sending.flush(each.services, each.account, person_id) for each in workers))
        await until(lambda: rig.wechat.calls["/cgi-bin/message/custom/send"] == calls + 3)
        said = "".join(rig.wechat.seen(phone.openid))[-4500:]
        assert said == "a" * 1500 + "b" * 1500 + "c" * 1500
        push = phone.pusher.message(phone.openid, "text", Content="My landlord keeps my deposit")
        sealed = [phone.pusher.sealed(push) for _ in range(4)]
        brought = [
            each.http.post("/wechat", params=query, content=body)
            for each, (query, body) in zip(workers, sealed, strict=True)
        ]
        assert all(answer.status_code == 200 for answer in await asyncio.gather(*brought))
        assert len(house.bot.turns) == 1
        await phone.event("unsubscribe")
        async with house.services.database.reading() as session:
            assert await session.get(WechatPerson, person_id) is None


async def test_many_calls_of_two_workers_fetch_one_token_of_wechat(postgres_url: str) -> None:
    """Without a token, after its end and after WeChat refused it: one question for one, and every call is well."""
    time = Time()
    async with Rehearsal(RehearsalClock(lambda: time.now.timestamp())) as rehearsal:
        settings = Settings(
            wechat_app_id=rehearsal.app_id,
            wechat_app_secret=SecretStr(rehearsal.app_secret),
            wechat_api_url=rehearsal.url,
            secret_key=SecretStr("key"),
        )
        databases = Database(postgres_url), Database(postgres_url)
        workers = [WechatClient(settings, database, time) for database in databases]
        openid = rehearsal.person().openid
        for wanted in (1, 2, 3):
            calls = [workers[number % 2].user_language(openid) for number in range(20)]
            assert await asyncio.gather(*calls) == ["en"] * 20
            assert rehearsal.tokens.asked == [False] * wanted
            time.forward(hours=3) if wanted == 1 else rehearsal.tokens.replace()
        for worker, database in zip(workers, databases, strict=True):
            await worker.close()
            await database.close()
