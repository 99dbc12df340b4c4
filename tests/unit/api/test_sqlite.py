"""Committing on SQLite: durable without holding up the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api.conversations.models import Conversation
from api.db import Database
from api.migrations import migrate
from api.sqlite import DriverConnection
from tests.contracts.test_databases import NOW


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    url = f"sqlite+inline:///{tmp_path}/wenlu.db"
    await asyncio.to_thread(migrate, url)
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, threading.Event]:
    """A disk on which a commit begins (the first is set) and goes on when it may (set the second)."""
    loop, begun, may_end = asyncio.get_event_loop(), asyncio.Event(), threading.Event()
    commit = DriverConnection.commit

    def slowly(connection: DriverConnection) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert may_end.wait(20)
        commit(connection)

    monkeypatch.setattr(DriverConnection, "commit", slowly)
    return begun, may_end


async def _add(database: Database, name: str) -> None:
    async with database.transaction() as session:
        session.add(Conversation(id=name, token_hash=name, sender=name, created_at=NOW))


async def _there(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(Conversation.id)))


async def test_others_go_on_while_the_disk_writes(
    database: Database, slow_disk: tuple[asyncio.Event, threading.Event]
) -> None:
    begun, may_end = slow_disk
    writing = asyncio.create_task(_add(database, "a"))
    await begun.wait()
    assert await _there(database) == [] and not writing.done()
    may_end.set()
    await writing
    assert await _there(database) == ["a"]


async def test_who_is_stopped_while_the_disk_writes_leaves_a_whole_database(
    database: Database, slow_disk: tuple[asyncio.Event, threading.Event]
) -> None:
    """What was being committed is there, and the connection serves the next."""
    begun, may_end = slow_disk
    writing = asyncio.create_task(_add(database, "a"))
    await begun.wait()
    writing.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await _add(database, "b")
    assert sorted(await _there(database)) == ["a", "b"]
