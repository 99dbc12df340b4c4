"""Where to go and who speaks a language, on the four real processes; and that questions about the law keep their answers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest

from knowledge import LANGUAGES, load_corpus
from tests.integration.system import Resident, answers

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("language", "question", "first"),
    [
        ("en", "who speaks Russian in Guangzhou?", "**Consulate General of Russia (Guangzhou)** (俄罗斯驻广州总领事馆)"),
        ("zh", "广州谁会说俄语？", "**俄罗斯驻广州总领事馆**"),
        ("ru", "кто говорит по-русски в Гуанчжоу?", "**Генеральное консульство России (Гуанчжоу)** (俄罗斯驻广州总领事馆)"),
    ],
)  # fmt: skip
def test_who_speaks_a_language(new_resident: Callable[..., Resident], language: str, question: str, first: str) -> None:
    """Places that speak it, of the city named, in the language of the question."""
    (message,) = new_resident(None).say(question)["messages"]
    assert message["language"] == language
    assert message["text"].split("\n\n")[1].startswith(first)


@pytest.mark.parametrize(
    "question",
    [
        "where do I go for labour arbitration in Shanghai?",
        "上海劳动仲裁去哪里？",
        "Куда обратиться для трудового арбитража в Шанхае?",
    ],
)
def test_where_to_go(new_resident: Callable[..., Resident], question: str) -> None:
    """The city's own commission first, with the number of the line that knows it."""
    last = new_resident(None).say(question)["messages"][-1]
    assert "上海市劳动人事争议仲裁委员会" in last["text"].split("\n\n")[1]
    assert "☎ 12333" in last["text"]


@pytest.mark.parametrize(
    "question", ["where do I register my address?", "where do I report unpaid wages?", "在哪里办住宿登记"]
)
def test_a_question_about_the_law_that_says_where_keeps_its_section(
    new_resident: Callable[..., Resident], question: str
) -> None:
    """The section is the first message, whatever stands after it."""
    turn = new_resident(None).say(question)
    assert "answer" in turn["messages"][0]


def test_no_question_of_the_brochures_becomes_a_search_for_places(new_resident: Callable[..., Resident]) -> None:
    """Forty-eight sample questions over all topics, in eight languages: none is answered with places alone."""
    sections = sorted(load_corpus().sections.values(), key=lambda section: section.id)
    spread = sections[:: max(1, len(sections) // 48)]
    asked = [
        (language, section.questions[language][0])
        for section, language in zip(islice(spread, 48), LANGUAGES * 6, strict=False)
        if section.questions.get(language)
    ]
    assert len(asked) >= 40
    stolen = []
    for language in LANGUAGES:
        resident = new_resident(language)
        for question in (text for code, text in asked if code == language):
            turn = resident.say(question)
            if not answers(turn) and any("☎" in message["text"] for message in turn["messages"]):
                stolen.append(question)
    assert stolen == []
