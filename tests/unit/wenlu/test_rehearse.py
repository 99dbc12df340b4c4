"""The phone in the terminal: what is typed reaches the account as WeChat would bring it, and answers are shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import pytest
from aiohttp import web

from wenlu.rehearse import Phone, rehearse
from wenlu.wechat_rehearsal import Pusher, Rehearsal


def echo(body: bytes) -> bytes:
    """A reply that says what came."""
    push = {leaf.tag: leaf.text or "" for leaf in ElementTree.fromstring(body)}
    said = [push.get(name, "") for name in ("MsgType", "Event", "EventKey", "Content", "Location_X", "Location_Y")]
    reply = {"ToUserName": push["FromUserName"], "FromUserName": push["ToUserName"], "CreateTime": "1"}
    reply |= {"MsgType": "text", "Content": " ".join(part for part in said if part)}
    return b"<xml>" + b"".join(f"<{n}><![CDATA[{v}]]></{n}>".encode() for n, v in reply.items()) + b"</xml>"


@asynccontextmanager
async def account() -> AsyncIterator[str]:
    """An account that answers every push with what came; the address of it."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=echo(await request.read()))

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/wechat"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("typed", "came"),
    [
        ("My visa has expired", "text My visa has expired"),
        ("/follow", "event subscribe"),
        ("/click menu:person", "event CLICK menu:person"),
        ("/place 23.13, 113.26", "location 23.13 113.26"),
    ],
)
async def test_what_is_typed_is_pushed(typed: str, came: str) -> None:
    """Words, events and places come as such; the reply is on the phone, once."""
    async with account() as url, Rehearsal() as wechat, Pusher(wechat, url, "plain") as pusher:
        phone = Phone(wechat, pusher)
        assert await phone.do(typed)
        assert phone.news() == [came]
        assert phone.news() == []


async def test_an_unknown_command_pushes_nothing() -> None:
    """Mistyped commands do not reach the account."""
    async with account() as url, Rehearsal() as wechat, Pusher(wechat, url, "plain") as pusher:
        phone = Phone(wechat, pusher)
        assert not await phone.do("/clack menu:person")
        assert phone.news() == []


async def test_a_rehearsal_from_its_settings_to_its_end() -> None:
    """It says how to start Wenlu, shows what is answered, and ends with /quit."""
    said: list[str] = []
    answered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def say(text: str) -> None:
        said.append(text)
        if "text hello" in text:
            answered.set()

    turns = iter(["hello", "/what", "", "/quit"])

    def ask() -> str:
        typed = next(turns)
        if typed == "/quit":
            asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(timeout=20)
        return typed

    async with account() as url:
        await rehearse(url, 0, "plain", "fr", ask, say)
    assert "export WENLU_WECHAT_MODE=plain" in said[1]
    assert any("text hello" in text for text in said)
    assert sum("/place" in text for text in said) == 2
