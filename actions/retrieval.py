"""The HTTP client for the retrieval process."""

import asyncio
import os
import weakref
from dataclasses import dataclass
from typing import Any, Dict, List, Optional

import aiohttp

from actions.turn import WHERE_TO_GO, Turn

DEFAULT_URL = "http://127.0.0.1:8012"
TIMEOUT = aiohttp.ClientTimeout(total=8.0, connect=2.0)
MAX_SECTIONS = 3
PRIOR_CONFIDENCE = 0.4  # below this the intent is no evidence for a topic
PRIOR_CONFIDENCE_FOLLOW_UP = 0.7  # a short next question belongs to the one before, unless it clearly does not
PRIOR_FLOOR = 0.1
LEFT_FOR_TOPICS = 0.2  # what the topics share beside "where do I go"; less says nothing
SHORT = 40  # characters

_clients: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession]" = weakref.WeakKeyDictionary()


class RetrievalFailed(Exception):
    """Retrieval did not answer, or not in the shape agreed."""


@dataclass(frozen=True)
class Hit:
    """A section found, with its score between 0 and 1."""

    section: str
    topic: str
    score: float


@dataclass(frozen=True)
class Found:
    """What retrieval says about a question. `hits` is empty when there is no answer; `nearest` may not be."""

    answerable: bool
    confidence: float
    hits: List[Hit]
    nearest: List[Hit]
    second_topic: Optional[str]


async def search(turn: Turn) -> Found:
    """Ask retrieval for the sections that answer a turn. Raises RetrievalFailed."""
    try:
        async with _client().post(_base_url() + "/search", json=request_body(turn)) as response:
            response.raise_for_status()
            return _read(await response.json(content_type=None))
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, KeyError, TypeError) as error:
        raise RetrievalFailed(type(error).__name__) from error


def request_body(turn: Turn) -> Dict[str, Any]:
    """Return the body of /search for a turn; what is not known is left out."""
    body: Dict[str, Any] = {"query": turn.text, "limit": MAX_SECTIONS}
    if turn.language:
        body["language"] = turn.language
    if turn.context:
        body["context"] = {"question": turn.context.question, "section": turn.context.section}
    if turn.jurisdiction:
        body["jurisdiction"] = turn.jurisdiction
    prior = topic_prior(turn)
    if prior:
        body["topic_prior"] = prior
    return body


def topic_prior(turn: Turn) -> Dict[str, float]:
    """Return how likely each topic is by the intent ranking; nothing when the intent is weak or no topic."""
    topics = _beside_where(turn)
    best = max(topics.values(), default=0.0)
    short_follow_up = turn.context is not None and len(turn.text) <= SHORT
    needed = PRIOR_CONFIDENCE_FOLLOW_UP if short_follow_up else PRIOR_CONFIDENCE
    if not (turn.intent or "").startswith(("topic_", WHERE_TO_GO)) or best < needed:
        return {}
    return {topic: round(value, 3) for topic, value in topics.items() if value >= PRIOR_FLOOR}


def _beside_where(turn: Turn) -> Dict[str, float]:
    """The topics' confidences; "where do I register my address?" is about its topic, as far as it is not about an office."""
    rest = 1 - turn.confidence if turn.intent == WHERE_TO_GO else 1.0
    return {topic: value / rest for topic, value in turn.topics.items()} if rest >= LEFT_FOR_TOPICS else {}


def _base_url() -> str:
    return os.environ.get("WENLU_RETRIEVAL_URL", DEFAULT_URL).rstrip("/")


def _client() -> aiohttp.ClientSession:
    """Return this event loop's client: connections are kept, and proxies of the environment are not asked."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = aiohttp.ClientSession(timeout=TIMEOUT)
    return _clients[loop]


def _read(data: Dict[str, Any]) -> Found:
    return Found(
        answerable=bool(data["answerable"]),
        confidence=float(data["confidence"]),
        hits=[_hit(hit) for hit in data["hits"]],
        nearest=[_hit(hit) for hit in data["nearest"]],
        second_topic=data.get("second_topic"),
    )


def _hit(data: Dict[str, Any]) -> Hit:
    return Hit(str(data["section"]), str(data["topic"]), float(data["score"]))
