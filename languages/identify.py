"""Names the language of a text among the nineteen that Wenlu knows, or says that the text does not tell."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import Any

from languages.scripts import (
    ARABIC_ONLY,
    CHINESE_ONLY,
    FARSI_FORMS,
    JAPANESE_ONLY,
    PERSIAN_ONLY,
    RUSSIAN_ONLY,
    UKRAINIAN_ONLY,
    URDU_ONLY,
    VIETNAMESE_ONLY,
    count_kana,
    latin_words,
    scripts_of,
    strip_marks,
)
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

SURE = 0.5
"""Below this the language counts as unknown."""

SMALL_WORD = 4.0
"""How many times likelier a language gets with each of its small words ("the", "mon", "para")."""

FLOOR = 0.01
"""No language is ruled out by its letters alone."""

LONGEST = 2_000
"""Characters that are looked at."""

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|[@#]\w+")

Result = tuple[str | None, float]


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
        script, amount = scripts.most()
        if not amount:
            return _unsaid(hint)
        if script == "hangul":
            return "ko", 0.99
        if script == "thai":
            return "th", 0.99
        if script == "devanagari":
            return "hi", 0.97
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
        return self._ask(text, ARABIC, hint, _grammar(text.split(), ARABIC))

    def _cyrillic(self, text: str, hint: str | None) -> Result:
        ukrainian, russian = _count(text.lower(), UKRAINIAN_ONLY), _count(text.lower(), RUSSIAN_ONLY)
        if ukrainian and not russian:
            return "uk", 0.98
        if russian and not ukrainian:
            return "ru", 0.98
        # Every tenth letter of Ukrainian is one that Russian has not: a long text without any is hardly Ukrainian.
        letters = sum(letter.isalpha() for letter in text)
        rarity = {"uk": 0.9**letters, "ru": 0.97**letters}
        return self._ask(text, CYRILLIC, hint, _grammar(text.lower().split(), CYRILLIC), rarity)

    def _latin(self, text: str, hint: str | None) -> Result:
        words = [word for word in latin_words(text) if word not in PINYIN]
        if len(VIETNAMESE_ONLY.findall(text.lower())) >= max(1, len(words) // 4):
            return "vi", 0.97
        return self._ask(" ".join(words), LATIN, hint, _grammar([strip_marks(word) for word in words], LATIN))

    def _ask(
        self,
        text: str,
        among: tuple[str, ...],
        hint: str | None,
        grammar: dict[str, int],
        rarity: dict[str, float] | None = None,
    ) -> Result:
        """What lingua and the small words say; a short text keeps the language so far where that is plausible."""
        chances = {
            code: (chance + FLOOR) * SMALL_WORD ** grammar[code] * (rarity[code] if rarity else 1.0)
            for code, chance in self._chances(text, among).items()
        }
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


def _chinese_or_japanese(text: str, kana: int, hint: str | None) -> Result:
    """Kana and Japanese forms of characters against words and characters that only simplified Chinese has."""
    chinese = _count(text, CHINESE_ONLY)
    japanese = kana + _count(text, JAPANESE_ONLY)
    if japanese > chinese:
        return "ja", 0.99 if kana else 0.8
    if hint == "ja" and not chinese:
        return "ja", 0.6
    return "zh", 0.97


def _unsaid(hint: str | None) -> Result:
    return (hint, SURE) if hint else (None, 0.0)


def _grammar(words: list[str], among: tuple[str, ...]) -> dict[str, int]:
    """How many of the words are small words of each language."""
    return {code: sum(word in FUNCTION_WORDS[code] for word in words) for code in among}


def _count(text: str, letters: frozenset[str]) -> int:
    return sum(letter in letters for letter in text)
