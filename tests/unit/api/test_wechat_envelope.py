"""WeChat's signatures and encryption: the published examples, an independent reader, and what is refused."""

import base64
import hashlib
import hmac
import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import wechatpy.crypto
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from starlette.datastructures import QueryParams
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

from api.channels.wechat import envelope as module
from api.channels.wechat.envelope import Envelope, Mode, Opened, Refused, Replays, encrypt, key_of, signature_of
from api.channels.wechat.push import read_push, text_reply

# The account of the examples that WeChat publishes in "Message encryption and decryption".
TOKEN, APP_ID, AES_KEY = "AAAAA", "wxba5fad812f8e6fb9", "A" * 43
NOW = 1714112445
PUBLISHED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7v"
    "JVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb"
    "6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
PUBLISHED_QUERY = {
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "timestamp": "1714112445",
    "nonce": "415670741",
    "openid": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "encrypt_type": "aes",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}
OPEN = (
    "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName><FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></FromUserName>"
    "<CreateTime>1714112445</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[签证到期了怎么办?]]></Content>"
    "<MsgId>23637352235060880</MsgId></xml>"
).encode()


def account(mode: Mode = "safe", app_id: str = APP_ID) -> Envelope:
    """The example's account."""
    return Envelope(TOKEN, app_id, AES_KEY, mode, clock_seconds=300)


