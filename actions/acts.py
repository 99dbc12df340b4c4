"""Dialogue acts: when one counts, and what happens when it does not."""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import List

from actions.answer import answer
from actions.base import DirectiveAction
from actions.directives import Directive, answers
from actions.turn import Turn

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
_QUESTION_MARK = re.compile(r"[?？؟]")


@dataclass(frozen=True)
class Sureness:
    """When an act counts: from this confidence on, and in a text of at most so many words.

    `asked` is the confidence needed when the text has a question mark: "thanks, and how long is probation?" is a
    question. `following` is the one needed after an answer, when a short text is more likely the next question.
    """

    confidence: float
    words: float
    asked: float
    following: float


PHATIC = Sureness(confidence=0.65, words=4, asked=0.85, following=0.65)
INFO = Sureness(confidence=0.45, words=16, asked=0.45, following=0.65)
PERSON = Sureness(confidence=0.3, words=30, asked=0.4, following=0.3)
A_SENTENCE = 5.0  # words from which on a text is looked up beside the act
CLEARLY = 0.75  # retrieval's confidence from which a sentence is the question that it looks like
DANGER = Sureness(confidence=0.62, words=40, asked=0.75, following=0.62)


def size(text: str) -> float:
    """Return about how many words a text has; two characters of a script without spaces count as one."""
    unspaced = len(_UNSPACED.findall(text))
    return unspaced / 2 + len(_UNSPACED.sub(" ", text).split())


def counts(turn: Turn, sureness: Sureness) -> bool:
    """Whether the turn is the dialogue act that its intent names, and not a question around it."""
    needed = sureness.asked if _QUESTION_MARK.search(turn.text) else sureness.confidence
    if turn.context is not None:
        needed = max(needed, sureness.following)
    return turn.confidence >= needed and size(turn.text) <= sureness.words


class ActAction(DirectiveAction):
    """An action for one dialogue act; a turn that is not clearly that act is answered as a question."""

    sureness: Sureness = INFO
    also_answers: bool = False
    """Whether the act's words are also those of questions about the law ("can I make an app delete my data?")."""

    yields: bool = False
    """Whether a sentence that retrieval clearly has an answer to is that question, and not the act."""

    @abstractmethod
    def reply(self, turn: Turn) -> List[Directive]:
        """Return the directives for the act."""

    async def directives(self, turn: Turn) -> List[Directive]:
        """Reply to the act, or answer the question."""
        if not counts(turn, self.sureness):
            return await answer(turn)
        if not (self.also_answers or self.yields) or size(turn.text) < A_SENTENCE:
            return self.reply(turn)
        found = answers(await answer(turn))
        if self.also_answers:
            return found + self.reply(turn)
        clearly = [directive for directive in found if directive["confidence"] >= CLEARLY]
        return clearly or self.reply(turn)
