"""A person: asked for, or offered after a complaint."""

from typing import List

from actions import directives
from actions.acts import INFO, PERSON, ActAction
from actions.directives import Directive
from actions.turn import Turn


class ActionAskPerson(ActAction):
    """Somebody asked for a person."""

    sureness = PERSON

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_ask_person"

    def reply(self, turn: Turn) -> List[Directive]:
        """Start handing over; the resident sees and confirms what is passed on."""
        return [directives.handoff("asked", stage="confirm")]


class ActionComplaint(ActAction):
    """Somebody is unhappy with the service."""

    sureness = INFO
    also_answers = True

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_complaint"

    def reply(self, turn: Turn) -> List[Directive]:
        """Say that it was heard and offer a person."""
        return [directives.say("complaint_received"), directives.handoff("complaint")]
