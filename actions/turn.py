"""One turn, as the actions see it: what was said, what the NLU made of it, and what the api told about it."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from rasa_sdk import Tracker

NOT_AN_INTENT = "\u2060"  # the channel puts it before a leading "/"
TOPIC_PREFIX = "topic_"
WHERE_TO_GO = "where_to_go"
JURISDICTIONS = {"mainland", "hong-kong", "macao", "guangzhou", "shenzhen", "shanghai", "beijing"}


@dataclass(frozen=True)
class Context:
    """The previous question and the section it found."""

    question: str
    section: Optional[str]


@dataclass(frozen=True)
class Turn:
    """A resident's message with its reading. `topics` maps slugs to confidences; `where`: how likely an office is meant.

    `path`: the guided path that the resident is in.
    """

    text: str
    intent: Optional[str] = None
    confidence: float = 0.0
    language: Optional[str] = None
    jurisdiction: Optional[str] = None
    failed_answers: int = 0
    context: Optional[Context] = None
    entities: Dict[str, List[str]] = field(default_factory=dict)
    topics: Dict[str, float] = field(default_factory=dict)
    where: float = 0.0
    path: Optional[str] = None

    @classmethod
    def from_tracker(cls, tracker: Tracker) -> "Turn":
        """Read the latest message of a tracker; anything malformed in the metadata counts as absent."""
        message = tracker.latest_message or {}
        metadata = message.get("metadata") or {}
        intent = message.get("intent") or {}
        entities: Dict[str, List[str]] = {}
        for entity in message.get("entities") or []:
            entities.setdefault(entity["entity"], []).append(str(entity["value"]))
        return cls(
            text=(message.get("text") or "").strip(NOT_AN_INTENT).strip(),
            intent=intent.get("name"),
            confidence=float(intent.get("confidence") or 0.0),
            language=_text(metadata.get("language")),
            jurisdiction=_jurisdiction(metadata, entities),
            failed_answers=_count(metadata.get("failed_answers")),
            context=_context(metadata.get("context")),
            entities=entities,
            topics=_topics(message.get("intent_ranking") or []),
            path=_text(metadata.get("path")),
            where=_where(message.get("intent_ranking") or []),
        )

    def entity(self, name: str) -> Optional[str]:
        """Return the first value of an entity, if it was mentioned."""
        values = self.entities.get(name)
        return values[0] if values else None


def _text(value: Any) -> Optional[str]:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _context(value: Any) -> Optional[Context]:
    if not isinstance(value, dict) or not _text(value.get("question")):
        return None
    return Context(value["question"], _text(value.get("section")))


def _jurisdiction(metadata: Dict[str, Any], entities: Dict[str, List[str]]) -> Optional[str]:
    """A place named in the message counts more than the one known from before. Two places: nobody knows which."""
    named = {city for city in entities.get("city", []) if city in JURISDICTIONS}
    if len(named) == 1:
        return named.pop()
    known = _text(metadata.get("jurisdiction"))
    return known if known in JURISDICTIONS else None


def _topics(ranking: List[Dict[str, Any]]) -> Dict[str, float]:
    return {
        entry["name"][len(TOPIC_PREFIX) :].replace("_", "-"): float(entry["confidence"])
        for entry in ranking
        if str(entry.get("name", "")).startswith(TOPIC_PREFIX)
    }


def _where(ranking: List[Dict[str, Any]]) -> float:
    return next((float(entry["confidence"]) for entry in ranking if entry.get("name") == WHERE_TO_GO), 0.0)
