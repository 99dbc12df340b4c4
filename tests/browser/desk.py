"""The real api with a real database and two people at the desk; bot and retrieval are not there. Settings as wanted."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from pydantic import SecretStr

from api.app import create_app
from api.clock import utc_now
from api.db import Database, migrate
from api.services import Services
from api.settings import Settings
from api.staff import service
from tests.browser.small_corpus import small_corpus
from wenlu.installation import free_ports

T = TypeVar("T")
PASSWORD = "a quiet desk in the morning"


class Desk:
    """The api on a free port, its first passwords by user name, and the passwords people chose."""

    def __init__(self, data: Path, **settings: Any) -> None:
        (port,) = free_ports(1)
        self.settings = Settings(
            data=data,
            port=port,
            bot_secret=SecretStr("x" * 40),
            bot_url="http://127.0.0.1:9",
            retrieval_url="http://127.0.0.1:9",
            desk_hours="Mon-Sun 00:00-23:59 Asia/Shanghai",
            log_level="ERROR",
            **settings,
        )
        self.url = f"http://127.0.0.1:{port}"
        with ThreadPoolExecutor(1) as thread:  # the browser's own event loop occupies this one
            self.first_passwords = thread.submit(asyncio.run, self._prepare()).result()
        self._publish()
        self.start()

    async def _prepare(self) -> dict[str, str]:
        await migrate(self.settings)
        database = Database(self.settings.database)
        made = {}
        people = [
            ("admin", "Admin Li", "administrator"),
            ("mia", "Mia Chen", "mediator"),
            ("wei", "Wei Zhang", "mediator"),
        ]
        async with database.transaction() as session:
            for username, name, role in people:
                person, password = await service.add(
                    session,
                    utc_now(),
                    "test",
                    username=username,
                    display_name=name,
                    role=role,
                    language="en",
                    email=None,
                )
                made[person.username] = password
        await database.close()
        return made

    def _publish(self) -> None:
        corpus = small_corpus()
        folder = self.settings.data / "published" / corpus.hash
        folder.mkdir(parents=True)
        (folder / "corpus.json").write_text(corpus.to_json(), encoding="utf-8")
        (folder.parent / "current").symlink_to(corpus.hash)

    def start(self) -> None:
        """Listen (again), with the same database."""
        app = create_app(self.settings)
        config = uvicorn.Config(app, port=self.settings.port, log_level="error", timeout_graceful_shutdown=1)
        self.services: Services = app.state.services
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self.thread.start()
        deadline = time.monotonic() + 30
        while not self.server.started and self.thread.is_alive() and time.monotonic() < deadline:
            self.thread.join(0.05)
        assert self.server.started

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        await self.server.serve()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something inside the running api, as another channel would."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def stop(self) -> None:
        """Go away, as a server does that is restarted."""
        self.server.should_exit = True
        self.thread.join(30)
