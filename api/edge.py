"""The outermost layer: request ids, body limit, security headers, one log line a request, crashes in the one shape."""

import asyncio
import json
import re
import time
import traceback
import uuid
from pathlib import Path

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import KNOWN, error_body

log = structlog.get_logger("api.request")

MAX_BODY = 64 * 1024
DRAIN = 16 * 1024 * 1024  # of a refused body so much is read and thrown away, so that the sender hears the refusal
DRAIN_SECONDS = 10
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Edge:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.match(given) else str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        began = time.perf_counter()

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                dressed = MutableHeaders(scope=message)
                dressed["X-Request-ID"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    dressed.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                if _declared_length(headers) > MAX_BODY:
                    await _drain(receive)
                    await _refuse(send_dressed, 413, request_id)
                else:
                    await self.app(scope, _limited(receive), send_dressed)
            except Exception as error:
                log.error("crash", kind=type(error).__name__, where=_frames(error))
                if status:
                    raise
                await _refuse(send_dressed, 500, request_id)
            finally:
                route = getattr(scope.get("route"), "path", None)
                spent = round((time.perf_counter() - began) * 1000, 1)
                log.info("request", method=scope["method"], route=route, status=status, milliseconds=spent)


def _declared_length(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isdigit() else 0


def _limited(receive: Receive) -> Receive:
    """Count what comes in, also when no length was declared."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > MAX_BODY:
            raise HTTPException(413)
        return message

    return counted


async def _drain(receive: Receive) -> None:
    thrown_away = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while thrown_away < DRAIN:
                message = await receive()
                thrown_away += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


async def _refuse(send: Send, status: int, request_id: str) -> None:
    body = json.dumps(error_body(*KNOWN[status], request_id)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _frames(error: Exception) -> list[str]:
    """Where it happened, without any value that could hold somebody's words."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
