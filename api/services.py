"""The parts every feature works with, made once by `api.app` and handed to routes."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import structlog
from fastapi import Request

from api.chat.bot import BotClient
from api.chat.machine import MachinePassages
from api.chat.render import Renderer
from api.chat.retrieval import RetrievalClient
from api.clock import Clock
from api.db import Database
from api.events.bus import Bus
from api.handoff.hours import DeskHours
from api.i18n import Catalogs
from api.limits import Limits
from api.settings import Settings
from knowledge.emergencies import Emergencies
from knowledge.publication import PublicationWatcher
from knowledge.service_points import ServicePoint

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass
class Services:
    """Everything that is wired once. `library.corpus()` is the published knowledge, or None before the first one."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    bot: BotClient
    retrieval: RetrievalClient
    catalogs: Catalogs
    library: PublicationWatcher
    emergencies: Emergencies
    service_points: dict[str, ServicePoint]
    limits: Limits
    desk_hours: DeskHours
    machine: MachinePassages
    turns: dict[tuple[str, str], asyncio.Task[dict[str, Any] | None]] = field(default_factory=dict)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _background: set[asyncio.Task[Any]] = field(default_factory=set)

    def renderer(self, language: str, channel: str = "web") -> Renderer:
        """What renders for a reader of this language on this channel, over the knowledge published now."""
        today = self.clock().date()
        return Renderer(self.catalogs, self.library.corpus(), self.emergencies, language, today, self.machine, channel)

    def lock(self, conversation_id: str) -> asyncio.Lock:
        """What makes the turns of one conversation wait for each other."""
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        return lock

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run something beside the requests; its crash is logged, its end awaited at shutdown."""
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background_failed", task=task.get_name(), kind=type(error).__name__)

    async def finish(self, patience: float = 10) -> None:
        """Stop what is done again and again, let what else runs beside the requests end, then stop that, too."""
        for job in [task for task in self._background if task.get_name().startswith("job:")]:
            job.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._background:
                    await asyncio.wait(self._background)
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)

    async def close(self) -> None:
        """Give every connection back."""
        await self.bot.close()
        await self.retrieval.close()
        await self.database.close()


async def services_of(request: Request) -> Services:
    """The parts, for a route: `services: Annotated[Services, Depends(services_of)]`."""
    services: Services = request.app.state.services
    return services
