"""The client against the rehearsed WeChat: real sockets, a real database, and WeChat's own refusals."""

import asyncio
import logging
import sqlite3
import traceback
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from api.channels.wechat import client as client_module
from api.channels.wechat import token as token_module
from api.channels.wechat.client import Media, WechatClient, WechatError
from api.channels.wechat.models import WechatToken
from api.db import Database
from api.settings import Settings
from tests.unit.api.conftest import Time, until
from wenlu.wechat_rehearsal import Person, Rehearsal, RehearsalClock

SEND = "/cgi-bin/message/custom/send"
STABLE = "/cgi-bin/stable_token"


@dataclass
class Account:
    """The rehearsed WeChat and the workers that talk to it, over one database file."""

    rehearsal: Rehearsal
    time: Time
    data: Path
    workers: list[tuple[WechatClient, Database]] = field(default_factory=list)

    def settings(self, **changed: Any) -> Settings:
        values = {
            "data": self.data,
            "wechat_app_id": self.rehearsal.app_id,
            "wechat_app_secret": SecretStr(self.rehearsal.app_secret),
            "wechat_api_url": self.rehearsal.url,
            "secret_key": SecretStr("the installation's key"),
        }
        return Settings(**(values | changed))

    def worker(self, **changed: Any) -> WechatClient:
        settings = self.settings(**changed)
        database = Database(settings.database, settings.database_busy_seconds)
        client = WechatClient(settings, database, self.time)
        self.workers.append((client, database))
        return client

    def person(self, **more: Any) -> Person:
        """Somebody who wrote just now."""
        person = self.rehearsal.person(**more)
        person.act("text", "", False, self.rehearsal.clock())
        return person

    @property
    def asked(self) -> list[bool]:
        """The questions for a token, and whether they were forced."""
        return self.rehearsal.tokens.asked

    async def change(self, **values: Any) -> None:
        async with self.workers[0][1].transaction() as session:
            await session.execute(update(WechatToken).values(**values))


@pytest.fixture
async def account(data: Path) -> AsyncIterator[Account]:
    """An account with a token of its own clock."""
    time = Time()
    async with Rehearsal(RehearsalClock(lambda: time.now.timestamp())) as rehearsal:
        account = Account(rehearsal, time, data)
        yield account
        for client, database in account.workers:
            await client.close()
            await database.close()


@pytest.fixture
def client(account: Account) -> WechatClient:
    """The one worker of most tests."""
    return account.worker()


async def failing(call: Any) -> WechatError:
    with pytest.raises(WechatError) as caught:
        await call
    return caught.value


async def test_a_text_arrives_as_it_was_written(account: Account, client: WechatClient) -> None:
    """In every script, with quotation marks, backslashes and emoji; nothing comes as an escape."""
    person = account.person()
    texts = ['押金 "退" 吗?\n1 是', "إيجار \\u5b57 \\ /", "🏠 ภาษาไทย", "half a \ud83c surrogate"]
    for text in texts:
        await client.send_text(person.openid, text)
    assert person.seen == [*texts[:3], "half a ? surrogate"]
    assert account.rehearsal.complaints == []
    assert account.asked == [False]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, "busy"),
        (40003, "person"),
        (43004, "gone"),
        (45002, "long"),
        (45009, "rate"),
        (45011, "rate"),
        (45015, "window"),
        (45047, "quota"),
        (48001, "right"),
        (40007, "other"),
        (12345, "other"),
    ],
)
async def test_each_code_is_told_by_its_kind(account: Account, client: WechatClient, code: int, kind: str) -> None:
    """It is asked once only, no token is renewed, and nothing is uncertain."""
    account.rehearsal.fail_next(SEND, code)
    error = await failing(client.send_text(account.person().openid, "hello"))
    assert (error.code, error.kind, error.uncertain) == (code, kind, False)
    assert (account.rehearsal.calls[SEND], account.asked) == (1, [False])


async def test_the_limits_of_wechat_itself(account: Account, client: WechatClient) -> None:
    """The window, the quota, the length, strangers, people who left and a right that is missing."""
    person = account.rehearsal.person()
    assert (await failing(client.send_text(person.openid, "x"))).kind == "window"
    person = account.person()
    assert (await failing(client.send_text(person.openid, "字" * 683))).kind == "long"
    for _ in range(5):
        await client.send_text(person.openid, "字" * 682)
    assert (await failing(client.send_text(person.openid, "x"))).kind == "quota"
    assert (await failing(client.send_text("a stranger", "x"))).kind == "person"
    person.act("event", "unsubscribe", False, account.rehearsal.clock())
    assert (await failing(client.send_text(person.openid, "x"))).kind == "gone"
    account.rehearsal.verified = False
    assert (await failing(client.send_text(person.openid, "x"))).kind == "right"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_bad_token_is_never_renewed_in_a_loop(account: Account, client: WechatClient, code: int) -> None:
    """A WeChat that refuses every token is asked twice for the text and three times for a token, then it is told."""
    account.rehearsal.fail_next(SEND, code, times=100)
    error = await failing(client.send_text(account.person().openid, "x"))
    assert (error.kind, error.code) == ("token", code)
    assert account.rehearsal.calls[SEND] == 2
    assert account.asked == [False, False, True]


