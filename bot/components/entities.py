"""Entities by spaCy's entity ruler: city, date, duration, money, visa class, nationality, language, danger."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Dict, List, Optional, Text

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language
from spacy.tokens import Span

from bot.components import patterns
from bot.components.script_tokenizer import ScriptTokenizer

MEASURED = {"duration", "money"}
_HAN_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_POWERS = {"十": 10, "百": 100, "千": 1000}
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_HAN_DIGIT_RUN = re.compile(r"[零〇一二两三四五六七八九十百千万半]+")


@lru_cache(maxsize=1)
def entity_pipeline() -> Language:
    """Return the spaCy pipeline: the multi-language blank with our tokenizer and the ruler."""
    nlp = spacy.blank("xx")
    nlp.tokenizer = ScriptTokenizer(nlp.vocab)
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(patterns.load_patterns(lambda text: [token.text for token in nlp.tokenizer(text)]))
    return nlp


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class WenluEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the ruler's entities to each message; a city's value is its jurisdiction slug."""

    @staticmethod
    def required_packages() -> List[Text]:
        """Python packages this component needs."""
        return ["spacy"]

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """The pattern files are part of what a cached training step depends on."""
        return patterns.digest()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WenluEntityExtractor:
        """Build the ruler from bot/patterns."""
        return cls(entity_pipeline())

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp

    def process(self, messages: List[Message]) -> List[Message]:
        """Extract from each message's text and keep what other extractors found."""
        for message in messages:
            if message.get(TEXT):
                found = [as_entity(span) for span in self._nlp(message.get(TEXT)).ents]
                message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(found), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from entities."""
        return training_data


def as_entity(span: Span) -> Dict[str, Any]:
    """Return a span as Rasa keeps entities. The value is normalised: a slug, "30 day", "500 CNY", or the text."""
    value = span.ent_id_ or span.text
    if span.label_ in MEASURED:
        number = read_number(span.text)
        value = f"{number} {span.ent_id_}" if number is not None else span.text
    return {"entity": span.label_, "value": value, "start": span.start_char, "end": span.end_char, "confidence": 1.0}


def read_number(text: str) -> Optional[str]:
    """Return the first number in a text in plain digits: "1,500元" gives "1500", "三十天" gives "30", "两万" "20000"."""
    text = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in text)
    digits = _DIGITS.search(text)
    if digits:
        return re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits.group()).replace(",", ".")
    run = _HAN_DIGIT_RUN.search(text)
    return _han_number(run.group()) if run else None


def _han_number(text: str) -> str:
    if text == "半":
        return "0.5"
    total = section = current = 0
    for char in text:
        if char in _HAN_DIGITS:
            current = _HAN_DIGITS[char]
        elif char in _HAN_POWERS:
            section += (current or 1) * _HAN_POWERS[char]
            current = 0
        elif char == "万":
            total += (section + current or 1) * 10_000
            section = current = 0
    return str(total + section + current)
