"""Messages that are nothing but a telephone number, as somebody types who needs help and has no time for words."""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 40
"""Characters of a message that can be nothing but a number."""
_APART = re.compile(r"[\s,،、;؛!?؟。]+")
_ONE_BY_ONE = re.compile(r"\d(?:[\s.\-–·]{1,2}\d)+")
_EDGES = re.compile(r"^[^\w]+|[^\w]+$")
_MEASURES = frozenset("%‰٪°#")
"""What makes a quantity of a number."""


def dialled(text: str, known: Collection[str]) -> list[str]:
    """The known numbers of which a message consists, in its order; nothing for a message with anything else in it.

    Digits of every script and Chinese numerals count, also one by one ("1-1-0"), with spaces, punctuation and emoji around.
    """
    if len(text) > LONGEST:
        return []
    read = [_read(character) for character in unicodedata.normalize("NFKC", text)]
    if None in read:
        return []
    plain = _EDGES.sub("", "".join(character for character in read if character))
    numbers = [plain.translate(_WITHOUT)] if _ONE_BY_ONE.fullmatch(plain) else _APART.split(plain)
    return numbers if all(number in known for number in numbers) else []


_WITHOUT = {ord(character): None for character in " .-–·"}


def _read(character: str) -> str | None:
    """A character as it counts here: an ASCII digit, a space, itself, nothing; None where it belongs to no number."""
    if character in _MEASURES:
        return None
    value = unicodedata.numeric(character, None)
    if value is not None:
        return str(int(value)) if value in range(10) else None
    category = unicodedata.category(character)
    if category[0] == "Z" or category in ("So", "Cc"):
        return " "
    if category[0] == "M" or category in ("Cf", "Sk"):
        return ""
    return character if category[0] == "P" else None
