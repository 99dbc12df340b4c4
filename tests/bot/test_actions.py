import json
import logging
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.answer import ActionAnswer
from actions.base import DirectiveAction
from actions.emergency import ActionEmergency
from actions.handoff import ActionAskPerson, ActionComplaint
from actions.language import ActionChangeLanguage
from actions.places import ActionWhereToGo, ActionWhoSpeaks
from actions.repeat import ActionRepeat
from actions.smalltalk import ActionCapabilities, ActionGreet, ActionPrivacy, ActionThanks, ActionWhoAreYou
from actions.turn import Turn
from tests.bot.conftest import ROOT, Retrieval

SCHEMA = ROOT / "tests" / "contracts" / "directives.schema.json"
SECRET_TEXT = "my passport number is E12345678"


def tracker(
    text: str,
    intent: str = "nlu_fallback",
    confidence: float = 0.9,
    metadata: dict[str, Any] | None = None,
    ranking: list[dict[str, Any]] | None = None,
    entities: list[dict[str, Any]] | None = None,
) -> Tracker:
    """A tracker whose latest message is this one."""
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": ranking or [],
        "entities": entities or [],
        "metadata": metadata or {},
    }
    return Tracker("sender", {}, message, [], False, None, {}, "action_listen")


async def run(action: DirectiveAction, of: Tracker) -> list[dict[str, Any]]:
    """Run an action; its one message must keep the contract. Returns the directives."""
    dispatcher = CollectingDispatcher()
    assert await action.run(dispatcher, of, {}) == []
    (message,) = dispatcher.messages
    if SCHEMA.exists():
        jsonschema.validate(message["custom"], json.loads(SCHEMA.read_text(encoding="utf-8")))
    return message["custom"]["directives"]


async def test_an_answer_names_sections_and_topic(retrieval: Retrieval) -> None:
    """What retrieval finds becomes one answer directive with ids and scores only."""
    retrieval.found("leasing/deposit#withheld", "leasing", 0.83, second_topic="dispute-resolution")
    assert await run(ActionAnswer(), tracker("landlord keeps my deposit")) == [
        {
            "type": "answer",
            "topic": "leasing",
            "confidence": 0.83,
            "sections": [{"id": "leasing/deposit#withheld", "score": 0.83}],
            "second_topic": "dispute-resolution",
        }
    ]


async def test_the_question_goes_to_retrieval_with_all_that_is_known(retrieval: Retrieval) -> None:
    """Language, context, place and a confident intent's topics go with the question."""
    context = {"question": "what if I overstay", "section": "visas/overstay#fine"}
    await run(
        ActionAnswer(),
        tracker(
            "and what do I have to pay when I come to the counter a whole month late",
            "topic_visas",
            0.8,
            metadata={"language": "fr", "jurisdiction": "shanghai", "context": context},
            ranking=[
                {"name": "topic_visas", "confidence": 0.8},
                {"name": "topic_residence_permits", "confidence": 0.15},
            ],
        ),
    )
    (asked,) = retrieval.asked
    assert asked["path"] == "/search"
    assert asked["body"] == {
        "query": "and what do I have to pay when I come to the counter a whole month late",
        "limit": 3,
        "language": "fr",
        "context": context,
        "jurisdiction": "shanghai",
        "topic_prior": {"visas": 0.8, "residence-permits": 0.15},
    }


async def test_a_weak_intent_is_no_prior(retrieval: Retrieval) -> None:
    """Below the confidence needed, retrieval hears nothing of the intent."""
    await run(ActionAnswer(), tracker("hm", "topic_visas", 0.3, ranking=[{"name": "topic_visas", "confidence": 0.3}]))
    assert "topic_prior" not in retrieval.asked[0]["body"]


async def test_a_short_follow_up_leans_on_its_context_and_not_on_its_intent(retrieval: Retrieval) -> None:
    """ "how much is the fine?" after overstaying is not pulled to traffic by its own words."""
    ranking = [{"name": "topic_traffic", "confidence": 0.6}]
    metadata = {"context": {"question": "I overstayed", "section": None}}
    await run(ActionAnswer(), tracker("how much is the fine?", "topic_traffic", 0.6, metadata, ranking))
    body = retrieval.asked[0]["body"]
    assert body["context"] == {"question": "I overstayed", "section": None}
    assert "topic_prior" not in body


