"""The mediators' side over HTTP: what they see, write, and hear live; and the mail that calls them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler

from api.desk.mail import mail_waiting
from tests.unit.api.conftest import House, Start, until
from tests.unit.api.test_staff import Person, account
from wenlu.installation import free_ports


@asynccontextmanager
async def desk_stream(person: Person, last: int | None = None) -> AsyncIterator[AsyncIterator[tuple[str, Any, int]]]:
    """The console's events as (name, data, id)."""
    headers = {"Last-Event-ID": str(last)} if last is not None else {}
    async with person.http.stream("GET", "/events", headers=headers, timeout=httpx.Timeout(10)) as stream:
        assert stream.status_code == 200

        async def read() -> AsyncIterator[tuple[str, Any, int]]:
            name, data, number = "message", "", 0
            async for line in stream.aiter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data = line[5:].strip()
                elif line.startswith("id:"):
                    number = int(line[3:])
                elif not line and data:
                    yield name, json.loads(data), number
                    name, data = "message", ""

        yield read()


async def hear(stream: AsyncIterator[tuple[str, Any, int]], wanted: str) -> tuple[Any, int]:
    """The next event of that name."""
    async with asyncio.timeout(10):
        async for name, data, number in stream:
            if name == wanted:
                return data, number
    raise AssertionError("the stream ended")


async def write(person: Person, conversation: str, text: str, key: str | None = None) -> httpx.Response:
    """Write to a resident."""
    body = {"client_message_id": key or str(uuid.uuid4()), "text": text}
    return await person.http.post(f"/conversations/{conversation}/messages", json=body)


async def test_only_conversations_that_were_handed_over_are_seen(house: House) -> None:
    """Nobody at the desk reads what a resident asked the assistant alone."""
    li, private, shared = await account(house, "li"), await house.open(), await house.open()
    await private.say("only between us")
    await house.queue(shared)
    rows = (await li.http.get("/conversations", params={"state": "all"})).json()["conversations"]
    assert [row["id"] for row in rows] == [shared.id]
    assert (await li.http.get(f"/conversations/{private.id}")).status_code == 404
    assert (await li.http.post(f"/conversations/{private.id}/take")).status_code == 404


async def test_the_queue_is_in_order_with_places(house: House) -> None:
    """Who waits longest comes first."""
    li, first, second = await account(house, "li"), await house.open(), await house.open()
    await house.queue(first)
    await house.queue(second)
    rows = (await li.http.get("/conversations")).json()["conversations"]
    assert [(row["id"], row["place"], row["stage"]) for row in rows] == [
        (first.id, 1, "queued"),
        (second.id, 2, "queued"),
    ]


async def test_a_conversation_opens_with_history_and_packet(house: House) -> None:
    """Everything said so far and what the resident passed on, in the mediator's language."""
    li, talk = await account(house, "li"), await house.open()
    await talk.say("my landlord keeps the deposit")
    await house.queue(talk)
    opened = (await li.http.get(f"/conversations/{talk.id}")).json()
    assert opened["messages"][0]["text"] == "my landlord keeps the deposit"
    assert {line["key"] for line in opened["packet"]["lines"]} >= {"language", "asked"}


async def test_what_a_mediator_writes_arrives_once(house: House) -> None:
    """The same key twice is one message; another text under it is refused."""
    li, talk = await account(house, "li"), await house.open()
    await house.queue(talk)
    assert (await li.http.post(f"/conversations/{talk.id}/take")).status_code == 200
    key = str(uuid.uuid4())
    first, again = await write(li, talk.id, "Hello", key), await write(li, talk.id, "Hello", key)
    assert first.json() == again.json()
    assert (await write(li, talk.id, "Other", key)).status_code == 409
    said = [m for m in await talk.messages() if m["role"] == "mediator"]
    assert [m["text"] for m in said] == ["Hello"]


