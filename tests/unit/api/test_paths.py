"""Guided paths in a conversation: offered beside an answer, step by step, remembered, exported, erased."""

from typing import Any

from api import schemas
from api.chat.paths import Guide
from api.chat.render import Renderer
from api.i18n import NAMES, Catalogs
from knowledge import Corpus
from knowledge.emergencies import load_emergencies
from tests.unit.api.conftest import House, Start, Talk
from tests.unit.api.corpus import DEPOSIT, PATH, REPAIRS
from tests.unit.api.peers import answer
from tests.unit.api.test_rendering import TODAY


def payloads(message: dict[str, Any]) -> list[str]:
    return [button["payload"] for button in message["buttons"]]


async def last(talk: Talk) -> dict[str, Any]:
    return (await talk.messages())[-1]


async def asked(house: House, talk: Talk, text: str, **directive: Any) -> dict[str, Any]:
    """Type something that the bot understands as a wish for steps."""
    house.bot.reply = lambda turn: [{"type": "path", **directive}]
    return (await talk.say(text))["messages"][0]


async def test_a_fitting_answer_offers_the_steps(house: House) -> None:
    """The button stands once, first, beside an answer that a path is offered with, and beside no other."""
    talk = await house.open()
    house.bot.reply = lambda turn: [answer(REPAIRS, DEPOSIT)]
    assert payloads((await talk.say("the heater is broken"))["messages"][0])[0] == f"path:{PATH}"
    assert payloads(await last(talk)).count(f"path:{PATH}") == 1
    house.bot.reply = lambda turn: [answer(DEPOSIT, REPAIRS)]
    assert f"path:{PATH}" not in payloads((await talk.say("my deposit"))["messages"][0])


async def test_walking_through_the_steps(house: House) -> None:
    """The list, then step after step with deadline, papers, place and section; back, and done."""
    talk = await house.open()
    house.bot.reply = lambda turn: [answer(REPAIRS)]
    await talk.say("the heater is broken")
    whole = (await talk.choose(f"path:{PATH}"))["messages"][0]
    assert "Something is broken\n\nIn order.\n\n1. Thing 1\n2. Thing 2 (Within 7 days)\n3. Thing 3" in whole["text"]
    assert whole["path"] == {
        "id": PATH, "title": "Something is broken", "total": 3, "url": f"/paths/{PATH}?language=en",
    }  # fmt: skip
    first = (await talk.choose(f"path:{PATH}:thing-1"))["messages"][0]
    assert payloads(first)[:4] == [f"path:{PATH}:thing-2", f"path:{PATH}", f"path:{PATH}:done", f"section:{DEPOSIT}"]
    second = (await talk.choose(f"path:{PATH}:thing-2"))["messages"][0]
    assert (second["path"]["step"], second["path"]["number"]) == ("thing-2", 2)
    for part in ("Thing 2\nBy when: Within 7 days", "Do thing 2.", "- Lease\n- Receipt", "Where: Court", "practice"):
        assert part.lower() in second["text"].lower()
    assert payloads(second)[:2] == [f"path:{PATH}:thing-3", f"path:{PATH}:thing-1"]
    third = (await talk.choose(f"path:{PATH}:thing-3"))["messages"][0]
    assert payloads(third)[0] == f"path:{PATH}:thing-2"
    await talk.choose(f"path:{PATH}:done")
    kept = await house.conversation(talk)
    assert (kept.path, kept.path_step) == (None, None)


async def test_the_step_is_remembered_over_a_restart(start: Start) -> None:
    """Asked again, after a restart too, the steps go on where the resident was; the export says where that is."""
    house = await start()
    talk = await house.open()
    await asked(house, talk, "show me the steps", id=PATH)
    await talk.choose(f"path:{PATH}:thing-1")
    assert (await asked(house, talk, "next", step="next"))["path"]["step"] == "thing-2"
    assert house.bot.turns[-1]["metadata"]["path"] == PATH
    again = await start()
    talk = Talk(again.http, talk.id, talk.token)
    assert (await asked(again, talk, "show me the steps"))["path"]["step"] == "thing-2"
    assert f"path:{PATH}:thing-2" in payloads((await talk.choose(f"path:{PATH}"))["messages"][0])
    exported = (await again.http.get(f"{talk.path}/export", headers=talk.headers)).json()
    assert (exported["conversation"]["path"], exported["conversation"]["path_step"]) == (PATH, "thing-2")
    assert (await asked(again, talk, "next", step="next"))["path"]["step"] == "thing-3"
    assert (await asked(again, talk, "next", step="next"))["path"]["step"] == "thing-3"
    await again.http.delete(talk.path, headers=talk.headers)
    assert (await again.http.get(f"{talk.path}/export", headers=talk.headers)).status_code == 404


async def test_the_steps_that_fit_the_last_answer(house: House) -> None:
    """Without a path named, the one of the last answer is shown; when none fits, the list of all that may be shown."""
    talk = await house.open()
    assert payloads(await asked(house, talk, "show me the steps")) == [f"path:{PATH}", "handoff:offer"]
    house.bot.reply = lambda turn: [answer(REPAIRS)]
    await talk.say("the heater is broken")
    shown = await asked(house, talk, "show me the steps")
    assert shown["path"]["id"] == PATH and "step" not in shown["path"]


async def test_a_path_with_an_expired_section_is_not_shown(house: House) -> None:
    """What rests on an expired section is told to be gone."""
    talk = await house.open()
    shown = await asked(house, talk, "show me the steps", id="old")
    assert "path" not in shown and payloads(shown) == ["handoff:offer"]
    assert (await house.conversation(talk)).path is None


async def test_a_path_without_translation_is_marked(house: House) -> None:
    """Who reads no language of the path is shown the English one, and told so."""
    talk = await house.open()
    house.retrieval.language = "fr"
    shown = await asked(house, talk, "montrez-moi les étapes", id=PATH)
    assert shown["language"] == "fr" and "Thing 1" in shown["text"]
    assert shown["text"].startswith(house.services.catalogs.text("fr", "shown_in_english"))


def test_every_path_for_every_reader(corpus: Corpus, catalogs: Catalogs) -> None:
    """Every step of every path renders in the documented shape, in every language."""
    emergencies = load_emergencies()
    renderers = [Renderer(catalogs, corpus, emergencies, language, TODAY) for language in sorted(NAMES)]
    assert len(renderers[0].paths()) == len(corpus.paths) >= 20
    for guide in [Guide(renderer, path) for renderer in renderers for path in renderer.paths()]:
        for draft in (guide.overview(None), *(guide.step(place) for place in range(len(guide.path.steps)))):
            assert draft.payload and "{" not in draft.text
            schemas.PathShown.model_validate(draft.payload["path"], strict=True)
            assert all(button["title"] and len(button["title"]) <= 90 for button in draft.buttons)
