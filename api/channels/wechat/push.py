"""WeChat's XML: what it pushes to us is read, and our passive reply is written.

The formats are those of "Receiving standard messages", "Receiving event messages" and "Passive user reply message"
in WeChat's documentation of Official Accounts.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from defusedxml.ElementTree import ParseError, XMLParser

MOST_BYTES = 256 * 1024
MOST_ELEMENTS = 256
MOST_DEPTH = 8
IDENTITY = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId"})
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile("[!-~]{1,64}")
_MOMENT = re.compile("[0-9]{1,12}")


class BadPush(ValueError):
    """What was sent is no push of WeChat's. It says nothing more, so that a sender learns nothing."""

    def __init__(self) -> None:
        super().__init__()


@dataclass(frozen=True)
class Push:
    """One message or event of a person."""

    account: str
    openid: str
    created: int
    kind: str  # MsgType in small letters; "event" for events
    event: str | None  # Event in small letters
    msg_id: str | None
    fields: dict[str, str]  # every other value by its XML name, as it was sent

    @cached_property
    def key(self) -> str:
        """What a retry repeats, in 64 characters.

        WeChat advises FromUserName and MsgId for messages, and for events, which have no MsgId, FromUserName and
        CreateTime, to which the event and its key are added. A message without MsgId is known by all it says.
        """
        if self.kind == "event":
            parts = ["event", self.openid, str(self.created), self.event or "", self.fields.get("EventKey", "")]
        elif self.msg_id is not None:
            parts = ["message", self.openid, self.msg_id]
        else:
            said = [part for pair in sorted(self.fields.items()) for part in pair]
            parts = ["unnumbered", self.openid, str(self.created), self.kind, *said]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()  # XML cannot contain U+001F


class Values(NamedTuple):
    """The values of an XML: the root's own children, and what lies deeper. A name that comes twice keeps its first."""

    top: dict[str, str]
    deeper: dict[str, str]


def read_push(xml: bytes) -> Push:
    """Read a push. Raises BadPush for what is no push, whatever is wrong with it."""
    values = read_values(xml)
    kind = _name(values.top, "MsgType").lower()
    created = values.top.get("CreateTime", "").strip()
    if not _MOMENT.fullmatch(created):
        raise BadPush
    return Push(
        account=_name(values.top, "ToUserName"),
        openid=_name(values.top, "FromUserName"),
        created=int(created),
        kind=kind,
        event=_name(values.top, "Event").lower() if kind == "event" else None,
        msg_id=_name(values.top, "MsgId") if values.top.get("MsgId", "").strip() else None,
        fields={name: text for name, text in (values.deeper | values.top).items() if name not in IDENTITY},
    )


def text_reply(push: Push, text: str, at: int) -> bytes:
    """A text as the passive reply to a push, written at a second. Characters that XML does not allow are left out."""
    return (
        f"<xml><ToUserName>{cdata(push.openid)}</ToUserName><FromUserName>{cdata(push.account)}</FromUserName>"
        f"<CreateTime>{at:d}</CreateTime><MsgType>{cdata('text')}</MsgType><Content>{cdata(text)}</Content></xml>"
    ).encode()


def cdata(text: str) -> str:
    """A text as CDATA: what XML does not allow is left out, and `]]>` is divided so that it survives."""
    return "<![CDATA[" + NOT_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def read_values(xml: bytes) -> Values:
    """Read the values of WeChat's XML: UTF-8, root `xml`, no DTD, no entities, little and shallow. Raises BadPush."""
    values = _parsed(xml) if len(xml) <= MOST_BYTES else None
    if values is None:
        raise BadPush
    return values


def _parsed(xml: bytes) -> Values | None:
    if b"\0" in xml:  # XML has none, but the parser would take it for a sign of UTF-16
        return None
    target = _Values()
    parser = XMLParser(target=target, forbid_dtd=True)
    try:
        parser.feed(xml.decode())  # strictly UTF-8, whatever the XML says of its encoding
        parser.close()
    except (ParseError, ValueError):  # defusedxml's refusals and ours are ValueErrors
        return None
    return Values(target.top, target.deeper)


def _name(values: dict[str, str], name: str) -> str:
    found = values.get(name, "").strip()
    if not _NAME.fullmatch(found):
        raise BadPush
    return found


class _Values:
    """Takes what the parser finds, without building a tree. Raises BadPush when there is too much of it."""

    def __init__(self) -> None:
        self.top: dict[str, str] = {}
        self.deeper: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._elements = 0
        self._leaf = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._path) >= MOST_DEPTH or (not self._path and tag != "xml"):
            raise BadPush
        self._path.append(tag)
        self._text.clear()
        self._leaf = True

    def data(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        if self._leaf and len(self._path) > 1:
            values = self.top if len(self._path) == 2 else self.deeper
            values.setdefault(tag, "".join(self._text))
        self._path.pop()
        self._leaf = False

    def close(self) -> None:
        """Nothing is left to do."""
