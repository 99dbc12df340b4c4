"""Figures in running text and in Chinese statute wording, as exact numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "双": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_NUMERAL = "[零〇一二两双三四五六七八九十百千万亿]"
_CHINESE = re.compile(
    rf"(?P<whole>{_NUMERAL}+)分之(?P<part>{_NUMERAL}+(?:点{_NUMERAL}+)?)"
    rf"|(?P<number>{_NUMERAL}+)(?:点(?P<point>[零〇一二三四五六七八九]+))?(?P<and_half>个半)?"
    rf"|(?P<half>半)"
)
_WESTERN = re.compile(
    r"(?P<digits>\d+(?:[.,\u00a0\u202f’]\d+)*)\s?(?P<scale>百万|千万|[千万亿]|만|천)?(?:分之(?P<part>\d+))?"
)
_GROUPED = re.compile(r"^\d{1,3}(?:[.,\u00a0\u202f’]\d{3})+$")
_SCALES = {"千": 1000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000, "천": 1000, "만": 10_000}


@dataclass(frozen=True)
class Found:
    """A figure in a text: its exact value and where it stands."""

    value: Fraction
    start: int
    end: int
    typed: str


def western_digits(text: str) -> str:
    """The text with Arabic-Indic, Persian, full-width … digits as 0-9; length and positions stay as they are."""
    return text if text.isascii() else _OTHER_DIGIT.sub(_western, text)


_OTHER_DIGIT = re.compile(r"[٬٫]|(?![0-9])\d")


def _western(match: re.Match[str]) -> str:
    return {"٬": ",", "٫": "."}.get(match[0]) or str(unicodedata.decimal(match[0]))


def figures(text: str) -> Iterator[Found]:
    """Every figure written with digits, in order: 10,000 and 1万 are both ten thousand, 1,5 is one and a half."""
    for match in _WESTERN.finditer(western_digits(text)):
        value = number(match["digits"])
        if match["scale"]:
            value *= _SCALES[match["scale"]]
        if match["part"]:
            value = Fraction(int(match["part"])) / value if value else value
        yield Found(value, match.start(), match.end(), match[0].strip())


def number(digits: str) -> Fraction:
    """A figure as typed, thousands separators and a decimal comma allowed: "10,000", "1.5", "1,5", "1/2", "45%"."""
    digits = western_digits(digits).strip().rstrip("%").strip()
    if "/" in digits:
        over, under = digits.split("/", 1)
        return number(over) / (number(under) or 1)
    if _GROUPED.match(digits):
        return Fraction(re.sub(r"\D", "", digits))
    whole, *rest = re.split(r"\D", digits)
    return Fraction(f"{whole or 0}.{''.join(rest) or 0}")


def chinese_number(numeral: str) -> int:
    """A Chinese numeral: 三百六十五 → 365, 二万 → 20000, 一二 → 12."""
    if len(numeral) > 1 and not set(numeral) & (_UNITS.keys() | _BIG.keys()):
        return int("".join(str(_DIGITS[character]) for character in numeral))
    total = section = digit = 0
    for character in numeral:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            total = (total + section + digit or 1) * _BIG[character]
            section = digit = 0
    return total + section + digit


def stated(wording: str) -> set[Fraction]:
    """Every number a Chinese wording states: 百分之四十五 → 45, 二分之一 → 1/2, 半个月 → 1/2, 双倍 → 2."""
    values = {found.value for found in figures(wording)}
    for match in _CHINESE.finditer(wording):
        if match["half"]:
            values.add(Fraction(1, 2))
        elif match["whole"]:
            values |= _fraction(match["whole"], match["part"])
        else:
            value = Fraction(chinese_number(match["number"]))
            if match["point"]:
                value = Fraction(f"{value}.{''.join(str(_DIGITS[c]) for c in match['point'])}")
            values.add(value + Fraction(1, 2) if match["and_half"] else value)
            if match["and_half"]:
                values.add(value)
    return values


def _fraction(whole: str, part: str) -> set[Fraction]:
    before, _, after = part.partition("点")
    above = Fraction(chinese_number(before))
    if after:
        above = Fraction(f"{above}.{''.join(str(_DIGITS[character]) for character in after)}")
    if whole in ("百", "一百"):
        return {above}
    below = chinese_number(whole)
    return {above / below, above / below * 100} if below else {above}
