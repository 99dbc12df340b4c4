"""Places named in a message: whose emergency numbers to show, and which city's rules come first."""

import re
from functools import lru_cache

from api.conversations.models import Conversation
from knowledge.models import Corpus

Patterns = tuple[tuple[str, re.Pattern[str]], ...]


def mentioned(text: str, corpus: Corpus | None) -> str | None:
    """The one jurisdiction that a text names; None when it names none, or several."""
    if corpus is None:
        return None
    names = tuple((city.jurisdiction, tuple(city.spellings)) for city in corpus.cities.values())
    folded = text.casefold()
    found = {jurisdiction for jurisdiction, pattern in _patterns(names) if pattern.search(folded)}
    return found.pop() if len(found) == 1 else None


def remembered(conversation: Conversation) -> str | None:
    """Whose rules come first when a message names no place: those of the mainland city named last, else those chosen.

    Hong Kong and Macao are left out: who was there for a day asks about the mainland again.
    """
    named = conversation.mentioned_place
    return conversation.jurisdiction if named in (None, "hong-kong", "macao") else named


@lru_cache(maxsize=4)
def _patterns(names: tuple[tuple[str, tuple[str, ...]], ...]) -> Patterns:
    return tuple((jurisdiction, _pattern(spellings)) for jurisdiction, spellings in names)


def _pattern(spellings: tuple[str, ...]) -> re.Pattern[str]:
    parts = [re.escape(name.casefold()) for name in sorted(spellings, key=len, reverse=True)]
    words = [rf"(?<!\w){part}(?!\w)" if part.isascii() else part for part in parts]
    return re.compile("|".join(words))
