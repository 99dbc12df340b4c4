"""Going on in another language."""

from typing import List

from actions import directives
from actions.acts import INFO, ActAction
from actions.directives import Directive
from actions.turn import Turn

CURATED = ("zh", "en", "ja", "ko", "fr", "es", "ru", "ar")


class ActionChangeLanguage(ActAction):
    """Somebody asked for another language."""

    sureness = INFO

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_change_language"

    def reply(self, turn: Turn) -> List[Directive]:
        """Change to the language named; if none was named, ask which."""
        wanted = turn.entity("language")
        if wanted:
            return [directives.language(wanted)]
        choices = [directives.button(f"language.{code}", f"language:{code}") for code in CURATED]
        return [directives.ask("choose_language", choices)]
