"""Directives: what the bot asks the api to do. Ids, scores, keys and values; never a body of text."""

from typing import Any, Dict, List, Optional, Sequence

from actions.turn import Turn

Directive = Dict[str, Any]


def say(key: str, buttons: Sequence[Directive] = (), **values: Any) -> Directive:
    """Say a text of the catalogs."""
    return {"type": "say", "key": key, "values": values, "buttons": list(buttons)}


def button(key: str, payload: str) -> Directive:
    """A choice: the catalog key of its title and the payload it sends."""
    return {"key": key, "values": {}, "payload": payload}


def topic_button(topic: str) -> Directive:
    """A choice that lists a topic's sections."""
    return button(f"topic.{topic}", f"topic:{topic}")


def answer(topic: str, confidence: float, sections: List[Directive], second_topic: Optional[str]) -> Directive:
    """Answer with these sections, best first."""
    return {
        "type": "answer",
        "topic": topic,
        "confidence": confidence,
        "sections": sections,
        "second_topic": second_topic,
    }


def answers(said: Sequence[Directive]) -> List[Directive]:
    """Those of the directives that answer from a section."""
    return [directive for directive in said if directive["type"] == "answer"]


def ask(key: str, choices: Sequence[Directive], **values: Any) -> Directive:
    """Say a text and offer choices."""
    return {"type": "ask", "key": key, "values": values, "choices": list(choices)}


def handoff(reason: str, stage: str = "offered") -> Directive:
    """A person: "offered" is a way out beside another answer, "confirm" starts handing over."""
    return {"type": "handoff", "reason": reason, "stage": stage}


def emergency(kind: str) -> Directive:
    """Show the numbers, the card and the help for a kind of emergency."""
    return {"type": "emergency", "kind": kind}


def language(code: str) -> Directive:
    """Go on in another language."""
    return {"type": "language", "language": code}


def repeat() -> Directive:
    """Say the last answer again."""
    return {"type": "repeat"}


def path(step: Optional[str] = None) -> Directive:
    """Show the steps of the path that is remembered or fits; "next" goes on in it."""
    return {"type": "path", "id": None, "step": step}


MOST_KINDS = 6


def places(turn: Turn, topic: Optional[str] = None, language: Optional[str] = None) -> Directive:
    """Name the places that help: the offices that a turn names, else those of a topic; of its city; of a language."""
    kinds = list(dict.fromkeys(turn.entities.get("office", [])))[:MOST_KINDS]
    return {"type": "places", "kinds": kinds, "topic": topic, "city": turn.jurisdiction, "language": language}
