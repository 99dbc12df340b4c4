"""SQLite without a thread between: a statement takes less time than handing it to another thread and back.

aiosqlite runs each of a statement's four steps in a thread of its own; a turn with some twenty statements then spends
more time on handing over than on all else the api does. Here SQLAlchemy's own pysqlite dialect is told that it may be
used from the event loop. Two things can take long, and the event loop waits for neither: another process's lock
(`begin_immediate`), and the disk, when a durable transaction is committed. Readers never wait (WAL).
"""

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

NAME = "sqlite+inline"
POLL = 0.01  # seconds between two tries to get the lock
_disk = ThreadPoolExecutor(1, "sqlite-commit")


class Cursor(sqlite3.Cursor):
    """The driver's cursor, with the one step that SQLAlchemy awaits."""

    async def _async_soft_close(self) -> None:
        """Nothing is left open that would have to be awaited."""


class DriverConnection(sqlite3.Connection):
    """The driver's connection, making such cursors. `durable`: its next commit waits until the disk has it."""

    durable = True

    def last(self, durable: bool) -> None:
        """Say so of the next transaction, before it begins."""
        if durable != self.durable:
            self.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self.durable = durable

    def cursor(self, factory: Any = Cursor) -> Any:
        """A new cursor."""
        return super().cursor(factory)


class InlineSQLite(SQLiteDialect_pysqlite):
    """The pysqlite dialect, for an AsyncEngine."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """A pool that waits for a free connection without holding up the event loop."""
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> sqlite3.Connection:
        """The connection is the driver's own."""
        return connection  # type: ignore[no-any-return]

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit; while the disk writes, the event loop goes on."""
        if dbapi_connection.durable:
            await_only(_on_disk(dbapi_connection))
        else:
            dbapi_connection.commit()


registry.register("sqlite.inline", __name__, "InlineSQLite")


async def _on_disk(connection: Any) -> None:
    """Commit in another thread. Who is stopped meanwhile stops when it is done: the connection has one user at a time."""
    commit = asyncio.get_running_loop().run_in_executor(_disk, connection.commit)
    try:
        await asyncio.shield(commit)
    except asyncio.CancelledError:
        await asyncio.wait([commit])
        raise


def begin_immediate(connection: Connection, patience: float) -> None:
    """Take the write lock, waiting up to `patience` seconds for whoever has it, while the event loop goes on."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
        await_only(asyncio.sleep(POLL))
