"""The time at the rehearsed WeChat."""

import time
from collections.abc import Callable
from datetime import datetime


class RehearsalClock:
    """Seconds since 1970. Goes as `base` goes, and can be turned."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._base() + self._ahead

    def set(self, moment: float | datetime) -> None:
        """Make it this moment; it goes on from there."""
        self._ahead = (moment.timestamp() if isinstance(moment, datetime) else moment) - self._base()

    def forward(self, seconds: float) -> None:
        """Turn it forward."""
        self._ahead += seconds
