"""The api under test: real SQLite made by the real migrations, real HTTP, peers on loopback."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select

from api.app import create_app
from api.conversations.models import Conversation, Turn
from api.migrations import migrate
from api.services import Services
from api.settings import Settings
from api.staff.models import Staff
from tests.unit.api import corpus
from tests.unit.api.peers import SECRET, Bot, Retrieval, serving


@dataclass
class Time:
    """A clock that a test can turn. It starts on a Monday, at ten in the morning in Shanghai."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 2, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Talk:
    """A resident's conversation over HTTP."""

    http: httpx.AsyncClient
    id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    async def post(self, key: str | None = None, **body: Any) -> httpx.Response:
        body = {"client_message_id": key or str(uuid.uuid4()), **body}
        return await self.http.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def say(self, text: str, key: str | None = None) -> dict[str, Any]:
        return self._well(await self.post(key, text=text))

    async def choose(self, payload: str) -> dict[str, Any]:
        return self._well(await self.post(choice=payload))

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        response = await self.http.get(f"{self.path}/messages", params={"after": after}, headers=self.headers)
        return self._well(response)["messages"]

    @staticmethod
    def _well(response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()


@dataclass
class House:
    """The running api, its peers and its inside."""

    http: httpx.AsyncClient
    services: Services
    bot: Bot
    retrieval: Retrieval
    time: Time
    url: str
    account: Any  # WeChat's, if there is one

    async def open(self, consent: bool = True, **more: Any) -> Talk:
        response = await self.http.post("/api/v1/conversations", json={"consent": consent, **more})
        assert response.status_code == 201, response.text
        return Talk(self.http, response.json()["id"], response.json()["token"])

    async def conversation(self, talk: Talk) -> Conversation:
        async with self.services.database.reading() as session:
            return await session.get_one(Conversation, talk.id)

    async def turns(self, talk: Talk) -> list[Turn]:
        async with self.services.database.reading() as session:
            query = select(Turn).where(Turn.conversation_id == talk.id).order_by(Turn.id)
            return list(await session.scalars(query))

    async def mediator(self, name: str = "Li") -> Staff:
        staff = Staff(
            id=str(uuid.uuid4()),
            username=f"{name}-{uuid.uuid4().hex[:6]}",
            display_name=name,
            role="mediator",
            language="zh",
            password_hash="none",
            created_at=self.time(),
        )
        async with self.services.database.transaction() as session:
            session.add(staff)
        return staff

    async def queue(self, talk: Talk) -> dict[str, Any]:
        await self.http.post(f"{talk.path}/handoff", headers=talk.headers)
        return await talk.choose("handoff:confirm")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database, made once by the migrations."""
    data = tmp_path_factory.mktemp("migrated")
    migrate(f"sqlite+inline:///{data}/wenlu.db")
    corpus.publish(data)
    return data


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    """A test's own data folder."""
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder, symlinks=True)
    return folder


Start = Callable[..., Any]


@pytest.fixture
async def start(data: Path) -> AsyncIterator[Start]:
    """Start an api over the test's data folder, with settings as wanted; more than one after another, too."""
    servers: list[uvicorn.Server] = []
    async with AsyncExitStack() as stack:

        async def begin(bot: Bot | None = None, retrieval: Retrieval | None = None, **settings: Any) -> House:
            bot, retrieval = bot or Bot(), retrieval or Retrieval()
            bot.url = bot.url or await stack.enter_async_context(serving(bot.app(), servers))
            retrieval.url = retrieval.url or await stack.enter_async_context(serving(retrieval.app(), servers))
            time = Time()
            values = {
                "data": data,
                "bot_secret": SecretStr(SECRET),
                "bot_url": bot.url,
                "retrieval_url": retrieval.url,
                "bot_timeout_seconds": 5,
                "database_busy_seconds": 0.3,
                "log_level": "ERROR",
            }
            app = create_app(Settings(**(values | settings)), time)
            url = await stack.enter_async_context(serving(app, servers))
            http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30, trust_env=False))
            return House(http, app.state.services, bot, retrieval, time, url, app.state.wechat)

        yield begin
        for server in servers:
            server.should_exit = True


@pytest.fixture
async def house(start: Start) -> House:
    """The api with its peers well."""
    started: House = await start()
    return started


@pytest.fixture
async def rig(start: Start) -> AsyncIterator[Any]:
    """A WeChat to rehearse with, and an api that has an account there."""
    from tests.unit.api.wechat import Rig  # it stands on this module

    async with AsyncExitStack() as stack:
        made = Rig(start, stack)
        yield made
        assert made.wechat.complaints == []


async def until(condition: Callable[[], Any], seconds: float = 5) -> None:
    """Wait until something holds, looking again and again."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)
