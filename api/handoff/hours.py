"""When people sit at the desk."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RANGE = re.compile(
    r"^(?P<first>[A-Z][a-z]{2})(?:-(?P<last>[A-Z][a-z]{2}))?\s+"
    r"(?P<opens>\d{2}:\d{2})-(?P<closes>\d{2}:\d{2})(?:\s+(?P<zone>[A-Za-z_/+-]+))?$"
)


class HoursError(ValueError):
    """The setting cannot be read; the message says how it is written."""


@dataclass(frozen=True)
class Range:
    """From `opens` to before `closes` on every day from `first` to `last` (0 is Monday)."""

    first: int
    last: int
    opens: time
    closes: time

    def holds(self, weekday: int, moment: time) -> bool:
        days = self.first <= weekday <= self.last
        if self.first > self.last:
            days = weekday >= self.first or weekday <= self.last
        return days and self.opens <= moment < self.closes


@dataclass(frozen=True)
class DeskHours:
    """The desk's hours in its own time zone, with days off and make-up workdays."""

    ranges: tuple[Range, ...]
    zone: ZoneInfo
    closed: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, setting: str, closed: list[str] | None = None, extra: list[str] | None = None) -> "DeskHours":
        """Read `Mon-Fri 09:00-17:00 Asia/Shanghai; Sat 10:00-12:00`; raises HoursError."""
        try:
            matches = [RANGE.match(part.strip()) for part in setting.split(";")]
            read = [match.groupdict() for match in matches if match]
            if len(read) != len(matches):
                raise ValueError("range")
            zone = ZoneInfo(next((part["zone"] for part in read if part["zone"]), "Asia/Shanghai"))
            ranges = tuple(
                Range(
                    DAYS.index(part["first"]),
                    DAYS.index(part["last"] or part["first"]),
                    time.fromisoformat(part["opens"]),
                    time.fromisoformat(part["closes"]),
                )
                for part in read
            )
            return cls(ranges, zone, _dates(closed), _dates(extra))
        except (ValueError, KeyError, OSError) as error:
            raise HoursError(
                "WENLU_DESK_HOURS is written like `Mon-Fri 09:00-17:00 Asia/Shanghai`, its days off like `2026-10-01`."
            ) from error

    def open_at(self, moment: datetime) -> bool:
        """Whether somebody is there."""
        here = moment.astimezone(self.zone)
        if here.date() in self.closed:
            return False
        weekday = 0 if here.date() in self.extra else here.weekday()
        return any(part.holds(weekday, here.time()) for part in self.ranges)

    def text(self, language: str) -> str:
        """The hours with the days' names in a language, e.g. `lun.-ven. 09:00-17:00 (Asia/Shanghai)`."""
        try:
            names = Locale.parse(language).days["format"]["abbreviated"]
        except (UnknownLocaleError, ValueError):
            names = Locale.parse("en").days["format"]["abbreviated"]
        parts = []
        for part in self.ranges:
            days = names[part.first] if part.first == part.last else f"{names[part.first]}-{names[part.last]}"
            parts.append(f"{days} {part.opens:%H:%M}-{part.closes:%H:%M}")
        return f"{'; '.join(parts)} ({self.zone.key})"


def _dates(days: list[str] | None) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) for day in days or [])
