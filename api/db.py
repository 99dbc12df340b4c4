"""The database: SQLite (WAL) by default, PostgreSQL by setting, the same code over both."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, MetaData, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from api.errors import ApiError
from api.settings import Settings
from api.sqlite import DriverConnection, begin_immediate

T = TypeVar("T")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table's model inherits."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept in UTC and given back with its time zone, also by SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DatabaseBusy(ApiError):
    """The database is locked by somebody else; trying again soon helps."""

    def __init__(self) -> None:
        super().__init__(
            503, "database_busy", "The service is busy. Please try again in a moment.", {"Retry-After": "2"}
        )


class Database:
    """An engine and its sessions.

    `transaction()` is for writing: on SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that what was read
    in it still holds when it writes. `reading()` never waits for a writer.
    """

    def __init__(self, url: str, busy_seconds: float = 5.0) -> None:
        self.sqlite = url.startswith("sqlite")
        arguments: dict[str, Any] = (  # timeout: the waiting is done by begin_immediate
            {"connect_args": {"timeout": 0, "factory": DriverConnection}} if self.sqlite else {"pool_pre_ping": True}
        )
        self.engine = create_async_engine(url, hide_parameters=True, **arguments)
        reading = self.engine.execution_options(wenlu_begin="reading")
        passing = self.engine.execution_options(wenlu_begin="passing")
        if self.sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", partial(_begin_sqlite, patience=busy_seconds))
        else:
            event.listen(self.engine.sync_engine, "begin", _begin_postgresql)
        self._writer = asyncio.Lock() if self.sqlite else None
        self._patience = max(busy_seconds, 1) * 4
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False)
        self._passing = async_sessionmaker(passing, expire_on_commit=False)
        self._reading = async_sessionmaker(reading, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, durable: bool = True) -> AsyncIterator[AsyncSession]:
        """A session that commits at its end, or rolls back if anything was raised.

        Not `durable`: the commit does not wait for the disk. It survives every crash of ours, and may be undone, with
        all that were not durable after it, when the power fails; for notes of what is under way and is done again then.
        """
        sessions = self._writing if durable else self._passing
        async with self._turn(), _busy_is_told(), sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """SQLite has one writer: those of this process queue here, in order, instead of polling the file's lock."""
        if self._writer is None:
            yield
            return
        try:
            await asyncio.wait_for(self._writer.acquire(), self._patience)
        except TimeoutError as error:
            raise DatabaseBusy from error
        try:
            yield
        finally:
            self._writer.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for looking; what is changed in it is not kept."""
        async with _busy_is_told(), self._reading() as session:
            yield session

    async def check(self) -> None:
        """Raise unless the database answers and its tables are there."""
        async with self.reading() as session:
            await session.execute(text("SELECT count(*) FROM conversation WHERE id = ''"))

    async def forget(self) -> None:
        """Make SQLite's write-ahead log let go of erased text now, if nobody is reading it; freed pages are overwritten."""
        if self.sqlite:
            await asyncio.to_thread(_truncate_log, str(self.engine.url.database))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


async def insist(work: Callable[[], Awaitable[T]], tries: int = 3) -> T:
    """Do something that must not be left undone, again while the database is busy."""
    for _ in range(tries - 1):
        with suppress(DatabaseBusy):
            return await work()
    return await work()


async def migrate(settings: Settings) -> None:
    """Bring the settings' database to the newest form; creates it when there is none."""
    from api.migrations import migrate as run  # it reads all models, which read this module

    if not settings.database_url:
        settings.data.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(run, settings.database)


@asynccontextmanager
async def _busy_is_told() -> AsyncIterator[None]:
    try:
        yield
    except OperationalError as error:
        if _is_busy(error):
            raise DatabaseBusy from error
        raise


def _is_busy(error: DBAPIError) -> bool:
    said = str(error.orig).lower()
    return "database is locked" in said or "database table is locked" in said or "lock timeout" in said


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _truncate_log(path: str) -> None:
    with closing(sqlite3.connect(path, timeout=0.5)) as connection, suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _begin_sqlite(connection: Connection, patience: float) -> None:
    kind = connection.get_execution_options().get("wenlu_begin")
    if kind == "reading":
        connection.exec_driver_sql("BEGIN DEFERRED")
        return
    driver: Any = connection.connection.driver_connection
    driver.last(durable=kind != "passing")
    begin_immediate(connection, patience)


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("wenlu_begin") == "passing":
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
