"""WeChat's API on loopback, with the limits and refusals that its documentation names."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar

from aiohttp import web

from wenlu.wechat_rehearsal.clock import RehearsalClock
from wenlu.wechat_rehearsal.menus import check_menu, shown
from wenlu.wechat_rehearsal.people import Person
from wenlu.wechat_rehearsal.refusals import Refusal
from wenlu.wechat_rehearsal.tokens import Tokens

T = TypeVar("T")
Failure = int | Literal["drop", "drop_after", "nonsense"]
Query = Mapping[str, str]

TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105
MEDIA_KEPT = 3 * 86400.0
ESCAPED = re.compile(r"((?<!\\)(?:\\\\)*)\\u(?=[0-9a-fA-F]{4})")


@dataclass
class Scripted:
    """How the next calls of a path go wrong."""

    path: str
    failure: Failure | None
    seconds: float
    times: int


class Rehearsal:
    """A WeChat with one Service Account and the people who follow it.

    `calls` counts the calls by path, `complaints` what WeChat would not refuse but show broken.
    `verified = False` takes the right to customer-service messages away.
    """

    def __init__(self, clock: RehearsalClock | None = None) -> None:
        self.clock = clock or RehearsalClock()
        self.app_id = "wx" + secrets.token_hex(8)
        self.app_secret = secrets.token_hex(16)
        self.token = secrets.token_hex(8)
        self.aes_key = secrets.token_hex(21) + "A"  # 43 characters; the last of them carries four bits
        self.account = "gh_" + secrets.token_hex(6)
        self.people: dict[str, Person] = {}
        self.tokens = Tokens(self.clock)
        self.menu: dict[str, Any] | None = None
        self.verified = True
        self.calls: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.url = ""
        self._media: dict[str, tuple[bytes, str, float]] = {}
        self._scripted: list[Scripted] = []
        self._runner: web.ServerRunner | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # What a test or a benchmark arranges.

    def person(self, openid: str | None = None, language: str | None = None) -> Person:
        """The follower of this id; a new one if there is none."""
        openid = openid or "o" + secrets.token_urlsafe(21)[:27]
        found = self.people.setdefault(openid, Person(openid))
        found.language = language or found.language
        return found

    def seen(self, openid: str) -> list[str]:
        """What the account said to somebody, in order."""
        return self.people[openid].seen if openid in self.people else []

    def keep_media(self, content: bytes, mime: str = "image/jpeg") -> str:
        """A file that a person sent; gives the id under which it can be fetched for three days."""
        media_id = secrets.token_urlsafe(48)
        self._media[media_id] = (content, mime, self.clock() + MEDIA_KEPT)
        return media_id

    def fail_next(self, path: str, failure: Failure, times: int = 1) -> None:
        """Let the next calls of a path fail ("" is every path).

        A number is the code that is answered; "drop" cuts the connection, "drop_after" does what was asked and cuts it
        then, "nonsense" answers a page of HTML with status 502.
        """
        self._scripted.append(Scripted(path, failure, 0.0, times))

    def slow_next(self, path: str, seconds: float, times: int = 1) -> None:
        """Let the next calls of a path take this long before anything happens."""
        self._scripted.append(Scripted(path, None, seconds, times))

    def environment(self, mode: str = "safe") -> dict[str, str]:
        """The settings of an api that belongs to this account."""
        return {
            "WENLU_WECHAT_APP_ID": self.app_id,
            "WENLU_WECHAT_APP_SECRET": self.app_secret,
            "WENLU_WECHAT_TOKEN": self.token,
            "WENLU_WECHAT_AES_KEY": self.aes_key,
            "WENLU_WECHAT_MODE": mode,
            "WENLU_WECHAT_API_URL": self.url,
        }

    # Running.

    async def start(self, port: int = 0) -> str:
        """Listen on loopback, on a free port unless one is named; gives the address."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=1024)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    @contextlib.contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Run in a thread of its own, for whoever has no event loop; `run` works in it."""
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._loop.run_forever, name="wechat-rehearsal", daemon=True)
        thread.start()
        try:
            self.run(self.start())
            yield self
        finally:
            self.run(self.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()
            self._loop = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the thread of `in_thread`, and wait for it."""
        assert self._loop is not None, "only within in_thread()"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    # Answering.

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.calls[request.path] += 1
        body = await request.read()
        scripted = self._next_scripted(request.path)
        failure = scripted.failure if scripted else None
        if scripted and scripted.seconds:
            await asyncio.sleep(scripted.seconds)
        if failure == "nonsense":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        if failure != "drop":
            response = self._response(request, body, failure if isinstance(failure, int) else None)
            if failure != "drop_after":
                return response
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _next_scripted(self, path: str) -> Scripted | None:
        for scripted in self._scripted:
            if scripted.path in {"", path}:
                scripted.times -= 1
                if scripted.times <= 0:
                    self._scripted.remove(scripted)
                return scripted
        return None

    def _response(self, request: web.BaseRequest, body: bytes, code: int | None) -> web.Response:
        try:
            if code is not None:
                raise Refusal(code)
            said = self._answer(request.method, request.path, request.query, body)
        except Refusal as refusal:
            said = refusal.body()
        if isinstance(said, web.Response):
            return said
        kind = "text/plain" if request.path == "/cgi-bin/media/get" else "application/json; encoding=utf-8"
        return web.Response(body=json.dumps(said, ensure_ascii=False).encode(), headers={"Content-Type": kind})

    def _answer(self, method: str, path: str, query: Query, body: bytes) -> dict[str, Any] | web.Response:
        posted: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            TOKEN_PATH: self._stable_token,
            "/cgi-bin/message/custom/send": self._send,
            "/cgi-bin/message/custom/typing": self._typing,
            "/cgi-bin/menu/create": self._create_menu,
        }
        asked: dict[str, Callable[[Query], dict[str, Any] | web.Response]] = {
            "/cgi-bin/user/info": self._user_info,
            "/cgi-bin/media/get": self._get_media,
            "/cgi-bin/get_current_selfmenu_info": self._get_menu,
        }
        if path not in posted and path not in asked:
            raise Refusal(40066)
        if path in posted and method != "POST":
            raise Refusal(43002)
        if path in asked and method != "GET":
            raise Refusal(43001)
        if path != TOKEN_PATH:
            self.tokens.check(query.get("access_token"))
        if not self.verified and "/custom/" in path:
            raise Refusal(48001)
        return posted[path](self._read(body)) if path in posted else asked[path](query)

    def _read(self, body: bytes) -> dict[str, Any]:
        """The posted JSON. WeChat does not undo \\u escapes: a person sees them as they stand."""
        if not body:
            raise Refusal(44002)
        try:
            raw = body.decode()
            literal = ESCAPED.sub(r"\1\\\\u", raw)
            said = json.loads(literal)
        except ValueError:
            raise Refusal(47001) from None
        if literal != raw:
            self.complaints.append("a body with \\u escapes, which WeChat shows as they stand")
        if not isinstance(said, dict):
            raise Refusal(47001)
        return said

    def _stable_token(self, said: dict[str, Any]) -> dict[str, Any]:
        if said.get("grant_type") != "client_credential":
            raise Refusal(40002)
        if said.get("appid") != self.app_id:
            raise Refusal(40013)
        if said.get("secret") != self.app_secret:
            raise Refusal(40125)
        if not isinstance(said.get("force_refresh", False), bool):
            raise Refusal(47001)
        token, seconds = self.tokens.give(said.get("force_refresh", False))
        return {"access_token": token, "expires_in": seconds}

    def _found(self, openid: object) -> Person:
        found = self.people.get(openid) if isinstance(openid, str) else None
        if found is None:
            raise Refusal(40003)
        return found

    def _send(self, said: dict[str, Any]) -> dict[str, Any]:
        person = self._found(said.get("touser"))
        person.receive(_text_of(said), self.clock())
        return {"errcode": 0, "errmsg": "ok"}

    def _typing(self, said: dict[str, Any]) -> dict[str, Any]:
        self._found(said.get("touser")).show_typing(said.get("command"), self.clock())
        return {"errcode": 0, "errmsg": "ok"}

    def _create_menu(self, said: dict[str, Any]) -> dict[str, Any]:
        check_menu(said)
        self.menu = said
        return {"errcode": 0, "errmsg": "ok"}

    def _get_menu(self, _query: Query) -> dict[str, Any]:
        return shown(self.menu)

    def _user_info(self, query: Query) -> dict[str, Any]:
        person = self._found(query.get("openid"))
        if not person.subscribed:
            return {"subscribe": 0, "openid": person.openid}
        return {"subscribe": 1, "openid": person.openid, "language": person.language, "remark": "", "tagid_list": []}

    def _get_media(self, query: Query) -> web.Response:
        content, mime, until = self._media.get(query.get("media_id", ""), (b"", "", 0.0))
        if until <= self.clock():
            raise Refusal(40007)
        return web.Response(
            body=content,
            headers={"Content-Type": mime, "Content-disposition": 'attachment; filename="rehearsal"'},
        )


def _text_of(said: dict[str, Any]) -> str:
    """What a customer-service message looks like on the phone: a text, or a menu message line by line."""
    kind = said.get("msgtype")
    inner = said.get(str(kind))
    if kind not in {"text", "msgmenu"} or not isinstance(inner, dict):
        raise Refusal(40008)
    if kind == "text":
        parts = [inner.get("content")]
    else:
        choices = [choice.get("content") for choice in inner.get("list", []) if isinstance(choice, dict)]
        parts = [inner.get("head_content"), *choices, inner.get("tail_content")]
    if not all(isinstance(part, str) for part in parts):
        raise Refusal(47001)
    return "\n".join(part for part in parts if part)
