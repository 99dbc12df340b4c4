"""Answering a question: retrieval finds the sections, or says that there is no answer."""

import logging
from typing import List

from actions import directives
from actions.base import DirectiveAction, apology
from actions.directives import Directive
from actions.retrieval import MAX_SECTIONS, Found, RetrievalFailed, search
from actions.turn import Turn

log = logging.getLogger(__name__)

NEAREST_TOPICS = 3
ALSO_WHERE = 0.15  # "where do I report unpaid wages?" is a question about the law that also asks for an office


async def answer(turn: Turn) -> List[Directive]:
    """Return the answer to a turn, or the honest statement that there is none. Retrieval alone decides which."""
    try:
        found = await search(turn)
    except RetrievalFailed as error:
        log.error("Retrieval failed: %s", error)
        return apology()
    if found.answerable and found.hits:
        return [_answer(found)]
    return _no_answer(turn, found)


def _answer(found: Found) -> Directive:
    sections = [{"id": hit.section, "score": hit.score} for hit in found.hits[:MAX_SECTIONS]]
    topic = found.hits[0].topic
    second = found.second_topic if found.second_topic != topic else None
    return directives.answer(topic, found.confidence, sections, second)


def _no_answer(turn: Turn, found: Found) -> List[Directive]:
    """Offer the nearest topics; after a second failure in a row, also a person."""
    nearest = list(dict.fromkeys(hit.topic for hit in found.nearest))[:NEAREST_TOPICS]
    said = [directives.ask("no_answer", [directives.topic_button(topic) for topic in nearest])]
    if turn.failed_answers >= 1:
        said.append(directives.handoff("failed_twice"))
    return said


class ActionAnswer(DirectiveAction):
    """Answers everything that is not clearly a dialogue act."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_answer"

    async def directives(self, turn: Turn) -> List[Directive]:
        """Ask retrieval; where the question also asks for an office, name the places after the section."""
        said = await answer(turn)
        if turn.where >= ALSO_WHERE and said[0]["type"] == "answer":
            said.append(directives.places(turn, said[0]["topic"]))
        return said
