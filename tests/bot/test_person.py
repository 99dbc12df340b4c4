import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import person
from bot.components.person import WenluPersonPattern, asks_for_a_person
from tests.bot.person_cases import ASKS, QUESTIONS
from tests.phrases import phrases as apart


def phrases(by: dict[str, str]) -> list[str]:
    """The phrases of all languages."""
    return [phrase.strip() for texts in by.values() for line in texts.splitlines() for phrase in line.split("|")]


@pytest.mark.parametrize("text", phrases(ASKS))
def test_a_request_for_a_person_is_recognised(text: str) -> None:
    """However somebody says that they want a person, it is heard."""
    assert asks_for_a_person(text)


@pytest.mark.parametrize("text", phrases(QUESTIONS))
def test_a_question_about_agents_staff_or_calls_is_none(text: str) -> None:
    """The words alone ask for nobody."""
    assert not asks_for_a_person(text)


@pytest.mark.parametrize("language", apart())
def test_a_request_nobody_trained_on_is_recognised(language: str) -> None:
    """Chatty, rude, short, indirect and misspelt requests, kept apart from the product's own examples, are all heard."""
    assert [text for text in apart()[language]["person"] if not asks_for_a_person(text)] == []


@pytest.mark.parametrize("language", apart())
def test_a_question_with_the_same_words_asks_for_nobody(language: str) -> None:
    """Questions about mediators, lawyers, agents, robots and calls are answered and not handed over."""
    assert [text for text in apart()[language]["none"] if asks_for_a_person(text)] == []


def test_a_match_decides_the_intent_and_nothing_else_changes() -> None:
    """A request is sure whatever was guessed before; a question keeps its reading."""
    guess = {"name": "topic_visas", "confidence": 0.7}
    asked, other = (
        Message(data={TEXT: text, INTENT: guess, "intent_ranking": [guess]}) for text in ("a human please", "my visa")
    )
    WenluPersonPattern().process([asked, other])
    assert asked.get(INTENT) == {"name": "ask_person", "confidence": 1.0}
    assert [entry["name"] for entry in asked.get("intent_ranking")] == ["ask_person", "topic_visas"]
    assert other.get(INTENT) == guess


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "words",
    [
        "a ",
        "a",
        "i want to ",
        "international ",
        "no ",
        "je veux parler ",
        "mi jefe no me paga y ",
        "我 要 找 ",
        "بدون ",
    ],
)
def test_a_long_message_is_read_at_once(words: str) -> None:
    """No pattern tries every way to cut a long message into words: that would take longer than the resident lives."""
    text = (words * person.MOST_CHARACTERS)[: person.MOST_CHARACTERS]
    for matcher in person.matchers():
        matcher.hits(person.plain(text))
