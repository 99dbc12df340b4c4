"""Live events: resumed by number, nothing missing, nothing doubled."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.conversations import messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation
from api.conversations.service import locked
from api.db import Database
from api.events.bus import Bus, Event
from tests.unit.api.conftest import House, Start, Talk, until


@dataclass
class Heard:
    """One event of a stream."""

    kind: str
    id: str | None
    data: dict[str, Any]


async def _events(response: httpx.Response) -> AsyncIterator[Heard]:
    kind, number, data = "message", None, []
    async for line in response.aiter_lines():
        if line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("id:"):
            number = line[3:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].strip())
        elif not line and data:
            yield Heard(kind, number, json.loads("\n".join(data)))
            kind, number, data = "message", None, []


class Listener:
    """A widget that listens and keeps what it heard."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    @property
    def seqs(self) -> list[int]:
        return [event.data["seq"] for event in self.heard if event.kind == "message"]

    def kinds(self) -> list[str]:
        return [event.kind for event in self.heard]


@asynccontextmanager
async def listening(talk: Talk, last: str | None = None) -> AsyncIterator[Listener]:
    """Listen as long as the block lasts; the stream is open when it begins."""
    listener = Listener()
    headers = talk.headers | ({"Last-Event-ID": last} if last else {})
    async with talk.http.stream("GET", f"{talk.path}/events", headers=headers) as response:
        assert response.status_code == 200 and response.headers["content-type"].startswith("text/event-stream")

        async def hear() -> None:
            async for event in _events(response):
                listener.heard.append(event)

        task = asyncio.create_task(hear())
        await until(lambda: listener.heard)
        yield listener
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def add(house: House, talk: Talk, text: str) -> int:
    """A message that comes from elsewhere."""
    async with house.services.database.transaction() as session:
        conversation = await locked(session, talk.id)
        row = (await messages.append(session, conversation, [Draft("system", text)], house.time()))[0]
    house.services.bus.publish(Event("message", talk.id))
    return row.seq


async def test_what_happens_is_heard(house: House) -> None:
    """A listener hears the messages of a turn with their numbers, and that somebody is typing."""
    talk = await house.open()
    async with listening(talk) as listener:
        await talk.say("hello")
        await until(lambda: len(listener.seqs) == 2 and listener.kinds().count("typing") == 2)
    assert [(event.id, event.data["role"]) for event in listener.heard if event.kind == "message"] == [
        ("1", "resident"),
        ("2", "assistant"),
    ]
    assert [event.data for event in listener.heard if event.kind == "typing"] == [{"on": True}, {"on": False}]
    assert listener.heard[0].kind == "holder"
    assert all(event.id is None for event in listener.heard if event.kind != "message")


async def test_a_reconnect_resumes(house: House) -> None:
    """After a lost connection the stream goes on after Last-Event-ID: nothing missing, nothing doubled."""
    talk = await house.open()
    await talk.say("one")
    async with listening(talk) as listener:
        await until(lambda: len(listener.seqs) == 2)
    await talk.say("two")
    async with listening(talk, last="2") as again:
        await talk.say("three")
        await until(lambda: len(again.seqs) == 4)
    assert listener.seqs + again.seqs == [1, 2, 3, 4, 5, 6]
    told = [(event.data["id"], event.data["text"]) for event in again.heard if event.kind == "message"]
    assert told == [(message["id"], message["text"]) for message in (await talk.messages())[2:]]


async def test_a_message_between_replay_and_live(house: House) -> None:
    """Messages that arrive while the replay runs come once and in order."""
    talk = await house.open()
    for number in range(20):
        await add(house, talk, str(number))
    writing = asyncio.gather(*(add(house, talk, f"late {number}") for number in range(20)))
    async with listening(talk, last="5") as listener:
        await writing
        await until(lambda: len(listener.seqs) == 35)
    assert listener.seqs == list(range(6, 41))


async def test_a_nonsense_last_event_id_replays_all(house: House) -> None:
    """A Last-Event-ID that is no number counts as none."""
    talk = await house.open()
    await add(house, talk, "one")
    async with listening(talk, last="abc") as listener:
        await until(lambda: listener.seqs == [1])


async def test_a_silent_stream_shows_that_it_lives(start: Start) -> None:
    """Without news a comment comes now and then, so that a dead connection is noticed."""
    house = await start(heartbeat_seconds=0.05)
    talk = await house.open()
    async with talk.http.stream("GET", f"{talk.path}/events", headers=talk.headers) as response:
        async for line in response.aiter_lines():
            if line.startswith(":"):
                break
    assert line == ": alive"


async def test_an_erased_conversation_ends_its_streams(house: House) -> None:
    """Whoever listens to a conversation that is erased is told, and the stream ends."""
    talk = await house.open()
    async with listening(talk) as listener:
        await house.http.delete(talk.path, headers=talk.headers)
        await until(lambda: listener.kinds()[-1] == "erased")


async def test_a_stranger_hears_nothing(house: House) -> None:
    """The stream opens only with the conversation's own token."""
    talk, other = await house.open(), await house.open()
    response = await house.http.get(f"{talk.path}/events", headers=other.headers)
    assert response.status_code == 401


async def test_a_slow_listener_does_not_block(house: House) -> None:
    """A listener that does not read is left behind, and says so; the others go on."""
    bus = Bus()
    async with bus.subscribe("c") as slow:
        for _ in range(1000):
            bus.publish(Event("message", "c"))
        assert slow.fell_behind


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.integers(min_value=1, max_value=5), min_size=1, max_size=8))
def test_numbering_has_no_gaps(migrated: Path, tmp_path_factory: pytest.TempPathFactory, plan: list[int]) -> None:
    """However messages arrive at once, in whatever portions, their numbers are 1, 2, 3 … without gap or repetition."""
    file = tmp_path_factory.mktemp("numbering") / "wenlu.db"
    shutil.copy(migrated / "wenlu.db", file)
    assert asyncio.run(_number(Database(f"sqlite+inline:///{file}"), plan)) == list(range(1, sum(plan) + 1))


async def _number(database: Database, plan: list[int]) -> list[int]:
    """Append the plan's portions at once; the numbers as they are stored."""
    now = datetime.now(UTC)
    async with database.transaction() as session:
        session.add(Conversation(id="c", token_hash="", sender="s", created_at=now))

    async def portion(size: int) -> None:
        async with database.transaction() as session:
            conversation = await locked(session, "c")
            await messages.append(session, conversation, [Draft("system", "x")] * size, now)

    await asyncio.gather(*(portion(size) for size in plan))
    async with database.reading() as session:
        stored = [row.seq for row in await messages.after(session, "c", 0)]
    await database.close()
    return stored
