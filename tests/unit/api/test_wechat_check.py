"""`wenlu wechat check`: everything that can be wrong with an account's settings is said in words, and no secret is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from api.channels.wechat import check as checks
from api.channels.wechat.cli import app
from api.channels.wechat.menu import make_menu
from api.i18n import Catalogs
from api.settings import Settings
from wenlu.wechat_rehearsal import Rehearsal

URL = "https://wenlu.invalid"


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """A WeChat on loopback that has our menu, its account's settings in the environment, and our address answering."""
    with Rehearsal().in_thread() as running:
        for name, value in (running.environment() | {"WENLU_PUBLIC_URL": URL}).items():
            monkeypatch.setenv(name, value)
        running.menu = make_menu(Catalogs.load(), URL)

        async def answering(settings: Settings) -> checks.Finding:
            return checks.Finding(True, "the address answers")

        monkeypatch.setattr(checks, "address_finding", answering)
        yield running


def checked() -> Result:
    return CliRunner().invoke(app, ["check"])


def wrong(result: Result) -> list[str]:
    return [line.removeprefix("wrong ") for line in result.output.splitlines() if line.startswith("wrong ")]


def test_all_is_well(wechat: Rehearsal) -> None:
    """A good account: exit code 0, what to type into its settings, and none of its secrets."""
    result = checked()
    assert result.exit_code == 0, result.output
    assert wrong(result) == []
    assert f"{URL}/wechat" in result.output
    assert "安全模式 (safe)" in result.output
    for secret in (wechat.app_secret, wechat.token, wechat.aes_key, str(wechat.tokens.current)):
        assert secret not in result.output


def test_asking_leaves_the_token_alone(wechat: Rehearsal) -> None:
    """The token of the running system stays good: it is never forced."""
    checked()
    assert wechat.tokens.asked
    assert not any(wechat.tokens.asked)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WENLU_WECHAT_APP_ID", "gh_0123456789ab", "is no AppID"),
        ("WENLU_WECHAT_TOKEN", "ab", "3 to 32 letters and digits"),
        ("WENLU_WECHAT_TOKEN", "with a space", "3 to 32 letters and digits"),
        ("WENLU_WECHAT_AES_KEY", "A" * 42, "is no EncodingAESKey"),
        ("WENLU_WECHAT_AES_KEY", "!" * 43, "is no EncodingAESKey"),
        ("WENLU_PUBLIC_URL", "http://wenlu.invalid", "is no https address"),
        ("WENLU_PUBLIC_URL", "https://wenlu.invalid:8443", "port 443 only"),
        ("WENLU_WECHAT_APP_ID", None, "copy the AppID"),
        ("WENLU_WECHAT_APP_SECRET", None, "make an AppSecret"),
        ("WENLU_WECHAT_TOKEN", None, "WENLU_WECHAT_TOKEN is not set"),
        ("WENLU_WECHAT_AES_KEY", None, "the mode safe needs it"),
        ("WENLU_PUBLIC_URL", None, "WENLU_PUBLIC_URL is not set"),
    ],
)
def test_a_bad_setting_is_named(
    wechat: Rehearsal, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    """What is missing or malformed is said with what to do, and fails the command."""
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    result = checked()
    assert result.exit_code == 1
    assert any(said in sentence for sentence in wrong(result)), result.output
    assert value is None or name == "WENLU_PUBLIC_URL" or value not in result.output


def test_plain_mode_needs_no_key(wechat: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without encryption there is no key to set."""
    monkeypatch.setenv("WENLU_WECHAT_MODE", "plain")
    monkeypatch.delenv("WENLU_WECHAT_AES_KEY")
    result = checked()
    assert result.exit_code == 0, result.output
    assert "明文模式 (plain)" in result.output


def test_an_unknown_mode_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be read is named, without its value."""
    monkeypatch.setenv("WENLU_WECHAT_MODE", "secret-mode")
    result = checked()
    assert result.exit_code == 1
    assert "WENLU_WECHAT_MODE" in result.output
    assert "secret-mode" not in result.output


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (40013, "does not know this AppID"),
        (40125, "does not accept the AppSecret"),
        (40164, "refuses calls from 203.0.113.7"),
        (40164, "IP白名单"),
        (40243, "frozen"),
        (-1, "busy"),
        (45009, "tomorrow"),
        (49999, "code 49999"),
    ],
)
def test_why_there_is_no_token_is_said(wechat: Rehearsal, code: int, said: str) -> None:
    """WeChat's reasons for giving no token, each with what to do; nothing more is asked then."""
    wechat.fail_next("/cgi-bin/stable_token", code)
    result = checked()
    assert result.exit_code == 1
    assert len(wrong(result)) == 1
    assert said in wrong(result)[0]
    assert set(wechat.calls) == {"/cgi-bin/stable_token"}


@pytest.mark.parametrize("failure", ["drop", "nonsense"])
def test_an_unreachable_wechat_is_said(wechat: Rehearsal, failure: str) -> None:
    """No connection, and answers that are none."""
    wechat.fail_next("", failure)  # type: ignore[arg-type]
    result = checked()
    assert result.exit_code == 1
    assert "cannot be reached" in wrong(result)[0]


def test_another_menu_is_said(wechat: Rehearsal) -> None:
    """An old or missing menu: push it."""
    wechat.menu = None
    result = checked()
    assert result.exit_code == 1
    assert "wenlu wechat menu push" in wrong(result)[0]


def test_an_account_that_may_not_write_is_said(wechat: Rehearsal) -> None:
    """Without the right to customer-service messages only quick answers would arrive."""
    wechat.verified = False
    result = checked()
    assert result.exit_code == 1
    assert "verified" in wrong(result)[0]
    assert wechat.people == {}


def test_only_an_address_is_repeated() -> None:
    """Of WeChat's own words nothing is shown but the address, and only if it is one."""
    assert "this machine" in checks.explained(40164, "invalid ip <b>, not in whitelist")
    assert "2001:db8::7" in checks.explained(40164, "invalid ip 2001:db8::7, not in whitelist")
    assert "rid" not in checks.explained(50001, "rid: 123-456")


class Ours(BaseHTTPRequestHandler):
    """A system of ours that knows the token `Token123`, as wechatpy checks it."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            check_signature("Token123", query["signature"], query["timestamp"], query["nonce"])
            self.send_response(200 if parts.path == "/wechat" else 404)
            answer = query["echostr"]
        except InvalidSignatureException:
            self.send_response(403)
            answer = ""
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def ours() -> Iterator[str]:
    """The address of such a system."""
    server = HTTPServer(("127.0.0.1", 0), Ours)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def answers(url: str, token: str) -> checks.Finding:
    settings = Settings(public_url=url, wechat_token=SecretStr(token))
    return asyncio.run(checks.address_finding(settings))


def test_our_address_is_asked_as_wechat_asks_it(ours: str) -> None:
    """The system that runs there knows the token, or it is said that it does not."""
    assert answers(ours, "Token123").well
    other = answers(ours, "Token124")
    assert not other.well
    assert "status 403" in other.text


def test_an_address_that_nobody_answers_is_said() -> None:
    """Nothing runs there."""
    found = answers("http://127.0.0.1:9", "Token123")
    assert not found.well
    assert "cannot be reached" in found.text
