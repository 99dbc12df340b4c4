"""The pusher is held against the published examples and against an account's server written with wechatpy."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wechatpy import create_reply, parse_message
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.replies import TransferCustomerServiceReply
from wechatpy.utils import check_signature

from tests.unit.api.peers import serving
from wenlu.wechat_rehearsal import Push, Pusher, Rehearsal, RehearsalClock
from wenlu.wechat_rehearsal.pusher import EXCUSE
from wenlu.wechat_rehearsal.sealing import Seal, read, signature

ENCRYPTED_PUSH = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR"
    "8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km3"
    "2IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
ENCRYPTED_REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="


class FixedClock(RehearsalClock):
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        super().__init__(lambda: 1_700_000_000.0)


def test_signatures_are_those_of_the_published_examples() -> None:
    """The plain signature, the one of a push and the one of a reply come out as WeChat published them."""
    assert signature("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert signature("AAAAA", "1714112445", "415670741") == "6c5c811b55cc85e0e1b54100749188c20beb3f5d"
    signed = signature("AAAAA", "1714112445", "415670741", ENCRYPTED_PUSH)
    assert signed == "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
    signed = signature("AAAAA", "1713424427", "415670741", ENCRYPTED_REPLY)
    assert signed == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"


def test_encryption_is_that_of_the_published_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The published push is read, and with the published random bytes the published reply comes out."""
    seal = Seal("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")
    envelope = (
        f"<xml><Encrypt>{ENCRYPTED_PUSH}</Encrypt><TimeStamp>1714112445</TimeStamp><Nonce>415670741</Nonce>"
        "<MsgSignature>046e02f8204d34f8ba5fa3b1db94908f3df2e9b3</MsgSignature></xml>"
    )
    inner = seal.decrypt(read(envelope))
    assert "debug_demo" in inner
    assert len(inner.encode()) == 167
    monkeypatch.setattr(PrpCrypto, "get_random_string", lambda self: "707722b803182950")
    assert seal.encrypt('{"demo_resp":"good luck"}') == ENCRYPTED_REPLY


@dataclass
class Account:
    """An account's server, written with wechatpy alone."""

    rehearsal: Rehearsal
    answer: Callable[[Any], Any] = lambda message: f"你好 {message.type}"
    encrypts: bool = True
    got: list[Any] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/wechat", self.echo), Route("/wechat", self.take, methods=["POST"])])

    def check(self, query: Any) -> None:
        check_signature(self.rehearsal.token, query["signature"], query["timestamp"], query["nonce"])

    async def echo(self, request: Request) -> Response:
        self.check(request.query_params)
        return Response(request.query_params["echostr"])

    async def take(self, request: Request) -> Response:
        query, body = request.query_params, await request.body()
        self.check(query)
        self.queries.append(dict(query))
        self.bodies.append(body)
        crypto = WeChatCrypto(self.rehearsal.token, self.rehearsal.aes_key, self.rehearsal.app_id)
        xml = body.decode()
        if "msg_signature" in query:
            xml = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(xml)
        self.got.append(message)
        answer = self.answer(message)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, bytes | Response):
            return answer if isinstance(answer, Response) else Response(answer)
        if isinstance(answer, str):
            answer = create_reply(answer, message)
        rendered = answer.render()
        if "msg_signature" in query and self.encrypts:
            rendered = crypto.encrypt_message(rendered, query["nonce"], query["timestamp"])
        return Response(rendered, media_type="text/xml")


@dataclass
class Stage:
    """A WeChat and an account's server."""

    rehearsal: Rehearsal
    account: Account

    def pusher(self, **settings: Any) -> Pusher:
        return Pusher(self.rehearsal, self.account.url, **{"patience": 0.3, **settings})


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both, in this test's event loop."""
    async with Rehearsal(FixedClock()) as rehearsal:
        account = Account(rehearsal)
        async with serving(account.app()) as url:
            account.url = f"{url}/wechat"
            yield Stage(rehearsal, account)


