"""The account's menu: made from the catalogs, within WeChat's limits, put and read back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from api.channels.wechat.cli import app
from api.channels.wechat.commands import load_commands
from api.channels.wechat.menu import BUTTONS, MenuError, check_menu, from_wechat, lines, make_menu
from api.i18n import Catalogs
from knowledge import Corpus
from wenlu.wechat_rehearsal import Rehearsal
from wenlu.wechat_rehearsal.menus import check_menu as check_as_wechat
from wenlu.wechat_rehearsal.menus import shown

URL = "https://wenlu.example.org"


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """A WeChat on loopback, and the settings of its account in the environment."""
    with Rehearsal().in_thread() as running:
        for name, value in (running.environment() | {"WENLU_PUBLIC_URL": URL}).items():
            monkeypatch.setenv(name, value)
        yield running


def wenlu(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_menu_fits(catalogs: Catalogs) -> None:
    """The menu from the catalogs is one that WeChat takes: with the pages, and without."""
    for url in (URL, None):
        menu = make_menu(catalogs, url)
        check_as_wechat(menu)
        assert [len(button["sub_button"]) for button in menu["button"]] == [5, 5 if url else 3, 5]


def test_its_names_are_chinese_and_english(catalogs: Catalogs) -> None:
    """Every name says the same in both."""
    names = [line.partition("→")[0].strip() for line in lines(make_menu(catalogs, URL))]
    assert names[:2] == ["提问Ask", "签证 Visas"]
    assert len(set(names)) == 18
    assert all(any(c > "⺀" for c in name) and any("A" <= c <= "z" for c in name) for name in names)


def test_pages_open_under_the_public_address(catalogs: Catalogs) -> None:
    """Links lead to this system's own pages, whether or not its address ends with a slash."""
    links = [
        lower["url"]
        for button in make_menu(catalogs, f"{URL}/")["button"]
        for lower in button["sub_button"]
        if lower["type"] == "view"
    ]
    assert links == [f"{URL}/", f"{URL}/glossary"]


def test_every_click_is_a_command_or_a_topic(corpus: Corpus) -> None:
    """A key names something that can also be typed, emergencies, places, or a topic that has texts."""
    keys = [key for below in BUTTONS.values() for key in below.values() if key.startswith("menu:")]
    topics = [key.removeprefix("menu:topic:") for key in keys if key.startswith("menu:topic:")]
    assert set(topics) <= set(corpus.topics)
    commands = {key.removeprefix("menu:") for key in keys if not key.startswith("menu:topic:")}
    assert {load_commands().find(command) or command for command in commands} == commands
    assert {command for command in commands if load_commands().find(command) is None} == {"emergency", "places"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "x" * 61}, "61 bytes"),
        ({"name": "很长很长很长很长很长"}, "20 columns"),
        ({"key": "k" * 129}, "129 bytes in its key"),
        ({"url": "u" * 1025}, "1025 bytes in its address"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, str], said: str, catalogs: Catalogs) -> None:
    """A name, key or address that is too long is said before WeChat is asked."""
    menu = make_menu(catalogs, URL)
    menu["button"][0]["sub_button"][0] |= change
    with pytest.raises(MenuError, match=said):
        check_menu(menu)


def test_top_names_and_numbers_are_limited(catalogs: Catalogs) -> None:
    """Sixteen bytes at the top, three buttons, five below each."""
    menu = make_menu(catalogs, URL)
    menu["button"][0]["name"] = "提问提问提Ask"
    with pytest.raises(MenuError, match="18 bytes"):
        check_menu(menu)
    menu = make_menu(catalogs, URL)
    menu["button"][0]["sub_button"] *= 2
    with pytest.raises(MenuError, match="10 buttons"):
        check_menu(menu)
    menu = make_menu(catalogs, URL)
    menu["button"] *= 2
    with pytest.raises(MenuError, match="6 buttons"):
        check_menu(menu)


def test_a_menu_is_recognised_as_wechat_shows_it(catalogs: Catalogs) -> None:
    """What WeChat tells of a menu is the menu that was put; a closed one is none."""
    menu = make_menu(catalogs, URL)
    assert from_wechat(shown(menu)) == menu
    assert from_wechat(shown(menu) | {"is_menu_open": 0}) == from_wechat(shown(None)) == {"button": []}


def test_push_puts_the_menu(wechat: Rehearsal, catalogs: Catalogs) -> None:
    """`menu push` shows the menu, puts it and reads it back; `menu show` prints it from there."""
    pushed = wenlu("menu", "push")
    assert pushed.exit_code == 0, pushed.output
    assert wechat.menu == make_menu(catalogs, URL)
    assert wechat.complaints == []
    assert "服务地点 Places  →  menu:places" in pushed.output
    shown_now = wenlu("menu", "show")
    assert shown_now.exit_code == 0
    assert shown_now.output.splitlines() == list(lines(wechat.menu))


def test_show_tells_that_there_is_no_menu(wechat: Rehearsal) -> None:
    """An account without a menu is no error."""
    told = wenlu("menu", "show")
    assert told.exit_code == 0
    assert "has no menu" in told.output


def test_push_notices_another_menu(wechat: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A menu that reads back differently is an error."""
    other = {"button": [{"type": "click", "name": "x", "key": "y"}]}
    monkeypatch.setattr(wechat, "_create_menu", lambda said: setattr(wechat, "menu", other) or {"errcode": 0})
    pushed = wenlu("menu", "push")
    assert pushed.exit_code == 1
    assert "shows another one" in pushed.output


def test_a_refusal_is_explained(wechat: Rehearsal) -> None:
    """What WeChat refuses is said as what to do, without the secret."""
    wechat.fail_next("/cgi-bin/menu/create", 48001)
    refused = wenlu("menu", "push")
    assert refused.exit_code == 1
    assert "verified" in refused.output
    assert wechat.app_secret not in refused.output
    assert wechat.menu is None


def test_without_an_account_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of WeChat when no account is set."""
    for name in ("WENLU_WECHAT_APP_ID", "WENLU_WECHAT_APP_SECRET"):
        monkeypatch.delenv(name, raising=False)
    told = wenlu("menu", "push")
    assert told.exit_code == 1
    assert "WENLU_WECHAT_APP_ID" in told.output
