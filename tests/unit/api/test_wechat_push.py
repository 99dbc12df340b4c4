"""WeChat's XML: every kind of push is read, our reply is what WeChat expects, and hostile XML is refused."""

import time

import pytest
import wechatpy
from hypothesis import given, settings
from hypothesis import strategies as st

from api.channels.wechat import push as module
from api.channels.wechat.push import BadPush, Push, cdata, read_push, text_reply

unhurried = settings(deadline=None)  # a busy machine is no failure

HEAD = (
    "<ToUserName><![CDATA[gh_account]]></ToUserName><FromUserName><![CDATA[o9AgO5Kd5_-C]]></FromUserName>"
    "<CreateTime>1714112445</CreateTime>"
)


def made(kind: str, inner: str) -> bytes:
    """A push of a kind, with what WeChat adds to it."""
    return f"<xml>{HEAD}<MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>".encode()


def event(name: str, inner: str = "") -> bytes:
    """An event."""
    return made("event", f"<Event><![CDATA[{name}]]></Event>{inner}")


NUMBER = "<MsgId>1234567890123456</MsgId>"
# As in "Receiving standard messages" and "Receiving event messages" of WeChat's documentation.
MESSAGES = {
    "text": ("<Content><![CDATA[this is a test]]></Content>", {"Content": "this is a test"}),
    "image": (
        "<PicUrl><![CDATA[https://mmbiz.example/0]]></PicUrl><MediaId><![CDATA[media_id]]></MediaId>",
        {"PicUrl": "https://mmbiz.example/0", "MediaId": "media_id"},
    ),
    "voice": (
        "<MediaId><![CDATA[m]]></MediaId><Format><![CDATA[amr]]></Format><Recognition><![CDATA[签证]]></Recognition>",
        {"MediaId": "m", "Format": "amr", "Recognition": "签证"},
    ),
    "video": (
        "<MediaId><![CDATA[m]]></MediaId><ThumbMediaId><![CDATA[t]]></ThumbMediaId>",
        {"MediaId": "m", "ThumbMediaId": "t"},
    ),
    "location": (
        "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>"
        "<Label><![CDATA[位置信息]]></Label>",
        {"Location_X": "23.134521", "Location_Y": "113.358803", "Scale": "20", "Label": "位置信息"},
    ),
    "link": (
        "<Title><![CDATA[t & t]]></Title><Description><![CDATA[d]]></Description><Url><![CDATA[https://x/?a=1&b=2]]></Url>",
        {"Title": "t & t", "Description": "d", "Url": "https://x/?a=1&b=2"},
    ),
    "sticker_of_tomorrow": ("<Thing>x</Thing>", {"Thing": "x"}),
}
EVENTS = {
    "subscribe": ("", {}),
    "unsubscribe": ("<EventKey></EventKey>", {"EventKey": ""}),
    "SCAN": (
        "<EventKey><![CDATA[qrscene_1]]></EventKey><Ticket><![CDATA[T]]></Ticket>",
        {"EventKey": "qrscene_1", "Ticket": "T"},
    ),
    "LOCATION": (
        "<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119.4</Precision>",
        {"Latitude": "23.1", "Longitude": "113.3", "Precision": "119.4"},
    ),
    "CLICK": ("<EventKey><![CDATA[visas]]></EventKey>", {"EventKey": "visas"}),
    "VIEW": (
        "<EventKey><![CDATA[https://x]]></EventKey><MenuId>7</MenuId>",
        {"EventKey": "https://x", "MenuId": "7"},
    ),
    "scancode_push": (
        "<EventKey>6</EventKey><ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType><ScanResult>1</ScanResult></ScanCodeInfo>",
        {"EventKey": "6", "ScanType": "qrcode", "ScanResult": "1"},
    ),
    "pic_weixin": (
        "<EventKey>6</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item>"
        "<item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>",
        {"EventKey": "6", "Count": "2", "PicMd5Sum": "a"},
    ),
    "TEMPLATESENDJOBFINISH": ("<MsgID>9</MsgID><Status>success</Status>", {"MsgID": "9", "Status": "success"}),
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_kind_of_message_is_read(kind: str) -> None:
    """A message gives its sender, its number and its values, as an independent reader finds them."""
    inner, fields = MESSAGES[kind]
    xml = made(kind, inner + NUMBER)
    push = read_push(xml)
    assert push == Push("gh_account", "o9AgO5Kd5_-C", 1714112445, kind, None, "1234567890123456", fields)
    other = wechatpy.parse_message(xml)
    assert (other.source, other.target, str(other.id)) == (push.openid, push.account, push.msg_id)
    assert {name: other._data[name] for name in fields} == fields


@pytest.mark.parametrize("name", EVENTS)
def test_every_kind_of_event_is_read(name: str) -> None:
    """An event gives its name in small letters and its values, those that lie deeper included."""
    inner, fields = EVENTS[name]
    push = read_push(event(name, inner))
    assert (push.kind, push.event, push.msg_id, push.fields) == ("event", name.lower(), None, fields)


def test_a_menu_message_s_choice_is_read() -> None:
    """A click in a menu message comes as a text with the choice's id."""
    push = read_push(made("text", f"<Content>Yes</Content>{NUMBER}<bizmsgmenuid>101</bizmsgmenuid>"))
    assert push.fields == {"Content": "Yes", "bizmsgmenuid": "101"}


def test_what_a_person_wrote_is_not_touched() -> None:
    """Spaces, line ends and signs inside the text stay; spaces around names and numbers of a pretty XML do not count."""
    said = "  <b>&amp;</b> \n 签证 😀 ]] > "
    pretty = f"""<?xml version="1.0" encoding="UTF-8"?>
      <xml>
        <!-- a comment -->
        <ToUserName>
          gh_account
        </ToUserName>
        <FromUserName> o1 </FromUserName> <CreateTime> 12 </CreateTime> <MsgType> TEXT </MsgType>
        <Content><![CDATA[{said}]]></Content> <MsgId> 5 </MsgId>
      </xml>""".encode()
    assert read_push(pretty.strip()) == Push("gh_account", "o1", 12, "text", None, "5", {"Content": said})
    assert read_push(made("text", f"<Content>a&#x31;&lt;&amp;</Content>{NUMBER}")).fields["Content"] == "a1<&"


def test_deeper_values_do_not_stand_in_for_a_push_s_own() -> None:
    """Who sent what is read from the root's children only, and of two the first counts."""
    inner = f"<Nested><FromUserName>x</FromUserName><MsgId>2</MsgId><Content>deep</Content></Nested><Content>own</Content>{NUMBER}"
    push = read_push(made("text", inner + "<Content>second</Content><FromUserName>second</FromUserName>"))
    assert (push.openid, push.msg_id, push.fields) == ("o9AgO5Kd5_-C", "1234567890123456", {"Content": "own"})
    with pytest.raises(BadPush):
        read_push(f"<xml><Nested>{HEAD}</Nested><MsgType>text</MsgType></xml>".encode())


def test_a_retry_has_the_same_key_and_nothing_else_has() -> None:
    """Messages are told apart by sender and number, events by sender, second, event and its key."""
    xmls = [
        made("text", "<Content>1</Content><MsgId>1</MsgId>"),
        made("text", "<Content>1</Content><MsgId>2</MsgId>"),
        made("text", "<Content>1</Content><MsgId>1</MsgId>").replace(b"o9Ag", b"o8Ag"),
        made("text", "<Content>1</Content>"),
        made("text", "<Content>2</Content>"),
        event("CLICK", "<EventKey>1</EventKey>"),
        event("CLICK", "<EventKey>2</EventKey>"),
        event("VIEW", "<EventKey>1</EventKey>"),
        event("CLICK", "<EventKey>1</EventKey>").replace(b"1714112445", b"1714112446"),
        event("CLICK", "<EventKey>1</EventKey>").replace(b"o9Ag", b"o8Ag"),
        event("CLICK"),
    ]
    keys = [read_push(xml).key for xml in xmls]
    assert len(set(keys)) == len(keys)
    assert keys == [read_push(xml).key for xml in xmls]
    assert all(len(key) == 64 for key in keys)
    again = made("text", "<Content>1</Content><MsgId>1</MsgId>").replace(b"1714112445", b"1714112450")
    assert read_push(again).key == keys[0]
    assert read_push(event("click", "<EventKey>1</EventKey><Ticket>new</Ticket>")).key == keys[5]


def test_a_key_s_parts_do_not_run_into_each_other() -> None:
    """Sender `a` with number `bc` is not sender `ab` with number `c`."""
    one = made("text", "<MsgId>bc</MsgId>").replace(b"o9AgO5Kd5_-C", b"a")
    two = made("text", "<MsgId>c</MsgId>").replace(b"o9AgO5Kd5_-C", b"ab")
    assert read_push(one).key != read_push(two).key


WHOLE = made("text", "<Content>x</Content>" + NUMBER)
DTD = b'<!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\0",
        b"success",
        b"{}",
        b"<xml/>",
        b"<xml></xml><xml></xml>",
        WHOLE[:-1],
        WHOLE + b"<",
        WHOLE.replace(b"xml>", b"html>"),
        DTD + WHOLE.replace(b"<Content>x", b"<Content>&b;"),
        b'<!DOCTYPE xml SYSTEM "file:///etc/passwd">' + WHOLE,
        b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + WHOLE.replace(b"<Content>x", b"<Content>&e;"),
        b'<!DOCTYPE xml [<!ENTITY % e SYSTEM "http://127.0.0.1:9/">%e;]>' + WHOLE,
        b"<!DOCTYPE xml>" + WHOLE,
        WHOLE.replace(b"<Content>x", b"<Content>&unknown;"),
        WHOLE.replace(b"<Content>x", b"<Content>&#0;"),
        WHOLE.replace(b"<Content>x", b"<Content>\x01"),
        WHOLE.replace(b"<Content>x", b"<Content>\xff"),
        WHOLE.replace(b"<Content>x", b"<Content>\xed\xa0\x80"),
        WHOLE.replace(b"<Content>x", "<Content>中".encode("gbk")),
        b'<?xml version="1.0" encoding="gbk"?>' + WHOLE.replace(b"<Content>x", "<Content>中".encode("gbk")),
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + WHOLE.replace(b"<Content>x", b"<Content>\xff"),
        b'<?xml version="1.0" encoding="utf-7"?>' + WHOLE.replace(b"<Content>x", b"<Content>\xff"),
        WHOLE.decode().encode("utf-16"),
        WHOLE.decode().encode("utf-16-le"),
        WHOLE.decode().encode("utf-16-be"),
        WHOLE.decode().encode("utf-32"),
        made("text", "<a>" * 2000 + "</a>" * 2000),
        made("text", "<a/>" * 300),
        made("text", "<Content>" + "x" * 300_000 + "</Content>"),
        *(WHOLE.replace(f"<{n}>".encode(), b"<Y>").replace(f"</{n}>".encode(), b"</Y>") for n in
          ("ToUserName", "FromUserName", "CreateTime", "MsgType")),
        made("event", ""),
        made("event", "<Event></Event>"),
        made("", ""),
        made("text 2", ""),
        made("签", ""),
        made("t" * 65, ""),
        made("text", "<MsgId>1 2</MsgId>"),
        made("text", f"<MsgId>{'1' * 65}</MsgId>"),
        WHOLE.replace(b"1714112445", b""),
        WHOLE.replace(b"1714112445", b"-1"),
        WHOLE.replace(b"1714112445", b"1e9"),
        WHOLE.replace(b"1714112445", "١".encode()),
        WHOLE.replace(b"1714112445", b"9" * 5000),
        WHOLE.replace(b"o9AgO5Kd5_-C", b""),
        WHOLE.replace(b"o9AgO5Kd5_-C", b"o" * 65),
        WHOLE.replace(b"o9AgO5Kd5_-C", b"o 1"),
        WHOLE.replace(b"gh_account", b""),
    ],
    ids=lambda xml: repr(xml[:60]),
)  # fmt: skip
def test_what_is_no_push_is_refused(xml: bytes) -> None:
    """Broken, hostile, oversized or incomplete XML is BadPush, without a word about why."""
    with pytest.raises(BadPush) as caught:
        read_push(xml)
    error = caught.value
    assert (error.args, str(error), error.__cause__, error.__context__) == ((), "", None, None)


