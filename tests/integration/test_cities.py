"""City layers over the whole of the published knowledge: who names a city reads its rule first."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.system import Resident, System, answers

pytestmark = pytest.mark.integration

DEPOSIT = "leasing/deposit-and-earnest-money#deposit-in-the-lease"
PROBATION = "labour/written-contract#probation-length"
LEAVE = "labour/women-and-equality#maternity-leave"
DOG = "community-life/pets#keep-a-dog"
SHANGHAI_DEPOSIT = "leasing/shanghai-lease-rules#shanghai-deposit"
SHANGHAI_PROBATION = "labour/shanghai-labour-contracts#shanghai-probation"


def found(system: System, text: str, language: str) -> list[str]:
    """The sections that the search gives, best first."""
    reply = httpx.get(f"{system.url}/api/v1/search", params={"q": text, "language": language}, trust_env=False)
    assert reply.status_code == 200, reply.text
    return [f"{section['brochure']}#{section['section']}" for section in reply.json()["sections"]]


@pytest.mark.parametrize(
    ("text", "language", "city", "general"),
    [
        ("deposit cap in Shanghai", "en", SHANGHAI_DEPOSIT, DEPOSIT),
        ("上海押金最多几个月", "zh", SHANGHAI_DEPOSIT, DEPOSIT),
        ("押金 в Шанхае", "ru", SHANGHAI_DEPOSIT, DEPOSIT),
        ("كم شهرًا مبلغ التأمين في شنغهاي", "ar", SHANGHAI_DEPOSIT, DEPOSIT),
        ("deposit cap in Guangzhou", "en", "leasing/guangzhou-lease-rules#guangzhou-deposit-limit", DEPOSIT),
        ("北京押金最多几个月", "zh", "leasing/beijing-lease-rules#beijing-deposit-limit", DEPOSIT),
        ("how long may my probation last in Shanghai", "en", SHANGHAI_PROBATION, PROBATION),
        ("上海试用期最长多久", "zh", SHANGHAI_PROBATION, PROBATION),
        ("испытательный срок в Шанхае", "ru", SHANGHAI_PROBATION, PROBATION),
        ("فترة التجربة في شنغهاي", "ar", SHANGHAI_PROBATION, PROBATION),
        ("深圳产假多少天", "zh", "labour/shenzhen-leave#shenzhen-birth-and-marriage-leave", LEAVE),
        ("can I keep a dog in Beijing", "en", "community-life/beijing-dogs#beijing-dog-registration", DOG),
        (
            "my boss in Hong Kong did not pay my wages",
            "en",
            "cross-border/in-hong-kong#job-problem-in-hong-kong",
            "labour/wages#unpaid-wages",
        ),
    ],
)
def test_the_named_citys_rule_comes_first_then_the_general_one(
    system: System, text: str, language: str, city: str, general: str
) -> None:
    """In English, Chinese, Russian and Arabic, whatever form the city's name has."""
    assert found(system, text, language)[:2] == [city, general]


@pytest.mark.parametrize(
    ("text", "language", "general"),
    [
        ("how many months of deposit may the landlord take", "en", DEPOSIT),
        ("押金最多可以收几个月", "zh", DEPOSIT),
        ("сколько месяцев залога может взять хозяин", "ru", DEPOSIT),
        ("كم شهر تأمين يمكن أن يطلب المالك", "ar", DEPOSIT),
        ("how long may probation last", "en", PROBATION),
        ("试用期最长多久", "zh", PROBATION),
        ("сколько длится испытательный срок", "ru", PROBATION),
        ("كم تدوم فترة التجربة", "ar", PROBATION),
        ("probation period in Chengdu", "en", PROBATION),
        ("成都试用期最长多久", "zh", PROBATION),
        ("испытательный срок в Чэнду", "ru", PROBATION),
        ("كم شهر تأمين يمكن أن يطلب المالك في تشنغدو", "ar", DEPOSIT),
        ("试用期最长多久 北京", "zh", PROBATION),
    ],
)
def test_without_a_city_or_with_another_one_the_general_rule_comes_first(
    system: System, text: str, language: str, general: str
) -> None:
    """A city's own rule never answers first for who did not ask about that city."""
    assert found(system, text, language)[0] == general


def test_a_city_named_before_is_remembered_and_the_difference_is_told(resident: Resident) -> None:
    """Where the resident lives was said two turns ago; the answer begins with how that city's rule differs."""
    resident.say("My landlord in Shanghai is selling the flat. How early must he tell me?")
    resident.say("I overstayed my visa by ten days")
    turn = resident.say("What must my lease say about the deposit and how high may it be?")
    first, second = answers(turn)[0]["sections"][:2]
    assert (first["section"], second["section"]) == ("shanghai-deposit", "deposit-in-the-lease")
    assert first["difference"]["text"].startswith("In Shanghai")
    assert first["text"].startswith(first["difference"]["text"])
    assert first["difference"]["text"] in turn["messages"][0]["text"]


def test_the_general_answer_names_the_cities_with_another_rule(resident: Resident) -> None:
    """Who named no city reads where another rule holds, and has a button for it."""
    turn = resident.say("How many months of deposit may the landlord take?")
    first = answers(turn)[0]["sections"][0]
    assert first["section"] == "deposit-in-the-lease"
    assert "Another rule holds in:" in first["text"] and "Shanghai" in first["text"]
    shown = {f"{section['brochure']}#{section['section']}" for section in answers(turn)[0]["sections"]}
    offered = {button["payload"].removeprefix("section:") for button in turn["messages"][0]["buttons"]}
    assert SHANGHAI_DEPOSIT in shown | offered
