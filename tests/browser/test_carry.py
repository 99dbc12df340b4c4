"""A conversation carried from one place to another with a code, by a person's means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.desk import Desk

pytestmark = pytest.mark.browser

ACCOUNT = {
    "wechat_app_id": "wx0000000000000000",
    "wechat_app_secret": "secret",
    "wechat_token": "token",
    "wechat_mode": "plain",
    "wechat_api_url": "http://127.0.0.1:9",
    "secret_key": "k" * 40,
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An api whose installation has an account on WeChat."""
    started = Desk(tmp_path / "data", **ACCOUNT)
    yield started
    started.stop()


class Places:
    """Browsers that do not know of each other."""

    def __init__(self, chromium: Browser) -> None:
        self.chromium = chromium
        self.pages: list[Page] = []

    def page(self, url: str, language: str = "en", **look: Any) -> Page:
        """The home page, in a browser that has never been here."""
        page = self.chromium.new_context(locale="en-GB", **look).new_page()
        page.set_default_timeout(15000)
        self.pages.append(page)
        page.goto(f"{url}/?language={language}")
        return page


@pytest.fixture
def places(chromium: Browser) -> Iterator[Places]:
    """Browsers, closed at the end."""
    opened = Places(chromium)
    yield opened
    for page in opened.pages:
        page.context.close()


def agree(page: Page) -> None:
    page.locator("wenlu-chat .consent .solid").click()
    expect(page.locator("wenlu-chat .hello")).to_be_visible()


def say(page: Page, text: str) -> None:
    page.locator("wenlu-chat .row textarea").fill(text)
    page.keyboard.press("Enter")


def menu(page: Page) -> Locator:
    page.locator("wenlu-chat .menu summary").click()
    return page.locator("wenlu-chat .menu > div")


def code_of(page: Page) -> str:
    """Ask for a code in the menu and read it."""
    menu(page).get_by_text("Continue on WeChat").click()
    shown = page.locator("wenlu-chat dialog .code [aria-hidden]")
    expect(shown).to_have_text(re.compile(r"^\d{4} \d{4}$"))
    return shown.inner_text()


def test_a_conversation_is_carried_over(desk: Desk, places: Places) -> None:
    """The code shown here opens the conversation there, with consent; here the resident is told, and can begin anew."""
    here = places.page(desk.url, permissions=["clipboard-read", "clipboard-write"])
    agree(here)
    say(here, "My landlord keeps my deposit")
    expect(here.locator("wenlu-chat .assistant .bubble").last).to_be_visible()
    code = code_of(here)
    expect(here.locator("wenlu-chat dialog")).to_contain_text(re.compile(r"until \d{1,2}:\d{2}"))
    here.get_by_role("button", name="Copy the code").click()
    expect(here.locator("wenlu-chat dialog [role=status]")).to_have_text("Copied")
    assert here.evaluate("navigator.clipboard.readText()") == code

    there = places.page(desk.url)
    there.locator("wenlu-chat .consent").get_by_text("I have a code").click()
    dialog = there.locator("wenlu-chat dialog")
    expect(dialog).to_contain_text("180 days")
    expect(dialog.get_by_label("Code")).to_be_focused()
    there.keyboard.type(code)
    there.keyboard.press("Enter")
    expect(there.locator("wenlu-chat .resident")).to_have_text(re.compile("My landlord keeps my deposit"))
    expect(here.locator("wenlu-chat .banner")).to_contain_text("goes on elsewhere")
    expect(here.locator("wenlu-chat .consent")).to_be_visible()
    say(there, "And the rent?")
    expect(there.locator("wenlu-chat .resident")).to_have_count(2)
    there.reload()
    expect(there.locator("wenlu-chat .resident")).to_have_count(2)


def test_what_is_open_here_is_erased(desk: Desk, places: Places) -> None:
    """Whoever brings a code into an open conversation is told that it will be erased, and it is."""
    here, there = places.page(desk.url), places.page(desk.url)
    agree(here)
    agree(there)
    say(there, "Something else")
    before = there.evaluate("JSON.parse(Object.values(localStorage)[0])")
    menu(there).get_by_text("I have a code").click()
    expect(there.locator("wenlu-chat dialog")).to_contain_text("will be erased")
    there.locator("wenlu-chat dialog input").fill(code_of(here))
    there.locator("wenlu-chat dialog .solid").click()
    expect(there.locator("wenlu-chat dialog")).to_be_hidden()
    expect(there.locator("wenlu-chat .resident")).to_have_count(0)
    gone = there.request.get(
        f"{desk.url}/api/v1/conversations/{before['id']}/messages",
        headers={"Authorization": f"Bearer {before['token']}"},
    )
    assert gone.status == 404