def lines(stage: Stage, openid: str) -> list[tuple[str, str]]:
    return [(line.how, line.text) for line in stage.rehearsal.people[openid].lines]


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_wechatpy_reads_pushes_and_its_replies_are_shown(stage: Stage, mode: Any) -> None:
    """In each mode a message arrives as it was written, and the reply stands on the phone."""
    text = "押金不退 ]]> <b>&amp;</b> 🏠"
    async with stage.pusher(mode=mode) as pusher:
        assert await pusher.check_url()
        push = await pusher.text("o1", text)
    got = stage.account.got[0]
    assert (got.content, got.source, got.target) == (text, "o1", stage.rehearsal.account)
    assert (str(got.id), got.time) == (str(push.fields["MsgId"]), 1_700_000_000)
    assert lines(stage, "o1") == [("message", text), ("passive", "你好 text")]
    assert ("msg_signature" in stage.account.queries[0]) == (mode != "plain")
    assert (b"Content" in stage.account.bodies[0]) == (mode != "safe")
    assert stage.account.queries[0]["openid"] == "o1"
    assert push.acknowledged
    assert push.seconds < 0.3
    assert stage.rehearsal.complaints == []


async def test_events_open_what_they_open(stage: Stage) -> None:
    """Subscribing, clicking and leaving arrive as events without MsgId and change what may be sent."""
    stage.account.answer = lambda message: b"success"
    async with stage.pusher() as pusher:
        await pusher.event("o1", "subscribe", "")
        person = stage.rehearsal.people["o1"]
        assert (person.after_click.left, person.after_message.left) == (3, 0)
        await pusher.event("o1", "CLICK", "ask")
        await pusher.push("o1", "image", PicUrl="http://example.org/p", MediaId="m")
        assert person.after_message.left == 5
        await pusher.event("o1", "unsubscribe", "")
        assert not person.subscribed
    first = [message.event if message.type == "event" else message.type for message in stage.account.got]
    assert first == ["subscribe", "click", "image", "unsubscribe"]
    assert b"MsgId" not in stage.account.bodies[0]
    assert lines(stage, "o1") == [("message", "[image]")]


async def test_a_slow_answer_is_cut_and_the_push_comes_again(stage: Stage) -> None:
    """Three tries with one MsgId, then WeChat's excuse; an answer to the second try is shown once."""
    never = asyncio.Event()
    slow = 3

    async def answer(message: Any) -> str:
        nonlocal slow
        slow -= 1
        if slow >= 0:
            await never.wait()
        return "at last"

    stage.account.answer = answer
    async with stage.pusher() as pusher:
        push = await pusher.text("o1", "hello")
        assert [tried.outcome for tried in push.tries] == ["cut", "cut", "cut"]
        assert len({message.id for message in stage.account.got}) == 1
        assert len({query["signature"] for query in stage.account.queries}) == 3
        slow = 1
        assert [tried.outcome for tried in (await pusher.text("o1", "again")).tries] == ["cut", "answered"]
    never.set()
    assert lines(stage, "o1") == [
        ("message", "hello"),
        ("fault", EXCUSE),
        ("message", "again"),
        ("passive", "at last"),
    ]


async def test_a_try_can_be_repeated_to_the_byte(stage: Stage) -> None:
    """With `signs_again` off, a duplicate has the query and the body of the first."""
    async with stage.pusher(signs_again=False) as pusher:
        push = await pusher.text("o1", "hello")
        await pusher.deliver(push)
    assert stage.account.queries[0] == stage.account.queries[1]
    assert stage.account.bodies[0] == stage.account.bodies[1]
    assert [line.how for line in stage.rehearsal.people["o1"].lines] == ["message", "passive", "passive"]


async def test_nobody_there(stage: Stage) -> None:
    """No connection and server errors are tried three times, then the person is told."""
    async with stage.pusher(patience=0.05) as pusher:
        stage.account.answer = lambda message: Response("crash", status_code=500)
        assert [tried.status for tried in (await pusher.text("o1", "hello")).tries] == [500, 500, 500]
        pusher.url = "http://127.0.0.1:9/"
        push = await pusher.text("o1", "hello")
        assert [tried.outcome for tried in push.tries] == ["lost", "lost", "lost"]
        assert not push.acknowledged


