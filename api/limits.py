"""Rate limits: token buckets in this process, one a conversation and one a network address."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

from api.errors import KNOWN, ApiError
from api.settings import Settings

MOST_BUCKETS = 10_000


class Buckets:
    """A token bucket for each key; the ones unused longest are forgotten first."""

    def __init__(self, per_minute: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one token. 0 when there was one, else the seconds until there will be."""
        now = self._now()
        tokens, at = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0 if allowed else (1 - tokens) / self._per_second


class Limits:
    """The limits of the settings."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._exempt = frozenset(settings.rate_exempt)
        self._conversations = Buckets(settings.rate_conversation_per_minute, settings.rate_conversation_burst, now)
        self._addresses = Buckets(settings.rate_address_per_minute, settings.rate_address_burst, now)

    def check(self, request: Request) -> None:
        """Raise 429 when this address sent too much."""
        address = request.client.host if request.client else ""
        if address not in self._exempt:
            _refuse(self._addresses.take(address))

    def check_conversation(self, request: Request, conversation_id: str) -> None:
        """Raise 429 when this conversation sent too much."""
        address = request.client.host if request.client else ""
        if address not in self._exempt:
            _refuse(self._conversations.take(conversation_id))


def _refuse(wait: float) -> None:
    if wait:
        raise ApiError(429, *KNOWN[429], {"Retry-After": str(math.ceil(wait))})
