"""The page behind the link of an answer in the chat: signed, in the reader's language, for three days."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from itsdangerous import TimestampSigner
from pydantic import SecretStr

from api.channels.wechat.links import GOOD_FOR, Linked, read_link, sign_section
from api.settings import Settings
from tests.unit.api.conftest import House, Start
from tests.unit.api.corpus import DEPOSIT, EXPIRED
from tests.unit.api.peers import Bot, Retrieval

KEY = SecretStr("a key of the tests, long enough")
URL = "https://wenlu.example"


def settings(**more: object) -> Settings:
    return Settings.model_validate({"public_url": URL, "secret_key": KEY} | more)


def signed_at(monkeypatch: pytest.MonkeyPatch, when: float, section: str, language: str) -> str:
    """The token of a link that was made at another time."""
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda self: int(when))
        url = sign_section(settings(), section, language)
    assert url
    return url.rpartition("/")[2]


def article(page: str, anchor: str) -> str:
    found = re.search(rf'<article class="paper section" id="{anchor}">.*?</article>', page, re.DOTALL)
    assert found, page
    return re.sub(r"\n\s*", "\n", found[0])


@pytest.fixture
async def linking(start: Start) -> House:
    """An api that knows its address and has a key."""
    started: House = await start(public_url=URL, secret_key=KEY)
    return started


async def open_link(house: House, section: str, language: str, query: str = "") -> str:
    url = sign_section(house.services.settings, section, language)
    assert url and url.startswith(f"{URL}/s/")
    response = await house.http.get(url.removeprefix(URL) + query, headers={"Accept-Language": "fr"})
    assert response.status_code == 200, response.text
    return response.text


def test_a_link_says_what_was_signed() -> None:
    """Section and language; the address is short and safe to send as it is."""
    url = sign_section(settings(public_url=f"{URL}/"), DEPOSIT, "ar")
    assert url
    assert re.fullmatch(r"https://wenlu\.example/s/[\w.-]+", url)
    assert len(url) < 220
    assert read_link(settings(), url.rpartition("/")[2]) == Linked(DEPOSIT, "ar", expired=False)


@pytest.mark.parametrize("missing", ["public_url", "secret_key"])
def test_no_link_without_address_or_key(missing: str) -> None:
    """An answer then goes without one."""
    assert sign_section(settings(**{missing: None}), DEPOSIT, "en") is None


def test_a_link_is_good_for_three_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then it opens; afterwards it is known as ours, but too old."""
    now = time.time()
    fresh = signed_at(monkeypatch, now - GOOD_FOR + 60, DEPOSIT, "en")
    old = signed_at(monkeypatch, now - GOOD_FOR - 60, DEPOSIT, "en")
    assert read_link(settings(), fresh) == Linked(DEPOSIT, "en", expired=False)
    assert read_link(settings(), old) == Linked(DEPOSIT, "en", expired=True)


@hypothesis_settings(deadline=None)
@given(st.text(max_size=300))
def test_nothing_else_is_read(token: str) -> None:
    """Whatever stands in the address, only what was signed with this key is read."""
    assert read_link(settings(), token) is None
    url = sign_section(settings(), DEPOSIT, "en")
    assert url
    assert read_link(settings(), url.rpartition("/")[2] + token) in (None, Linked(DEPOSIT, "en", expired=False))
    assert read_link(settings(secret_key=SecretStr("another key")), url.rpartition("/")[2]) is None
    assert read_link(settings(secret_key=None), url.rpartition("/")[2]) is None


async def test_the_page_shows_the_section_as_the_brochure_does(linking: House) -> None:
    """The same article, alone; its language is the chat's, not the browser's; search engines keep away."""
    page = await open_link(linking, DEPOSIT, "zh")
    brochure = (await linking.http.get("/brochures/leasing/deposit?language=zh")).text
    assert article(page, "deposit-withheld") == article(brochure, "deposit-withheld")
    assert page.count("<article") == 1
    assert '<html lang="zh" dir="ltr">' in page
    assert '<meta name="robots" content="noindex">' in page
    assert "hreflang" not in page.partition("</head>")[0]
    assert 'href="/brochures/leasing/deposit?language=zh"' in page


async def test_another_language_can_be_chosen(linking: House) -> None:
    """The switch of every page works here, too."""
    page = await open_link(linking, DEPOSIT, "zh", "?language=en")
    assert '<html lang="en" dir="ltr">' in page
    assert "My landlord keeps the deposit" in page


async def test_a_language_without_the_text_says_so(linking: House) -> None:
    """In Arabic from right to left, the English text from left to right, with the line that says it."""
    page = await open_link(linking, DEPOSIT, "ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert '<p class="shown">' in page
    assert '<div lang="en" dir="ltr">' in page


async def test_a_machine_translation_is_marked(start: Start) -> None:
    """It stands above the original, which its first line points to."""
    retrieval = Retrieval(translate=lambda item: f"[ur] {item['text']} <b>")
    house = await start(Bot(), retrieval, public_url=URL, secret_key=KEY)
    page = await open_link(house, DEPOSIT, "ur")
    marked = house.services.catalogs.text("ur", "shown_by_machine")
    assert page.index(marked) < page.index("[ur] The landlord must pay") < page.index('id="deposit-withheld"')
    assert '<div lang="ur" dir="rtl">' in page
    assert "The landlord must pay it back in 7 days." in article(page, "deposit-withheld")
    assert "<b>" not in page


async def test_retrieval_away_shows_the_original(start: Start) -> None:
    """Without the machine the page opens as the brochure does."""
    retrieval = Retrieval(url="http://127.0.0.1:9")
    house = await start(Bot(), retrieval, public_url=URL, secret_key=KEY)
    page = await open_link(house, DEPOSIT, "ur")
    assert page.count("<article") == 1
    assert '<div lang="en" dir="ltr">' in page


async def test_an_expired_link_shows_the_way(linking: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """410 in the chat's language, with a link to the same place in the brochure, or to all where that is gone."""
    old = time.time() - GOOD_FOR - 60
    words = linking.services.catalogs
    for section, href in (
        (DEPOSIT, "/brochures/leasing/deposit?language=ar#deposit-withheld"),
        ("leasing/gone#part", "/brochures/?language=ar"),
    ):
        response = await linking.http.get(f"/s/{signed_at(monkeypatch, old, section, 'ar')}")
        assert response.status_code == 410
        assert '<html lang="ar" dir="rtl">' in response.text
        assert words.text("ar", "page.link_expired.title") in response.text
        assert f'href="{href}"' in response.text
        assert "noindex" in response.text


async def test_other_addresses_are_missing(linking: House) -> None:
    """A forged link, and a section that is not shown any more: the ordinary page for that."""
    gone = sign_section(linking.services.settings, EXPIRED, "ru")
    assert gone
    for address, language in (("/s/forged.to.ken", "fr"), ("/s/", "fr"), (gone.removeprefix(URL), "ru")):
        response = await linking.http.get(address, headers={"Accept-Language": "fr"})
        assert response.status_code == 404
        assert linking.services.catalogs.text(language, "page.missing.title") in html.unescape(response.text)


async def test_nothing_published_is_missing(start: Start, data: Path) -> None:
    """Before the first publication there is nothing to show; an old link still says so kindly."""
    (data / "published" / "current").unlink()
    house = await start(public_url=URL, secret_key=KEY)
    url = sign_section(house.services.settings, DEPOSIT, "en")
    assert url
    assert (await house.http.get(url.removeprefix(URL))).status_code == 404
