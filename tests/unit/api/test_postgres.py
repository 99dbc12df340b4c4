"""The whole way of a turn over PostgreSQL."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from api.errors import ApiError
from api.handoff import service
from api.migrations import migrate
from tests.unit.api.conftest import Start
from tests.unit.api.corpus import DEPOSIT
from tests.unit.api.peers import answer

pytestmark = pytest.mark.postgres


async def test_a_conversation_from_question_to_erasure(start: Start, postgres_url: str) -> None:
    """Asked twice at once, answered once; handed over to one of two; erased: as on SQLite."""
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    await asyncio.to_thread(migrate, postgres_url)
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
