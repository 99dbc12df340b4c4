"""The in-process bus: who waits for a topic hears that something happened there.

It carries hints, not messages: a stream that hears `message` reads what is new from the database by sequence
number, so that nothing is missing, doubled or out of order, however the hints arrive.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

MOST_WAITING = 200  # a stream further behind than this is told only that it fell behind
DESK = "desk"  # what the console listens to


@dataclass(frozen=True)
class Event:
    """kind: message, typing, holder, language, queue, translated, erased or moved (to another channel); `data` is small and JSON."""

    kind: str
    conversation_id: str
    data: dict[str, Any] = field(default_factory=dict)


class Subscription:
    """One listener's waiting events."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue(MOST_WAITING)
        self.fell_behind = False

    def put(self, event: Event) -> None:
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.fell_behind = True

    async def next(self, seconds: float | None = None) -> Event | None:
        """The next event, or None when nothing came in time."""
        try:
            async with asyncio.timeout(seconds):
                return await self._queue.get()
        except TimeoutError:
            return None


class Bus:
    """Publishing and listening, by topic: a conversation's id, or DESK."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)

    def publish(self, event: Event) -> None:
        """Tell the conversation's listeners and the desk."""
        for topic in (event.conversation_id, DESK):
            for subscription in tuple(self._subscriptions.get(topic, ())):
                subscription.put(event)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Subscription]:
        """Listen to a topic as long as the block lasts."""
        subscription = Subscription()
        self._subscriptions[topic].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]
