"""The one place that wires: makes the parts, starts what runs beside the requests, and hands everything to the routes."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import errors, logs, reference
from api.channels import web
from api.channels.wechat import routes as wechat
from api.channels.wechat.account import AccountError, make_account
from api.chat.bot import BotClient
from api.chat.machine import MachinePassages
from api.chat.retrieval import RetrievalClient
from api.clock import Clock, utc_now
from api.db import Database
from api.desk import routes as desk
from api.edge import Edge
from api.events.bus import Bus
from api.handoff.hours import DeskHours, HoursError
from api.i18n import Catalogs
from api.jobs import start_jobs
from api.limits import Limits
from api.pages import routes as pages
from api.pictures import routes as pictures
from api.services import Services
from api.settings import ROOT, Settings
from api.staff import routes as staff
from knowledge.emergencies import load_emergencies
from knowledge.publication import PublicationWatcher
from knowledge.service_points import load_service_points


class SetupError(Exception):
    """Something an operator has to mend before the api can start."""


@cache
def _catalogs() -> Catalogs:
    """Read once a process: they never change while it runs."""
    return Catalogs.load(ROOT / "locales")


def make_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """All parts, made from the settings. Nothing is opened before it is used."""
    if settings.bot_secret is None:
        raise SetupError("WENLU_BOT_SECRET is not set. Start with `wenlu run`, which makes one, or set it yourself.")
    try:
        hours = DeskHours.parse(settings.desk_hours, settings.desk_closed_days, settings.desk_extra_days)
    except HoursError as error:
        raise SetupError(str(error)) from error
    retrieval = RetrievalClient(settings.retrieval_url, settings.retrieval_timeout_seconds)
    return Services(
        settings=settings,
        clock=clock,
        database=Database(settings.database, settings.database_busy_seconds),
        bus=Bus(),
        bot=BotClient(settings.bot_url, settings.bot_secret.get_secret_value(), settings.bot_timeout_seconds),
        retrieval=retrieval,
        catalogs=_catalogs(),
        library=PublicationWatcher(settings.data),
        emergencies=load_emergencies(),
        service_points=load_service_points(),
        limits=Limits(settings),
        desk_hours=hours,
        machine=MachinePassages(retrieval),
    )


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> FastAPI:
    """The api. `uvicorn --factory api.app:create_app` serves it."""
    chosen = settings or Settings()
    logs.configure(chosen.log_level)
    services = make_services(chosen, clock)
    try:
        account = make_account(services)
    except AccountError as error:
        raise SetupError(str(error)) from error

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await start_jobs(services, account)
        gc.collect()
        gc.freeze()  # catalogs, phrases and routes are here to stay: the collector need not walk through them again
        try:
            yield
        finally:
            await services.finish()
            await services.close()
            if account:
                await account.client.close()

    app = FastAPI(
        title="Wenlu",
        version="1",
        summary="Legal information for foreign residents in China: answers with the law behind them, and a person.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.wechat = account
    errors.install(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=chosen.allowed_origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-Request-ID"],
        expose_headers=["X-Request-ID", "Retry-After"],
        max_age=600,
    )
    app.add_middleware(Edge)
    for router in (
        web.router,
        wechat.router,
        reference.router,
        staff.router,
        desk.router,
        pictures.router,
        pages.router,
    ):
        app.include_router(router)
    return app
