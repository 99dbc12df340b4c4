"""The emergency screen: high recall for people in danger, silence for questions about law."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.emergencies import Emergency, load_emergencies, normalise
from knowledge.models import ALL_LANGUAGES, JURISDICTIONS, LANGUAGES
from tests.phrases import HELPS, messages, phrases
from tests.unit.knowledge.emergency_cases import QUESTIONS, TRUE
from tests.unit.knowledge.emergency_more_cases import ABOUT_LAW, IN_DANGER

SCREEN = load_emergencies()
CASES = [(kind, language, text) for kind, by in TRUE.items() for language, texts in by.items() for text in texts]
CASES += [(kind, language, text) for language, cases in IN_DANGER.items() for kind, text in cases]


@pytest.mark.parametrize(("kind", "language", "text"), CASES)
def test_a_person_in_danger_is_recognised(kind: str, language: str, text: str) -> None:
    """What a person in danger types sets off its kind, whatever language the conversation was in."""
    found = SCREEN.screen(text)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("text", [text for by in (QUESTIONS, ABOUT_LAW) for texts in by.values() for text in texts])
def test_a_question_about_law_sets_nothing_off(text: str) -> None:
    """Asking about fines, compensation or procedure is not an emergency."""
    assert SCREEN.screen(text) is None


@pytest.mark.parametrize("language", phrases())
def test_a_cry_for_help_is_heard_in_every_language(language: str) -> None:
    """Typed in panic, short, misspelt or in any order of words: it is an emergency."""
    assert [text for group in HELPS for text in phrases()[language][group] if not SCREEN.screen(text, language)] == []


def test_nearly_every_cry_for_help_is_of_the_right_kind() -> None:
    """Who comes fits what happened; "he has locked himself in with a razor" may bring the police first."""
    cries = messages(*HELPS)
    found = [(group, SCREEN.screen(text, language)) for language, group, text in cries]
    assert sum(hit is not None and hit.kind in HELPS[group] for group, hit in found) >= 0.98 * len(cries)


@pytest.mark.parametrize("language", phrases())
def test_a_question_with_the_same_words_sets_nothing_off(language: str) -> None:
    """Ambulance bills, fire insurance, statistics, police powers and wishing for a person are no emergencies."""
    mine = phrases()[language]
    assert [text for text in mine["none"] + mine["person"] if SCREEN.screen(text, language)] == []


def test_every_kind_has_examples_in_every_language() -> None:
    """The examples cover all kinds in the nineteen languages, six in Chinese and English."""
    assert set(TRUE) == set(SCREEN.kinds)
    for kind, by in TRUE.items():
        assert set(by) == set(ALL_LANGUAGES), kind
        assert all(len(texts) >= (6 if language in ("zh", "en") else 2) for language, texts in by.items()), kind


def test_there_are_enough_questions_about_law() -> None:
    """At least sixty questions in the eight curated languages guard against false alarms."""
    assert set(QUESTIONS) == set(LANGUAGES)
    assert sum(map(len, QUESTIONS.values())) >= 60


@given(st.text(max_size=300))
def test_screening_never_raises(text: str) -> None:
    """Whatever is typed, the screen answers."""
    found = SCREEN.screen(text)
    assert found is None or found.kind in SCREEN.kinds


def test_the_end_of_a_long_message_is_screened() -> None:
    """A cry for help after a long text is heard, and the length costs no time."""
    begun = time.perf_counter()
    found = SCREEN.screen("hello " * 400_000 + " my husband is hitting me")
    assert found is not None
    assert found.kind == "domestic-violence"
    assert time.perf_counter() - begun < 2


def test_screening_is_quick() -> None:
    """A typical message takes about a millisecond, all languages together."""
    texts = [text for texts in QUESTIONS.values() for text in texts]
    SCREEN.screen(texts[0])
    begun = time.process_time()
    for text in texts:
        SCREEN.screen(text)
    assert (time.process_time() - begun) / len(texts) < 0.005


def test_spelling_makes_no_difference() -> None:
    """Case, accents, full-width letters, traditional characters and Arabic vowel signs are levelled."""
    assert normalise("ÀIDEZ") == normalise("aidez")
    assert normalise("ＨＥＬＰ") == "help"
    assert normalise("殺") == "杀"
    assert normalise("حَرِيق") == normalise("حريق")
    assert SCREEN.screen("有人要殺我") is not None
    assert SCREEN.screen("MON MARI ME FRAPPE") is not None


@pytest.mark.parametrize("text", ["no", "No.", "oh no", "my landlord says no", "creo que no", "ho detto di no"])
def test_a_no_is_no_explosion(text: str) -> None:
    """A refusal in other languages is not the Vietnamese word for an explosion, whose accents people leave out."""
    assert SCREEN.screen(text) is None
    assert SCREEN.screen("bình gas nổ", "vi") is not None


def test_numbers_are_those_of_the_place() -> None:
    """The mainland's numbers everywhere but in Hong Kong and Macao; a city's are the mainland's."""
    assert SCREEN.numbers("fire", "mainland")[0] == "119"
    assert SCREEN.numbers("fire", "shanghai") == SCREEN.numbers("fire", None)
    assert SCREEN.numbers("fire", "hong-kong") == ["999"]
    assert SCREEN.numbers("medical", "macao") == ["999"]
    assert SCREEN.numbers("self-harm")[:2] == ["12356", "120"]
    for kind in SCREEN.kinds:
        assert all(SCREEN.numbers(kind, jurisdiction) for jurisdiction in JURISDICTIONS)


