"""Coverage-guided fuzzing of what the WeChat channel reads: signatures, envelope, encryption and XML.

    pip install atheris
    python tests/fuzz/wechat.py -max_total_time=60

Arguments are libFuzzer's; a folder named as an argument keeps what was found interesting. It ends with an error, and
writes the input to a file `crash-…`, when anything but Refused or BadPush is raised, when something opens that WeChat
did not send, or when an independent reading of what was opened differs.
"""

import base64
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["api.channels.wechat", "defusedxml", "xml"]):
    from api.channels.wechat.envelope import Envelope, Mode, Opened, Refused, encrypt, key_of, signature_of
    from api.channels.wechat.push import BadPush, read_push, text_reply

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

TOKEN, APP_ID, AES_KEY, NOW, NONCE = "fuzz", "wx0123456789abcdef", "B" * 43, 1_800_000_000, "415670741"
KEY = key_of(AES_KEY)
MODES: tuple[Mode, ...] = ("plain", "compatible", "safe")
HEAD = f"<ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>{NOW}</CreateTime>"
GOOD = [
    f"<xml>{HEAD}<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[签证 ]]]]><![CDATA[>]]></Content><MsgId>1</MsgId></xml>".encode(),
    f"<xml>{HEAD}<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a&amp;&#x31;</EventKey></xml>".encode(),
    f"<?xml version='1.0' encoding='UTF-8'?><xml>{HEAD}<MsgType>event</MsgType><Event>pic_weixin</Event><a b='c'><PicList>"
    "<item><!-- c --><PicMd5Sum>1</PicMd5Sum></item><?p i?></PicList></a></xml>".encode(),
    b"<!DOCTYPE xml [<!ENTITY a 'b'>]><xml>&a;</xml>",
]  # fmt: skip


def edited(data: atheris.FuzzedDataProvider, good: bytes) -> bytes:
    """Good bytes with a few places replaced, cut or filled."""
    changed = bytearray(good)
    for _ in range(data.ConsumeIntInRange(0, 4)):
        at = data.ConsumeIntInRange(0, len(changed))
        changed[at : at + data.ConsumeIntInRange(0, 8)] = data.ConsumeBytes(data.ConsumeIntInRange(0, 12))
    return bytes(changed)


def ciphered(plain: bytes) -> str:
    """Bytes encrypted with the account's key as they are; what is no whole block is cut."""
    cipher = Cipher(AES256(KEY), CBC(KEY[:16])).encryptor()
    return base64.b64encode(cipher.update(plain[: len(plain) // 16 * 16]) + cipher.finalize()).decode()


def signed(sealed: str = "") -> dict[str, str]:
    """A query with both signatures right."""
    return {
        "signature": signature_of(TOKEN, str(NOW), NONCE),
        "timestamp": str(NOW),
        "nonce": NONCE,
        "msg_signature": signature_of(TOKEN, str(NOW), NONCE, sealed.strip()),
    }


def wrapped(sealed: str) -> bytes:
    """The body in which a push comes encrypted."""
    return f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()


def open_(mode: Mode, query: dict[str, str], body: bytes) -> Opened | None:
    """What opens; a refusal says nothing."""
    try:
        return Envelope(TOKEN, APP_ID, AES_KEY, mode, 300).open(query, body, NOW)
    except Refused as error:
        assert not error.args and error.__context__ is None
        return None


def read(xml: bytes) -> None:
    """What is read can be answered, and the answer read again."""
    try:
        push = read_push(xml)
    except BadPush as error:
        assert not error.args and error.__context__ is None
        return
    assert len(push.key) == 64
    said = push.fields.get("Content", "")
    again = read_push(text_reply(push, said, NOW))
    assert (again.openid, again.account) == (push.account, push.openid)
    assert again.fields == {"Content": said.replace("\r\n", "\n").replace("\r", "\n")}


def try_query(data: atheris.FuzzedDataProvider) -> None:
    """Without the token nothing opens."""
    names = ["signature", "timestamp", "nonce", "msg_signature"]
    query = {name: data.ConsumeUnicode(50) for name in names if data.ConsumeBool()}
    query |= {"timestamp": str(NOW)} if data.ConsumeBool() else {}
    assert open_(data.PickValueInList(list(MODES)), query, GOOD[0]) is None


def try_body(data: atheris.FuzzedDataProvider) -> None:
    """A seen query with another body."""
    sealed = encrypt(KEY, APP_ID, GOOD[0], b"r" * 16)
    mode = data.PickValueInList(list(MODES))
    good = data.PickValueInList([wrapped(sealed), *GOOD])
    body = edited(data, good) if data.ConsumeBool() else data.ConsumeBytes(500)
    opened = open_(mode, signed(sealed), body)
    if opened is not None:
        assert opened.xml == GOOD[0] if opened.encrypted else mode != "safe" and opened.xml == body
        read(opened.xml)


def try_plaintext(data: atheris.FuzzedDataProvider) -> None:
    """Anything encrypted with the right key and signed: it opens only when the format is kept to the byte."""
    plain = b"r" * 16 + len(GOOD[0]).to_bytes(4, "big") + GOOD[0] + APP_ID.encode()
    plain += bytes([32 - len(plain) % 32]) * (32 - len(plain) % 32)
    plain = edited(data, plain) if data.ConsumeBool() else data.ConsumeBytes(200)
    sealed = ciphered(plain)
    opened = open_("safe", signed(sealed), wrapped(sealed))
    if opened is not None:
        start = plain[:16] + len(opened.xml).to_bytes(4, "big") + opened.xml + APP_ID.encode()
        assert plain[: len(plain) // 16 * 16] == start + bytes([plain[len(start)]]) * (32 - len(start) % 32)
        read(opened.xml)


def try_sealed(data: atheris.FuzzedDataProvider) -> None:
    """Any text as the encrypted part, signed."""
    sealed = data.ConsumeUnicodeNoSurrogates(200)
    opened = open_("safe", signed(sealed), wrapped(sealed))
    assert opened is None or opened.encrypted


def try_xml(data: atheris.FuzzedDataProvider) -> None:
    """Any XML as the push itself."""
    read(edited(data, data.PickValueInList(GOOD)) if data.ConsumeBool() else data.ConsumeBytes(1000))


LAYERS = (try_query, try_body, try_plaintext, try_sealed, try_xml)


def one(raw: bytes) -> None:
    """One input: its last byte says which layer it is for."""
    data = atheris.FuzzedDataProvider(raw)
    LAYERS[data.ConsumeIntInRange(0, len(LAYERS) - 1)](data)


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], "-len_control=0", "-max_len=1500", *sys.argv[1:]], one)
    atheris.Fuzz()
