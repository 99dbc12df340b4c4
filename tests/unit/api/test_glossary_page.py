"""The page of legal terms."""

import pytest

from api.pages.glossary import term_views
from knowledge.glossary import load_glossary
from tests.unit.api.conftest import House


@pytest.mark.parametrize(
    ("language", "term"),
    [("fr", "titre de séjour"), ("ru", "вид на жительство"), ("ar", "تصريح إقامة"), ("en", "residence permit")],
)
async def test_the_page_shows_terms_beside_the_chinese(house: House, language: str, term: str) -> None:
    """One row a term, in the language of the page, with its direction; the pages lead there."""
    page = await house.http.get("/glossary", params={"language": language})
    assert page.status_code == 200
    assert page.text.count("<tr id=") == len(load_glossary())
    row = page.text.partition('<tr id="residence-permit">')[2].partition("</tr>")[0]
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">{term}<' in row
    assert ">居留许可<" in row
    assert ('lang="en" dir="ltr">residence permit<' in row.partition("居留许可")[2]) is (language != "en")
    assert f"/glossary?language={language}" in (await house.http.get("/", params={"language": language})).text


async def test_chinese_readers_see_english_beside(house: House) -> None:
    """No column twice: Chinese, then English."""
    page = await house.http.get("/glossary", params={"language": "zh"})
    row = page.text.partition('<tr id="residence-permit">')[2].partition("</tr>")[0]
    assert row.count("居留许可") == 1 and "residence permit" in row


def test_a_language_without_a_term_shows_the_english_one() -> None:
    """Never an empty cell, and no English column that says the same again."""
    assert {(term.language, term.english) for term in term_views("xx")} == {("en", "")}
