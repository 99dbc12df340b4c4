"""Figures: digits of every script in text, Chinese numerals in statutes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.figures import chinese_number, figures, number, stated, western_digits


@pytest.mark.parametrize(
    ("wording", "value"),
    [
        ("三十日内", "30"),
        ("二万元以下", "20,000"),
        ("百分之四十五", "45"),
        ("百分之一点五", "1.5"),
        ("一点五倍", "1.5"),
        ("二分之一", "1/2"),
        ("三分之二", "2/3"),
        ("半个月", "0.5"),
        ("一个半月", "1.5"),
        ("二十四小时", "24"),
        ("24小时内", "24"),
        ("一百八十三天", "183"),
        ("五千元以上二万元以下", "5000"),
        ("一百二十万元", "1,200,000"),
        ("两年", "2"),
        ("双倍", "2"),
        ("十五日", "15"),
        ("一千零一", "1001"),
        ("千分之五", "1/200"),
    ],
)
def test_a_wording_states_its_number(wording: str, value: str) -> None:
    """Chinese numerals, fractions, percentages and halves are read exactly."""
    assert number(value) in stated(wording)


def test_a_wording_states_no_other_number() -> None:
    """Only what is said: thirty is not thirteen, and a range is its two ends."""
    assert stated("三十日") == {Fraction(30)}
    assert stated("十日以上十五日以下") == {Fraction(10), Fraction(15)}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10,000 yuan", ["10000"]),
        ("1.5 to 2,5", ["1.5", "2.5"]),
        ("2万元和3千", ["20000", "3000"]),
        ("٣٠ يومًا و٢٠٬٠٠٠", ["30", "20000"]),
        ("５０元", ["50"]),
        ("10\u202f000 yuans", ["10000"]),
        ("ten days", []),
    ],
)
def test_figures_of_a_text(text: str, values: list[str]) -> None:
    """Separators, scales and scripts do not hide a figure."""
    assert [found.value for found in figures(text)] == [number(value) for value in values]


@given(st.integers(min_value=1, max_value=99_999_999))
def test_numerals_are_read_back(value: int) -> None:
    """Every number written in Chinese is read as itself."""
    assert chinese_number(_written(value)) == value


@given(st.text(max_size=80))
def test_reading_figures_never_raises(text: str) -> None:
    """Whatever stands in a text, its figures can be listed; positions do not move."""
    assert len(western_digits(text)) == len(text)
    for found in figures(text):
        assert 0 <= found.start < found.end <= len(text)
    stated(text)


def _written(value: int) -> str:
    """A number below a hundred million in Chinese numerals."""
    if value >= 10_000:
        over, under = divmod(value, 10_000)
        gap = "零" if under and under < 1000 else ""
        return f"{_written(over)}万{gap}{_written(under) if under else ''}"
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + name
            gap = False
        else:
            gap = True
    return text
