import pytest

from bot.components.normalise import normalise


@pytest.mark.parametrize(
    ("typed", "same"),
    [("Dépôt", "depot"), ("ＶＩＳＡ", "visa"), ("ёлка", "елка"), ("أريد", "اريد"), ("شكراً", "شكرا"), ("ĐANG", "dang")],
)
def test_spellings_that_people_mix_become_one(typed: str, same: str) -> None:
    """Case, width, diacritics and forms of alif do not make another word."""
    assert normalise(typed) == same


@pytest.mark.parametrize("text", ["ช่วยด้วย", "नमस्ते", "がき", "한국어"])
def test_marks_that_are_part_of_a_letter_stay(text: str) -> None:
    """Thai and Devanagari vowels, kana voicing and Hangul keep their letters."""
    assert normalise(text) == text


def test_invisible_characters_go() -> None:
    """The joiner that the channel puts before a slash leaves no trace in the features."""
    assert normalise("\u2060/restart") == "/restart"