def wrapped(sealed: str, more: str = "") -> bytes:
    """The body in which a push comes encrypted."""
    return (
        f"<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>{more}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    ).encode()


def asked(sealed: str = "", timestamp: int | str = NOW, nonce: str = "415670741") -> dict[str, str]:
    """The query of a push, rightly signed."""
    query = {"signature": signature_of(TOKEN, str(timestamp), nonce), "timestamp": str(timestamp), "nonce": nonce}
    if sealed:
        query |= {"encrypt_type": "aes", "msg_signature": signature_of(TOKEN, str(timestamp), nonce, sealed)}
    return query


def sealed_push(xml: bytes = OPEN, app_id: str = APP_ID, random: bytes = b"0123456789abcdef") -> str:
    """A push encrypted as WeChat does."""
    return encrypt(key_of(AES_KEY), app_id, xml, random)


def padded(plain: bytes) -> str:
    """Bytes encrypted with the account's key as they are."""
    key = key_of(AES_KEY)
    cipher = Cipher(AES256(key), CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def refusal(open_it: Callable[[], Any]) -> tuple[object, ...]:
    """All that can be seen of a refusal."""
    with pytest.raises(Refused) as caught:
        open_it()
    error = caught.value
    return (
        type(error), error.args, str(error), repr(error), vars(error), error.__cause__, error.__context__,
        [(frame.name, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)[-1:]],
    )  # fmt: skip


PLAIN_REFUSAL = refusal(lambda: account().open({}, b"", NOW))


def test_the_published_plain_signature() -> None:
    """The published URL is taken, at its time, and with no other value in it."""
    right = {"signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78", "timestamp": "1714037059", "nonce": "486452656"}
    assert account("plain").check_url(**right, now=1714037060)
    for name in right:
        wrong = right | {name: right[name][:-1] + ("1" if right[name][-1] != "1" else "2")}
        assert not account("plain").check_url(**wrong, now=1714037060), name
    assert not account("plain").check_url(**right, now=1714037059 + 301)
    assert not account("plain").check_url(**right, now=1714037059 - 301)


@pytest.mark.parametrize("mode", ["compatible", "safe"])
def test_the_published_push_opens(mode: Mode) -> None:
    """The published encrypted push gives the published message."""
    opened = account(mode).open(PUBLISHED_QUERY, wrapped(PUBLISHED), NOW)
    assert opened.encrypted and len(opened.xml) == 167
    assert json.loads(opened.xml)["Event"] == "debug_demo"


def test_the_published_reply_is_sealed_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the published random text our reply has the published bytes and signature."""
    monkeypatch.setattr(module.secrets, "token_hex", lambda size: "707722b803182950"[: 2 * size])
    reply = account().seal(b'{"demo_resp":"good luck"}', 1713424427, "415670741", encrypted=True).decode()
    assert "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==" in reply
    assert "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1" in reply
    assert "<TimeStamp>1713424427</TimeStamp>" in reply and "[415670741]" in reply


@pytest.mark.parametrize("length", [*range(70), 2047, 2048, 10_000])
def test_an_independent_reader_opens_what_we_seal_and_we_what_it_seals(length: int) -> None:
    """wechatpy decrypts our replies and we its pushes, whatever length the padding has to fill."""
    other = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    message = ("问" + "x" * length).encode()
    reply = account().seal(message, NOW, "n0", encrypted=True)
    signature = reply.decode().split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    assert other.decrypt_message(reply, signature, str(NOW), "n0") == message.decode()
    with pytest.raises(InvalidSignatureException):
        other.decrypt_message(reply, signature, str(NOW), "n1")
    with pytest.raises(InvalidAppIdException):
        WeChatCrypto(TOKEN, AES_KEY, "wx0").decrypt_message(reply, signature, str(NOW), "n0")

    body = other.encrypt_message(message.decode(), "n2", str(NOW))
    sealed = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert account().open(asked(sealed, nonce="n2"), body.encode(), NOW) == Opened(message, True)


def test_an_independent_reader_signs_as_we_do() -> None:
    """wechatpy's signatures of any parts are ours."""
    for parts in [("1714112445", "9", "abc"), ("1", "2", "3"), ("", "问", "Z")]:
        assert signature_of(TOKEN, *parts) == wechatpy.crypto._get_signature(TOKEN, *parts)


def test_an_independent_reader_understands_a_whole_exchange() -> None:
    """A push of wechatpy's is opened, read and answered, and wechatpy reads the answer."""
    other = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    body = other.encrypt_message(OPEN.decode(), "n3", str(NOW))
    sealed = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    opened = account().open(asked(sealed, nonce="n3"), body.encode(), NOW)
    push = read_push(opened.xml)
    reply = account().seal(text_reply(push, "签证: <b>&]]></b>", NOW), NOW, "n4", opened.encrypted)
    signature = reply.decode().split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    answer = parse_message(other.decrypt_message(reply, signature, str(NOW), "n4"))
    assert (answer.type, answer.content) == ("text", "签证: <b>&]]></b>")
    assert (answer.source, answer.target) == ("gh_97417a04a28d", "o9AgO5Kd5ggOC-bXrbNODIiE3bGY")


def test_each_mode_takes_what_it_says() -> None:
    """Safe takes encrypted pushes, plain open ones, compatible both."""
    sealed = sealed_push()
    for mode, encrypted, open_ in [("safe", True, False), ("plain", False, True), ("compatible", True, True)]:
        for body, query, taken in [
            (wrapped(sealed), asked(sealed, nonce="a"), encrypted),
            (OPEN, asked(nonce="b"), open_),
        ]:
            envelope = account(mode)  # type: ignore[arg-type]
            if taken:
                assert envelope.open(query, body, NOW) == Opened(OPEN, body != OPEN)
            else:
                assert refusal(lambda: envelope.open(query, body, NOW)) == PLAIN_REFUSAL  # noqa: B023


def test_while_changing_over_only_the_encrypted_part_counts() -> None:
    """A body with both is opened by decrypting; what stands open in it is not believed."""
    sealed = sealed_push()
    forged = "<FromUserName>somebody</FromUserName><Content>forged</Content><MsgType>text</MsgType><MsgId>1</MsgId>"
    opened = account("compatible").open(asked(sealed), wrapped(sealed, forged), NOW)
    assert opened == Opened(OPEN, True)
    query = asked(sealed) | {"msg_signature": "0" * 40}
    assert refusal(lambda: account("compatible").open(query, wrapped(sealed, forged), NOW)) == PLAIN_REFUSAL


def test_a_reply_is_only_encrypted_when_the_push_was() -> None:
    """The reply to an open push is the same bytes."""
    assert account("compatible").seal(b"<xml/>", NOW, "n", encrypted=False) == b"<xml/>"
    with pytest.raises(ValueError, match="EncodingAESKey"):
        Envelope(TOKEN, APP_ID, None, "plain", 300).seal(b"<xml/>", NOW, "n", encrypted=True)


def test_two_replies_never_look_alike() -> None:
    """The same reply is sealed with other random bytes each time."""
    assert len({account().seal(b"<xml/>", NOW, "n", encrypted=True) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("token", "app_id", "key", "mode"),
    [
        ("", APP_ID, AES_KEY, "safe"),
        (TOKEN, "", AES_KEY, "safe"),
        (TOKEN, APP_ID, None, "safe"),
        (TOKEN, APP_ID, None, "compatible"),
        (TOKEN, APP_ID, "A" * 42, "safe"),
        (TOKEN, APP_ID, "A" * 44, "safe"),
        (TOKEN, APP_ID, "A" * 42 + "é", "safe"),
        (TOKEN, APP_ID, "A" * 42 + "\n", "safe"),
    ],
)
def test_an_account_that_cannot_work_is_not_made(token: str, app_id: str, key: str | None, mode: Mode) -> None:
    """An empty token would let anybody sign; a missing or wrong key could open nothing."""
    with pytest.raises(ValueError, match=r"must not be empty|EncodingAESKey"):
        Envelope(token, app_id, key, mode, 300)


def _wrong() -> dict[str, tuple[dict[str, str], bytes]]:
    """Pushes with one thing wrong each; all others are right, signatures over the wrong thing included."""
    sealed = sealed_push()
    good, body = asked(sealed), wrapped(sealed)
    plain = b"r" * 16 + len(OPEN).to_bytes(4, "big") + OPEN + APP_ID.encode()
    fill = 32 - len(plain) % 32

    def made(inner: bytes) -> tuple[dict[str, str], bytes]:
        other = padded(inner)
        return asked(other), wrapped(other)

    def lengthened(length: int) -> tuple[dict[str, str], bytes]:
        return made(plain[:16] + length.to_bytes(4, "big") + plain[20:] + bytes([fill]) * fill)

    def filled(due: int, padding: bytes) -> tuple[dict[str, str], bytes]:
        message = OPEN + b" " * ((fill - due) % 32)
        start = b"r" * 16 + len(message).to_bytes(4, "big") + message + APP_ID.encode()
        return made(start + padding)

    assert account().open(*filled(1, b"\1"), NOW).xml == OPEN + b" " * (fill - 1)  # the way these are made is right
    cut = base64.b64encode(base64.b64decode(sealed)[:-16]).decode()
    return {
        "no signature": ({k: v for k, v in good.items() if k != "signature"}, body),
        "signature of something else": (good | {"signature": good["msg_signature"]}, body),
        "signature in capitals": (good | {"signature": good["signature"].upper()}, body),
        "signature not ASCII": (good | {"signature": "签" * 40}, body),
        "signature a lone surrogate": (good | {"signature": "\ud800"}, body),
        "no msg_signature": ({k: v for k, v in good.items() if k != "msg_signature"}, body),
        "msg_signature of the query alone": (good | {"msg_signature": good["signature"]}, body),
        "msg_signature not ASCII": (good | {"msg_signature": "é" * 40}, body),
        "too old": (asked(sealed, timestamp=NOW - 301), body),
        "too new": (asked(sealed, timestamp=NOW + 301), body),
        "timestamp with a leading zero": (asked(sealed, timestamp=f"0{NOW}"), body),
        "timestamp in other digits": (asked(sealed, timestamp="١٧١٤١١٢٤٤٥"), body),
        "timestamp no number": (asked(sealed, timestamp="now"), body),
        "timestamp with a line end": (asked(sealed, timestamp=f"{NOW}\n"), body),
        "nonce empty": (asked(sealed, nonce=""), body),
        "nonce huge": (asked(sealed, nonce="9" * 100_000), body),
        "nonce not ASCII": (asked(sealed, nonce="n\ud800签"), body),
        "body empty": (good, b""),
        "body no XML": (good, b"Encrypt=" + sealed.encode()),
        "body not UTF-8": (good, b"<xml><Encrypt>\xff\xfe</Encrypt></xml>"),
        "body not closed": (good, body[:-6]),
        "body huge": (good, body + b" " * 300_000),
        "body with a DTD": (good, b'<!DOCTYPE xml [<!ENTITY e "x">]>' + body),
        "body without Encrypt": (good, OPEN),
        "Encrypt empty": (good | {"msg_signature": signature_of(TOKEN, str(NOW), "415670741", "")}, wrapped("")),
        "Encrypt no base64": (asked(sealed + "*"), wrapped(sealed + "*")),
        "Encrypt not ASCII": (asked("签证"), wrapped("签证")),
        "Encrypt cut": (asked(sealed[:-5]), wrapped(sealed[:-5])),
        "Encrypt no whole block": (asked(cut), wrapped(cut)),
        "padding to a block of 16": filled(32, bytes([16]) * 16),
        "padding zero": made(plain + b"\0" * fill),
        "padding zero where one byte is due": filled(1, b"\0"),
        "padding over 32": made(plain + bytes([33]) * fill),
        "padding over 32 where 32 are due": filled(32, bytes([33]) * 32),
        "padding over what is there": made(bytes([255]) * 32),
        "padding not all the same": made(plain + b"\1" + bytes([fill]) * (fill - 1)),
        "length too long": lengthened(len(OPEN) + 1),
        "length too short": lengthened(len(OPEN) - 1),
        "length huge": lengthened(2**32 - 1),
        "only padding": made(bytes([32]) * 32),
        "another AppID": made(plain[:-1] + b"0" + bytes([fill]) * fill),
        "an AppID that ends as ours": lengthened(len(OPEN) - 2),
        "no AppID": made(plain[:-18] + bytes([(fill + 18 - 1) % 32 + 1]) * ((fill + 18 - 1) % 32 + 1)),
    }


WRONG = _wrong()


@pytest.mark.parametrize("what", WRONG)
def test_all_refusals_are_alike(what: str) -> None:
    """Whatever is wrong, the same Refused comes from the same line, and nothing is remembered."""
    envelope = account()
    query, body = WRONG[what]
    assert refusal(lambda: envelope.open(query, body, NOW)) == PLAIN_REFUSAL
    assert len(envelope.replays) == 0


def test_nothing_is_decrypted_before_its_signature_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no token cannot ask the cipher anything, and a wrong query does not have its body read."""
    asked_for: list[str] = []
    monkeypatch.setattr(module, "decrypt", lambda *_: asked_for.append("decrypt"))
    monkeypatch.setattr(module, "read_values", lambda _: asked_for.append("read"))
    refusal(lambda: account().open(WRONG["no signature"][0], WRONG["no signature"][1], NOW))
    assert asked_for == []
    monkeypatch.undo()
    monkeypatch.setattr(module, "decrypt", lambda *_: asked_for.append("decrypt"))
    refusal(lambda: account().open(*WRONG["no msg_signature"], NOW))
    assert asked_for == []
    sealed = sealed_push()
    refusal(lambda: account().open(asked(sealed), wrapped(sealed), NOW))
    assert asked_for == ["decrypt"]


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both signatures, the padding and the AppID go through compare_digest."""
    compared: list[bytes] = []
    real = hmac.compare_digest

    def watched(given: bytes, right: bytes) -> bool:
        compared.append(right)
        return real(given, right)

    monkeypatch.setattr(module.hmac, "compare_digest", watched)
    sealed = sealed_push()
    query = asked(sealed)
    account().open(query, wrapped(sealed), NOW)
    assert [query["signature"].encode(), query["msg_signature"].encode()] == compared[:2]
    assert compared[3] == APP_ID.encode()


def test_a_signature_cannot_be_divided_in_another_way() -> None:
    """The parts are joined without separators, so nobody moves a character from one to another for a new signature."""
    nonce = "0000"  # sorts before the timestamp
    right = signature_of(TOKEN, str(NOW), nonce)
    assert signature_of(TOKEN, f"0{NOW}", "000") == right
    assert account("plain").check_url(right, str(NOW), nonce, NOW)
    assert not account("plain").check_url(right, f"0{NOW}", "000", NOW)
    sealed = sealed_push(random=b"sixteen bytes ab")
    both = signature_of(TOKEN, str(NOW), "n", sealed)
    joined = hashlib.sha1("".join(sorted([TOKEN, str(NOW), "n", sealed])).encode()).hexdigest()
    assert both == joined
    for text in (f"n{sealed}", f"{sealed}n"):
        assert not account("compatible").check_url(both, str(NOW), text, NOW)


def test_a_push_comes_again_only_as_a_retry() -> None:
    """The same push is taken for 30 seconds after its first time, and refused afterwards."""
    envelope = account()
    sealed = sealed_push()
    for later in (0, 5, 10, 30):
        assert envelope.open(asked(sealed), wrapped(sealed), NOW + later).xml == OPEN
    for later in (30.1, 60, 299):
        assert refusal(lambda: envelope.open(asked(sealed), wrapped(sealed), NOW + later)) == PLAIN_REFUSAL  # noqa: B023
    assert envelope.open(asked(sealed, nonce="other"), wrapped(sealed), NOW + 60).xml == OPEN


def test_a_retry_that_is_encrypted_anew_is_the_same_push() -> None:
    """What is inside counts, not the random bytes before it."""
    envelope = account()
    for random in (b"a" * 16, b"b" * 16):
        sealed = sealed_push(random=random)
        assert envelope.open(asked(sealed), wrapped(sealed), NOW).xml == OPEN


@pytest.mark.parametrize("mode", ["plain", "compatible"])
def test_a_seen_signature_does_not_carry_another_body(mode: Mode) -> None:
    """Who saw an open push go by cannot put other words under its signature."""
    envelope = account(mode)
    assert envelope.open(asked(), OPEN, NOW).xml == OPEN
    forged = OPEN.replace(b"text", b"link")
    assert refusal(lambda: envelope.open(asked(), forged, NOW)) == PLAIN_REFUSAL
    assert envelope.open(asked(), OPEN, NOW + 5).xml == OPEN


def test_the_signature_of_an_encrypted_push_does_not_carry_an_open_one() -> None:
    """While changing over, the query of an encrypted push opens nothing else."""
    envelope = account("compatible")
    sealed = sealed_push()
    envelope.open(asked(sealed), wrapped(sealed), NOW)
    assert refusal(lambda: envelope.open(asked(), OPEN.replace(b"text", b"link"), NOW)) == PLAIN_REFUSAL


def test_replays_are_forgotten_when_the_clock_refuses_them_anyway() -> None:
    """Memory is bounded by time and by number; a push is not taken again before its timestamp is too old."""
    envelope = account("plain")
    future = NOW + 300
    assert envelope.open(asked(timestamp=future), OPEN, NOW).xml == OPEN
    assert refusal(lambda: envelope.open(asked(timestamp=future), OPEN, NOW + 600)) == PLAIN_REFUSAL
    assert len(envelope.replays) == 1
    assert envelope.open(asked(timestamp=NOW + 600, nonce="next"), OPEN, NOW + 600.5).xml == OPEN
    assert len(envelope.replays) == 1

    few = Replays(keep_seconds=600, most=100)
    for number in range(1000):
        assert few.admits(str(number), b"", NOW)
        assert len(few) <= 100
    assert not few.admits("999", b"other", NOW)


def test_a_refused_push_leaves_no_trace() -> None:
    """A forged push does not use up the place of the real one that comes after it."""
    envelope = account()
    sealed = sealed_push()
    refusal(lambda: envelope.open(asked(sealed), wrapped(padded(b"x" * 32)), NOW))
    assert envelope.open(asked(sealed), wrapped(sealed), NOW).xml == OPEN


def test_a_repeated_query_value_counts_once() -> None:
    """Of a value given twice the web server's one choice is checked and used; no mixture passes."""
    sealed = sealed_push()
    good = asked(sealed)
    for name, value in good.items():
        if name == "encrypt_type":
            continue
        others = [(key, text) for key, text in good.items() if key != name]
        last_right = QueryParams([(name, "1"), *others, (name, value)])
        last_wrong = QueryParams([(name, value), *others, (name, "1")])
        assert account().open(last_right, wrapped(sealed), NOW).xml == OPEN
        assert refusal(lambda: account().open(last_wrong, wrapped(sealed), NOW)) == PLAIN_REFUSAL  # noqa: B023