def _exchanged_wrongly(message: Any) -> Any:
    reply = create_reply("x", message)
    reply.target = "somebody else"
    return reply


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (lambda message: "字" * 683, "2049 bytes"),
        (lambda message: _exchanged_wrongly(message), "exchanged"),
        (lambda message: TransferCustomerServiceReply(message=message), "no text"),
        (lambda message: b'{"errcode":0}', "no XML"),
        (lambda message: b'<!DOCTYPE x [<!ENTITY a "a">]><xml><Content>&a;</Content></xml>', "no XML"),
        (lambda message: b"<xml><Content>open</Content></xml>", "open"),
        (lambda message: b"<xml><Encrypt>abcd</Encrypt></xml>", "MsgSignature is missing"),
        (
            lambda message: (
                b"<xml><Encrypt>abcd</Encrypt><MsgSignature>a</MsgSignature><TimeStamp>1</TimeStamp>"
                b"<Nonce>1</Nonce></xml>"
            ),
            "decrypted",
        ),
        (lambda message: Response("no", status_code=404), "status 404"),
    ],
)
async def test_wrong_replies_are_complained_about(stage: Stage, answer: Any, complaint: str) -> None:
    """What WeChat would not show is not shown; the person sees the excuse, the test a complaint."""
    stage.account.answer = answer
    async with stage.pusher() as pusher:
        push = await pusher.text("o1", "hello")
    assert [tried.outcome for tried in push.tries] == ["broken"]
    assert len(stage.rehearsal.complaints) == 1
    assert complaint in stage.rehearsal.complaints[0]
    assert lines(stage, "o1")[1:] == [("fault", EXCUSE)]


async def test_an_open_reply_to_an_encrypted_push(stage: Stage) -> None:
    """Is wrong in safe mode and right in the compatible one."""
    stage.account.encrypts = False
    async with stage.pusher(mode="safe") as safe, stage.pusher(mode="compatible") as compatible:
        assert not (await safe.text("o1", "hello")).acknowledged
        assert (await compatible.text("o1", "hello")).acknowledged


async def test_padding_is_looked_at(stage: Stage) -> None:
    """A reply padded in blocks of 16 instead of 32 is wrong, which wechatpy alone would not notice."""
    seal = Seal(stage.rehearsal.token, stage.rehearsal.aes_key, stage.rehearsal.app_id)
    cipher = seal._cipher.cipher

    def badly(inner: bytes, block: int) -> str:
        plain = b"r" * 16 + struct.pack(">I", len(inner)) + inner + stage.rehearsal.app_id.encode()
        filled = block - len(plain) % block
        return base64.b64encode(cipher.encrypt(plain + bytes([filled]) * filled)).decode()

    for block, good in ((32, True), (16, False)):
        encrypted = badly(b"<xml>" + b" " * 20 + b"</xml>", block)
        signed = signature(stage.rehearsal.token, "1", "2", encrypted)
        envelope = fromstring(
            f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signed}</MsgSignature><TimeStamp>1</TimeStamp>"
            "<Nonce>2</Nonce></xml>"
        )
        if good:
            assert seal.decrypt(envelope).startswith("<xml>")
        else:
            with pytest.raises(Exception, match="padding"):
                seal.decrypt(envelope)


async def test_a_thousand_people_at_once(stage: Stage) -> None:
    """Each sees their own answer under their own message, and no push needs a second try."""
    stage.account.answer = lambda message: f"to {message.content}"

    async def writes(pusher: Pusher, number: int) -> Push:
        async with gate:
            return await pusher.text(f"o{number}", str(number))

    gate = asyncio.Semaphore(50)
    async with stage.pusher(mode="safe", patience=30) as pusher:
        pushes = await asyncio.gather(*(writes(pusher, number) for number in range(1000)))
    assert all(len(push.tries) == 1 for push in pushes)
    assert all(stage.rehearsal.seen(f"o{number}") == [f"to {number}"] for number in range(1000))
