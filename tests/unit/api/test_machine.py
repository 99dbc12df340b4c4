"""Passages without a curated version: shown by machine with the original, or as before."""

from __future__ import annotations

from typing import Any

from api import schemas
from tests.unit.api.conftest import Start
from tests.unit.api.corpus import DEPOSIT
from tests.unit.api.peers import Bot, Retrieval, answer


async def _answered(start: Start, translate: Any, language: str = "de") -> tuple[dict[str, Any], Retrieval]:
    retrieval = Retrieval(language=language, translate=translate)
    house = await start(Bot(reply=lambda turn: [answer(DEPOSIT)]), retrieval)
    talk = await house.open(language=language)
    return (await talk.say("Mein Vermieter gibt die Kaution nicht zurück"))["messages"][0], retrieval


async def test_a_passage_is_translated_with_its_original(start: Start) -> None:
    """Marked as made by a machine, the original beside it, in the card and in the message."""
    message, retrieval = await _answered(start, lambda item: f"[de] {item['text']}")
    section = message["answer"]["sections"][0]
    schemas.SectionShown.model_validate(section, strict=True)
    assert (section["translation"], section["language"]) == ("machine", "de")
    assert section["title"].startswith("[de] ")
    assert section["text"].startswith("[de] ")
    assert section["original"]["language"] == "en"
    assert section["text"].removeprefix("[de] ").split("\n")[0] in section["original"]["text"]
    assert "Maschine" in message["text"]
    assert message["text"].endswith(section["original"]["text"])
    assert {(item["source"], item["target"]) for item in retrieval.translated} == {("en", "de")}


async def test_it_is_translated_once(start: Start) -> None:
    """The same passage again comes from memory."""
    retrieval = Retrieval(language="de", translate=lambda item: f"[de] {item['text']}")
    house = await start(Bot(reply=lambda turn: [answer(DEPOSIT)]), retrieval)
    talk = await house.open(language="de")
    await talk.say("Kaution?")
    asked = len(retrieval.translated)
    shown = await talk.say("Noch einmal: die Kaution?")
    assert shown["messages"][0]["answer"]["sections"][0]["translation"] == "machine"
    assert len(retrieval.translated) == asked > 0


async def test_without_a_package_it_is_shown_as_before(start: Start) -> None:
    """In English, said so."""
    message, _ = await _answered(start, lambda item: None)
    section = message["answer"]["sections"][0]
    assert (section["translation"], section["language"]) == ("none", "en")
    assert "original" not in section
    assert "auf Englisch" in message["text"]


async def test_a_passage_half_translated_is_not_shown(start: Start) -> None:
    """The heading came, the text did not: English."""
    message, _ = await _answered(start, lambda item: None if "must pay" in item["text"] else "Titel")
    assert message["answer"]["sections"][0]["translation"] == "none"


async def test_curated_languages_are_never_sent(start: Start) -> None:
    """A curated version needs no machine."""
    message, retrieval = await _answered(start, lambda item: "never", language="zh")
    assert message["answer"]["sections"][0]["translation"] == "curated"
    assert retrieval.translated == []


async def test_search_shows_translations_too(start: Start) -> None:
    """The search page's sections in the reader's language."""
    hit = {"section": DEPOSIT, "brochure": DEPOSIT.split("#")[0], "topic": "leasing", "jurisdiction": "mainland", "score": 0.9}  # fmt: skip
    found = {"answerable": True, "confidence": 0.9, "hits": [hit]}
    house = await start(Bot(), Retrieval(language="de", found=found, translate=lambda item: f"[de] {item['text']}"))
    shown = (await house.http.get("/api/v1/search", params={"q": "Kaution", "language": "de"})).json()
    assert shown["sections"][0]["translation"] == "machine"
    assert shown["sections"][0]["original"]["language"] == "en"
