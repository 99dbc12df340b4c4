"""Pages: what a browser is given for an address."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.i18n import LOCALES, Catalogs
from tests.browser.contract import Stage, create_app


@pytest.fixture
def browser() -> TestClient:
    """A browser without scripts."""
    return TestClient(create_app(Stage()))


def test_the_home_page_has_the_widget_and_the_topics(browser: TestClient) -> None:
    """The first page offers the conversation and the topics that have something to read."""
    page = browser.get("/").text
    assert "<wenlu-chat inline" in page
    assert "Renting a home" in page
    assert "Visas" not in page.partition('id="topics"')[2]


@pytest.mark.parametrize(
    ("address", "header", "language", "direction"),
    [
        ("/", "ar", "ar", "rtl"),
        ("/?language=zh", "ar", "zh", "ltr"),
        ("/?language=<script>", "", "en", "ltr"),
        ("/?language=nl", "", "en", "ltr"),
    ],
)
def test_a_page_speaks_the_language_asked_for(
    browser: TestClient, address: str, header: str, language: str, direction: str
) -> None:
    """The address wins over the browser's wish; a language without a catalog is answered in English, left to right."""
    page = browser.get(address, headers={"Accept-Language": header}).text
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert "<script>" not in page


def test_a_page_names_its_versions(browser: TestClient) -> None:
    """Search engines find every language that a brochure is written in, and every one that Wenlu's own words are in."""
    page = browser.get("/brochures/leasing/deposit").text
    assert set(re.findall(r'rel="alternate" hreflang="([^"]+)"', page)) == {"zh-CN", "en", "x-default"}
    assert 'hreflang="en" href="http://testserver/brochures/leasing/deposit?language=en"' in page
    home = set(re.findall(r'rel="alternate" hreflang="([^"]+)"', browser.get("/").text))
    assert home == {*Catalogs.load().languages, "zh-CN", "x-default"} - {"zh"}


@pytest.fixture
def persian(tmp_path: Path) -> TestClient:
    """A system whose catalogs are English and a Persian one with a few words."""
    shutil.copy(LOCALES / "en.po", tmp_path)
    words = {"page.home": "خانه", "topic.leasing": "اجاره", "console.login": "ورود"}
    entries = "".join(f'msgid "{key}"\nmsgstr "{text}"\n\n' for key, text in words.items())
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    (tmp_path / "fa.po").write_text(head + entries, encoding="utf-8")
    app = create_app(Stage())
    app.state.services.catalogs = Catalogs.load(tmp_path)
    return TestClient(app)


def test_a_catalog_is_all_that_a_language_needs(persian: TestClient) -> None:
    """Pages and console speak it as soon as it is there, in its direction; the rest is said in English."""
    page = persian.get("/?language=fa").text
    assert '<html lang="fa" dir="rtl">' in page
    assert "خانه" in page and "<strong>اجاره</strong>" in page
    brochure = persian.get("/brochures/leasing/deposit?language=fa").text
    assert brochure.count('class="shown"') == 2
    assert re.search(r'<h1 lang="en" dir="ltr">', brochure) and '<div lang="en" dir="ltr">' in brochure
    assert persian.get("/console/words/fa.json").json()["console.login"] == "ورود"


def test_the_console_offers_every_catalog(persian: TestClient) -> None:
    """The page tells the console which languages there are, by their own names, and which run from right to left."""
    page = persian.get("/console").text
    found = re.search(r'data-languages="([^"]+)" data-right-to-left="([^"]+)"', page)
    assert found
    assert json.loads(html.unescape(found[1])) == {"en": "English", "fa": "فارسی"}
    assert found[2] == "ar fa ur"


def test_a_brochure_shows_everything_behind_an_answer(browser: TestClient) -> None:
    """Anchor, text, law in the reader's words and in Chinese, steps, practice note, date, and no advice."""
    page = browser.get("/brochures/leasing/deposit?language=en").text
    for part in (
        'id="withheld"',
        "<strong>if you owe nothing</strong>",
        "Housing Rental Regulations, art. 10",
        "《住房租赁条例》",
        "Write to the landlord today",
        "confirm it locally",
        "November 20, 2026",
        "No lawyer has reviewed it",
        'href="/brochures/leasing/deposit?language=en#earnest"',
    ):
        assert part in page


def test_markup_in_a_brochure_stays_text(browser: TestClient) -> None:
    """Raw HTML in a text is shown, not interpreted."""
    page = browser.get("/brochures/leasing/deposit?language=en").text
    assert "&lt;b&gt;safe&lt;/b&gt;" in page


def test_a_text_in_another_language_is_marked(browser: TestClient) -> None:
    """Where a translation is missing the English text is shown, said so, and keeps its direction."""
    page = browser.get("/brochures/leasing/deposit?language=ar").text
    assert page.count('class="shown"') == 2
    assert '<div lang="en" dir="ltr">' in page
    assert 'class="shown"' not in browser.get("/brochures/leasing/deposit?language=zh").text


@pytest.mark.parametrize(
    "address", ["/brochures/visas/old", "/brochures/leasing/none", "/brochures/../../etc/passwd", "/nothing", "/a/b/c"]
)
def test_what_is_not_there_is_a_page_that_helps(browser: TestClient, address: str) -> None:
    """An unknown address, an unknown or an expired brochure: 404 with a way home."""
    answer = browser.get(address)
    assert answer.status_code == 404
    assert 'href="/?language=en"' in answer.text


def test_the_api_answers_its_own_missing_addresses(browser: TestClient) -> None:
    """Below /api an unknown address is JSON in the one error shape."""
    assert browser.get("/api/v1/nothing").json()["error"]["code"] == "not_found"


def test_the_widget_may_be_loaded_from_other_sites(browser: TestClient) -> None:
    """The widget's module carries the header that browsers ask for; the pages' own files do not."""
    script = browser.get("/widget/wenlu.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in browser.get("/static/site.css").headers


@pytest.mark.parametrize(
    "address",
    [
        "/widget/../templates/base.html",
        "/widget/%2e%2e/templates/base.html",
        "/static/..%2f..%2fpyproject.toml",
        "/static/",
        "/widget/x.js",
    ],
)
def test_only_files_meant_for_browsers_are_given(browser: TestClient, address: str) -> None:
    """Nothing outside the folders of the browser's files can be fetched."""
    assert browser.get(address).status_code == 404


def test_every_page_keeps_the_policy(browser: TestClient) -> None:
    """Pages forbid scripts from elsewhere and framing."""
    for address in ("/", "/brochures/", "/brochures/leasing/deposit", "/privacy", "/console", "/nothing"):
        policy = browser.get(address).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_the_privacy_page_says_how_long(browser: TestClient) -> None:
    """The days are those of the settings, and the duty to report is named."""
    page = browser.get("/privacy?language=en").text
    assert "180 days" in page
    assert "art. 45" in page


def test_before_the_first_publication_pages_still_open() -> None:
    """Without a corpus the home page and the list open, and brochures are missing."""
    app = create_app(Stage())
    app.state.services.library.corpus = lambda: None
    browser = TestClient(app)
    assert browser.get("/").status_code == 200
    assert "Nothing has been published yet" in browser.get("/brochures/").text
    assert browser.get("/brochures/leasing/deposit").status_code == 404


def test_the_console_gets_its_words(browser: TestClient) -> None:
    """The console's words and the topics' names come in the language asked for."""
    words = browser.get("/console/words/en.json").json()
    assert words["console.act.take"] == "Take over"
    assert words["console.topic.leasing"]
