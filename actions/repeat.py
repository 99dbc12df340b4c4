"""Saying the last answer again."""

from typing import List

from actions import directives
from actions.acts import INFO, ActAction
from actions.directives import Directive
from actions.turn import Turn


class ActionRepeat(ActAction):
    """Somebody wants to hear it again."""

    sureness = INFO

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_repeat"

    def reply(self, turn: Turn) -> List[Directive]:
        """Repeat; the api keeps the messages and knows whether there is an answer to say again."""
        return [directives.repeat()]
