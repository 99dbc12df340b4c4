"""The rehearsed WeChat is held against wechatpy's own client, and keeps the limits of WeChat's documentation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from api.settings import Settings
from wenlu.wechat_rehearsal import Rehearsal, RehearsalClock


class FixedClock(RehearsalClock):
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        super().__init__(lambda: 1_700_000_000.0)


@pytest.fixture
def rehearsal() -> Iterator[Rehearsal]:
    """A WeChat in a thread of its own, whose clock stands."""
    with Rehearsal(FixedClock()).in_thread() as running:
        yield running


@dataclass
class Session:
    """What wechatpy looks for its token in: a token of the test's, or else the good one."""

    rehearsal: Rehearsal
    token: str | None = None

    def get(self, key: str) -> str:
        return self.token or self.rehearsal.tokens.give(False)[0]


@pytest.fixture
def client(rehearsal: Rehearsal) -> WeChatClient:
    """wechatpy's own client."""
    client = WeChatClient(rehearsal.app_id, "", session=Session(rehearsal), auto_retry=False)
    client.API_BASE_URL = f"{rehearsal.url}/cgi-bin/"
    client._http.trust_env = False
    return client


def refused(call: Callable[..., Any], *args: Any) -> int:
    with pytest.raises(WeChatClientException) as caught:
        call(*args)
    return int(caught.value.errcode)


def stable_token(rehearsal: Rehearsal, **changed: Any) -> dict[str, Any]:
    body = {"grant_type": "client_credential", "appid": rehearsal.app_id, "secret": rehearsal.app_secret, **changed}
    return dict(httpx.post(f"{rehearsal.url}/cgi-bin/stable_token", json=body, trust_env=False).json())


