"""Whether a text ends with a term, in whatever form a sentence gave it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

import snowballstemmer  # type: ignore[import-untyped]

_STEMMERS = {
    "en": "english",
    "fr": "french",
    "es": "spanish",
    "ru": "russian",
    "ar": "arabic",
    "de": "german",
    "pt": "portuguese",
    "it": "italian",
    "tr": "turkish",
    "hi": "hindi",
    "id": "indonesian",
    "fa": "persian",
}
_UNSPACED = frozenset({"zh", "ja", "ko", "th"})
"""Languages whose terms stand unchanged in a text and whose words run together: the particles come after."""

_ARTICLES = {
    "en": frozenset({"a", "an", "the"}),
    "fr": frozenset({"l", "le", "la", "les", "un", "une", "d", "de", "du", "des"}),
    "es": frozenset({"el", "la", "los", "las", "lo", "un", "una", "de", "del"}),
    "de": frozenset({"der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines"}),
    "pt": frozenset({"o", "a", "os", "as", "um", "uma", "de", "do", "da", "dos", "das"}),
    "it": frozenset({"il", "lo", "la", "l", "i", "gli", "le", "un", "una", "di", "del", "della", "dei", "delle"}),
}
_WORD = re.compile(r"[^\W_]+")
_ARABIC_PREFIX = re.compile(r"^[وف]?(?:[بكل]?ال|لل|[بكل])?(?=\w{2})")
_INVISIBLE = re.compile("[\u0640\u200b-\u200f\u2066-\u2069]")  # tatweel, zero width, direction marks

Keys = frozenset[str]


def ends_with(text: str, term: str, language: str) -> bool:
    """True if the text's last words are the term, whatever its case, number, article, accents."""
    if language in _UNSPACED:
        return bool(term) and _plain(text).endswith(_plain(term))
    wanted, found = word_keys(term, language), word_keys(text, language)
    if not wanted or len(found) < len(wanted):
        return False
    return all(one & other for one, other in zip(wanted, found[-len(wanted) :], strict=True))


def word_keys(text: str, language: str) -> list[Keys]:
    """For every word that is no article, the stems by which two forms of one word know each other."""
    words = _WORD.findall(_composed(text))
    return [_keys(word, language) for word in words if word not in _ARTICLES.get(language, ())]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", _bare_arabic(_INVISIBLE.sub("", text.casefold())))


def _bare_arabic(text: str) -> str:
    """Without vowel signs, which part a word for the eyes of a regular expression."""
    return re.sub("[\u064b-\u0652\u0670]", "", text)


@cache
def _keys(word: str, language: str) -> Keys:
    forms = {word}
    if language == "ar":
        forms |= {_ARABIC_PREFIX.sub("", word), re.sub(r"^[وفبكل](?=\w{3})", "", word)}
    stemmer = _stemmer(language)
    stems = {stemmer.stemWord(form) for form in forms | {_bare(form) for form in forms}} if stemmer else set()
    return frozenset(_bare(form) for form in forms | stems)


def _bare(word: str) -> str:
    """Without accents and hamzas, ة as ه and ى as ي."""
    letters = unicodedata.normalize("NFD", word)
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return bare.replace("ة", "ه").replace("ى", "ي")


def _plain(text: str) -> str:
    return re.sub(r"[\s·]", "", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))).casefold()


@cache
def _stemmer(language: str) -> Any:
    name = _STEMMERS.get(language)
    return snowballstemmer.stemmer(name) if name else None