async def test_a_city_in_the_message_counts_more_than_the_one_known(retrieval: Retrieval) -> None:
    """Somebody in Shanghai who asks about Hong Kong means Hong Kong."""
    entities = [{"entity": "city", "value": "hong-kong"}]
    await run(ActionAnswer(), tracker("rent in hong kong", metadata={"jurisdiction": "shanghai"}, entities=entities))
    assert retrieval.asked[0]["body"]["jurisdiction"] == "hong-kong"


async def test_two_cities_leave_the_place_to_what_was_known(retrieval: Retrieval) -> None:
    """Between two places named, none is chosen."""
    entities = [{"entity": "city", "value": "hong-kong"}, {"entity": "city", "value": "shenzhen"}]
    await run(ActionAnswer(), tracker("from hong kong to shenzhen", entities=entities))
    assert "jurisdiction" not in retrieval.asked[0]["body"]


async def test_no_answer_offers_the_nearest_topics(retrieval: Retrieval) -> None:
    """Retrieval alone decides that there is none; each near topic is offered once."""
    retrieval.found_nothing("leasing", "leasing", "family")
    assert await run(ActionAnswer(), tracker("quantum physics")) == [
        {
            "type": "ask",
            "key": "no_answer",
            "values": {},
            "choices": [
                {"key": "topic.leasing", "values": {}, "payload": "topic:leasing"},
                {"key": "topic.family", "values": {}, "payload": "topic:family"},
            ],
        }
    ]


async def test_a_second_failure_in_a_row_offers_a_person(retrieval: Retrieval) -> None:
    """The api counts failures; with one before, the next offers a handoff."""
    retrieval.found_nothing()
    said = await run(ActionAnswer(), tracker("???", metadata={"failed_answers": 1}))
    assert said[-1] == {"type": "handoff", "reason": "failed_twice", "stage": "offered"}


@pytest.mark.parametrize(
    ("status", "reply"),
    [(500, {"error": {"code": "x", "message": "boom"}}), (200, b"not json"), (200, {"answerable": True}), (200, [1])],
)
async def test_a_failing_retrieval_is_an_apology_and_a_person(retrieval: Retrieval, status: int, reply: Any) -> None:
    """An error, nonsense or half a reply never becomes silence."""
    retrieval.status, retrieval.reply = status, reply
    said = await run(ActionAnswer(), tracker("visa"))
    assert [directive["type"] for directive in said] == ["say", "handoff"]
    assert said[0]["key"] == "error_try_again"


async def test_retrieval_down_is_an_apology_and_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is handled like any failure."""
    monkeypatch.setenv("WENLU_RETRIEVAL_URL", "http://127.0.0.1:9")
    said = await run(ActionAnswer(), tracker("visa"))
    assert said[0]["key"] == "error_try_again"


class Broken(DirectiveAction):
    """An action that fails with what somebody wrote in its message."""

    def name(self) -> str:
        return "action_broken"

    async def directives(self, turn: Turn) -> list[dict[str, Any]]:
        raise RuntimeError(turn.text)


async def test_an_exception_never_leaks(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the reply nor the log of a failed action holds what was written."""
    with caplog.at_level(logging.DEBUG):
        said = await run(Broken(), tracker(SECRET_TEXT))
    assert said[0]["key"] == "error_try_again"
    assert "E12345678" not in json.dumps(said) + caplog.text
    assert "RuntimeError" in caplog.text


async def test_a_malformed_tracker_never_leaks(retrieval: Retrieval) -> None:
    """Metadata of the wrong shapes counts as absent; entities of the wrong shape are an apology."""
    odd = {"language": 7, "jurisdiction": "mars", "failed_answers": "many", "context": ["x"]}
    assert (await run(ActionAnswer(), tracker("visa", metadata=odd)))[0]["type"] == "answer"
    assert set(retrieval.asked[0]["body"]) == {"query", "limit"}
    assert (await run(ActionAnswer(), tracker("visa", entities=[{"no": "entity"}])))[0]["key"] == "error_try_again"


@pytest.mark.parametrize("text", ["real human pls", "转人工", "Vorrei parlare con una persona", "operator"])
async def test_asking_for_a_person_starts_a_handoff(text: str) -> None:
    """The resident sees and confirms what is passed on."""
    said = await run(ActionAskPerson(), tracker(text, "ask_person", 0.5))
    assert said == [{"type": "handoff", "reason": "asked", "stage": "confirm"}]


async def test_thanks_with_a_question_is_answered(retrieval: Retrieval) -> None:
    """ "thanks, and how long is probation?" is a question."""
    said = await run(ActionThanks(), tracker("thanks, and how long is probation?", "thanks", 0.8))
    assert said[0]["type"] == "answer"


