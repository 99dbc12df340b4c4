"""Whether a question is about another country: it names one, and neither China nor a place in it.

The names of countries and of large cities come from CLDR, in all nineteen languages, however the text is meant;
short everyday names that CLDR does not have are listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale

from knowledge.models import ALL_LANGUAGES
from retrieval.lexical import fold

_AT_HOME = frozenset({"CN", "HK", "MO", "TW"})
_NO_COUNTRY = frozenset({"EZ", "QO", "UN", "XA", "XB", "ZZ"})
_ALSO_WORDS = frozenset({"ML", "TD", "SD", "OM", "GH", "TG"})
"""Countries whose name is an everyday word in several of the languages ("mali": financial, "того": of that)."""

_ZONES = re.compile(
    r"Europe/(?!Kiev|Kyiv|Zaporozhye|Uzhgorod|Isle|San_Marino)|Australia/(?:Sydney|Melbourne|Brisbane|Perth)"
    r"|Asia/(?:Dubai|Tokyo|Seoul|Bangkok|Jakarta|Manila|Singapore|Tehran|Karachi|Calcutta|Kolkata|Dhaka|Baghdad|Riyadh"
    r"|Kuala_Lumpur|Almaty|Tashkent|Vladivostok|Jerusalem|Beirut)"
    r"|America/(?:New_York|Los_Angeles|Chicago|Toronto|Vancouver|Mexico_City|Sao_Paulo|Bogota)"
    r"|Africa/(?:Cairo|Lagos|Nairobi|Johannesburg|Casablanca)"
)

_MORE = """
america england britain california texas eeuu eua inglaterra amerique angleterre amerika ingiltere inghilterra etats-unis londres londra
londen parigi europe europa avrupa eropa iran iraq irak peru cuba laos inde
сша америка англия оаэ оае европа європа нью-йорк 美國 英國 德國 法國 欧洲 アメリカ 英国 米国 ヨーロッパ อเมริกา ยุโรป 한국 유럽
أمريكا السعودية الإمارات الهند دبي دبئی بريطانيا أوروبا امریکا امریکہ آمریکا انگلیس برطانیہ لندن اروپا یورپ अमेरिका यूरोप लंदन
"""
"""Names of everyday speech, beside those of CLDR."""

_NOT_NAMES = frozenset({"paris", "seul", "phap", "인도", "ไทย", "rome"})
"""Everyday words: bets (French), alone, legal (Vietnamese), to hand over (Korean), the speakers' own country."""

_PHRASES = re.compile(
    r"(?:^|\s)(?:(?:o|ben|di|sang|nuoc) (?:my|duc|phap|anh|nhat|uc|nga|y|thai|thuy dien|ha lan|viet nam)|(?:a|in|en|em|de) paris"
    r"|(?:in|to|for|from|of) the us|(?:in|the|die|den|den|aux|negli|gli|salary|gehalt|nos|in den) usa|(?:the|in|in the) (?:uk|uae))"
    r"(?=\s|$)"
)
"""Short names, which mean a country behind such words only; accents and signs are gone."""

_CHINA = re.compile(
    r"(?<!\w)(?:chin[aeo]|cines|cina\b|tiongkok|tionghoa|cin(?:de|den|in|li|e|i)?\b|tq\b|trung quoc|prc\b|кита)"
    r"|(?:中国|中國|国内|中华|중국|จีน|الصين|صيني|چين|چيني|चीन|चाइना)"
)
_HERE = re.compile(
    r"(?<!\w)(?:here|ici|aqui|aca|hier|qui|burada|buraya|bura|o day|di sini|disini|yahan|yaha|здесь|тут|сюда|сюди)(?!\w)"
    "|这里|这边|這裡|ここ|こちら|여기|ที่นี่|هنا|اينجا|يہاں|यहां|यहाँ"
)
"""Who names another country and says "here" brings something from there."""

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]")
_KATAKANA = re.compile("[\u30a1-\u30fc]+")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_DEVANAGARI = re.compile("[\u0900-\u097f]")
_SHORT = frozenset(fold(name) for name in _MORE.split())
_PEOPLE = "人籍语語文系인어"
"""Behind a country's name these make its people or its language of it."""

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_CYRILLIC_END = re.compile("[аеиоуыюяйіїє]{1,2}$")
_TURKISH_END = re.compile("(?:(?:[dt][ae](?:n|ki)?)|[yn]?[aei]|nin|nun|in|un)$")
_SPLIT = re.compile(r"[\s!-&(-/:-@\[-`{-~…،؟。、！？।«»“”„]+")
_LONGEST = 4
"""Words of the longest name looked for."""
_LONGEST_INSIDE = 10
"""Signs of the longest name looked for where words are not separated."""


