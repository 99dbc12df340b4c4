"""Resident and mediator write each in their own language; what was written stays and is shown."""

from __future__ import annotations

from typing import Any

from tests.unit.api.conftest import House, Start, Talk, until
from tests.unit.api.peers import Bot, Retrieval
from tests.unit.api.test_desk import desk_stream, hear, write
from tests.unit.api.test_staff import Person, account


async def _together(start: Start, translate: Any = None) -> tuple[House, Person, Talk]:
    """A French resident's conversation that a mediator with an English console has taken."""
    said = translate or (lambda item: f"{item['source']}>{item['target']}: {item['text']}")
    house = await start(Bot(), Retrieval(language="fr", translate=said))
    li = await account(house, "li")
    talk = await house.open(language="fr")
    await talk.say("Bonjour, mon patron ne paie pas.")
    await house.queue(talk)
    assert (await li.http.post(f"/conversations/{talk.id}/take")).status_code == 200
    return house, li, talk


async def _opened(li: Person, talk: Talk) -> list[dict[str, Any]]:
    return list((await li.http.get(f"/conversations/{talk.id}")).json()["messages"])


async def _exported(house: House, talk: Talk) -> list[dict[str, Any]]:
    return list((await house.http.get(f"{talk.path}/export", headers=talk.headers)).json()["messages"])


async def test_what_was_said_before_is_translated_when_a_mediator_takes_over(start: Start) -> None:
    """The mediator reads it in their language with the original; the resident's own view stays as it was."""
    _, li, talk = await _together(start)

    async def translated() -> bool:
        return (await _opened(li, talk))[0]["text"].startswith("fr>")

    await until(translated)
    first = (await _opened(li, talk))[0]
    assert first["original"] == {"language": "fr", "text": "Bonjour, mon patron ne paie pas."}
    assert first["text"].startswith(f"fr>{first['language']}: Bonjour")
    own = (await talk.messages())[0]
    assert own["text"] == "Bonjour, mon patron ne paie pas."
    assert "original" not in own


async def test_a_message_is_translated_while_they_talk(start: Start) -> None:
    """The console hears the message at once, and its translation after it; an export says what is kept."""
    house, li, talk = await _together(start)
    async with desk_stream(li) as stream:
        await hear(stream, "hello")
        await talk.say("Depuis deux mois.")
        data, _ = await hear(stream, "translated")
        while not data["message"]["text"].endswith("Depuis deux mois."):
            data, _ = await hear(stream, "translated")
    assert data["conversation_id"] == talk.id
    assert data["message"]["original"] == {"language": "fr", "text": "Depuis deux mois."}
    kept = await _exported(house, talk)
    assert [row["translated"]["text"] for row in kept if "translated" in row][-1].endswith("Depuis deux mois.")


async def test_a_mediators_words_reach_the_resident_in_their_language(start: Start) -> None:
    """With the original; the same key again is the same message, other words under it are refused."""
    house, li, talk = await _together(start)
    house.retrieval.language = "zh"
    stored = await write(li, talk.id, "请把合同发给我。", "key-1")
    assert stored.json()["message"]["text"] == "zh>fr: 请把合同发给我。"
    last = (await talk.messages())[-1]
    assert (last["role"], last["language"], last["text"]) == ("mediator", "fr", "zh>fr: 请把合同发给我。")
    assert last["original"] == {"language": "zh", "text": "请把合同发给我。"}
    assert (await write(li, talk.id, "请把合同发给我。", "key-1")).json() == stored.json()
    assert (await write(li, talk.id, "别的话", "key-1")).status_code == 409


async def test_a_mediator_who_writes_the_residents_language_is_left_alone(start: Start) -> None:
    """Nothing is translated out of French into French."""
    _, li, talk = await _together(start)
    await write(li, talk.id, "Envoyez-moi le contrat.")
    last = (await talk.messages())[-1]
    assert last["text"] == "Envoyez-moi le contrat."
    assert "original" not in last


async def test_without_a_package_words_arrive_as_they_were_written(start: Start) -> None:
    """Both ways, and their readers are told so."""
    house, li, talk = await _together(start, lambda item: None)
    house.retrieval.language = "zh"
    await write(li, talk.id, "请把合同发给我。")
    last = (await talk.messages())[-1]
    assert (last["text"], last["language"], last["untranslated"]) == ("请把合同发给我。", "zh", True)
    await house.services.finish()
    first, *_, sent = await _opened(li, talk)
    assert (first["text"], first["untranslated"]) == ("Bonjour, mon patron ne paie pas.", True)
    assert sent["untranslated"]
    own = (await talk.messages())[0]
    assert "untranslated" not in own
    assert not any("translated" in row for row in await _exported(house, talk))


async def test_a_message_that_was_not_translated_is_tried_again(start: Start) -> None:
    """With the next one; the console hears first that it was not, then its translation."""
    can = False
    house, li, talk = await _together(start, lambda item: f"en: {item['text']}" if can else None)
    await house.services.finish()
    async with desk_stream(li) as stream:
        await hear(stream, "hello")
        await talk.say("Depuis deux mois.")
        data, _ = await hear(stream, "translated")
        assert (data["message"]["text"], data["message"]["untranslated"]) == ("Depuis deux mois.", True)
        can = True
        await talk.say("Que faire ?")
        heard = []
        while heard[-1:] != ["en: Que faire ?"]:
            data, _ = await hear(stream, "translated")
            heard.append(data["message"]["text"])
    assert "en: Depuis deux mois." in heard
    assert not any("untranslated" in message for message in await _opened(li, talk))


async def test_retrieval_that_is_down_is_said_too(start: Start) -> None:
    """Neither the resident nor the mediator is left wondering."""
    house, li, talk = await _together(start)
    await house.services.finish()
    house.retrieval.translates, house.retrieval.language = False, "zh"
    await write(li, talk.id, "请把合同发给我。")
    assert (await talk.messages())[-1]["untranslated"]
    house.retrieval.language = "fr"
    await talk.say("Depuis deux mois.")
    await house.services.finish()
    assert (await _opened(li, talk))[-1]["untranslated"]
