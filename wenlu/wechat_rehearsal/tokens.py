"""The access tokens of the account, as stable_token gives them (getStableAccessToken)."""

import secrets
from collections.abc import Callable

from wenlu.wechat_rehearsal.refusals import Refusal

LASTS = 7200.0
RENEWED_BEFORE = 300.0
FORCED_APART = 30.0
FORCED_A_DAY = 20


class Tokens:
    """One token at a time; the one before stays good until its end, unless the new one was forced."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._spoilt: set[str] = set()
        self._forced: list[float] = []
        self.current: str | None = None
        self.asked: list[bool] = []  # every question for a token, and whether it was forced

    def give(self, force: bool) -> tuple[str, int]:
        """The token and the seconds it lasts."""
        self.asked.append(force)
        now = self._clock()
        if force and not self._may_force(now):
            force = False
        if force and self.current:
            self._forced.append(now)
            self._ends.pop(self.current, None)
        if force or self.current is None or self._ends.get(self.current, 0) - now <= RENEWED_BEFORE:
            self.current = secrets.token_urlsafe(96)
            self._ends[self.current] = now + LASTS
        return self.current, int(self._ends[self.current] - now)

    def _may_force(self, now: float) -> bool:
        """Not within 30 s: then nothing is renewed; and not more than 20 times a day."""
        if self._forced and now - self._forced[-1] < FORCED_APART:
            return False
        if sum(now - at < 86400 for at in self._forced) >= FORCED_A_DAY:
            raise Refusal(45009)
        return True

    def check(self, token: str | None) -> None:
        """Refuse a call whose token is not good."""
        if not token:
            raise Refusal(41001)
        if token not in self._ends or token in self._spoilt:
            raise Refusal(40001)
        if self._ends[token] <= self._clock():
            raise Refusal(42001)

    def expire(self) -> None:
        """The token's time is over."""
        if self.current:
            self._ends[self.current] = self._clock()

    def replace(self) -> None:
        """Somebody else forced a new token: the one given out is refused."""
        if self.current:
            self._ends.pop(self.current)
            self.current = None

    def spoil(self) -> None:
        """The token is refused, although it is still the one given to whoever asks without forcing."""
        if self.current:
            self._spoilt.add(self.current)
