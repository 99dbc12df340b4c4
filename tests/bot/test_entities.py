import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.entities import WenluEntityExtractor, entity_pipeline, read_number
from bot.components.script_tokenizer import ScriptTokenizer


def found(text: str) -> list[tuple[str, str]]:
    """The entities of a text, as (kind, value)."""
    message = WenluEntityExtractor(entity_pipeline()).process([Message(data={TEXT: text})])[0]
    for entity in message.get(ENTITIES):
        assert text[entity["start"] : entity["end"]]
        assert entity["extractor"] == "WenluEntityExtractor"
    return [(entity["entity"], entity["value"]) for entity in message.get(ENTITIES)]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("my flat in Shanghai", "shanghai"),
        ("我在深圳租房", "shenzhen"),
        ("香港で働きたい", "hong-kong"),
        ("상하이에서 운전", "shanghai"),
        ("à Pékin depuis un an", "beijing"),
        ("vivo en Cantón", "guangzhou"),
        ("работаю в Шанхае", "shanghai"),
        ("أعيش بشنغهاي", "shanghai"),
        ("work in Macau", "macao"),
    ],
)
def test_a_city_is_its_jurisdiction(text: str, slug: str) -> None:
    """Names in eight languages, also inside a sentence without spaces, give the slug."""
    assert ("city", slug) in found(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("30天内", "30 day"), ("三十天", "30 day"), ("逗留十五日", "15 day"), ("2 weeks", "2 week"), ("3개월", "3 month"),
     ("6 mois", "6 month"), ("через 5 дней", "5 day"), ("خلال 7 أيام", "7 day"), ("٣٠ يوم", "30 day")],
)  # fmt: skip
def test_a_duration_is_a_number_and_a_unit(text: str, value: str) -> None:
    """Digits of any script and Chinese numerals give the same value."""
    assert ("duration", value) in found(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("押金5000元", "5000 CNY"), ("RMB 1,500", "1500 CNY"), ("两万块", "20000 CNY"), ("1.500,50 euros", "1500.50 EUR"),
     ("HK$300", "300 HKD")],
)  # fmt: skip
def test_an_amount_has_its_currency(text: str, value: str) -> None:
    """The currency may stand before or behind the number."""
    assert ("money", value) in found(text)


@pytest.mark.parametrize(
    ("text", "visa_class"),
    [("my M visa", "M"), ("Z签证", "Z"), ("виза Q1", "Q1"), ("L-visa", "L"), ("work visa", "Z"), ("X1 holder", "X1")],
)
def test_a_visa_class_is_a_letter_beside_a_word_for_visa(text: str, visa_class: str) -> None:
    """A class with a digit may also stand alone."""
    assert ("visa_class", visa_class) in found(text)


def test_a_single_letter_is_no_visa_class() -> None:
    """ "plan Z" names no visa."""
    assert not [kind for kind, _ in found("what about plan Z and size L") if kind == "visa_class"]


@pytest.mark.parametrize("text", ["2026年11月20日", "2026-11-20", "20 November 2026", "20 de noviembre de 2026"])
def test_a_date_is_found_whole(text: str) -> None:
    """The whole date is one entity."""
    assert ("date", text) in found(text)


def test_a_nationality_is_noted_and_a_language_named() -> None:
    """Country codes for people, catalog codes for languages."""
    assert ("nationality", "NG") in found("I am Nigerian")
    assert ("language", "ru") in found("давайте по-русски")


@pytest.mark.parametrize("text", ["a  b\n\nc", " lead", "押金 5000元 ", "😀 ok", "", "e\u0301te\u0301"])
def test_the_tokenizer_loses_nothing(text: str) -> None:
    """A Doc's text is the text, so that offsets are right."""
    assert ScriptTokenizer(entity_pipeline().vocab)(text).text == text


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,500", "1500"), ("1.5", "1.5"), ("十", "10"), ("二十五", "25"), ("三百", "300"), ("半", "0.5"), ("x", None)],
)
def test_numbers_are_read_in_plain_digits(text: str, number: str) -> None:
    """Thousands separators go, decimals stay, Chinese numerals are counted."""
    assert read_number(text) == number