def test_wechatpy_writes_to_somebody(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """wechatpy's text appears on the phone as it was written, characters of all languages included."""
    person = rehearsal.person()
    person.act("text", "", False, rehearsal.clock())
    client.message.send_text(person.openid, "租房押金 — إيجار — \\u5b57")
    assert person.seen == ["租房押金 — إيجار — \\u5b57"]
    assert rehearsal.complaints == []


def test_escaped_characters_are_shown_as_they_stand(rehearsal: Rehearsal) -> None:
    """Who sends \\u escapes is not refused, but a person sees them, and it is complained about."""
    person = rehearsal.person()
    person.act("text", "", False, rehearsal.clock())
    token, _seconds = rehearsal.tokens.give(False)
    body = json.dumps({"touser": person.openid, "msgtype": "text", "text": {"content": "字"}})
    url = f"{rehearsal.url}/cgi-bin/message/custom/send?access_token={token}"
    said = httpx.post(url, content=body, trust_env=False).json()
    assert (said["errcode"], person.seen, len(rehearsal.complaints)) == (0, ["\\u5b57"], 1)


def test_five_texts_in_48_hours_after_a_message(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """The sixth is one too many, after 48 hours not even one is taken, and a new message opens both again."""
    person = rehearsal.person()
    send = client.message.send_text
    assert refused(send, person.openid, "too early") == 45015
    person.act("text", "", False, rehearsal.clock())
    for number in range(5):
        send(person.openid, str(number))
    assert refused(send, person.openid, "6") == 45047
    rehearsal.clock.forward(48 * 3600)
    assert refused(send, person.openid, "7") == 45015
    person.act("voice", "", False, rehearsal.clock())
    send(person.openid, "8")
    assert person.seen == ["0", "1", "2", "3", "4", "8"]


@pytest.mark.parametrize("event", ["click", "subscribe", "scan"])
def test_three_texts_in_a_minute_after_a_click(rehearsal: Rehearsal, client: WeChatClient, event: str) -> None:
    """A click, a subscription and a scan open three texts for a minute; looking at a page opens none."""
    person = rehearsal.person()
    send = client.message.send_text
    person.act("event", "view", False, rehearsal.clock())
    assert refused(send, person.openid, "x") == 45015
    person.act("event", event, False, rehearsal.clock())
    for number in range(3):
        send(person.openid, str(number))
    assert refused(send, person.openid, "x") == 45047
    rehearsal.clock.forward(60)
    assert refused(send, person.openid, "x") == 45015


def test_both_pools_are_kept_apart(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """A message and a click together open eight texts, and after a minute only what is left of the five."""
    person = rehearsal.person()
    send = client.message.send_text
    person.act("text", "", False, rehearsal.clock())
    person.act("event", "click", False, rehearsal.clock())
    for number in range(8):
        send(person.openid, str(number))
    assert refused(send, person.openid, "x") == 45047
    person.act("event", "click", False, rehearsal.clock())
    send(person.openid, "9")
    rehearsal.clock.forward(60)
    assert refused(send, person.openid, "x") == 45047


def test_a_tap_on_a_menu_message_counts_as_a_click(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """Its text opens three texts for a minute, not five for two days."""
    person = rehearsal.person()
    person.act("text", "", True, rehearsal.clock())
    for number in range(3):
        client.message.send_text(person.openid, str(number))
    assert refused(client.message.send_text, person.openid, "x") == 45047


def test_what_is_refused_to_wechatpy(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """Strangers, people who left, texts too long, texts without words, and an account without the right."""
    person = rehearsal.person()
    person.act("text", "", False, rehearsal.clock())
    send = client.message.send_text
    assert refused(send, "nobody", "x") == 40003
    assert refused(send, person.openid, "字" * 683) == 45002
    assert refused(send, person.openid, "") == 44004
    assert refused(client.message.send_image, person.openid, "x") == 40008
    send(person.openid, "字" * 682)
    person.act("event", "unsubscribe", False, rehearsal.clock())
    assert refused(send, person.openid, "x") == 43004
    rehearsal.verified = False
    assert refused(send, person.openid, "x") == 48001


def test_tokens_that_are_none(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """A token is asked for; an invented one is 40001, one whose time is over 42001."""
    person = rehearsal.person()
    for token, code in (("", 41001), ("invented", 40001)):
        url = f"{rehearsal.url}/cgi-bin/user/info"
        said = httpx.get(url, params={"access_token": token, "openid": person.openid}, trust_env=False).json()
        assert said["errcode"] == code
    given, seconds = rehearsal.tokens.give(False)
    client.session.token = given
    assert client.user.get(person.openid)["language"] == "en"
    rehearsal.clock.forward(seconds)
    assert refused(client.user.get, person.openid) == 42001


def test_the_stable_token_stays_until_its_last_five_minutes(rehearsal: Rehearsal) -> None:
    """The same token for as long as it lasts; a new one shortly before its end, with the old one still good."""
    first = stable_token(rehearsal)
    assert first["expires_in"] == 7200
    rehearsal.clock.forward(6899)
    again = stable_token(rehearsal)
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 301)
    rehearsal.clock.forward(1)
    assert stable_token(rehearsal)["access_token"] != first["access_token"]
    rehearsal.tokens.check(first["access_token"])


def test_a_forced_token_ends_the_one_before(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """The old one is refused at once; within 30 s nothing is renewed; the 21st of a day is refused."""
    first, second = stable_token(rehearsal), stable_token(rehearsal, force_refresh=True)
    assert first["access_token"] != second["access_token"]
    assert stable_token(rehearsal, force_refresh=True)["access_token"] == second["access_token"]
    client.session.token = first["access_token"]
    assert refused(client.menu.get_menu_info) == 40001
    for _ in range(19):
        rehearsal.clock.forward(30)
        assert "access_token" in stable_token(rehearsal, force_refresh=True)
    rehearsal.clock.forward(30)
    assert stable_token(rehearsal, force_refresh=True)["errcode"] == 45009


@pytest.mark.parametrize(
    ("changed", "code"), [({"secret": "x"}, 40125), ({"appid": "x"}, 40013), ({"grant_type": "x"}, 40002)]
)
def test_who_does_not_know_the_secret_gets_no_token(rehearsal: Rehearsal, changed: dict[str, str], code: int) -> None:
    """Each wrong part has its code."""
    assert stable_token(rehearsal, **changed)["errcode"] == code


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "stable_token", None, 43002),
        ("POST", "stable_token", None, 44002),
        ("POST", "stable_token", b"{", 47001),
        ("POST", "stable_token", b"[]", 47001),
        ("POST", "stable_token", b"\xff", 47001),
        ("POST", "user/info", b"{}", 43001),
        ("GET", "nothing/here", None, 40066),
    ],
)
def test_malformed_calls(rehearsal: Rehearsal, method: str, path: str, body: bytes | None, code: int) -> None:
    """The wrong method, no body, no JSON, no such call."""
    said = httpx.request(method, f"{rehearsal.url}/cgi-bin/{path}", content=body, trust_env=False)
    assert (said.status_code, said.json()["errcode"]) == (200, code)


def test_menus_media_and_people_as_wechatpy_reads_them(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """A menu comes back as it was made, a file as it was sent, and both kinds of people are told apart."""
    menu = {
        "button": [
            {"name": "问问题", "type": "click", "key": "ask"},
            {"name": "More", "sub_button": [{"name": "x" * 60, "type": "view", "url": "https://example.org"}]},
        ]
    }
    client.menu.create(menu)
    shown = client.menu.get_menu_info()
    assert shown["is_menu_open"] == 1
    assert shown["selfmenu_info"]["button"][1]["sub_button"]["list"][0]["url"] == "https://example.org"
    media_id = rehearsal.keep_media(b"\xff\xd8picture")
    assert client.media.download(media_id).content == b"\xff\xd8picture"
    rehearsal.clock.forward(3 * 86400)
    assert refused(client.media.download, media_id) == 40007
    person = rehearsal.person(language="zh_CN")
    assert client.user.get(person.openid)["language"] == "zh_CN"
    person.act("event", "unsubscribe", False, rehearsal.clock())
    assert client.user.get(person.openid)["subscribe"] == 0


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ([], 40016),
        ([{"name": "a", "type": "click", "key": "a"}] * 4, 40016),
        ([{"name": "一二三四五六", "type": "click", "key": "a"}], 40018),
        ([{"name": "a", "type": "dance", "key": "a"}], 40017),
        ([{"name": "a", "type": "click", "key": "a" * 129}], 40019),
        ([{"name": "a", "type": "view"}], 40020),
        ([{"name": "a", "sub_button": [{"name": "a", "type": "click", "key": "a"}] * 6}], 40023),
        ([{"name": "a", "sub_button": [{"name": "a" * 61, "type": "click", "key": "a"}]}], 40025),
    ],
)
def test_menus_that_are_too_large(client: WeChatClient, buttons: list[Any], code: int) -> None:
    """What WeChat would cut off or refuse is refused."""
    assert refused(client.menu.create, {"button": buttons}) == code


def test_typing_is_shown_once_and_only_soon_after_a_message(rehearsal: Rehearsal) -> None:
    """Not twice in 15 s, not 30 s after they wrote; a text ends it."""
    person = rehearsal.person()
    token, _seconds = rehearsal.tokens.give(False)

    def typing(command: str = "Typing") -> int:
        url = f"{rehearsal.url}/cgi-bin/message/custom/typing?access_token={token}"
        said = httpx.post(url, json={"touser": person.openid, "command": command}, trust_env=False)
        return int(said.json()["errcode"])

    assert typing() == 45080
    person.act("text", "", False, rehearsal.clock())
    assert [typing(), typing(), typing("Dancing")] == [0, 45081, 45072]
    person.receive("an answer", rehearsal.clock())
    assert [typing(), typing("CancelTyping"), typing()] == [0, 0, 0]
    rehearsal.clock.forward(31)
    assert typing() == 45080


def test_failures_come_as_they_were_written_down(rehearsal: Rehearsal, client: WeChatClient) -> None:
    """Codes, cut connections and nonsense, as many times as was said, each for its path."""
    person = rehearsal.person()
    person.act("text", "", False, rehearsal.clock())
    path = "/cgi-bin/message/custom/send"
    rehearsal.fail_next(path, -1, times=2)
    rehearsal.fail_next(path, "drop")
    rehearsal.fail_next(path, "drop_after")
    rehearsal.fail_next(path, "nonsense")
    send = client.message.send_text
    assert client.user.get(person.openid)["subscribe"] == 1
    assert [refused(send, person.openid, "1"), refused(send, person.openid, "2")] == [-1, -1]
    for text in ("3", "4"):
        with pytest.raises(OSError):
            send(person.openid, text)
    with pytest.raises(WeChatClientException):
        send(person.openid, "5")
    send(person.openid, "6")
    assert person.seen == ["4", "6"]
    assert rehearsal.calls[path] == 6


def test_an_api_can_be_told_of_the_account(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that the rehearsal names is what the api's settings read."""
    for name, value in rehearsal.environment("compatible").items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.wechat_app_id, settings.wechat_mode) == (rehearsal.app_id, "compatible")
    assert settings.wechat_app_secret and settings.wechat_app_secret.get_secret_value() == rehearsal.app_secret
    assert settings.wechat_token and settings.wechat_token.get_secret_value() == rehearsal.token
    assert settings.wechat_aes_key and settings.wechat_aes_key.get_secret_value() == rehearsal.aes_key
    assert len(rehearsal.aes_key) == 43
    assert len(base64.b64decode(rehearsal.aes_key + "=", validate=True)) == 32
    assert settings.wechat_api_url == rehearsal.url


def test_the_clock_goes_as_its_base_and_can_be_turned() -> None:
    """Set to a moment and forward by seconds, it goes on from there."""
    base = [100.0]
    clock = RehearsalClock(lambda: base[0])
    clock.set(datetime(2026, 11, 23, tzinfo=UTC))
    clock.forward(60)
    base[0] += 1
    assert clock() == datetime(2026, 11, 23, 0, 1, 1, tzinfo=UTC).timestamp()
