"""The base of every action: whatever happens, directives come out and nothing leaks."""

import logging
from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import directives
from actions.directives import Directive
from actions.turn import Turn

log = logging.getLogger(__name__)


class DirectiveAction(Action, ABC):
    """An action that turns a turn into directives.

    A failure becomes an apology and the offer of a person. rasa-sdk's own error reply would carry the whole tracker,
    and a traceback may quote what somebody wrote, so only the error's type and place are logged.
    """

    @abstractmethod
    async def directives(self, turn: Turn) -> List[Directive]:
        """Return what is to be said and done; never an empty list."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[Text, Any]
    ) -> List[Dict[Text, Any]]:
        """Send the directives as one JSON message. Never raises; changes nothing in the tracker."""
        intent: Optional[Dict[str, Any]] = None
        try:
            turn = Turn.from_tracker(tracker)
            intent = {"name": turn.intent, "confidence": round(turn.confidence, 4)}
            said = await self.directives(turn)
            if not said:
                raise ValueError("no directives")
        except Exception as error:
            log.error("%s failed: %s in %s", self.name(), type(error).__name__, _place(error))
            said = apology()
        dispatcher.utter_message(json_message={"directives": said, "intent": intent})
        return []


def apology() -> List[Directive]:
    """Something went wrong on our side: say so and offer a person."""
    return [directives.say("error_try_again"), directives.handoff("failed_twice")]


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
