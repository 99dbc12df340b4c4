"""What people do on their phones, pushed to the account's server as WeChat pushes it."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Literal, Self

import aiohttp

from wenlu.wechat_rehearsal import sealing
from wenlu.wechat_rehearsal.people import Line
from wenlu.wechat_rehearsal.server import Rehearsal

Mode = Literal["plain", "compatible", "safe"]
Outcome = Literal["answered", "cut", "lost", "broken"]

PATIENCE = 5.0
TRIES = 3
EXCUSE = "该公众号暂时无法提供服务，请稍后再试"
_ids = itertools.count(secrets.randbits(48) << 14)


@dataclass(frozen=True)
class Try:
    """One delivery. outcome: answered, cut (too slow), lost (no connection or a server error) or broken (no reply)."""

    outcome: Outcome
    seconds: float
    status: int | None = None


@dataclass
class Push:
    """Something that a person did, and how its delivery went. `reply` is what the passive reply showed them."""

    openid: str
    fields: dict[str, str | int]
    tries: list[Try] = field(default_factory=list)
    reply: str | None = None
    sent: tuple[dict[str, str], bytes] | None = None

    @property
    def acknowledged(self) -> bool:
        """Whether the account's server took it."""
        return any(tried.outcome == "answered" for tried in self.tries)

    @property
    def seconds(self) -> float:
        """How long the try took that was answered; infinitely long if none was."""
        return next((tried.seconds for tried in self.tries if tried.outcome == "answered"), float("inf"))


class Pusher:
    """Pushes to one address. Each try is cut after `patience` seconds; `signs_again` = False repeats a try to the byte.

    What the account answers wrongly stands in the rehearsal's `complaints`, and the person sees WeChat's excuse.
    """

    def __init__(
        self,
        rehearsal: Rehearsal,
        url: str,
        mode: Mode = "safe",
        patience: float = PATIENCE,
        tries: int = TRIES,
        signs_again: bool = True,
    ) -> None:
        self.rehearsal, self.url, self.mode = rehearsal, url, mode
        self.patience, self.tries, self.signs_again = patience, tries, signs_again
        self._seal = sealing.Seal(rehearsal.token, rehearsal.aes_key, rehearsal.app_id)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    # What people do.

    async def text(self, openid: str, content: str, **more: str | int) -> Push:
        """They write."""
        return await self.deliver(self.message(openid, "text", Content=content, **more))

    async def event(self, openid: str, event: str, key: str | None = None, **more: str | int) -> Push:
        """subscribe, unsubscribe, SCAN, CLICK, VIEW, LOCATION …"""
        keyed = {} if key is None else {"EventKey": key}
        return await self.deliver(self.message(openid, "event", Event=event, **keyed, **more))

    async def push(self, openid: str, kind: str, **fields: str | int) -> Push:
        """They send something else: image, voice, location, link …"""
        return await self.deliver(self.message(openid, kind, **fields))

    def message(self, openid: str, kind: str, **fields: str | int) -> Push:
        """Something done now, to be delivered when one likes. It stands on the phone, and opens what it opens, at once."""
        now = self.rehearsal.clock()
        person = self.rehearsal.person(openid)
        event = str(fields.get("Event", "")).lower()
        person.act(kind, event, "bizmsgmenuid" in fields, now)
        if kind != "event":
            person.lines.append(Line(now, "message", str(fields.get("Content", f"[{kind}]"))))
        whole: dict[str, str | int] = {
            "ToUserName": self.rehearsal.account,
            "FromUserName": openid,
            "CreateTime": int(now),
            "MsgType": kind,
            **fields,
        }
        if kind != "event":
            whole.setdefault("MsgId", next(_ids))
        return Push(openid, whole)

    # How it is delivered.

    async def deliver(self, push: Push) -> Push:
        """Bring a push until it is taken, at most so often as WeChat does. Again, later: a duplicate."""
        for number in range(self.tries):
            began = time.perf_counter()
            tried = await self._try(push)
            push.tries.append(tried)
            if tried.outcome == "answered":
                return push
            if tried.outcome == "broken":
                break
            if tried.outcome == "lost" and number + 1 < self.tries:
                await asyncio.sleep(max(0.0, self.patience - (time.perf_counter() - began)))
        if push.fields.get("Event") != "unsubscribe" and not push.acknowledged:
            self.rehearsal.person(push.openid).lines.append(Line(self.rehearsal.clock(), "fault", EXCUSE))
        return push

    async def check_url(self) -> bool:
        """Whether the account's server proves that it knows the token, as when its address is typed in."""
        echo = secrets.token_hex(16)
        query = {**self._signed(), "echostr": echo}
        async with self._session().get(self.url, params=query) as response:
            return response.status == 200 and await response.text() == echo

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=self.patience),
                trust_env=False,
            )
        return self._http

    def _signed(self) -> dict[str, str]:
        timestamp, nonce = str(int(self.rehearsal.clock())), str(secrets.randbelow(10**9) + 10**8)
        signed = sealing.signature(self.rehearsal.token, timestamp, nonce)
        return {"signature": signed, "timestamp": timestamp, "nonce": nonce}

    def sealed(self, push: Push) -> tuple[dict[str, str], bytes]:
        """The query and the body of a push in this mode."""
        query = {**self._signed(), "openid": push.openid}
        xml = sealing.written(push.fields)
        if self.mode == "plain":
            return query, xml.encode()
        encrypted = self._seal.encrypt(xml)
        parts = (self.rehearsal.token, query["timestamp"], query["nonce"], encrypted)
        query |= {"encrypt_type": "aes", "msg_signature": sealing.signature(*parts)}
        around = push.fields if self.mode == "compatible" else {"ToUserName": self.rehearsal.account}
        return query, sealing.written({**around, "Encrypt": encrypted}).encode()

    async def _try(self, push: Push) -> Try:
        if push.sent is None or self.signs_again:
            push.sent = self.sealed(push)
        query, body = push.sent
        began = time.perf_counter()
        status = None
        try:
            headers = {"Content-Type": "text/xml"}
            async with self._session().post(self.url, params=query, data=body, headers=headers) as response:
                status = response.status
                answer = await response.read()
        except TimeoutError:
            return Try("cut", time.perf_counter() - began, status)
        except aiohttp.ClientError:
            return Try("lost", time.perf_counter() - began, status)
        spent = time.perf_counter() - began
        if status >= 500:
            return Try("lost", spent, status)
        return Try(self._take(push, status, answer), spent, status)

    def _take(self, push: Push, status: int, answer: bytes) -> Outcome:
        """Show the passive reply, or complain about it."""
        try:
            if status != 200:
                raise sealing.BadReply(f"status {status}")
            if answer in {b"", b"success"}:
                return "answered"
            text = self._opened(push, answer)
        except sealing.BadReply as wrong:
            self.rehearsal.complaints.append(f"passive reply: {wrong}")
            return "broken"
        push.reply = text
        self.rehearsal.person(push.openid).lines.append(Line(self.rehearsal.clock(), "passive", text))
        return "answered"

    def _opened(self, push: Push, answer: bytes) -> str:
        reply = sealing.read(answer)
        if reply.find("Encrypt") is not None:
            if self.mode == "plain":
                raise sealing.BadReply("it is encrypted, the push was not")
            reply = sealing.read(self._seal.decrypt(reply))
        elif self.mode == "safe":
            raise sealing.BadReply("it is open, the push was encrypted")
        return sealing.reply_text(reply, push.openid, self.rehearsal.account)
