"""Which language a resident writes and reads, and their text made safe for the bot."""

import re
import unicodedata

from api.conversations.models import Conversation

SCRIPTS = {
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "THAI": "th",
    "DEVANAGARI": "hi",
    "ARABIC": "ar",
    "CYRILLIC": "ru",
    "CJK": "zh",
}
SHARED = {"ar": {"fa", "ur"}, "ru": {"uk"}, "zh": {"ja", "ko"}}  # other languages of the same script


def by_script(text: str, known: str | None) -> str | None:
    """What the script alone says, when nothing better can be asked; None for Latin letters and no letters."""
    counts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            language = SCRIPTS.get(unicodedata.name(character, "").split(" ")[0], "")
            counts[language] = counts.get(language, 0) + 1
    if not counts:
        return None
    if counts.get("ja"):
        return "ja"
    best = max(counts, key=lambda language: counts[language])
    if known in SHARED.get(best, ()):
        return known
    return best or None


def base_code(language: str | None) -> str | None:
    """The language of a tag: fr of fr-CA."""
    return language.split("-")[0].lower() if language else None


def reading(conversation: Conversation) -> str:
    """The language to write in: chosen or last known, else the browser's, else English."""
    return conversation.language or base_code(conversation.browser_language) or "en"


def safe_for_bot(text: str) -> str:
    """A text that Rasa takes for words: no leading slash (an intent to Rasa), no control characters."""
    kept = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") else character for character in text
    )
    return re.sub(r"\s+", " ", kept.strip()).lstrip("/／⁄∕ ") or "?"