async def test_after_an_answer_a_half_sure_act_is_the_next_question(retrieval: Retrieval) -> None:
    """ "what can I do?" after an answer asks about it; before any answer it asks what the service does."""
    of = {"context": {"question": "I overstayed", "section": None}}
    assert (await run(ActionCapabilities(), tracker("what can I do?", "capabilities", 0.5, of)))[0]["type"] == "answer"
    assert (await run(ActionCapabilities(), tracker("what can I do?", "capabilities", 0.5)))[0]["type"] == "say"


async def test_a_greeting_before_a_question_in_a_script_without_spaces_is_a_question(retrieval: Retrieval) -> None:
    """Two characters count as a word."""
    assert (await run(ActionThanks(), tracker("谢谢，我想问一下押金的问题", "thanks", 0.8)))[0]["type"] == "answer"


async def test_an_unsure_greeting_is_answered(retrieval: Retrieval) -> None:
    """A dialogue act counts only when the classifier is sure."""
    assert (await run(ActionGreet(), tracker("bonjour caution", "greet", 0.4)))[0]["type"] == "answer"


async def test_clear_acts_are_said(retrieval: Retrieval) -> None:
    """Clear dialogue acts never ask retrieval."""
    assert (await run(ActionGreet(), tracker("你好", "greet")))[0]["key"] == "greeting"
    assert (await run(ActionThanks(), tracker("gracias", "thanks")))[0]["key"] == "thanks"
    assert (await run(ActionCapabilities(), tracker("what can you do?", "capabilities")))[0]["buttons"]
    assert (await run(ActionRepeat(), tracker("もう一度", "repeat"))) == [{"type": "repeat"}]
    assert [d["type"] for d in await run(ActionComplaint(), tracker("bad bot", "complaint"))] == ["say", "handoff"]
    assert retrieval.asked == []


async def test_words_about_data_are_also_looked_up(retrieval: Retrieval) -> None:
    """Deleting data may mean this conversation or the law on apps: what is found comes first, then our own promise."""
    retrieval.found("public-safety/personal-data#delete", "public-safety", 0.9)
    said = await run(ActionPrivacy(), tracker("can I make an app delete my personal data", "privacy", 0.8))
    assert [directive["type"] for directive in said] == ["answer", "say"]
    assert [d["type"] for d in await run(ActionPrivacy(), tracker("is this private", "privacy", 0.8))] == ["say"]


async def test_a_sentence_that_is_clearly_a_question_is_no_small_talk(retrieval: Retrieval) -> None:
    """What retrieval clearly answers is answered; a vague likeness leaves the act what it is."""
    text = "what is the common property of a married couple"
    retrieval.found("family/money-in-marriage#common", "family", 0.9)
    assert [d["type"] for d in await run(ActionWhoAreYou(), tracker(text, "who_are_you", 0.6))] == ["answer"]
    retrieval.found("family/money-in-marriage#common", "family", 0.6)
    assert [d["type"] for d in await run(ActionWhoAreYou(), tracker(text, "who_are_you", 0.6))] == ["say"]


async def test_a_language_named_is_the_language_chosen() -> None:
    """Without a name the api is told that none was understood."""
    named = [{"entity": "language", "value": "ru"}]
    assert await run(ActionChangeLanguage(), tracker("по-русски", "change_language", entities=named)) == [
        {"type": "language", "language": "ru"}
    ]
    assert (await run(ActionChangeLanguage(), tracker("change language", "change_language")))[0]["language"] == "und"


@pytest.mark.parametrize(
    ("dangers", "kind"), [([], "violence"), (["fire"], "fire"), (["domestic-violence", "medical"], "medical")]
)
async def test_an_emergency_has_a_kind(dangers: list[str], kind: str) -> None:
    """The gravest kind named leads; a danger that nobody named is one for the police."""
    entities = [{"entity": "danger", "value": danger} for danger in dangers]
    said = await run(ActionEmergency(), tracker("help", "emergency", entities=entities))
    assert said[0] == {"type": "emergency", "kind": kind}
    assert said[1]["stage"] == "offered"


async def test_the_guard_before_a_slash_does_not_reach_retrieval(retrieval: Retrieval) -> None:
    """The invisible character that the channel adds is taken off again."""
    await run(ActionAnswer(), tracker("\u2060/restart"))
    assert retrieval.asked[0]["body"]["query"] == "/restart"


