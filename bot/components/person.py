"""Asking for a person, recognised by patterns: the one request that must never be missed.

The patterns of bot/patterns/asking_for_a_person.yml put together words for a person, for talking and for machines.
A match is stronger evidence than the classifier's guess: the intent becomes `ask_person` with full confidence, so
that the actions need no rule of their own. Without a match the message passes unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Optional, Text

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
ALIKE = 0.8  # of 1: how near a misspelt word must be to a role
SHORT = (
    90  # characters in which ideas are looked for in any order; in a longer text they may belong to different things
)


@dataclass(frozen=True)
class Matcher:
    """What asks for a person in one language: patterns, or ideas that are all in a short text; and what rules it out."""

    script: "re.Pattern[str]"
    asks: "re.Pattern[str]"
    unless: Optional["re.Pattern[str]"]
    together: List[List["re.Pattern[str]"]]
    roles: List[str]
    please: FrozenSet[str]

    def hits(self, words: str) -> bool:
        """Whether the levelled text asks, before anything rules it out."""
        if not self.script.search(words):
            return False
        if self.asks.search(words) or self.nearly_names_a_role(words):
            return True
        return len(words) <= SHORT and any(all(idea.search(words) for idea in ideas) for ideas in self.together)

    def nearly_names_a_role(self, words: str) -> bool:
        """Whether a text of up to four words is one misspelt role and nothing but politeness beside it."""
        others = [word for word in words.split() if word not in self.please]
        if not self.roles or len(others) != 1 or len(words.split()) > 4:
            return False
        return bool(get_close_matches(others[0], self.roles, n=1, cutoff=ALIKE if len(others[0]) > 5 else ALIKE - 0.05))


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
    """Return how each language asks."""
    data: Dict[str, Any] = yaml.safe_load(PATTERNS.read_text(encoding="utf-8"))
    together: List[List[str]] = data.pop("together")
    found: List[Matcher] = []
    for language in data.values():
        words, boundaries = language.get("words", {}), language.get("boundaries", True)
        unless = language.get("unless")
        ideas = {name: _compiled([idea], words, boundaries) for name, idea in language["ideas"].items()}
        found.append(
            Matcher(
                re.compile(language["script"]),
                _compiled(language["asks"], words, boundaries),
                _compiled(unless, words, boundaries) if unless else None,
                [[ideas[name] for name in names] for names in together],
                [plain(role) for role in language.get("roles", "").split()],
                frozenset(plain(word) for word in language.get("please", "").split()),
            )
        )
    return found


def asks_for_a_person(text: str) -> bool:
    """Whether the text asks, in one of the languages, to be put through to a person."""
    if len(text) > MOST_CHARACTERS:
        return False
    words = plain(text)
    hits = [matcher for matcher in matchers() if matcher.hits(words)]
    if not hits:
        return False
    return not any(matcher.unless is not None and matcher.unless.search(words) for matcher in hits)


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
