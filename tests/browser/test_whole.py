"""Widget and console together in a real browser, on the four real processes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures import OWN_PASSWORD
from tests.integration.system import Mediator, System

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def open_page(chromium: Browser, width: int = 1200, height: int = 860, locale: str = "en-GB") -> Page:
    """A browser that has never been here."""
    page = chromium.new_context(viewport={"width": width, "height": height}, locale=locale).new_page()
    page.set_default_timeout(30_000)
    return page


def say(page: Page, text: str) -> None:
    """Type something into the widget and send it."""
    field = page.locator("wenlu-chat .row textarea")
    field.fill(text)
    field.press("Enter")


def test_ask_hand_off_and_hear_a_person_also_after_a_reload(
    chromium: Browser, system: System, staff: tuple[Mediator, Mediator]
) -> None:
    """A resident asks, reads the law, asks for a person, hears them at once, and after a reload hears them once."""
    resident = open_page(chromium, 390, 844)
    resident.goto(f"{system.url}/?language=en")
    resident.locator("wenlu-chat .consent .solid").click()
    say(resident, "How long may my probation period be?")
    cards = resident.locator("wenlu-chat article.card")
    law = cards.locator(".basis a").filter(has_text="Labor Contract Law, art. 19")
    expect(law.first).to_be_visible()
    shown = cards.count()
    resident.locator("wenlu-chat .foot button").click()
    resident.locator("wenlu-chat .packet .solid").click()
    expect(resident.locator("wenlu-chat .banner")).to_contain_text("queue")

    desk = open_page(chromium)
    desk.goto(f"{system.url}/console")
    desk.locator("[name=username]").fill(staff[0].staff["username"])
    desk.locator("[name=password]").fill(OWN_PASSWORD)
    desk.locator(".primary").click()
    desk.locator(".line").last.click()
    expect(desk.locator(".packet")).to_contain_text("probation")
    desk.locator("[data-act=take]").click()
    expect(desk.locator(".write textarea")).to_be_visible()
    desk.locator(".write textarea").press_sequentially("Good evening. I can help you with this.")
    desk.keyboard.press("Control+Enter")

    said = resident.locator("wenlu-chat .mediator").filter(has_text="Good evening. I can help you with this.")
    expect(said).to_have_count(1)
    resident.reload()
    expect(said).to_have_count(1)
    expect(cards).to_have_count(shown)
    desk.locator("[data-act=close]").click()
    expect(desk.locator(".write")).to_be_hidden()
    for page in (resident, desk):
        page.context.close()


@pytest.mark.parametrize(
    ("language", "question", "direction"),
    [("ar", "كم مدة فترة التجربة في العمل؟", "rtl"), ("zh", "试用期最长可以约定多久？", "ltr")],
)
def test_the_widget_speaks_the_residents_language(
    chromium: Browser, system: System, language: str, question: str, direction: str
) -> None:
    """Arabic runs right to left, Chinese is answered in Chinese, on a phone's screen without a sideways scroll."""
    page = open_page(chromium, 390, 844, language)
    page.goto(f"{system.url}/?language={language}")
    page.locator("wenlu-chat .consent .solid").click()
    say(page, question)
    card = page.locator("wenlu-chat article.card").first
    expect(card).to_be_visible()
    assert card.evaluate("element => getComputedStyle(element).direction") == direction
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.context.close()
