"""WeChat's signatures and encryption as wechatpy does them, so that our own are read by somebody else's."""

from __future__ import annotations

import base64
import importlib
import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MOST_BYTES = 2048
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadReply(Exception):
    """The account's answer to a push is none that WeChat takes."""


def _wechatpy(module: str) -> Any:
    try:
        return importlib.import_module(f"wechatpy.{module}")
    except ImportError as error:
        raise RuntimeError("rehearsing needs wechatpy, which a development installation has") from error


def signature(*parts: str) -> str:
    """What WeChat signs with: the SHA-1 of the parts, sorted."""
    signer = _wechatpy("utils").WeChatSigner()
    signer.add_data(*parts)
    signed: str = signer.signature
    return signed


class Seal:
    """What is encrypted for, and by, one account."""

    def __init__(self, token: str, aes_key: str, app_id: str) -> None:
        crypto = _wechatpy("crypto")
        self._token, self._app_id = token, app_id
        self._crypto = crypto.WeChatCrypto(token, aes_key, app_id)
        self._key = base64.b64decode(aes_key + "=")
        self._cipher = crypto.PrpCrypto(self._key)

    def encrypt(self, xml: str) -> str:
        """The `Encrypt` of a push."""
        encrypted: bytes = self._cipher.encrypt(xml, self._app_id)
        return encrypted.decode()

    def decrypt(self, envelope: Element) -> str:
        """The reply inside an encrypted one, its signature checked."""
        parts = {name: _needed(envelope, name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
        try:
            self._check_padding(base64.b64decode(parts["Encrypt"], validate=True))
            inner: str = self._crypto.decrypt_message(
                {"Encrypt": parts["Encrypt"]}, parts["MsgSignature"], parts["TimeStamp"], parts["Nonce"]
            )
        except BadReply:
            raise
        except Exception as error:
            raise BadReply(f"it cannot be decrypted ({type(error).__name__})") from error
        return inner

    def _check_padding(self, encrypted: bytes) -> None:
        """Blocks of 32 bytes, filled up as PKCS#7 wants it, which wechatpy does not look at."""
        plain: bytes = _wechatpy("crypto.base").WeChatCipher(self._key).decrypt(encrypted)
        filled = plain[-1]
        if len(plain) % 32 or not 1 <= filled <= 32 or plain[-filled:] != bytes([filled]) * filled:
            raise BadReply("its padding is wrong")


def written(fields: dict[str, str | int]) -> str:
    """A push as XML, in CDATA as WeChat writes it."""
    leaves = "".join(
        f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{_cdata(value)}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{leaves}</xml>"


def _cdata(text: str) -> str:
    return NOT_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")


def read(text: str | bytes) -> Element:
    """An `<xml>` element, or `BadReply`."""
    try:
        element: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadReply("it is no XML") from error
    if element.tag != "xml":
        raise BadReply("it is no <xml>")
    return element


def _needed(element: Element, name: str) -> str:
    found = element.findtext(name)
    if not found:
        raise BadReply(f"{name} is missing")
    return found


def reply_text(reply: Element, openid: str, account: str) -> str:
    """The text of a passive reply, which must go back the way the push came."""
    if _needed(reply, "ToUserName") != openid or _needed(reply, "FromUserName") != account:
        raise BadReply("sender and receiver are not those of the push, exchanged")
    if not _needed(reply, "CreateTime").isdigit():
        raise BadReply("CreateTime is no time")
    if _needed(reply, "MsgType") != "text":
        raise BadReply("it is no text")
    content = _needed(reply, "Content")
    if len(content.encode()) > MOST_BYTES:
        raise BadReply(f"Content has {len(content.encode())} bytes")
    return content
