"""SQLite without a thread between: a statement takes less time than handing it to another thread and back.

aiosqlite runs each of a statement's four steps in a thread of its own; a turn with some twenty statements then spends
more time on handing over than on all else the api does. Here SQLAlchemy's own pysqlite dialect is told that it may be
used from the event loop. What could take long is only the wait for another process's lock, and that wait is asynchronous
(`begin_immediate`); readers never wait (WAL).
"""

import asyncio
import sqlite3
import time
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

NAME = "sqlite+inline"
POLL = 0.01  # seconds between two tries to get the lock


class Cursor(sqlite3.Cursor):
    """The driver's cursor, with the one step that SQLAlchemy awaits."""

    async def _async_soft_close(self) -> None:
        """Nothing is left open that would have to be awaited."""


class DriverConnection(sqlite3.Connection):
    """The driver's connection, making such cursors."""

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


registry.register("sqlite.inline", __name__, "InlineSQLite")


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
