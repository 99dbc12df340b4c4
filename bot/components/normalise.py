"""One spelling for what people type in many: case, width, diacritics, Arabic letter variants."""

import unicodedata

_ARABIC_VARIANTS = str.maketrans(
    {"ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ک": "ك", "ہ": "ه", "ھ": "ه", "ـ": "", "đ": "d", "ı": "i"}
)
_LAST_DROPPED_SCRIPT = (
    0x06FF  # Latin, Greek, Cyrillic, Hebrew and Arabic marks go; Thai and Devanagari marks are vowels
)


def normalise(text: str) -> str:
    """Return the text casefolded, in half-width forms, and without the diacritics that people leave out.

    "Pagaré" and "pagare" become the same, as do the four written forms of alif. Marks of scripts where they are
    vowels (Thai, Devanagari, kana voicing) stay.
    """
    kept = []
    base = ""
    for char in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.combining(char) and base and ord(base) <= _LAST_DROPPED_SCRIPT:
            continue
        if unicodedata.category(char) == "Cf":
            continue
        base = char
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_ARABIC_VARIANTS)
