"""Whatever is sent to the WeChat channel: only Refused or BadPush comes of it, and every refusal is alike."""

import base64
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from api.channels.wechat.envelope import Envelope, Mode, Opened, key_of, signature_of
from api.channels.wechat.push import BadPush, read_push
from tests.unit.api.test_wechat_envelope import (
    APP_ID,
    NOW,
    OPEN,
    PLAIN_REFUSAL,
    account,
    asked,
    padded,
    refusal,
    sealed_push,
    wrapped,
)

pytestmark = pytest.mark.filterwarnings("error")
unhurried = settings(deadline=None)  # a busy machine is no failure
MODES: list[Mode] = ["plain", "compatible", "safe"]
NAMES = ["signature", "timestamp", "nonce", "msg_signature", "encrypt_type", "openid", "echostr"]
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too
VALUES = ANY_TEXT | st.from_regex("[0-9a-f]{40}", fullmatch=True) | st.integers().map(str) | st.just("9" * 100_000)
QUERIES = st.dictionaries(st.sampled_from(NAMES) | ANY_TEXT, VALUES, max_size=8)
modes = pytest.mark.parametrize("mode", MODES)

SEALED = sealed_push()
CODED = base64.b64decode(SEALED)
INNER = b"0123456789abcdef" + len(OPEN).to_bytes(4, "big") + OPEN + APP_ID.encode()
PADDING = 32 - len(INNER) % 32


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """Good bytes with bits flipped, a piece cut out, doubled or put in."""
    place = st.integers(0, len(good))

    def flipped(bits: list[int]) -> bytes:
        changed = bytearray(good)
        for bit in bits:
            changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    bits = st.lists(st.integers(0, 8 * len(good) - 1), min_size=1, max_size=8, unique=True)
    return st.one_of(
        bits.map(flipped),
        st.tuples(place, place).map(lambda ends: good[: min(ends)] + good[max(ends) :]),
        st.tuples(place, place).map(lambda ends: good[: max(ends)] + good[min(ends) :]),
        st.tuples(place, st.binary(min_size=1, max_size=40)).map(lambda new: good[: new[0]] + new[1] + good[new[0] :]),
    )


def opened_or_refused(envelope: Envelope, query: dict[str, str] | QueryParams, body: bytes) -> Opened | None:
    """What opening gives; a refusal has to look as every other."""
    try:
        return envelope.open(query, body, NOW)
    except ValueError:
        pass
    assert refusal(lambda: envelope.open(query, body, NOW)) == PLAIN_REFUSAL
    return None


def read_or_bad(xml: bytes) -> None:
    """Reading gives a push with a key that can be stored, or BadPush."""
    try:
        push = read_push(xml)
    except BadPush as error:
        assert (error.args, error.__cause__, error.__context__) == ((), None, None)
        return
    assert len(push.key) == 64 and 0 < len(push.openid) <= 64 and push.kind == push.kind.lower()
    assert all(isinstance(value, str) and value.encode() is not None for value in push.fields.values())


@modes
@unhurried
@given(query=QUERIES, body=st.binary() | st.just(OPEN) | st.just(wrapped(SEALED)))
def test_no_query_that_wechat_did_not_sign_opens_anything(mode: Mode, query: dict[str, str], body: bytes) -> None:
    """Any values, missing, huge or in any writing: the same refusal, and nothing is remembered."""
    envelope = account(mode)
    assert opened_or_refused(envelope, query, body) is None
    assert len(envelope.replays) == 0


@modes
@unhurried
@given(
    pairs=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from([*asked(SEALED).values(), "", "1"])), max_size=9)
)
def test_repeated_values_open_only_when_those_that_count_are_right(mode: Mode, pairs: list[tuple[str, str]]) -> None:
    """Right values at the wrong place, doubled or left out, are refused."""
    good = asked(SEALED)
    query = QueryParams(pairs)
    right = all(query.get(name) == good[name] for name in ("signature", "timestamp", "nonce", "msg_signature"))
    opened = opened_or_refused(account(mode), query, wrapped(SEALED))
    assert (opened is not None) == (right and mode != "plain")


@unhurried
@given(signature=ANY_TEXT, timestamp=VALUES, nonce=VALUES)
def test_the_url_check_only_ever_says_no(signature: str, timestamp: str, nonce: str) -> None:
    """Any three texts are answered with no, not with an error."""
    assert account().check_url(signature, timestamp, nonce, NOW) is False


@modes
@unhurried
@given(body=st.binary(max_size=400) | mutated(wrapped(SEALED)) | mutated(OPEN))
def test_any_body_under_a_right_signature(mode: Mode, body: bytes) -> None:
    """With a seen query and another body only an open mode opens, and then exactly what was sent."""
    opened = opened_or_refused(account(mode), asked(SEALED), body)
    if opened is None:
        return
    if opened.encrypted:
        assert opened.xml == OPEN  # the change touched nothing that counts
    else:
        assert mode != "safe" and opened.xml == body
    read_or_bad(opened.xml)


