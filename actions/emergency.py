"""Present danger that the api's phrase screen did not catch."""

from typing import List

from actions import directives
from actions.acts import DANGER, ActAction
from actions.directives import Directive
from actions.turn import Turn

# When a message names more than one, the first of these leads.
KINDS = ("fire", "medical", "kidnapping", "self-harm", "traffic-accident", "domestic-violence")
UNNAMED = "violence"  # the police number is right for a danger that nobody named


class ActionEmergency(ActAction):
    """Numbers first, then a person."""

    sureness = DANGER

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_emergency"

    def reply(self, turn: Turn) -> List[Directive]:
        """Name the kind of danger and offer a person."""
        named = set(turn.entities.get("danger", []))
        kind = next((kind for kind in KINDS if kind in named), UNNAMED)
        return [directives.emergency(kind), directives.handoff("emergency")]