async def test_only_who_holds_it_writes_gives_back_or_closes(house: House) -> None:
    """The other mediator is told that it is not theirs."""
    li, anna, talk = await account(house, "li"), await account(house, "anna"), await house.open()
    await house.queue(talk)
    await li.http.post(f"/conversations/{talk.id}/take")
    assert (await anna.http.post(f"/conversations/{talk.id}/take")).json()["error"]["code"] == "already_taken"
    assert (await write(anna, talk.id, "Hello")).json()["error"]["code"] == "not_yours"
    for step in ("release", "return", "close"):
        assert (await anna.http.post(f"/conversations/{talk.id}/{step}")).status_code == 409
    assert (await li.http.post(f"/conversations/{talk.id}/close")).json()["stage"] == "closed"


async def test_unread_counts_what_the_holder_has_not_opened(house: House) -> None:
    """Opening marks as read; a new word of the resident counts again."""
    li, talk = await account(house, "li"), await house.open()
    await house.queue(talk)
    await li.http.post(f"/conversations/{talk.id}/take")
    await talk.say("are you there?")
    mine = {"state": "mine"}
    assert (await li.http.get("/conversations", params=mine)).json()["conversations"][0]["unread"] >= 1
    await li.http.get(f"/conversations/{talk.id}")
    assert (await li.http.get("/conversations", params=mine)).json()["conversations"][0]["unread"] == 0
    await talk.say("hello?")
    assert (await li.http.get("/conversations", params=mine)).json()["conversations"][0]["unread"] == 1


async def test_the_console_hears_live_and_resumes(house: House) -> None:
    """A new row and a new message arrive at once; after a break what was missed comes once."""
    li, talk = await account(house, "li"), await house.open()
    async with desk_stream(li) as stream:
        await hear(stream, "hello")
        await house.queue(talk)
        row, _ = await hear(stream, "queue")
        assert row["id"] == talk.id and row["stage"] == "queued"
        await talk.say("still here")
        while True:
            data, number = await hear(stream, "message")
            if data["message"]["text"] == "still here":
                break
    await talk.say("missed one")
    await talk.say("missed two")
    async with desk_stream(li, number) as stream:
        heard = []
        while "missed two" not in heard:
            data, _ = await hear(stream, "message")
            if data["message"]["role"] == "resident":
                heard.append(data["message"]["text"])
    assert heard == ["missed one", "missed two"]


async def test_a_stream_ends_with_the_login(house: House) -> None:
    """A disabled account hears nothing more."""
    administrator, li, talk = (
        await account(house, "root", "administrator"),
        await account(house, "li"),
        await house.open(),
    )
    listed = (await administrator.http.get("/staff")).json()["staff"]
    number = next(p["id"] for p in listed if p["username"] == "li")
    async with desk_stream(li) as stream:
        await hear(stream, "hello")
        await administrator.http.patch(f"/staff/{number}", json={"active": False})
        await house.queue(talk)
        with pytest.raises((AssertionError, httpx.HTTPError)):
            while True:
                await hear(stream, "queue")
                await talk.say("again")


class Kept(MailHandler):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(message)


@pytest.mark.smtp
async def test_a_mail_calls_the_desk_once_and_tells_nothing(start: Start) -> None:
    """One mail a handoff, without a word of what was asked; a mail server that was down is tried again."""
    kept, port = Kept(), free_ports(1)[0]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        house: House = await start(
            smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False, mail_to=["desk@example.org"]
        )
        talk = await house.open()
        await talk.say("my secret trouble")
        await house.queue(talk)
        await mail_waiting(house.services)
        await mail_waiting(house.services)
        await until(lambda: kept.mails)
    finally:
        controller.stop()
    assert len(kept.mails) == 1
    body = kept.mails[0].get_payload(decode=True).decode()
    assert "/console" in body and "secret" not in body and talk.id not in body


@pytest.mark.smtp
async def test_a_mail_server_that_is_down_loses_no_mail(start: Start) -> None:
    """The mail is sent when the server is back."""
    kept, port = Kept(), free_ports(1)[0]
    house: House = await start(smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False, mail_to=["desk@example.org"])
    await house.queue(await house.open())
    assert await mail_waiting(house.services) == 0
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        await mail_waiting(house.services)
        await until(lambda: kept.mails)
    finally:
        controller.stop()
    assert len(kept.mails) == 1
