"""Asking for a person, recognised by patterns: the one request that must never be missed.

The patterns of bot/patterns/asking_for_a_person.yml put together words for a person, for talking and for machines.
A match is stronger evidence than the classifier's guess: the intent becomes `ask_person` with full confidence, so
that the actions need no rule of their own. Without a match the message passes unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.normalise import normalise

PATTERNS = Path(__file__).resolve().parents[1] / "patterns" / "asking_for_a_person.yml"
ASK_PERSON = "ask_person"
MOST_CHARACTERS = 240  # a longer text is a story with a question; the classifier reads it

Matcher = Tuple["re.Pattern[str]", Optional["re.Pattern[str]"]]


def plain(text: str) -> str:
    """Return the text as patterns see it: lower case, no accents, no punctuation, single spaces."""
    marks = {"’": "'", "‘": "'", "ʼ": "'", "`": "'"}
    text = normalise("".join(marks.get(char, char) for char in text))
    kept = (" " if unicodedata.category(char)[0] in "PSC" and char not in "'-" else char for char in text)
    return " ".join("".join(kept).split())


def _compiled(patterns: List[str], words: Dict[str, str], boundaries: bool) -> "re.Pattern[str]":
    for _ in range(2):
        patterns = [re.sub(r"<(\w+)>", lambda name: f"(?:{words[name[1]]})", pattern) for pattern in patterns]
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(normalise_pattern(rf"(?<!\w)(?:{joined})" if boundaries else joined))


def normalise_pattern(pattern: str) -> str:
    """Level the letters of a pattern as those of a text, but keep its escapes (`\\S` is not `\\s`)."""
    return "".join(part if part.startswith("\\") else normalise(part) for part in re.split(r"(\\.)", pattern))


@lru_cache(maxsize=1)
def matchers() -> List[Matcher]:
    """Return for each language what asks for a person, and what rules that out."""
    data: Dict[str, Dict[str, Any]] = yaml.safe_load(PATTERNS.read_text(encoding="utf-8"))
    found: List[Matcher] = []
    for language in data.values():
        words, boundaries = language.get("words", {}), language.get("boundaries", True)
        unless = language.get("unless")
        ruled_out = _compiled(unless, words, boundaries) if unless else None
        found.append((_compiled(language["asks"], words, boundaries), ruled_out))
    return found


def asks_for_a_person(text: str) -> bool:
    """Whether the text asks, in one of the languages, to be put through to a person."""
    if len(text) > MOST_CHARACTERS:
        return False
    words = plain(text)
    hits = [unless for asks, unless in matchers() if asks.search(words)]
    if not hits:
        return False
    return not any(unless is not None and unless.search(words) for unless in hits)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WenluPersonPattern(IntentClassifier, GraphComponent):
    """Sets the intent of a message that matches; stands after the classifiers."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WenluPersonPattern:
        """Make the component; broken patterns fail here and not at the first message."""
        matchers()
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Decide what matches; leave everything else alone."""
        for message in messages:
            if asks_for_a_person(message.get(TEXT) or ""):
                intent = {"name": ASK_PERSON, "confidence": 1.0}
                others = [entry for entry in message.get(INTENT_RANKING_KEY) or [] if entry["name"] != ASK_PERSON]
                message.set(INTENT, intent, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [intent, *others], add_to_output=True)
        return messages
