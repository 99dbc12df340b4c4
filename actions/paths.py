"""Guided paths: the steps for a situation, and going on in them. Which path that is, the api knows."""

from typing import List

from actions import directives
from actions.acts import A_SENTENCE, ActAction, Sureness, counts, size
from actions.answer import answer
from actions.directives import Directive
from actions.turn import Turn

# "Show me the steps" after an answer is what the button beside it says. In a sentence the same words may ask about the
# law ("what are the steps to renew a visa"), and the answer brings the button along.
STEPS = Sureness(confidence=0.45, words=12, asked=0.6, following=0.45)
SENTENCE = Sureness(confidence=0.9, words=12, asked=0.95, following=0.9)
# "Next", "go on": meant for the steps only while the resident is in them, and then said in a word or two.
NEXT = Sureness(confidence=0.4, words=5, asked=0.45, following=0.4)


class ActionShowSteps(ActAction):
    """Somebody wants to see the steps."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_show_steps"

    def reply(self, turn: Turn) -> List[Directive]:
        """Show the steps that fit, or go on where the resident was."""
        return [directives.path()]

    async def directives(self, turn: Turn) -> List[Directive]:
        """Show them, or answer what is more likely a question."""
        sureness = STEPS if size(turn.text) < A_SENTENCE else SENTENCE
        return self.reply(turn) if counts(turn, sureness) else await answer(turn)


class ActionNextStep(ActAction):
    """Somebody wants the next step."""

    sureness = NEXT

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_next_step"

    def reply(self, turn: Turn) -> List[Directive]:
        """Go on with the steps."""
        return [directives.path("next")]

    async def directives(self, turn: Turn) -> List[Directive]:
        """Go on, if there is something to go on with; else it is a question like any other."""
        return await super().directives(turn) if turn.path else await answer(turn)
