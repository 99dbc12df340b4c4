"""Rate limits: token buckets in this process, one a conversation and one a network address; and for guessing codes."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

from api.errors import KNOWN, ApiError
from api.settings import Settings

MOST_BUCKETS = 10_000
# Wrong tries at a code that carries a conversation over: so many at once, and as many again every so many minutes.
# All together get ten a minute, a hundred in the life of a code: one in a million that they hit a given one.
CODE_TRIES, CODE_MINUTES = 10, 10
ALL_CODE_TRIES, ALL_CODES_PER_MINUTE = 60, 10


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

    def give_back(self, key: str) -> None:
        """Put back the token that was taken last."""
        if key in self._buckets:
            tokens, at = self._buckets[key]
            self._buckets[key] = (min(self._burst, tokens + 1), at)


class Limits:
    """The limits of the settings."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        self._exempt = frozenset(settings.rate_exempt)
        self._conversations = Buckets(settings.rate_conversation_per_minute, settings.rate_conversation_burst, now)
        self._addresses = Buckets(settings.rate_address_per_minute, settings.rate_address_burst, now)
        self._codes = Buckets(CODE_TRIES / CODE_MINUTES, CODE_TRIES, now)
        self._all_codes = Buckets(ALL_CODES_PER_MINUTE, ALL_CODE_TRIES, now)

    def check(self, request: Request) -> None:
        """Raise 429 when this address sent too much."""
        address = address_of(request)
        if address not in self._exempt:
            _refuse(self._addresses.take(address))

    def check_conversation(self, request: Request, conversation_id: str) -> None:
        """Raise 429 when this conversation sent too much."""
        if address_of(request) not in self._exempt:
            _refuse(self._conversations.take(conversation_id))

    def check_code(self, who: str) -> None:
        """Raise 429 when this address (or this person of a channel) tried too many codes, or everybody together did."""
        if who in self._exempt:
            return
        _refuse(self._codes.take(who))
        wait = self._all_codes.take("")
        if wait:
            self._codes.give_back(who)
        _refuse(wait)

    def code_was_right(self, who: str) -> None:
        """Only wrong tries count: give back what `check_code` took."""
        if who not in self._exempt:
            self._codes.give_back(who)
            self._all_codes.give_back("")


def address_of(request: Request) -> str:
    """The network address a request came from."""
    return request.client.host if request.client else ""


def _refuse(wait: float) -> None:
    if wait:
        raise ApiError(429, *KNOWN[429], {"Retry-After": str(math.ceil(wait))})