def test_a_wrong_code_is_told_and_nothing_is_lost(desk: Desk, places: Places) -> None:
    """A wrong code is said so in the dialog; Escape leads back to the menu's button and the conversation is as it was."""
    page = places.page(desk.url)
    agree(page)
    say(page, "My landlord keeps my deposit")
    menu(page).get_by_text("I have a code").focus()
    page.keyboard.press("Enter")
    expect(page.locator("wenlu-chat dialog input")).to_be_focused()
    page.keyboard.type("1234 567")
    page.keyboard.press("Enter")
    expect(page.locator("wenlu-chat dialog [role=alert]")).to_have_text(
        "This code is wrong or too old. Please get a new one and try again."
    )
    expect(page.locator("wenlu-chat dialog input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("wenlu-chat dialog")).to_be_hidden()
    expect(page.locator("wenlu-chat .menu summary")).to_be_focused()
    expect(page.locator("wenlu-chat .resident")).to_have_count(1)


def test_a_code_typed_as_a_message(desk: Desk, places: Places) -> None:
    """A code sent like a message is not sent, but offered to be brought; sent once more it is a message."""
    page = places.page(desk.url)
    agree(page)
    say(page, "٢٨٢٤ ٦١١١")
    expect(page.locator("wenlu-chat dialog input")).to_have_value("٢٨٢٤ ٦١١١")
    page.keyboard.press("Escape")
    expect(page.locator("wenlu-chat .resident")).to_have_count(0)
    page.locator("wenlu-chat .row textarea").press("Enter")
    expect(page.locator("wenlu-chat .resident")).to_have_text(re.compile("٢٨٢٤ ٦١١١"))


def fits(page: Page) -> bool:
    """Whether the dialog is wholly on the screen and nothing in it is cut off."""
    fitting: bool = page.locator("wenlu-chat dialog").evaluate(
        "box => { const { left, right, top, bottom } = box.getBoundingClientRect();"
        " return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && box.scrollWidth <= box.clientWidth }"
    )
    return fitting


@pytest.mark.parametrize("language", ["ar", "de"])
def test_on_a_phone(desk: Desk, places: Places, language: str) -> None:
    """On a narrow phone both dialogs fit the screen, right to left too; the digits stay in order; Arabic digits are taken."""
    here = places.page(desk.url, language, viewport={"width": 360, "height": 740})
    agree(here)
    items = menu(here).locator("button")
    expect(items).to_have_count(5)
    items.nth(3).click()
    shown = here.locator("wenlu-chat dialog .code")
    expect(shown).to_have_css("direction", "ltr")
    expect(here.locator("wenlu-chat dialog h3")).to_have_css("direction", "rtl" if language == "ar" else "ltr")
    assert fits(here)
    code = shown.locator("[aria-hidden]").inner_text()

    there = places.page(desk.url, language, viewport={"width": 360, "height": 740})
    there.locator("wenlu-chat .consent .link").click()
    expect(there.locator("wenlu-chat dialog input")).to_be_focused()
    assert fits(there)
    there.keyboard.type(code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    there.locator("wenlu-chat dialog .solid").click()
    expect(there.locator("wenlu-chat .hello")).to_be_visible()


def test_without_an_account_nothing_is_offered(tmp_path: Path, places: Places) -> None:
    """Where there is no account on WeChat the menu says nothing of codes, and eight digits are a message."""
    plain = Desk(tmp_path / "data")
    try:
        page = places.page(plain.url)
        expect(page.locator("wenlu-chat .consent .link")).to_have_count(0)
        agree(page)
        expect(menu(page).locator("button")).to_have_count(3)
        page.keyboard.press("Escape")
        say(page, "2824 6111")
        expect(page.locator("wenlu-chat .resident")).to_have_count(1)
    finally:
        plain.stop()
