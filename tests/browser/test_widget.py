"""The widget, driven by a person's means: what is on the screen, the keyboard, the mouse."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def begin(page: Page, site: Site, language: str = "en") -> None:
    """Open the page and agree."""
    page.goto(f"{site.url}/?language={language}")
    page.locator("wenlu-chat .consent .solid").click()
    expect(page.locator("wenlu-chat .hello")).to_be_visible()


def ask(page: Page, text: str) -> None:
    """Type a question key by key and send it."""
    field = page.locator("wenlu-chat .row textarea")
    expect(field).to_be_visible()
    if len(text) > 200:
        field.fill(text)
    else:
        field.press_sequentially(text)
    field.focus()
    page.keyboard.press("Enter")


def sent(page: Page, waiting: int = 0) -> None:
    """Wait until so many messages are on their way."""
    deadline = time.monotonic() + 15
    while len(kept(page).get("pending", [])) != waiting and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert len(kept(page).get("pending", [])) == waiting


def kept(page: Page, store: str = "localStorage") -> dict[str, Any]:
    """What the browser remembers."""
    text = page.evaluate(f"Object.values({{...{store}}})[0] || '{{}}'")
    found: dict[str, Any] = json.loads(text)
    return found


def test_nothing_is_sent_before_consent(page: Page, site: Site) -> None:
    """Before the resident agrees there is no conversation and no way to write."""
    page.goto(f"{site.url}/")
    expect(page.locator("wenlu-chat .consent")).to_contain_text("180 days")
    expect(page.locator("wenlu-chat form.composer")).to_be_hidden()
    assert not [path for method, path in site.stage.seen if method == "POST"]


def test_places_can_be_called(page: Page, site: Site) -> None:
    """A number in a message is a link that dials it; a name stands out, a service is an item of a list."""
    begin(page, site)
    ask(page, "Where do I go?")
    bubble = page.locator("wenlu-chat .m.assistant .bubble")
    expect(bubble.locator("strong")).to_have_text(["Arbitration", "Help"])
    expect(bubble.locator("li")).to_have_text("Free of charge")
    calls = bubble.locator("a")
    expect(calls).to_have_text(["☎ 12333", "☎ +852 2824 6111"])
    expect(calls.first).to_have_attribute("href", "tel:12333")


def test_places_are_filtered_on_their_page(page: Page, site: Site) -> None:
    """From the home page to the places; who speaks Russian in Guangzhou is two choices away."""
    page.goto(f"{site.url}/?language=en")
    page.locator("header nav").get_by_role("link", name="Places that help").click()
    page.get_by_label("City or region").select_option("guangzhou")
    page.get_by_label("Spoken there").select_option("ru")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("article.place h2")).to_contain_text(["Consulate General of Russia (Guangzhou)"])


def test_an_answer_shows_text_law_place_date_and_steps(page: Page, site: Site) -> None:
    """A card has the heading, the text, next steps, the law as a link to the brochure, place and date."""
    begin(page, site)
    ask(page, "My landlord keeps my deposit")
    card = page.locator("wenlu-chat article.card")
    expect(card.locator("h3")).to_have_text("The landlord keeps my deposit. Can I get it back?")
    expect(card.locator(".text strong")).to_have_text("if you owe nothing")
    expect(card.locator(".text li")).to_have_count(2)
    expect(card.locator(".steps li")).to_have_count(2)
    expect(card).to_contain_text("Mainland China")
    expect(card).to_contain_text("November 20, 2026")
    link = card.locator(".basis a")
    expect(link).to_have_text("Housing Rental Regulations, art. 10")
    expect(link).to_have_attribute("href", re.compile(r"/brochures/leasing/deposit\?language=en#withheld$"))
    expect(page.locator("wenlu-chat .m:has(article)")).to_contain_text("not legal advice")


def test_markup_in_a_message_stays_text(page: Page, site: Site) -> None:
    """HTML and script typed by anybody are shown, never run."""
    begin(page, site)
    page.evaluate("window.broken = false")
    ask(page, '<img src=x onerror="window.broken=true"><script>window.broken=true</script>')
    expect(page.locator("wenlu-chat .resident")).to_contain_text("<img src=x")
    expect(page.locator("wenlu-chat article.card .text")).to_contain_text("<b>safe</b>")
    assert page.evaluate("window.broken") is False
    assert page.locator("wenlu-chat img").count() == 0


def test_a_reload_keeps_everything_once(page: Page, site: Site) -> None:
    """After a reload every message is there, none twice."""
    begin(page, site)
    ask(page, "My landlord keeps my deposit")
    expect(page.locator("wenlu-chat article.card")).to_have_count(1)
    page.reload()
    expect(page.locator("wenlu-chat article.card")).to_have_count(1)
    expect(page.locator("wenlu-chat .resident")).to_have_count(1)


def test_an_unsent_draft_survives_a_reload(page: Page, site: Site) -> None:
    """What was typed and not sent is still in the field."""
    begin(page, site)
    page.locator("wenlu-chat textarea").fill("half a question")
    page.reload()
    expect(page.locator("wenlu-chat textarea")).to_have_value("half a question")


def test_a_lost_answer_is_asked_for_again_with_the_same_id(page: Page, site: Site) -> None:
    """When the answer is lost on its way the same message goes again under its own id, and shows once."""
    begin(page, site)
    site.stage.fail_messages = 2
    ask(page, "My landlord keeps my deposit")
    expect(page.locator("wenlu-chat article.card")).to_have_count(1)
    sent(page, 0)
    assert len({body["client_message_id"] for body in site.stage.bodies}) == 1
    assert len(site.stage.bodies) == 3
    expect(page.locator("wenlu-chat .resident")).to_have_count(1)
    expect(page.locator("wenlu-chat article.card")).to_have_count(1)


def test_a_reload_before_the_answer_sends_nothing_twice(page: Page, site: Site) -> None:
    """A question whose answer was not seen yet when the page was reloaded is answered once."""
    begin(page, site)
    site.stage.fail_messages = 1
    ask(page, "My landlord keeps my deposit")
    sent(page, 1)
    page.reload()
    sent(page, 0)
    expect(page.locator("wenlu-chat article.card")).to_have_count(1)
    expect(page.locator("wenlu-chat .resident")).to_have_count(1)


def test_a_message_too_long_comes_back_into_the_field(page: Page, site: Site) -> None:
    """A refused text is not lost: it stands in the field again, with the reason."""
    begin(page, site)
    ask(page, "x" * 3500)
    expect(page.locator("wenlu-chat .banner")).to_contain_text("too long")
    expect(page.locator("wenlu-chat textarea")).to_have_value("x" * 3500)
    expect(page.locator("wenlu-chat .resident")).to_have_count(0)


def test_words_of_a_person_arrive_at_once_and_once(page: Page, site: Site) -> None:
    """A mediator's message appears without reloading, marked as a person's, and once after the stream broke."""
    begin(page, site)
    site.stage.talk.holder = "mediator"
    site.say("mediator", "Hello, I read your question.")
    expect(page.locator("wenlu-chat .mediator")).to_contain_text("A person")
    expect(page.locator("wenlu-chat .mediator")).to_contain_text("Hello, I read your question.")
    site.stop()
    site.stage.talk.add("mediator", "Written while you were away.")
    site.start()
    expect(page.locator("wenlu-chat .mediator")).to_have_count(2, timeout=30000)
    site.say("mediator", "And one more.")
    expect(page.locator("wenlu-chat .mediator")).to_have_count(3)


def test_an_emergency_shows_numbers_first(page: Page, site: Site) -> None:
    """Numbers as links that call, then the Chinese card, then help."""
    begin(page, site)
    ask(page, "help there is a fire in my building")
    card = page.locator("wenlu-chat .emergency")
    expect(card.locator(".tel a").first).to_have_attribute("href", "tel:119")
    expect(card.locator(".tel a").first).to_have_text("119Fire")
    expect(page.locator("wenlu-chat .show")).to_contain_text("着火了")
    expect(page.locator("wenlu-chat .m").filter(has_text="safe place")).to_be_visible()
    parts = [
        page.locator(f"wenlu-chat {part}").bounding_box() for part in (".tel", ".show", ".m:has-text('safe place')")
    ]
    tops = [part["y"] for part in parts if part]
    assert len(tops) == 3 and tops == sorted(tops)
    page.locator("wenlu-chat .show").click()
    expect(page.locator("wenlu-chat dialog")).to_contain_text("着火了")


def test_violence_at_home_makes_the_page_discreet(page: Page, site: Site) -> None:
    """The title turns neutral, only this tab remembers, and the exit leaves nothing behind."""
    page.route("https://www.weather.com.cn/**", lambda route: route.fulfill(body="weather", content_type="text/html"))
    begin(page, site)
    ask(page, "my husband is beating me")
    expect(page.locator("wenlu-chat .emergency .tel a").first).to_be_visible()
    expect(page).to_have_title("Notes")
    expect(page.locator("wenlu-chat h2")).to_have_text("Notes")
    assert page.evaluate("localStorage.length") == 0
    assert kept(page, "sessionStorage")["discreet"] is True
    page.locator("wenlu-chat .exit").click()
    page.wait_for_url("https://www.weather.com.cn/")
    page.goto(f"{site.url}/")
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    expect(page.locator("wenlu-chat .consent")).to_be_visible()


def test_escape_twice_leaves_a_discreet_page(page: Page, site: Site) -> None:
    """The keyboard leaves as fast as the button."""
    page.route("https://www.weather.com.cn/**", lambda route: route.fulfill(body="weather", content_type="text/html"))
    begin(page, site)
    ask(page, "my husband is beating me")
    expect(page.locator("wenlu-chat .exit")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("https://www.weather.com.cn/")


def test_the_packet_is_edited_before_it_is_passed_on(page: Page, site: Site) -> None:
    """Every line can be changed or removed; the notice on the duty to report stands before the button."""
    begin(page, site)
    page.locator("wenlu-chat .foot button").click()
    packet = page.locator("wenlu-chat .packet")
    expect(packet).to_contain_text("art. 45")
    expect(packet).to_contain_text("09:00–17:00")
    packet.locator("[data-key=asked] textarea").fill("Only this")
    packet.locator("[data-key=wants] .link").click()
    packet.locator("[data-key=contact] input").fill("me@example.org")
    packet.locator(".solid").click()
    expect(page.locator("wenlu-chat .banner")).to_contain_text("2")
    edit = next(body for body in site.stage.bodies if "lines" in body)
    assert edit["lines"] == {"asked": "Only this", "wants": None, "contact": "me@example.org"}
    assert site.stage.bodies[-1]["choice"] == "handoff:confirm"
    expect(packet).to_have_count(0)
    expect(page.locator("wenlu-chat header p")).to_have_text("Waiting for a person")


def test_the_packet_can_be_kept_back(page: Page, site: Site) -> None:
    """Cancelling passes nothing on and takes the form away."""
    begin(page, site)
    page.locator("wenlu-chat .foot button").click()
    page.locator("wenlu-chat .packet .chip").click()
    expect(page.locator("wenlu-chat .packet")).to_have_count(0)
    assert site.stage.talk.holder == "bot"


def test_starting_over_erases(page: Page, site: Site) -> None:
    """Start over asks first, then erases on the server and in the browser."""
    begin(page, site)
    ask(page, "My landlord keeps my deposit")
    expect(page.locator("wenlu-chat article.card")).to_be_visible()
    page.locator("wenlu-chat .menu summary").click()
    page.locator("wenlu-chat .menu").get_by_text("Start over").click()
    page.locator("wenlu-chat dialog .solid").click()
    expect(page.locator("wenlu-chat .consent")).to_be_visible()
    assert site.stage.talks == {}
    assert "token" not in kept(page)


def test_the_data_can_be_saved(page: Page, site: Site) -> None:
    """Exporting gives a JSON file with the conversation."""
    begin(page, site)
    ask(page, "My landlord keeps my deposit")
    expect(page.locator("wenlu-chat article.card")).to_be_visible()
    page.locator("wenlu-chat .menu summary").click()
    with page.expect_download() as download:
        page.locator("wenlu-chat .menu").get_by_text("Save my data").click()
    assert "deposit" in download.value.path().read_text()


def test_feedback_says_what_was_missing(page: Page, site: Site) -> None:
    """A thumb down is sent at once, and a comment if there is one."""
    begin(page, site)
    ask(page, "My landlord keeps my deposit")
    page.locator("wenlu-chat .fb .icon").last.click()
    page.locator("wenlu-chat .fb input").fill("the deadline")
    page.keyboard.press("Enter")
    expect(page.locator("wenlu-chat .fb")).to_contain_text("Thank you")
    assert [entry["helpful"] for entry in site.stage.feedback] == [False, False]
    assert site.stage.feedback[-1]["comment"] == "the deadline"


def test_another_language_is_a_choice_away(page: Page, site: Site) -> None:
    """Choosing Arabic turns the widget right-to-left, keeps the conversation and tells the server."""
    begin(page, site)
    ask(page, "My landlord keeps my deposit")
    expect(page.locator("wenlu-chat article.card")).to_be_visible()
    page.locator("wenlu-chat .lang select").select_option("ar")
    expect(page.locator("wenlu-chat .root")).to_have_attribute("dir", "rtl")
    expect(page.locator("wenlu-chat article.card")).to_be_visible()
    expect(page.locator("wenlu-chat .tongue")).to_be_visible()
    expect(page.locator("wenlu-chat article.card h3")).to_have_attribute("dir", "ltr")
    assert site.stage.talk.language == "ar"


def test_a_conversation_that_is_gone_starts_anew_and_keeps_the_text(page: Page, site: Site) -> None:
    """When the server has erased the conversation the resident is told, and the text typed is still there."""
    begin(page, site)
    page.locator("wenlu-chat textarea").fill("My landlord keeps my deposit")
    site.stage.talks.clear()
    expect(page.locator("wenlu-chat .banner")).to_contain_text("no longer there")
    page.locator("wenlu-chat .consent .solid").click()
    expect(page.locator("wenlu-chat textarea")).to_have_value("My landlord keeps my deposit")


def test_one_script_tag_embeds_it_elsewhere(page: Page, site: Site) -> None:
    """A bare page with the one script tag gets a launcher that opens by keyboard and closes with Escape."""
    html = f'<!doctype html><title>Shop</title><script type="module" src="{site.url}/widget/wenlu.js" data-language="fr"></script>'
    page.route(f"{site.url}/embedding", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{site.url}/embedding")
    launcher = page.locator("wenlu-chat .launcher")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(page.locator("wenlu-chat .panel")).to_be_visible()
    expect(page.locator("wenlu-chat .lang select")).to_have_value("fr")
    page.keyboard.press("Escape")
    expect(page.locator("wenlu-chat .panel")).to_be_hidden()
    expect(launcher).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ar", "zh"])
def test_a_phone_needs_no_sideways_scrolling(page: Page, site: Site, language: str) -> None:
    """On a narrow phone nothing is wider than the screen, before and after an answer."""
    page.set_viewport_size({"width": 360, "height": 740})
    begin(page, site, language)
    ask(page, "My landlord keeps my deposit")
    expect(page.locator("wenlu-chat article.card")).to_be_visible()
    page.locator("wenlu-chat .foot button").click()
    expect(page.locator("wenlu-chat .packet")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("wenlu-chat .log").evaluate("log => log.scrollWidth <= log.clientWidth")


def test_a_change_of_language_by_the_server_leaves_the_writer_in_peace(page: Page, site: Site) -> None:
    """When the language changes while somebody types, the text and the cursor stay in the field."""
    begin(page, site)
    page.locator("wenlu-chat .row textarea").press_sequentially("Bonjour, je")
    site.stage.talk.tell("language", {"language": "fr"})
    expect(page.locator("wenlu-chat .root")).to_have_attribute("lang", "fr")
    page.keyboard.type(" voudrais")
    expect(page.locator("wenlu-chat .row textarea")).to_have_value("Bonjour, je voudrais")