def test_the_domain_names_exactly_the_actions_there_are() -> None:
    """Every action of the domain exists, and every action that exists is in the domain."""
    executor = ActionExecutor()
    executor.register_package("actions")
    domain = yaml.safe_load((ROOT / "bot" / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["actions"]) == {name for name in executor.actions if name != "action_broken"}


def test_every_rule_goes_to_an_action_of_the_domain() -> None:
    """Each intent of the domain has exactly one rule, and the fallback has one too."""
    domain = yaml.safe_load((ROOT / "bot" / "domain.yml").read_text(encoding="utf-8"))
    rules = yaml.safe_load(Path(ROOT / "bot" / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    intents = [rule["steps"][0]["intent"] for rule in rules]
    assert sorted(intents) == sorted([next(iter(intent)) for intent in domain["intents"]] + ["nlu_fallback"])
    assert {rule["steps"][1]["action"] for rule in rules} == set(domain["actions"])


async def test_where_to_go_names_places_after_what_the_law_says(retrieval: Retrieval) -> None:
    """The section first, the places of its topic and of the office and the city named after it."""
    retrieval.found("labour/disputes#arbitration", "labour", 0.8)
    entities = [{"entity": "office", "value": "labour-arbitration"}, {"entity": "city", "value": "shanghai"}]
    of = tracker("where do I go for labour arbitration in Shanghai?", "where_to_go", 0.9, entities=entities)
    answered, places = await run(ActionWhereToGo(), of)
    assert answered["type"] == "answer"
    assert places == {
        "type": "places",
        "kinds": ["labour-arbitration"],
        "topic": "labour",
        "city": "shanghai",
        "language": None,
    }


async def test_where_to_go_without_an_answer_names_places_alone(retrieval: Retrieval) -> None:
    """A clear wish for an office, or an office by name, is answered when retrieval has nothing or is down."""
    retrieval.found_nothing()
    assert [d["type"] for d in await run(ActionWhereToGo(), tracker("which office", "where_to_go", 0.6))] == ["places"]
    retrieval.status = 500
    entities = [{"entity": "office", "value": "exit-entry"}]
    of = tracker("广州出入境管理局电话", "where_to_go", 0.23, entities=entities)
    assert [d["type"] for d in await run(ActionWhereToGo(), of)] == ["places"]


async def test_a_vague_where_without_an_answer_stays_without_one(retrieval: Retrieval) -> None:
    """ "where can I buy shoes" is not sent to the city hall."""
    retrieval.found_nothing("consumer")
    said = await run(ActionWhereToGo(), tracker("where can I buy shoes", "where_to_go", 0.32))
    assert [directive["type"] for directive in said] == ["ask"]


async def test_a_question_that_also_asks_where_keeps_its_topic_and_its_answer(retrieval: Retrieval) -> None:
    """ "where do I register my address?" leans on its topic as if the office had not been asked for."""
    ranking = [
        {"name": "where_to_go", "confidence": 0.53},
        {"name": "topic_accommodation_registration", "confidence": 0.33},
    ]
    await run(ActionWhereToGo(), tracker("where do I register my address?", "where_to_go", 0.53, ranking=ranking))
    assert retrieval.asked[0]["body"]["topic_prior"] == {"accommodation-registration": 0.702}
    ranking = [{"name": "topic_labour", "confidence": 0.6}, {"name": "where_to_go", "confidence": 0.2}]
    said = await run(ActionAnswer(), tracker("where do I report unpaid wages?", "topic_labour", 0.6, ranking=ranking))
    assert [directive["type"] for directive in said] == ["answer", "places"]


async def test_who_speaks_asks_for_the_language_named_else_for_the_residents_own(retrieval: Retrieval) -> None:
    """No law is looked up; a weak guess is a question like any other."""
    entities = [{"entity": "language", "value": "ru"}, {"entity": "city", "value": "guangzhou"}]
    (places,) = await run(ActionWhoSpeaks(), tracker("who speaks Russian?", "who_speaks", 0.9, entities=entities))
    assert (places["language"], places["city"]) == ("ru", "guangzhou")
    (places,) = await run(ActionWhoSpeaks(), tracker("who speaks my language", "who_speaks", 0.9, {"language": "vi"}))
    assert places["language"] == "vi"
    assert retrieval.asked == []
    assert (await run(ActionWhoSpeaks(), tracker("谁能帮我翻译合同", "who_speaks", 0.39)))[0]["type"] == "answer"