def _names(language: str) -> Iterator[str]:
    locale: Any = Locale.parse(language)
    for code, name in locale.territories.items():
        if len(code) == 2 and code not in _AT_HOME | _NO_COUNTRY | _ALSO_WORDS:
            yield name
    # A language has no entry for a city that it calls as the zone is called; Chinese has one for all.
    every: Any = Locale.parse("zh").time_zones
    for zone in every:
        if _ZONES.match(zone):
            yield locale.time_zones.get(zone, {}).get("city") or zone.split("/")[1].replace("_", " ")


def _stem(word: str) -> str:
    """A Cyrillic word without the ending of its case; others as they are."""
    end = _CYRILLIC_END.search(word) if len(word) > 4 else None
    return word[: max(end.start(), 3)] if end else word


def _bare(word: str) -> list[str]:
    """An Arabic word, and without what is written onto its beginning: "and", "in", "to", "like", "the"."""
    within = [word, word[1:]] if word[:1] in tuple("وبلكف") and len(word) > 4 else [word]
    return [*within, *(one[2:] for one in within if one[:2] == "ال"), *([word[2:]] if word[:2] == "لل" else [])]


@dataclass(frozen=True)
class Gazetteer:
    """Names as words, as the stems of which they are compared; Turkish ones, which take endings; names within a run."""

    words: frozenset[str]
    turkish: frozenset[str]
    inside: frozenset[str]


@cache
def gazetteer() -> Gazetteer:
    """All names, folded; takes about a second the first time."""
    words: set[str] = set()
    turkish: set[str] = set()
    inside: set[str] = set()
    for language in ALL_LANGUAGES:
        for name in {fold(name) for name in _names(language)} | _SHORT:
            if name in _NOT_NAMES:
                continue
            if _UNSPACED.search(name):
                inside.update([name] if 1 < len(name) <= _LONGEST_INSIDE else [])
            elif len(name) > 4 or _DEVANAGARI.match(name) or name in _SHORT:
                words.add(" ".join(map(_stem, _words(name.removeprefix("ال")))))
                words.add(" ".join(map(_stem, _words(name))))
                if language == "tr":
                    turkish.add(" ".join(_words(name)))
    return Gazetteer(frozenset(words), frozenset(turkish), frozenset(inside))


def _words(folded: str) -> list[str]:
    return [word.split("'")[0].split("’")[0] for word in _SPLIT.split(folded) if word]


def _is_inside(text: str, names: frozenset[str]) -> bool:
    for start in range(len(text)):
        for end in range(start + 2, min(start + _LONGEST_INSIDE, len(text)) + 1):
            if text[start:end] in names and _stands(
                text[max(start - 4, 0) : start], text[start:end], text[end : end + 1]
            ):
                return True
    return False


def _stands(before: str, name: str, after: str) -> bool:
    """Whether a name found in a run is one: not part of another word, not a people, not a language."""
    if (after and after in _PEOPLE) or before == "ภาษา":
        return False
    if _HANGUL.match(name):
        return not _HANGUL.match(before[-1:])
    return not (_KATAKANA.fullmatch(name) and (_KATAKANA.match(before[-1:]) or _KATAKANA.match(after)))


def names_country(text: str) -> bool:
    """Whether a country other than China, or a large city of one, is named."""
    folded = fold(text)
    known = gazetteer()
    if _UNSPACED.search(folded) and _is_inside(folded, known.inside):
        return True
    plain = _words(folded)
    stems = [_stem(word) for word in plain]
    bare = [_TURKISH_END.sub("", word) for word in plain]
    for start in range(len(plain)):
        for end in range(start + 1, min(start + _LONGEST, len(plain)) + 1):
            if any(" ".join([first, *stems[start + 1 : end]]) in known.words for first in _bare(stems[start])):
                return True
            if " ".join([*plain[start : end - 1], bare[end - 1]]) in known.turkish:
                return True
    return bool(_PHRASES.search(" ".join(plain)))


def abroad(text: str) -> bool:
    """Whether a text names another country, and neither China nor "here"."""
    folded = fold(text)
    return names_country(text) and not _CHINA.search(folded) and not _HERE.search(folded)
