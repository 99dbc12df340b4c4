"""The account's access token: one for all workers, kept encrypted in the database, fetched by one of them at a time."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr
from sqlalchemy import or_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError

from api.channels.wechat.errors import TOKEN, UNREACHABLE, WechatError
from api.channels.wechat.models import WechatToken
from api.clock import Clock
from api.db import Database, DatabaseBusy

EARLY = 120.0  # seconds before its end in which a token is renewed; WeChat has a new one ready 300 s before
CLAIM = timedelta(seconds=20)  # a worker that died while fetching holds up the others no longer
PATIENCE = 12.0  # seconds to wait for another worker's token
LOOK = 0.05  # seconds between two looks whether it is there
FORCE_EVERY = timedelta(minutes=5)  # WeChat allows 20 a day, 30 s apart


@dataclass(frozen=True)
class Token:
    """A token and which one in the row of tokens it is."""

    version: int
    value: SecretStr


@dataclass(frozen=True)
class Fetched:
    """A token as WeChat gave it."""

    value: SecretStr
    seconds: float

    @classmethod
    def of(cls, said: dict[str, Any] | None) -> "Fetched | None":
        """Read WeChat's answer; None if there is no token in it."""
        value, seconds = (said or {}).get("access_token"), (said or {}).get("expires_in")
        if not (isinstance(value, str) and value and isinstance(seconds, int | float) and seconds > 0):
            return None
        return cls(SecretStr(value), float(seconds))


Fetch = Callable[[bool], Awaitable[Fetched]]


@contextmanager
def _busy_is_told() -> Iterator[None]:
    """Without the database there is no token, and without a token WeChat cannot be asked."""
    try:
        yield
    except DatabaseBusy:
        raise WechatError(UNREACHABLE) from None


class Tokens:
    """The account's token. `fetch(force)` asks WeChat for it."""

    def __init__(self, app_id: str, database: Database, box: Fernet, clock: Clock, fetch: Fetch) -> None:
        self._app_id, self._database, self._box, self._clock, self._fetch = app_id, database, box, clock, fetch
        self._me = str(uuid.uuid4())
        self._flight: asyncio.Task[Token] | None = None

    async def current(self) -> Token:
        """The token that is good now, fetched if there is none."""
        with _busy_is_told():
            row = await self._row()
            return self._usable(row) or await self._renewed(row.version if row else 0, None)

    async def another(self, failed: Token) -> Token:
        """A token in place of one that WeChat refused: what another worker fetched since, else a new one."""
        with _busy_is_told():
            row = await self._row()
            if row is not None and row.version != failed.version and (found := self._usable(row)):
                return found
            return await self._renewed(row.version if row else 0, failed)

    async def close(self) -> None:
        """Stop fetching."""
        if self._flight is not None and not self._flight.done():
            self._flight.cancel()
            await asyncio.wait([self._flight])

    async def _renewed(self, version: int, failed: Token | None) -> Token:
        """Everybody in this process who needs a token waits for the same fetching."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._renew(version, failed), name="wechat:token")
            self._flight.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._flight)

    async def _renew(self, version: int, failed: Token | None) -> Token:
        deadline = time.monotonic() + PATIENCE
        while not await self._claimed(version):
            row = await self._row()
            if row is not None and row.version != version and (found := self._usable(row)):
                return found
            version = row.version if row else 0
            if time.monotonic() > deadline:
                raise WechatError(UNREACHABLE)
            await asyncio.sleep(LOOK)
        try:
            fetched = await self._fetch(False)
            if failed is not None and fetched.value == failed.value:
                await self._may_force()
                fetched = await self._fetch(True)
            return await self._keep(version, fetched)
        except BaseException:
            await self._let_go()
            raise

    async def _row(self) -> WechatToken | None:
        async with self._database.reading() as session:
            return await session.get(WechatToken, self._app_id)

    def _usable(self, row: WechatToken | None) -> Token | None:
        if row is None or row.token is None or row.expires_at is None or row.expires_at <= self._clock():
            return None
        try:
            return Token(row.version, SecretStr(self._box.decrypt(row.token).decode()))
        except InvalidToken:  # the installation's key was changed
            return None

    async def _claimed(self, version: int) -> bool:
        """Whether it is now ours to fetch the token after this one."""
        now = self._clock()
        free = or_(WechatToken.refreshing_until.is_(None), WechatToken.refreshing_until < now)
        claim = {"refresher": self._me, "refreshing_until": now + CLAIM}
        try:
            async with self._database.transaction() as session:
                if await session.get(WechatToken, self._app_id) is None:
                    session.add(WechatToken(app_id=self._app_id, version=version, **claim))
                    return True
        except IntegrityError:  # another worker made the row first
            return False
        return await self._change(WechatToken.version == version, free, **claim)

    async def _may_force(self) -> None:
        """Forcing is rationed by WeChat: rather fail for a while than use the day's ration up."""
        now = self._clock()
        waited = or_(WechatToken.forced_at.is_(None), WechatToken.forced_at < now - FORCE_EVERY)
        if not await self._change(WechatToken.refresher == self._me, waited, forced_at=now):
            raise WechatError(TOKEN)

    async def _keep(self, version: int, fetched: Fetched) -> Token:
        lasts = fetched.seconds - min(EARLY, fetched.seconds / 2)
        await self._change(
            WechatToken.refresher == self._me,
            WechatToken.version == version,
            version=version + 1,
            token=self._box.encrypt(fetched.value.get_secret_value().encode()).decode(),
            expires_at=self._clock() + timedelta(seconds=lasts),
            refresher=None,
            refreshing_until=None,
        )
        return Token(version + 1, fetched.value)

    async def _let_go(self) -> None:
        await self._change(WechatToken.refresher == self._me, refresher=None, refreshing_until=None)

    async def _change(self, *conditions: Any, **values: Any) -> bool:
        """One conditional update: whether the row was as expected and is now changed."""
        async with self._database.transaction() as session:
            result = await session.execute(
                update(WechatToken)
                .where(WechatToken.app_id == self._app_id, *conditions)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
        assert isinstance(result, CursorResult)
        return result.rowcount == 1
