"""Paths as pages: the list, one path with its check boxes, its QR code and its law, in every language."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from api.i18n import Catalogs
from api.pages.paths import qr_code
from tests.browser.contract import Stage, create_app

PAGE = "/paths/deposit-back"


@pytest.fixture
def browser() -> TestClient:
    """A browser without scripts."""
    return TestClient(create_app(Stage()))


def test_the_list_names_what_may_be_shown(browser: TestClient) -> None:
    """The list has every path but those on expired sections; the home page and every header lead to it."""
    page = browser.get("/paths?language=en").text
    assert f'href="{PAGE}?language=en"' in page and "Getting the deposit back" in page
    assert "/paths/old" not in page
    assert 'href="/paths?language=en"' in browser.get("/?language=en").text.partition("</header>")[2]
    assert 'href="/paths?language=zh"' in browser.get("/brochures/?language=zh").text


def test_a_path_has_everything_a_step_needs(browser: TestClient) -> None:
    """Each step has a box to tick, its deadline, papers, place, mark and section; the page its date and standing."""
    page = browser.get(f"{PAGE}?language=en").text
    assert len(re.findall(r'<input type="checkbox"', page)) == 2
    for part in ("Within 3 years", "<li>Lease</li>", "Where: Landlord", "confirm it locally", "November 20, 2026"):
        assert part in page
    assert 'href="/brochures/leasing/deposit?language=en#withheld"' in page
    assert "This is information, not legal advice." in page
    assert "Write, &lt;b&gt;now&lt;/b&gt;." in page


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_qr_code_holds_the_pages_own_address(browser: TestClient, language: str) -> None:
    """Who scans the printed page opens it, in the same language."""
    address = f"http://testserver{PAGE}?language={language}"
    page = browser.get(f"{PAGE}?language={language}").text
    assert str(qr_code(address)) in page


@pytest.mark.parametrize("language", Catalogs.load().languages)
def test_a_path_in_every_language(browser: TestClient, language: str) -> None:
    """Own words in the reader's language and direction; what is not translated is shown in English, and said so."""
    page = browser.get(f"{PAGE}?language={language}").text
    direction = "rtl" if language in ("ar", "fa", "ur") else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page
    shown = "zh" if language == "zh" else "en"
    assert re.search(rf'<h1 lang="{shown}" dir="ltr">', page)
    assert ('class="shown"' in page) == (language not in ("zh", "en"))
    assert "page." not in re.sub(r"<[^>]+>", "", page)


@pytest.mark.parametrize("address", ["/paths/old", "/paths/none", "/paths/..%2f", "/paths/deposit-back/more"])
def test_what_is_not_served_is_missing(browser: TestClient, address: str) -> None:
    """An unknown path, or one on an expired section, is a page that is not there."""
    assert browser.get(address).status_code == 404