@unhurried
@given(coded=mutated(CODED) | st.binary(max_size=200))
def test_any_ciphertext_even_rightly_signed(coded: bytes) -> None:
    """Changed ciphertext that the token's holder signed is refused, or opens with length, AppID and padding right."""
    sealed = base64.b64encode(coded).decode()
    opened = opened_or_refused(account(), asked(sealed), wrapped(sealed))
    if opened is not None:
        assert len(coded) == (20 + len(opened.xml) + len(APP_ID)) // 32 * 32 + 32
        read_or_bad(opened.xml)


@unhurried
@given(plain=mutated(INNER), padding=st.integers(0, 255) | st.none(), end=st.binary(max_size=32))
def test_any_plaintext_even_rightly_encrypted(plain: bytes, padding: int | None, end: bytes) -> None:
    """Wrong padding, length or AppID inside are refused; what opens is what an exact reading of the format gives."""
    if padding is None:
        whole = plain + bytes([32 - len(plain) % 32]) * (32 - len(plain) % 32)
    else:
        whole = plain + end + bytes([padding]) * (-len(plain + end) % 32)
    sealed = padded(whole[: len(whole) // 16 * 16])
    opened = opened_or_refused(account(), asked(sealed), wrapped(sealed))
    last = whole[-1]
    message = whole[20 : 20 + int.from_bytes(whole[16:20], "big")]
    exact = len(whole) % 32 == 0 and whole[16:] == (
        len(message).to_bytes(4, "big") + message + APP_ID.encode() + bytes([last]) * last
    )
    assert (opened is not None) == (exact and 1 <= last <= 32)
    assert opened is None or opened.xml == message


@unhurried
@given(app_id=st.text(min_size=1).map(lambda text: text.encode("utf-8", "replace").decode()))
def test_another_account_s_push_is_refused(app_id: str) -> None:
    """A push for any other AppID, encrypted with our key and signed with our token, is refused."""
    if app_id != APP_ID:
        sealed = sealed_push(app_id=app_id)
        assert opened_or_refused(account(), asked(sealed), wrapped(sealed)) is None


@unhurried
@given(token=ANY_TEXT, parts=st.lists(ANY_TEXT, max_size=4))
def test_any_text_can_be_signed(token: str, parts: list[str]) -> None:
    """No text makes the signature fail."""
    assert len(signature_of(token, *parts)) == 40


@unhurried
@given(aes_key=ANY_TEXT | st.from_regex("[0-9A-Za-z]{43}", fullmatch=True))
def test_any_key_is_32_bytes_or_refused(aes_key: str) -> None:
    """A key is usable or a ValueError at the start."""
    try:
        assert len(key_of(aes_key)) == 32
    except ValueError:
        assert len(aes_key) != 43 or not (aes_key.isascii() and aes_key.isalnum())


NODES = st.recursive(
    st.text("ax&;<>![]]CDATA-?1签\0", max_size=20),
    lambda inner: st.tuples(
        st.sampled_from(["Content", "MsgType", "Event", "EventKey", "item", "x:y", "Encrypt", "MsgId"]),
        st.lists(inner, max_size=4),
    ).map(lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0]}>"),
    max_leaves=20,
)


@unhurried
@given(xml=st.binary() | mutated(OPEN) | NODES.map(lambda inner: OPEN.replace(b"</xml>", inner.encode() + b"</xml>")))
def test_any_xml_is_read_or_bad(xml: bytes) -> None:
    """Any bytes as a push give a push or BadPush."""
    read_or_bad(xml)


@unhurried
@given(
    prolog=st.sampled_from(["UTF-8", "gbk", "utf-16", "latin-1", "no-such", "utf-7", "ascii", "punycode", "base64"]),
    coding=st.sampled_from(["utf-8", "gbk", "utf-16", "utf-16-le", "latin-1", "utf-7", "utf-32-be", "utf-8-sig"]),
)
def test_any_declared_encoding_is_read_as_utf_8_or_bad(prolog: str, coding: str) -> None:
    """What the XML says of its encoding changes nothing: it is UTF-8 or no push."""
    text = f'<?xml version="1.0" encoding="{prolog}"?>' + OPEN.decode()
    xml = text.encode(coding, "replace")
    try:
        said = read_push(xml).fields["Content"]
    except BadPush:
        assert coding != "utf-8"
    else:
        assert f"<![CDATA[{said}]]>" in xml.decode()


def test_the_coverage_guided_fuzzer_finds_nothing_in_a_short_run(checkout: Path) -> None:
    """A few thousand runs of tests/fuzz/wechat.py end well, where atheris is installed."""
    if find_spec("atheris") is None:
        pytest.skip("needs atheris (pip install atheris), which is no dependency")
    command = [sys.executable, "tests/fuzz/wechat.py", "-runs=4000", "-seed=7"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=240, env=dict(os.environ))
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done 4000 runs" in done.stderr, done.stderr[-3000:]
