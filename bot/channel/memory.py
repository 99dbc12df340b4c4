"""What the bot remembers from one turn to the next: nothing.

A turn brings along what it depends on (language, place, the question before and the section it found), so nothing is
lost with the process, any worker can take any turn, a long conversation is as quick as a short one, and what residents
write is kept in one place only: the api's database.
"""

from __future__ import annotations

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker


class NothingKept(InMemoryTrackerStore):
    """Rasa's store in memory, into which nothing is put: every turn begins with an empty tracker."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Let the turn's tracker go."""
