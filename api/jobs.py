"""What runs beside the requests: turns left half-way, erasures owed, silent mediators, retention."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from api.channels.wechat import inbox, people, sending
from api.channels.wechat.account import Account
from api.chat import turns
from api.conversations import service
from api.desk import mail
from api.handoff import service as handoff
from api.services import Services

log = structlog.get_logger(__name__)

DAY = 24 * 3600.0


async def start_jobs(services: Services, account: Account | None) -> None:
    """Start the periodic work. What a crash left half-way is finished first."""
    services.spawn(_first(services, account), "job:start")
    if account:
        _start_wechat(services, account)

    async def recover() -> int:
        return await turns.recover(services, at_start=False)

    async def silent() -> int:
        return await handoff.sweep_silent(services)

    async def erasures() -> int:
        return await service.erase_pending(services)

    async def retain() -> int:
        return await service.retain(services)

    services.spawn(mail.watch(services), "job:mail")
    services.spawn(_every(20, recover), "job:recover")
    services.spawn(_every(15, silent), "job:silent_mediators")
    services.spawn(_every(60, erasures), "job:erasures")
    services.spawn(_every(DAY, retain), "job:retention")


def _start_wechat(services: Services, account: Account) -> None:
    """What only an installation with a WeChat account does."""

    async def recover() -> int:
        return await inbox.recover(services, account, at_start=False)

    async def send() -> int:
        return await sending.sweep(services, account)

    async def forget() -> int:
        return await inbox.forget(services) + await people.forget(services)

    services.spawn(sending.watch(services, account), "job:wechat_watch")
    services.spawn(_every(5, send), "job:wechat_send")
    services.spawn(_every(20, recover), "job:wechat_recover")
    services.spawn(_every(600, forget), "job:wechat_forget")


async def _first(services: Services, account: Account | None) -> None:
    """Once at start."""
    await asyncio.to_thread(services.library.corpus)
    await turns.recover(services, at_start=True)
    if account:
        await inbox.recover(services, account, at_start=True)


async def _every(seconds: float, work: Callable[[], Awaitable[int]]) -> None:
    """Do something again and again; one failure never ends it."""
    while True:
        try:
            await work()
        except Exception as error:
            log.error("job_failed", kind=type(error).__name__)
        await asyncio.sleep(seconds)
