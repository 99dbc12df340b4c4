"""Going on in another language."""

from typing import List

from actions import directives
from actions.acts import INFO, ActAction
from actions.directives import Directive
from actions.turn import Turn

UNDETERMINED = "und"  # ISO 639-2: the api answers it with the languages to choose from


class ActionChangeLanguage(ActAction):
    """Somebody asked for another language."""

    sureness = INFO

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_change_language"

    def reply(self, turn: Turn) -> List[Directive]:
        """Change to the language named; if none was named, let the api offer the ones there are."""
        return [directives.language(turn.entity("language") or UNDETERMINED)]
