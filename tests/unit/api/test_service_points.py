"""Places that help, named in an answer: of the city, in the reader's language, and how sure we are."""

from typing import Any

import pytest

from tests.unit.api.conftest import House
from tests.unit.api.corpus import DEPOSIT
from tests.unit.api.peers import answer


def places(**wanted: Any) -> dict[str, Any]:
    return {"type": "places", "kinds": [], "topic": None, "city": None, "language": None} | wanted


async def test_a_place_is_named_with_all_that_is_known(house: House) -> None:
    """The reader's name and the Chinese one, what it does, where it is, its number, and to confirm by phone."""
    house.bot.reply = lambda turn: [places(kinds=["labour-arbitration"], city="shanghai")]
    (message,) = (await (await house.open()).say("where do I go for labour arbitration in Shanghai?"))["messages"]
    first = message["text"].split("\n\n")[1]
    assert "**Labour dispute arbitration commission (Shanghai)** (上海市劳动人事争议仲裁委员会)" in first
    assert "- Arbitration over pay" in first and "☎ 12333" in first and "Where: " in first
    assert "confirm by phone" in first
    assert message["buttons"][-1]["payload"] == "handoff:offer"


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "公安机关"), ("ru", "Управление въезда"), ("ar", "إدارة الدخول"), ("tr", "Exit-entry")],
)
async def test_places_are_told_in_the_readers_language(house: House, language: str, words: str) -> None:
    """In the eight languages their own name; others read the English one."""
    house.retrieval.language = language
    house.bot.reply = lambda turn: [places(kinds=["exit-entry"])]
    (message,) = (await (await house.open()).say("?"))["messages"]
    assert words in message["text"] and "☎ 12367" in message["text"]


async def test_a_remembered_city_comes_first(house: House) -> None:
    """A city named earlier in the conversation holds for the next question."""
    talk = await house.open(jurisdiction="guangzhou")
    house.bot.reply = lambda turn: [places(language="ru")]
    (message,) = (await talk.say("who speaks Russian?"))["messages"]
    assert "Consulate General of Russia (Guangzhou)" in message["text"]
    assert "Language: Russian" in message["text"]


async def test_a_language_that_nobody_is_known_to_speak_is_said_so(house: House) -> None:
    """Never an empty answer: the lines that know the way, and to ask for an interpreter."""
    house.bot.reply = lambda turn: [places(language="vi")]
    (message,) = (await (await house.open()).say("who speaks Vietnamese?"))["messages"]
    assert "interpreter" in message["text"] and "☎ 12345" in message["text"]


async def test_the_section_comes_first_and_the_places_after_it(house: House) -> None:
    """A question about the law that asks where keeps its answer."""
    house.bot.reply = lambda turn: [answer(DEPOSIT), places(topic="leasing")]
    first, second = (await (await house.open()).say("where do I complain about my deposit?"))["messages"]
    assert first["answer"]["sections"] and "☎" in second["text"]


async def test_the_page_names_places_in_every_curated_language(house: House) -> None:
    """/places shows what fits city, topic and language, and says so where nothing does."""
    for language in ("zh", "en", "ja", "ko", "fr", "es", "ru", "ar"):
        page = await house.http.get("/places", params={"language": language})
        assert page.status_code == 200 and 'href="tel:12367"' in page.text
    page = await house.http.get("/places", params={"language": "en", "city": "guangzhou", "speaks": "ru"})
    assert "Consulate General of Russia (Guangzhou)" in page.text and "Consulate General of France" not in page.text
    page = await house.http.get("/places", params={"language": "en", "city": "guangzhou"})
    assert page.text.index('id="guangzhou-12345"') < page.text.index('id="police-110"')
    page = await house.http.get("/places", params={"language": "en", "city": "macao", "speaks": "ru"})
    assert house.services.catalogs.text("en", "page.places.empty") in page.text
    assert (await house.http.get("/places", params={"city": "<script>"})).status_code == 200
