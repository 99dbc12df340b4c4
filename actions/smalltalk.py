"""Dialogue acts that are answered with words of the catalogs alone."""

from typing import List

from actions import directives
from actions.acts import INFO, PHATIC, ActAction
from actions.directives import Directive
from actions.turn import Turn

FIRST_TOPICS = ("visas", "residence-permits", "leasing", "labour", "tax-social-insurance", "family")


class ActionGreet(ActAction):
    """Hello."""

    sureness = PHATIC

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_greet"

    def reply(self, turn: Turn) -> List[Directive]:
        """Greet back."""
        return [directives.say("greeting")]


class ActionThanks(ActAction):
    """Thank you."""

    sureness = PHATIC

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_thanks"

    def reply(self, turn: Turn) -> List[Directive]:
        """You are welcome."""
        return [directives.say("thanks")]


class ActionGoodbye(ActAction):
    """Goodbye."""

    sureness = PHATIC

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_goodbye"

    def reply(self, turn: Turn) -> List[Directive]:
        """Say goodbye."""
        return [directives.say("goodbye")]


class ActionAffirm(ActAction):
    """Yes. Buttons never come here, so nothing was asked that a typed yes could answer."""

    sureness = PHATIC

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_affirm"

    def reply(self, turn: Turn) -> List[Directive]:
        """Ask what is meant."""
        return [directives.say("affirm_unclear")]


class ActionDeny(ActAction):
    """No."""

    sureness = PHATIC

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_deny"

    def reply(self, turn: Turn) -> List[Directive]:
        """Accept it."""
        return [directives.say("deny_ok")]


class ActionFeedback(ActAction):
    """Praise, or a remark on an answer."""

    sureness = INFO
    yields = True

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_feedback"

    def reply(self, turn: Turn) -> List[Directive]:
        """Thank for it."""
        return [directives.say("feedback_thanks")]


class ActionCapabilities(ActAction):
    """What can you do?"""

    sureness = INFO
    yields = True

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_capabilities"

    def reply(self, turn: Turn) -> List[Directive]:
        """Say what is answered here, with some topics to begin with."""
        return [directives.say("capabilities", [directives.topic_button(topic) for topic in FIRST_TOPICS])]


class ActionWhoAreYou(ActAction):
    """Who, or what, are you?"""

    sureness = INFO
    yields = True

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_who_are_you"

    def reply(self, turn: Turn) -> List[Directive]:
        """Say that it is a machine and whose."""
        return [directives.say("who_are_you")]


class ActionPrivacy(ActAction):
    """What happens with what I write?"""

    sureness = INFO
    also_answers = True

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_privacy"

    def reply(self, turn: Turn) -> List[Directive]:
        """Say what is kept and how to erase it."""
        return [directives.say("privacy")]
