"""The processes the api talks to, as small HTTP servers on loopback that speak the contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

SECRET = "between-api-and-bot"


async def _listen(app: ASGIApp) -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="error", lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("the server did not start")
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, task, f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, servers: list[uvicorn.Server] | None = None) -> AsyncIterator[str]:
    """An app behind a real socket; gives its address. `servers`: where to put the server, to stop many at once."""
    server, task, url = await _listen(app)
    if servers is not None:
        servers.append(server)
    try:
        yield url
    finally:
        server.should_exit = True
        await task


def say(key: str, **values: Any) -> dict[str, Any]:
    return {"type": "say", "key": key, "values": values, "buttons": []}


def answer(*sections: str, topic: str = "leasing", second: str | None = None) -> dict[str, Any]:
    scored = [{"id": section, "score": 0.8} for section in sections]
    return {"type": "answer", "topic": topic, "confidence": 0.8, "sections": scored, "second_topic": second}


@dataclass
class Bot:
    """A bot that answers what the test says, and keeps what it was told."""

    reply: Callable[[dict[str, Any]], Any] = lambda turn: [say("greeting")]
    turns: list[dict[str, Any]] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 200
    running: int = 0
    most_at_once: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self.may_answer.set()

    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/webhooks/wenlu/turns", self._turn, methods=["POST"]),
                Route("/webhooks/wenlu/conversations/{sender}", self._erase, methods=["DELETE"]),
                Route("/webhooks/wenlu/health", self._health),
            ]
        )

    async def _turn(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return Response(status_code=401)
        turn = await request.json()
        self.turns.append(turn)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        self.arrived.set()
        await self.may_answer.wait()
        self.running -= 1
        return JSONResponse({"directives": self.reply(turn), "intent": None}, status_code=self.status)

    async def _erase(self, request: Request) -> Response:
        self.erased.append(request.path_params["sender"])
        return Response(status_code=204)

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"}, status_code=self.status)


@dataclass
class Retrieval:
    """A retrieval that names the language the test says, and finds what the test says."""

    language: str | None = "en"
    found: dict[str, Any] = field(default_factory=lambda: {"answerable": False, "confidence": 0.1, "hits": []})
    searches: list[dict[str, Any]] = field(default_factory=list)
    translate: Callable[[dict[str, Any]], str | None] = lambda item: None
    translated: list[dict[str, Any]] = field(default_factory=list)
    translates: bool = True
    url: str = ""

    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/identify", self._identify, methods=["POST"]),
                Route("/search", self._search, methods=["POST"]),
                Route("/translate", self._translate, methods=["POST"]),
                Route("/ready", self._ready),
            ]
        )

    async def _identify(self, request: Request) -> Response:
        texts = (await request.json())["texts"]
        return JSONResponse({"results": [{"language": self.language, "confidence": 0.9} for _ in texts]})

    async def _translate(self, request: Request) -> Response:
        items = (await request.json())["items"]
        self.translated += items
        if not self.translates:
            return JSONResponse({}, status_code=503)
        results = []
        for item in items:
            said = self.translate(item)
            done = {"text": said, "language": item["target"], "machine": True, "reason": None, "via": ["test"]}
            left = {
                "text": item["text"],
                "language": item["source"],
                "machine": False,
                "reason": "no_package",
                "via": [],
            }
            results.append(left if said is None else done)
        return JSONResponse({"results": results})

    async def _search(self, request: Request) -> Response:
        self.searches.append(await request.json())
        return JSONResponse(self.found)

    async def _ready(self, request: Request) -> Response:
        return JSONResponse({"publication": "x", "encoder": "x", "sections": 1})
