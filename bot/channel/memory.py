"""What the bot remembers: the newest conversations, in memory, for as long as it runs.

A turn brings along what it depends on (language, place, the question before and the section it found), so nothing is
lost with the process, any worker can take any turn, and what residents write is kept in one place only: the api's
database.
"""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class RecentTrackers(InMemoryTrackerStore):
    """Rasa's store in memory, with an end: beyond `conversations` the one not written to for longest is forgotten."""

    def __init__(
        self, domain: Domain, event_broker: Optional[EventBroker] = None, conversations: int = 500, **kwargs: Any
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._conversations = conversations

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep a conversation as the newest; the oldest makes room."""
        self.store.pop(tracker.sender_id, None)
        await super().save(tracker)
        while len(self.store) > self._conversations:
            del self.store[next(iter(self.store))]
