"""Where to go, and who speaks a language: places, beside what the law says."""

from typing import List

from actions import directives
from actions.acts import INFO, ActAction, Sureness, counts, size
from actions.answer import answer
from actions.directives import Directive
from actions.turn import Turn

# "Where" stands in many a question about the law; that is answered first, so little is lost by a guess.
WHERE = Sureness(confidence=0.3, words=24, asked=0.3, following=0.35)


class ActionWhereToGo(ActAction):
    """Somebody looks for an office, or for its number."""

    sureness = WHERE

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_where_to_go"

    def reply(self, turn: Turn) -> List[Directive]:
        """Name the places."""
        return [directives.places(turn)]

    async def directives(self, turn: Turn) -> List[Directive]:
        """What the law says, if it says something, then the places; for a vague guess without an office no places."""
        said = await answer(turn)
        if size(turn.text) > self.sureness.words:
            return said
        found = directives.answers(said)
        sure = turn.entities.get("office") or counts(turn, self.sureness if found else INFO)
        if not sure:
            return said
        return [*found, directives.places(turn, found[0]["topic"] if found else None)]


class ActionWhoSpeaks(ActAction):
    """Somebody looks for people who speak a language."""

    sureness = INFO

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_who_speaks"

    def reply(self, turn: Turn) -> List[Directive]:
        """Name those who speak the language named; the resident's own when none was."""
        return [directives.places(turn, language=turn.entity("language") or turn.language)]