async def test_a_bad_token_once_is_not_noticed(account: Account, client: WechatClient) -> None:
    """Somebody else renewed it, or its time was over early: a new one is fetched, not forced, and the text arrives."""
    person = account.person()
    await client.send_text(person.openid, "1")
    account.rehearsal.tokens.replace()
    await client.send_text(person.openid, "2")
    account.rehearsal.tokens.expire()
    await client.send_text(person.openid, "3")
    assert person.seen == ["1", "2", "3"]
    assert account.asked == [False, False, False]


async def test_a_token_is_forced_when_the_bad_one_comes_again(account: Account, client: WechatClient) -> None:
    """Only then, and not again for five minutes: WeChat allows twenty a day."""
    person = account.person()
    await client.send_text(person.openid, "1")
    account.rehearsal.tokens.spoil()
    await client.send_text(person.openid, "2")
    assert account.asked == [False, False, True]
    account.rehearsal.tokens.spoil()
    account.time.forward(minutes=4)
    assert (await failing(client.send_text(person.openid, "3"))).kind == "token"
    assert account.asked == [False, False, True, False]
    account.time.forward(minutes=1)
    await client.send_text(person.openid, "4")
    assert account.asked[4:] == [False, True]
    assert person.seen == ["1", "2", "4"]


async def test_the_token_is_renewed_before_its_end(account: Account, client: WechatClient) -> None:
    """Two minutes before; until then it is not asked for again."""
    person = account.person()
    await client.send_text(person.openid, "1")
    account.time.forward(seconds=7200 - 125)
    await client.send_text(person.openid, "2")
    assert account.asked == [False]
    account.time.forward(seconds=10)
    await client.send_text(person.openid, "3")
    assert account.asked == [False, False]
    assert account.rehearsal.calls[SEND] == 3


async def test_workers_share_one_token(account: Account) -> None:
    """Two workers with one database ask once; after a restart with another clientele, not at all."""
    person = account.person()
    for worker in (account.worker(), account.worker(), account.worker()):
        await worker.send_text(person.openid, "x")
    assert account.asked == [False]


@pytest.mark.parametrize("how", ["none", "expired", "replaced"])
async def test_many_calls_at_once_fetch_one_token(account: Account, how: str) -> None:
    """Twenty calls of two workers without a good token: one question for one, and every call is well."""
    workers = account.worker(), account.worker()
    person = account.person()
    if how != "none":
        await workers[0].user_language(person.openid)
        await workers[1].user_language(person.openid)
    if how == "expired":
        account.time.forward(hours=3)
    if how == "replaced":
        account.rehearsal.tokens.replace()
    before = len(account.asked)
    calls = [workers[number % 2].user_language(person.openid) for number in range(20)]
    assert await asyncio.gather(*calls) == ["en"] * 20
    assert account.asked[before:] == [False]


async def test_many_calls_at_once_hear_of_one_failure(account: Account, client: WechatClient) -> None:
    """While WeChat gives no token, ten calls make one question, and the next call makes another one."""
    account.rehearsal.fail_next(STABLE, -1)
    person = account.person()
    errors = await asyncio.gather(*(failing(client.send_text(person.openid, "x")) for _ in range(10)))
    assert {error.kind for error in errors} == {"busy"}
    assert account.rehearsal.calls[STABLE] == 1
    await client.send_text(person.openid, "x")
    assert person.seen == ["x"]


