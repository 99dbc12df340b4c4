"""Calls to the other processes, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api.chat.peer import Peer, PeerUnreachable


@asynccontextmanager
async def speaking(status: str, body: bytes, wait: float = 0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives every request on a connection the same answer; its address and what it was asked."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
            )
            heard.append(head + await reader.readexactly(length))
            await asyncio.sleep(wait)
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", heard


async def test_json_goes_and_comes_with_the_headers_given() -> None:
    """Whatever content type the answer names."""
    async with speaking("200 OK", json.dumps({"said": "好"}).encode()) as (url, heard):
        peer = Peer(url, 5, {"Authorization": "Bearer secret"})
        assert await peer.call("POST", "/turns", {"text": "你好"}) == (200, {"said": "好"})
        assert await peer.call("DELETE", "/turns/1") == (200, {"said": "好"})
        await peer.require("/health")
        await peer.close()
    assert b"Bearer secret" in heard[0]
    assert json.loads(heard[0].split(b"\r\n\r\n")[1]) == {"text": "你好"}
    assert heard[1].startswith(b"DELETE /turns/1 ")


async def test_an_answer_that_is_no_json_is_none() -> None:
    """The caller decides what that means."""
    async with speaking("502 Bad Gateway", b"<html>") as (url, _):
        peer = Peer(url, 5)
        assert await peer.call("GET", "/") == (502, None)
        with pytest.raises(PeerUnreachable, match="502"):
            await peer.require("/")
        await peer.close()


async def test_nobody_there_and_nobody_in_time_are_unreachable() -> None:
    """Both are told by their kind only."""
    peer = Peer("http://127.0.0.1:1", 5)
    with pytest.raises(PeerUnreachable):
        await peer.call("GET", "/")
    await peer.close()
    async with speaking("200 OK", b"{}", wait=5) as (url, _):
        peer = Peer(url, 5)
        with pytest.raises(PeerUnreachable, match="Timeout"):
            await peer.call("GET", "/", seconds=0.1)
        await peer.close()