DIALLED = {
    "110": "violence",
    "119": "fire",
    "120": "medical",
    "122": "traffic-accident",
    "12356": "self-harm",
    "12338": "domestic-violence",
    "12110": "violence",
    "999": "violence",
    "112": "violence",
    "911": "violence",
}


@pytest.mark.parametrize(("number", "kind"), DIALLED.items())
def test_who_types_nothing_but_a_number_needs_its_help(number: str, kind: str) -> None:
    """The number alone is the cry; it says nothing about the language."""
    for text in (number, f" {number}!!! ", f"({number})", "-".join(number), " ".join(number), f"🆘{number}🆘"):
        assert SCREEN.screen(text, "fr") == Emergency(kind=kind, language=None, number=number)


@pytest.mark.parametrize(
    "text",
    ["１１０", "١١٠", "۱۱۰؟", "११०।", "๑๑๐", "一一零", "幺幺〇。", "1️⃣1️⃣0️⃣", "\u200f١١٠\u200f", "110, 110"],
)
def test_a_number_is_read_in_every_script(text: str) -> None:
    """Digits of any script, Chinese numerals, keycaps, a number twice."""
    found = SCREEN.screen(text)
    assert found is not None
    assert (found.kind, found.number) == ("violence", "110")


def test_of_several_numbers_the_kind_that_matters_most_decides() -> None:
    """As with words: fire before an ambulance."""
    assert SCREEN.screen("120 119") == Emergency(kind="fire", language=None, number="119")


@pytest.mark.parametrize(
    "text",
    [
        "110 yuan?",
        "110元",
        "¥110",
        "110 €",
        "110%",
        "٪110",
        "120°",
        "#110",
        "№110",
        "1.20",
        "1-20",
        "110-120",
        "1/10",
        "11",
        "1100",
        "一百一十",
        "12345",
        "what is 12345 for?",
        "what is 110?",
        "110 days",
        "110, 111",
        "?!",
        "",
        "0" * 5000,
    ],
)
def test_a_number_that_is_none_of_those_stays_a_question(text: str) -> None:
    """Prices, dates, rooms, hotlines for questions and sentences that mention a number call nobody."""
    assert SCREEN.screen(text) is None


def test_a_number_of_another_place_is_kept_while_the_place_is_unknown() -> None:
    """Hong Kong's number may come from Hong Kong; where the place is known its own numbers are shown."""
    assert SCREEN.numbers("violence", None, "999") == [*SCREEN.numbers("violence"), "999"]
    assert SCREEN.numbers("violence", "shanghai", "999") == SCREEN.numbers("violence")
    assert SCREEN.numbers("violence", "hong-kong", "110") == ["999"]
    assert SCREEN.numbers("violence", None, "911") == SCREEN.numbers("violence")
    assert SCREEN.numbers("fire", None, "119") == SCREEN.numbers("fire")


def test_only_violence_at_home_is_discreet() -> None:
    """Notifications must not tell what a person at home is asking about."""
    assert [kind for kind in SCREEN.kinds if SCREEN.discreet(kind)] == ["domestic-violence"]


def test_every_card_is_a_chinese_request_with_a_number() -> None:
    """What is shown to a passer-by is Chinese and names a number that is right for the kind."""
    for kind in SCREEN.kinds:
        for place in (None, "shanghai", "hong-kong", "macao"):
            card = SCREEN.card(kind, place)
            assert any("\u4e00" <= character <= "\u9fff" for character in card)
            assert any(number in card for number in SCREEN.numbers(kind, place))


def test_each_service_has_the_number_of_the_place() -> None:
    """Police, fire service and ambulance; Hong Kong and Macao have one for all."""
    assert SCREEN.services() == SCREEN.services("shanghai") == {"police": "110", "fire": "119", "ambulance": "120"}
    assert set(SCREEN.services("macao").values()) == {"999"}
