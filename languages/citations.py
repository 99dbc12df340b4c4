"""Laws and articles in a text that a machine translates: found by their register, and said so that a reader can look them up.

For who does not read Chinese, 《劳动合同法》第十九条 is "Labor Contract Law, art. 19 (《劳动合同法》第十九条)"; a title in plain words has
the Chinese one beside it. For Chinese readers, "art. 19" is 第19条.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.figures import chinese_number
from knowledge.glossary import Term
from knowledge.models import Law

NUMBER = r"(?:[零〇一二三四五六七八九十百千]+|\d+)"
_ARTICLE = rf"第{NUMBER}条(?:之{NUMBER})?(?:第{NUMBER}款)?"
PATTERN = rf"""
      (?P<law>《[^《》\n]+》(?:{_ARTICLE})?)
    | (?P<article>{_ARTICLE})
    | (?P<art>\b[Aa]rt(?:icles?|s?\.)\s?\d+(?:-\d+)?(?:,\s?para(?:graph|\.)\s?\d+)?)
"""
"""A citation, for a verbose pattern: with a title, in Chinese without one, in English."""

_LAW = re.compile(r"《([^》]+)》(.*)")
_CHINESE = re.compile(rf"第({NUMBER})条(?:之({NUMBER}))?(?:第({NUMBER})款)?")
_ENGLISH = re.compile(r"(\d+)(?:-(\d+))?(?:\D+(\d+))?$")


class Titles:
    """The titles of laws, full and short, as terms of the two languages they are official in."""

    def __init__(self, laws: Iterable[Law] = ()) -> None:
        self.terms: list[Term] = []
        self._english: dict[str, str] = {}
        for law in laws:
            for kind, chinese, english in (("short", law.short_zh, law.short_en), ("full", law.title_zh, law.title_en)):
                names = {"zh": (chinese,), "en": (english, english.replace("Labor", "Labour"))}
                self.terms.append(Term(slug=f"{law.slug}-{kind}", names=names))
                self._english.setdefault(chinese, english)

    def said(self, found: re.Match[str], target: str) -> str:
        """A citation that `PATTERN` found, for the readers of a language."""
        if found["art"]:
            return _in_chinese(found[0]) if target == "zh" else found[0]
        if target == "zh":
            return found[0]
        if found["article"]:
            return f"{_in_english(found[0])} ({found[0]})"
        title, article = _LAW.fullmatch(found["law"]).groups()  # type: ignore[union-attr]
        if title not in self._english:
            return found[0]
        return ", ".join(filter(None, (self._english[title], _in_english(article)))) + f" ({found[0]})"


def _in_english(article: str) -> str:
    """第十九条第二款 as "art. 19, para. 2"; nothing for nothing."""
    found = _CHINESE.fullmatch(article)
    if not found:
        return ""
    number, sub, paragraph = (_number(part) for part in found.groups())
    return f"art. {number}" + (f"-{sub}" if sub else "") + (f", para. {paragraph}" if paragraph else "")


def _number(part: str | None) -> int:
    return 0 if not part else int(part) if part.isdecimal() else chinese_number(part)


def _in_chinese(article: str) -> str:
    """ "art. 19, para. 2" as 第19条第2款."""
    number, sub, paragraph = _ENGLISH.search(article).groups()  # type: ignore[union-attr]
    return f"第{number}条" + (f"之{sub}" if sub else "") + (f"第{paragraph}款" if paragraph else "")
