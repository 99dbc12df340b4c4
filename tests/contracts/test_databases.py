"""One suite over every database: what holds on SQLite holds on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from api import audit
from api.audit import AuditLine
from api.conversations import codes, messages
from api.conversations.messages import Draft
from api.conversations.models import Conversation, MessageRow, Turn
from api.conversations.service import locked
from api.db import Database
from api.migrations import migrate
from api.services import Services
from api.settings import Settings

NOW = datetime(2026, 11, 22, 12, 30, 1, 250_000, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database made by the migrations."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    url = f"sqlite+inline:///{tmp_path}/wenlu.db"
    migrate(url)
    return url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """The database, with one conversation."""
    opened = Database(url)
    async with opened.transaction() as session:
        session.add(Conversation(id="c", token_hash="h", sender="s", created_at=NOW))
    yield opened
    await opened.close()


async def test_moments_come_back_in_utc(database: Database) -> None:
    """A moment comes back as it was stored, with its time zone."""
    async with database.reading() as session:
        assert (await session.get_one(Conversation, "c")).created_at == NOW


async def test_a_moment_without_zone_is_refused(database: Database) -> None:
    """A moment whose time zone is unknown is not stored."""
    with pytest.raises(Exception, match="time zone"):
        async with database.transaction() as session:
            session.add(Conversation(id="d", token_hash="", sender="t", created_at=NOW.replace(tzinfo=None)))


async def test_writers_at_once_number_without_gaps(database: Database) -> None:
    """Twenty writers at once leave the numbers 1 to 60."""

    async def portion() -> None:
        async with database.transaction() as session:
            await messages.append(session, await locked(session, "c"), [Draft("system", "词 🏠")] * 3, NOW)

    await asyncio.gather(*(portion() for _ in range(20)))
    async with database.reading() as session:
        rows = await messages.after(session, "c", 0)
    assert [row.seq for row in rows] == list(range(1, 61)) and rows[0].text == "词 🏠"


async def test_of_many_claims_one_wins(database: Database) -> None:
    """A conditional update by ten at once changes the row once."""

    async def claim() -> int:
        async with database.transaction() as session:
            change = update(Conversation).where(Conversation.id == "c", Conversation.holder == "bot")
            return (await session.execute(change.values(holder="mediator"))).rowcount

    assert sorted(await asyncio.gather(*(claim() for _ in range(10)))) == [0] * 9 + [1]


async def test_of_many_who_bring_a_code_one_gets_it(database: Database) -> None:
    """A code redeemed by ten at once opens the conversation to one of them."""
    settings = Settings(bot_secret=SecretStr("x"))
    services = cast(Services, SimpleNamespace(settings=settings, clock=lambda: NOW))
    async with database.transaction() as session:
        code = await codes.make(services, session, await locked(session, "c"))

    async def bring() -> str | None:
        async with database.transaction() as session:
            return await codes.redeem(services, session, code)

    found = await asyncio.gather(*(bring() for _ in range(10)))
    assert sorted(found, key=str) == [None] * 9 + ["c"]


async def test_a_key_is_unique_in_its_conversation(database: Database) -> None:
    """The database itself refuses a second turn under one key."""

    def turn() -> Turn:
        return Turn(
            conversation_id="c", client_message_id="k", body_hash="", state="received", resident_seq=1, created_at=NOW
        )

    async with database.transaction() as session:
        session.add(turn())
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(turn())


async def test_an_error_rolls_back(database: Database) -> None:
    """What a failing transaction wrote is not there."""
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await messages.append(session, await locked(session, "c"), [Draft("system", "x")], NOW)
            raise RuntimeError
    async with database.reading() as session:
        assert await messages.after(session, "c", 0) == []
        assert (await session.get_one(Conversation, "c")).next_seq == 1


async def test_erasing_a_conversation_erases_its_messages(database: Database) -> None:
    """Rows of an erased conversation go with it."""
    async with database.transaction() as session:
        await messages.append(session, await locked(session, "c"), [Draft("system", "x", payload={"a": [1]})], NOW)
    async with database.transaction() as session:
        await session.execute(delete(Conversation).where(Conversation.id == "c"))
    async with database.reading() as session:
        assert (await session.scalars(select(MessageRow))).all() == []


async def test_the_log_cannot_be_changed(database: Database) -> None:
    """Lines are appended by many at once in one chain; changing or deleting one is refused by the database."""

    async def deed(number: int) -> None:
        async with database.transaction() as session:
            await audit.record(session, NOW, "tester", "deed", f"{number}", {"number": number})

    await asyncio.gather(*(deed(number) for number in range(10)))
    async with database.reading() as session:
        assert await audit.broken_at(session) is None
        assert len((await session.scalars(select(AuditLine))).all()) == 10
    for change in (update(AuditLine).values(actor="x"), delete(AuditLine)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.transaction() as session:
                await session.execute(change)


async def test_a_transaction_that_need_not_last_holds_and_leaves_the_others_durable(database: Database) -> None:
    """What it wrote is there for everybody; the next one waits for the disk again."""
    asked = "PRAGMA synchronous" if database.sqlite else "SHOW synchronous_commit"
    for durable, wanted in ((False, (1, "off")), (True, (2, "on")), (False, (1, "off"))):
        async with database.transaction(durable=durable) as session:
            await messages.append(session, await locked(session, "c"), [Draft("system", "x")], NOW)
            assert await session.scalar(text(asked)) in wanted
    async with database.reading() as session:
        assert len(await messages.after(session, "c", 0)) == 3