async def test_a_worker_that_died_while_fetching_holds_nobody_up_for_long(
    account: Account, client: WechatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim is waited for, then it is told; when the claim is over, the next worker takes it."""
    monkeypatch.setattr(token_module, "PATIENCE", 0.1)
    person = account.person()
    await client.user_language(person.openid)
    account.time.forward(hours=3)
    await account.change(refresher="dead", refreshing_until=account.time.now + timedelta(seconds=20))
    error = await failing(client.user_language(person.openid))
    assert (error.kind, account.asked) == ("unreachable", [False])
    account.time.forward(seconds=21)
    assert await client.user_language(person.openid) == "en"
    assert account.asked == [False, False]


async def test_another_workers_token_is_waited_for(account: Account) -> None:
    """Who finds somebody fetching takes what they fetched."""
    first, second = account.worker(), account.worker()
    person = account.person()
    account.rehearsal.slow_next(STABLE, 0.3)
    slow = asyncio.create_task(first.user_language(person.openid))
    await until(lambda: account.rehearsal.calls[STABLE])
    assert await second.user_language(person.openid) == "en"
    assert await slow == "en"
    assert account.asked == [False]


async def test_the_token_is_kept_encrypted(account: Account, client: WechatClient) -> None:
    """It stands nowhere in the database's files, and under another key it is fetched anew."""
    person = account.person()
    await client.user_language(person.openid)
    token = account.rehearsal.tokens.current
    assert token
    files = [file.read_bytes() for file in account.data.glob("wenlu.db*")]
    assert any(b"wechat_token" in content for content in files)
    assert not any(token.encode() in content for content in files)
    other = account.worker(secret_key=SecretStr("another key"))
    assert await other.user_language(person.openid) == "en"
    assert account.asked == [False, False]


async def test_a_locked_database_is_a_wechat_out_of_reach(account: Account) -> None:
    """While somebody holds the database no token can be fetched: told as any other failure, and well afterwards."""
    client = account.worker(database_busy_seconds=0.1)
    person = account.person()
    with closing(sqlite3.connect(account.data / "wenlu.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = await failing(client.send_text(person.openid, "x"))
        other.execute("ROLLBACK")
    assert (error.kind, error.uncertain, account.asked) == ("unreachable", False, [])
    await client.send_text(person.openid, "x")


async def test_a_wrong_secret_is_told(account: Account) -> None:
    """With WeChat's code, after one question, and a worker with the right one is not held up."""
    wrong = account.worker(wechat_app_secret=SecretStr("wrong"))
    person = account.person()
    error = await failing(wrong.send_text(person.openid, "x"))
    assert (error.code, error.kind, account.rehearsal.calls[STABLE]) == (40125, "other", 1)
    await account.worker().send_text(person.openid, "x")


@pytest.mark.parametrize(
    "given", [{}, {"access_token": "x"}, {"access_token": "", "expires_in": 7200}, {"expires_in": 1}]
)
def test_an_answer_without_token_is_none(given: dict[str, Any]) -> None:
    """Only a token with the time it lasts is one."""
    assert token_module.Fetched.of(given) is None


def test_without_settings_there_is_no_client(account: Account, data: Path) -> None:
    """What is missing is named when the client is made, not at the first call."""
    database = Database(account.settings().database)
    for missing in ("wechat_app_id", "wechat_app_secret", "secret_key"):
        with pytest.raises(ValueError, match=missing.upper()):
            WechatClient(account.settings(**{missing: None}), database, account.time)


async def test_what_nobody_knows_is_uncertain(account: Account, client: WechatClient) -> None:
    """A connection cut before or after WeChat did it, and a page of a proxy: unreachable, asked once, uncertain."""
    person = account.person()
    await client.user_language(person.openid)
    for number, failure in enumerate(("drop", "drop_after", "nonsense")):
        account.rehearsal.fail_next(SEND, failure)  # type: ignore[arg-type]
        error = await failing(client.send_text(person.openid, str(number)))
        assert (error.kind, error.code, error.uncertain) == ("unreachable", 0, True)
    assert account.rehearsal.calls[SEND] == 3
    assert person.seen == ["1"]


async def test_a_wechat_that_takes_its_time_is_given_up(
    account: Account, client: WechatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time that a call may take, and uncertain."""
    person = account.person()
    await client.user_language(person.openid)
    monkeypatch.setattr(client_module, "SECONDS", 0.1)
    account.rehearsal.slow_next(SEND, 5)
    error = await failing(client.send_text(person.openid, "x"))
    assert (error.kind, error.uncertain) == ("unreachable", True)


async def test_a_wechat_that_is_not_there_got_nothing(account: Account, client: WechatClient) -> None:
    """Nobody listens: unreachable, and certainly not carried out."""
    person = account.person()
    await client.user_language(person.openid)
    await account.rehearsal.stop()
    client_again = account.worker()
    error = await failing(client_again.send_text(person.openid, "x"))
    assert (error.kind, error.uncertain) == ("unreachable", False)


async def test_no_proxy_of_the_environment_is_used(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token and the people's ids go to WeChat and nowhere else."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await account.worker().user_language(account.person().openid) == "en"


async def test_typing_is_shown_and_ended(account: Account, client: WechatClient) -> None:
    """Twice or too late is no error; a stranger is."""
    person = account.person()
    await client.typing(person.openid)
    await client.typing(person.openid)
    await client.typing(person.openid, on=False)
    account.time.forward(seconds=40)
    await client.typing(person.openid)
    assert [command for _at, command in person.typings] == ["Typing", "CancelTyping"]
    assert (await failing(client.typing("a stranger"))).kind == "person"


@pytest.mark.parametrize(
    ("wechat", "ours"),
    [("zh_CN", "zh"), ("zh_TW", "zh"), ("en", "en"), ("vi", "vi"), ("ar", "ar"), ("tlh_KX", None), ("", None)],
)
async def test_their_wechats_language(account: Account, client: WechatClient, wechat: str, ours: str | None) -> None:
    """WeChat's codes become ours; one that we do not have is none."""
    person = account.person()
    person.language = wechat
    assert await client.user_language(person.openid) == ours


async def test_who_left_has_no_language(account: Account, client: WechatClient) -> None:
    """WeChat says nothing about somebody who does not follow the account."""
    person = account.person()
    person.act("event", "unsubscribe", False, account.rehearsal.clock())
    assert await client.user_language(person.openid) is None
    assert (await failing(client.user_language("a stranger"))).kind == "person"


async def test_media(account: Account, client: WechatClient) -> None:
    """What somebody sent comes as it is; too large, a video's address, and gone after three days are errors."""
    rehearsal = account.rehearsal
    picture, large = rehearsal.keep_media(b"\xff\xd8" * 4, "image/jpeg"), rehearsal.keep_media(bytes(10 * 2**20 + 1))
    full = rehearsal.keep_media(bytes(10 * 2**20), "image/png")
    video = rehearsal.keep_media(b'{"video_url": "http://example.org"}', "text/plain")
    assert await client.media(picture) == Media(b"\xff\xd8" * 4, "image/jpeg")
    assert len((await client.media(full)).content) == 10 * 2**20
    assert (await failing(client.media(large))).kind == "long"
    assert (await failing(client.media(video))).kind == "long"
    account.time.forward(days=3)
    assert (await failing(client.media(picture))).code == 40007


async def test_the_menu(account: Account, client: WechatClient) -> None:
    """The menu that was made is the menu that is shown; one that WeChat does not take is an error with its code."""
    assert await client.menu() == {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    menu = {"button": [{"name": "问问题", "type": "click", "key": "ask"}]}
    await client.create_menu(menu)
    assert await client.menu() == {"is_menu_open": 1, "selfmenu_info": menu}
    assert (await failing(client.create_menu({"button": []}))).code == 40016
    assert account.rehearsal.complaints == []


def _with_variables(error: WechatError) -> str:
    """The error's traceback with every frame's variables, but for those of this test."""
    assert error.__traceback__ is not None
    frames = error.__traceback__.tb_next
    return "".join(traceback.TracebackException(type(error), error, frames, capture_locals=True).format())


async def test_nothing_secret_is_ever_said(
    account: Account, client: WechatClient, caplog: pytest.LogCaptureFixture
) -> None:
    """No log line, at whatever level, and no error, not even with its frames' variables, names token or secret;
    no log line and no error itself names a person or a text."""
    caplog.set_level(logging.DEBUG)
    person = account.person()
    said: list[str] = []
    await client.send_text(person.openid, "their words")
    await client.user_language(person.openid)
    tokens = [str(account.rehearsal.tokens.current)]
    for failure, times in ((40001, 2), (45015, 1), ("drop", 1), ("nonsense", 1)):
        account.rehearsal.fail_next(SEND, failure, times)  # type: ignore[arg-type]
        error = await failing(client.send_text(person.openid, "their words"))
        said += [str(error), repr(error), "".join(traceback.format_exception(error))]
        said += [_with_variables(error).replace(person.openid, "").replace("their words", "")]
    wrong = account.worker(wechat_app_secret=SecretStr(account.rehearsal.app_secret + "x"))
    await account.change(expires_at=account.time.now)
    said += [_with_variables(await failing(wrong.send_text(person.openid, "x"))).replace(person.openid, "")]
    assert "_call" in said[-1]
    assert "127.0.0.1" in caplog.text  # the log was listened to
    everything = "\n".join([caplog.text, *said])
    tokens.append(str(account.rehearsal.tokens.current))
    for secret in (*tokens, account.rehearsal.app_secret, person.openid, "their words"):
        assert secret not in everything
