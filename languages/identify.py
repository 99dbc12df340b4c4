"""Names the language of a text among the nineteen that Wenlu knows, or says that the text does not tell."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import Any

from languages import romanised
from languages.scripts import (
    ARABIC_ONLY,
    CHINESE_GRAMMAR,
    CHINESE_ONLY,
    FARSI_FORMS,
    JAPANESE_ONLY,
    JAPANESE_WORDS,
    PERSIAN_ONLY,
    RUSSIAN_ONLY,
    RUSSIAN_SHAPE,
    UKRAINIAN_APOSTROPHE,
    UKRAINIAN_ONLY,
    UKRAINIAN_SHAPE,
    URDU_ONLY,
    VIETNAMESE_ONLY,
    VIETNAMESE_SYLLABLE,
    Scripts,
    count_kana,
    latin_words,
    scripts_of,
    strip_marks,
)
from languages.vocabulary import TOPIC_WORDS
from languages.words import FUNCTION_WORDS, INTERNATIONAL, PINYIN

LANGUAGES = (
    "zh",
    "en",
    "ja",
    "ko",
    "fr",
    "es",
    "ru",
    "ar",
    "de",
    "pt",
    "vi",
    "it",
    "tr",
    "id",
    "hi",
    "th",
    "fa",
    "uk",
    "ur",
)
LATIN = ("en", "fr", "es", "de", "pt", "vi", "it", "tr", "id")
ARABIC = ("ar", "fa", "ur")
CYRILLIC = ("ru", "uk")
WITH_ENGLISH = ("hi", "ur", "ar", "fa")
"""In Latin letters these are full of English words, which then do not speak for English."""

SURE = 0.5
"""Below this the language counts as unknown."""

SMALL_WORD = 4.0
"""How many times likelier a language gets with each of its small words ("the", "mon", "para")."""

TOPIC_WORD = 2.5
"""The same for each word of what Wenlu is asked about ("deposit", "Kaution")."""

SYLLABLE = 1.6
"""The same for Vietnamese with each word that is one of its syllables without accents; a word that is none makes it rarer."""

FLOOR = 0.01
"""No language is ruled out by its letters alone."""

BORROWED = 0.03
"""How likely a language is in Latin letters before its words are counted, where its own script is another."""

LONGEST = 2_000
"""Characters that are looked at."""

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|[@#]\w+")

_LETTERS = re.compile(r"[^\W\d_]+")

Result = tuple[str | None, float]

_ONE_LANGUAGE: dict[str, Result] = {"hangul": ("ko", 0.99), "thai": ("th", 0.99), "devanagari": ("hi", 0.97)}


class Identifier:
    """Identifies languages: by script where it decides, else by lingua among the languages of that script."""

    def warm_up(self) -> None:
        """Loads the models now, so that the first text does not wait for them."""
        for text in ("where is the office", "این کجاست", "где это"):
            self.identify(text)

    def identify(self, text: str, hint: str | None = None) -> Result:
        """The language and how sure that is. `hint`: the language so far; it decides where the text says little.

        Without a hint a text that says nothing ("ok", "visa", digits, emoji) is (None, 0.0).
        """
        hint = hint if hint in LANGUAGES else None
        text = _NOISE.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]))
        scripts = scripts_of(text, INTERNATIONAL | PINYIN)
        script = _carrying(text, scripts)
        if script is None:
            return _unsaid(hint)
        if script in _ONE_LANGUAGE:
            return _ONE_LANGUAGE[script]
        if script == "cjk":
            return _chinese_or_japanese(text, count_kana(text), hint)
        if script == "arabic":
            return self._arabic(text, hint)
        if script == "cyrillic":
            return self._cyrillic(text, hint)
        return self._latin(text, hint)

    def _arabic(self, text: str, hint: str | None) -> Result:
        urdu, persian, arabic = (_count(text, letters) for letters in (URDU_ONLY, PERSIAN_ONLY, ARABIC_ONLY))
        if urdu and urdu >= arabic:
            return "ur", 0.97
        if arabic and not persian and not _count(text, FARSI_FORMS):
            return "ar", 0.97
        if persian and not arabic:
            return "fa", 0.95
        words = _LETTERS.findall(text)
        grammar = _grammar(words, ARABIC)
        grammar["fa"] += sum(word.startswith(("می", "نمی")) and len(word) > 4 for word in words)
        return self._ask(text, ARABIC, hint, _weights(grammar))

    def _cyrillic(self, text: str, hint: str | None) -> Result:
        ukrainian, russian = _count(text.lower(), UKRAINIAN_ONLY), _count(text.lower(), RUSSIAN_ONLY)
        if ukrainian and not russian:
            return "uk", 0.98
        if russian and not ukrainian:
            return "ru", 0.98
        # One letter in fourteen of Ukrainian is one that Russian has not: a long text without any is hardly Ukrainian.
        words = _LETTERS.findall(text.lower())
        letters = sum(len(word) for word in words if word[0] >= "\u0400")
        grammar = _grammar(words, CYRILLIC)
        for word in words:
            grammar["uk"] += bool(UKRAINIAN_SHAPE.search(word))
            grammar["ru"] += bool(RUSSIAN_SHAPE.search(word))
        grammar["uk"] += len(UKRAINIAN_APOSTROPHE.findall(text.lower()))
        weights = _weights(grammar)
        weights["uk"] *= 0.93**letters
        weights["ru"] *= 0.975**letters
        return self._ask(text, CYRILLIC, hint, weights)

    def _latin(self, text: str, hint: str | None) -> Result:
        words = [word for word in latin_words(text) if word not in PINYIN]
        counted = [word for word in words if len(word) > 1 and word not in INTERNATIONAL]
        if len(VIETNAMESE_ONLY.findall(text.lower())) >= max(1, len(words) // 4):
            return "vi", 0.97
        if hint and len(counted) <= 1:
            return hint, SURE
        plain = [strip_marks(word) for word in words]
        grammar = _grammar(plain, LATIN)
        if not any(grammar.values()) and romanised.is_pinyin_terms(counted):
            return _unsaid(hint)
        weights = _weights(grammar)
        for code, listed in TOPIC_WORDS.items():
            weights[code] *= TOPIC_WORD ** sum(word in listed for word in plain)
        weights["vi"] *= _like_vietnamese(plain)
        tones = len(romanised.TONES.findall(text.lower()))
        borrowed = romanised.weights([word for word in romanised.tokens(text) if word not in PINYIN], hint, tones)
        loans = TOPIC_WORD ** sum(word in TOPIC_WORDS["en"] for word in plain)
        borrowed = {code: weight * (loans if code in WITH_ENGLISH else 1.0) for code, weight in borrowed.items()}
        language, sure = self._ask(" ".join(words), LATIN, hint, weights, borrowed)
        if len(counted) <= 1 and sure < 0.7:
            return _unsaid(hint)
        if (
            hint
            and hint not in LATIN
            and language in LATIN
            and not _speaks_up(grammar[language], len(counted), sure, hint)
        ):
            return hint, SURE
        return language, sure

    def _ask(
        self,
        text: str,
        among: tuple[str, ...],
        hint: str | None,
        weights: dict[str, float],
        borrowed: dict[str, float] | None = None,
    ) -> Result:
        """What lingua and the words say; a short text keeps the language so far where that is plausible.

        `borrowed`: languages that lingua does not know in this script, and how much likelier the words make them.
        """
        chances = {code: (chance + FLOOR) * weights[code] for code, chance in self._chances(text, among).items()}
        chances |= {code: BORROWED * weight for code, weight in (borrowed or {}).items()}
        whole = sum(chances.values())
        chances = {code: chance / whole for code, chance in chances.items()}
        language = max(chances, key=lambda code: chances[code])
        sure = chances[language]
        if hint in chances and language != hint:
            few = len(text.split()) <= 3
            if sure < SURE or (few and sure < 0.9 and chances[hint] > 0.04):
                return hint, max(chances[hint], SURE)
        if sure < SURE:
            return _unsaid(hint) if hint in chances or hint is None else (None, sure)
        return language, sure

    def _chances(self, text: str, among: tuple[str, ...]) -> dict[str, float]:
        values = self._detectors[among].compute_language_confidence_values(text)
        return {value.language.iso_code_639_1.name.lower(): float(value.value) for value in values}

    @cached_property
    def _detectors(self) -> dict[tuple[str, ...], Any]:
        from lingua import IsoCode639_1, LanguageDetectorBuilder

        def build(codes: tuple[str, ...]) -> Any:
            chosen = [getattr(IsoCode639_1, code.upper()) for code in codes]
            return LanguageDetectorBuilder.from_iso_codes_639_1(*chosen).with_preloaded_language_models().build()

        return {codes: build(codes) for codes in (LATIN, ARABIC, CYRILLIC)}


def _carrying(text: str, scripts: Scripts) -> str | None:
    """The script of the language that carries the text; None when nothing is said.

    Mostly the one with the most words. But terms of one script stand in sentences of the other: small words tell which.
    """
    script, amount = scripts.most()
    if not amount:
        return None
    other, words = scripts.most(latin=False)
    if not scripts.latin or not words:
        return script
    small = _small_latin_words(text)
    if script != "latin":
        bare = (
            script == "cjk"
            and amount < 2 * scripts.latin + 2
            and not (count_kana(text) or _count(text, CHINESE_GRAMMAR))
        )
        return "latin" if small and (bare or (script != "cjk" and amount <= small)) else script
    sentence = count_kana(text) or _count(text, CHINESE_GRAMMAR) > 1 if other == "cjk" else words >= 0.5
    return other if sentence and small * 2 <= words else script


def _small_latin_words(text: str) -> int:
    words = {strip_marks(word) for word in latin_words(text)} - INTERNATIONAL - PINYIN
    small = sum(any(word in FUNCTION_WORDS[code] for code in LATIN if code != "vi") for word in words)
    return small or len(romanised.weights(list(words), None))


def _chinese_or_japanese(text: str, kana: int, hint: str | None) -> Result:
    """Kana and Japanese forms and words against characters that only simplified Chinese has."""
    chinese = _count(text, CHINESE_ONLY)
    japanese = kana + _count(text, JAPANESE_ONLY) + len(JAPANESE_WORDS.findall(text))
    if japanese > chinese:
        return "ja", 0.99 if kana else 0.8
    if hint == "ja" and not chinese:
        return "ja", 0.6
    return "zh", 0.97


def _unsaid(hint: str | None) -> Result:
    return (hint, SURE) if hint else (None, 0.0)


def _speaks_up(small: int, counted: int, sure: float, hint: str) -> bool:
    """Whether a text in Latin letters leaves a conversation in another script, where foreign terms are common."""
    if hint in ("hi", "ur"):
        return sure >= 0.8 and small > 1
    return small > 0 or counted > 3


def _like_vietnamese(words: list[str]) -> float:
    """Vietnamese without accents is syllables of few shapes; English terms and pinyin may stand in between."""
    own = [word for word in words if len(word) > 1 and word not in INTERNATIONAL]
    syllables = sum(bool(VIETNAMESE_SYLLABLE.fullmatch(word)) for word in own)
    foreign = sum(not VIETNAMESE_SYLLABLE.fullmatch(word) and not romanised.is_pinyin(word) for word in own)
    if len(own) < 3 or syllables <= foreign:
        return 1.0
    return float(SYLLABLE**syllables * 0.4**foreign)


def _weights(grammar: dict[str, int]) -> dict[str, float]:
    return {code: SMALL_WORD**count for code, count in grammar.items()}


def _grammar(words: list[str], among: tuple[str, ...]) -> dict[str, int]:
    """How many of the words are small words of each language."""
    return {code: sum(word in FUNCTION_WORDS[code] for word in words) for code in among}


def _count(text: str, letters: frozenset[str]) -> int:
    return sum(letter in letters for letter in text)