def test_too_much_is_refused_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops at the first element too many; nothing of the rest is kept."""
    started: list[str] = []
    real = module._Values.start

    def watched(self: module._Values, tag: str, attributes: dict[str, str]) -> None:
        started.append(tag)
        real(self, tag, attributes)

    monkeypatch.setattr(module._Values, "start", watched)
    for xml, most in [("<a/>" * 50_000, module.MOST_ELEMENTS), ("<a>" * 50_000, module.MOST_DEPTH)]:
        started.clear()
        with pytest.raises(BadPush):
            read_push(f"<xml>{xml}".encode())
        assert len(started) == most + 1


def test_the_largest_xml_is_read_quickly() -> None:
    """No shape of the largest XML that is looked at takes long."""
    room = module.MOST_BYTES - 100
    for xml in [
        b"<xml><a>" + b"&lt;" * (room // 4),
        b"<xml><a>" + b"<![CDATA[]]>" * (room // 12),
        b"<xml><a " + b" ".join(b'a%d=""' % n for n in range(room // 12)),
        b"<xml>" + b"<!---->" * (room // 7),
        b"<xml><" + b"a" * room,
        b"<xml>" + b"]" * room,
    ]:
        began = time.process_time()
        with pytest.raises(BadPush):
            read_push(xml)
        assert time.process_time() - began < 2


PERSON = read_push(WHOLE)


def test_a_reply_is_what_wechat_expects() -> None:
    """A text reply goes back to who wrote, from the account, in the documented shape."""
    assert text_reply(PERSON, "你好", 1714112446).decode() == (
        "<xml><ToUserName><![CDATA[o9AgO5Kd5_-C]]></ToUserName><FromUserName><![CDATA[gh_account]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content></xml>"
    )
    reply = wechatpy.parse_message(text_reply(PERSON, "你好", 1714112446))
    assert (reply.type, reply.source, reply.target, reply.content) == ("text", "gh_account", "o9AgO5Kd5_-C", "你好")
    assert int(reply.create_time.timestamp()) == 1714112446


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("]]>", "]]>"),
        ("a]]>b]]]]>>c", "a]]>b]]]]>>c"),
        ("]]>]]>", "]]>]]>"),
        ("]]\0>", "]]>"),
        ("]]\ufffe>", "]]>"),
        ("a\0b\x01\x08\x0b\x1f", "ab"),
        ("a\ufffe\uffff\ud800b\udfff", "ab"),
        ("</Content></xml><xml>", "</Content></xml><xml>"),
        ("&amp;<![CDATA[x]]>", "&amp;<![CDATA[x]]>"),
        ("\t1\n2", "\t1\n2"),
        ("😀 ﷺ \x7f\x85", "😀 ﷺ \x7f\x85"),
        ("", ""),
    ],
)
def test_a_reply_cannot_be_broken_out_of(text: str, read: str) -> None:
    """What would end the text early survives, what XML does not allow is left out, for two readers alike."""
    xml = text_reply(PERSON, text, 1)
    assert read_push(xml).fields == {"Content": read}
    assert (wechatpy.parse_message(xml).content or "").strip() == read.strip()


@unhurried
@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("]>\0\r\n<&")))
def test_any_text_survives_a_reply(text: str) -> None:
    """Of any text at all everything arrives that XML can carry; line ends become plain ones."""
    found = read_push(text_reply(PERSON, text, 1)).fields["Content"]
    allowed = module.NOT_IN_XML.sub("", text)
    assert found == allowed.replace("\r\n", "\n").replace("\r", "\n")


@unhurried
@given(st.text())
def test_cdata_is_closed_exactly_once(text: str) -> None:
    """Between two elements nothing escapes."""
    values = module.read_values(f"<xml><a>{cdata(text)}</a><b>1</b></xml>".encode())
    assert set(values.top) == {"a", "b"} and values.top["b"] == "1" and not values.deeper
