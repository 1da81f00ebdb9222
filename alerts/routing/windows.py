"""Times of the week in a zone, over midnight and through changes of the clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_FARTHEST = 8
"""Windows that follow on one another are joined up to so many."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """From `start` to `end` by the clock on the wall in `zone`, on the days (0 is Monday) on which it begins.

    An `end` that is not after `start` lies on the next day. An hour that the clock skips or repeats belongs wholly to
    the window: it begins with the first of two equal times and ends with the last.
    """

    start: time
    end: time
    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(7))

    def until(self, now: datetime) -> datetime | None:
        """When the window that `now` lies in ends (UTC); None outside of it. Windows that touch count as one."""
        end = self._ends(now)
        for _ in range(_FARTHEST):
            if end is None or (later := self._ends(end)) is None:
                break
            end = later
        return end

    def _ends(self, now: datetime) -> datetime | None:
        today = now.astimezone(self.zone).date()
        around = (today - _DAY, today)
        spans = (self._span(day) for day in around if day.weekday() in self.days)
        return max((end for start, end in spans if start <= now < end), default=None)

    def _span(self, day: date) -> tuple[datetime, datetime]:
        last = day if self.end > self.start else day + _DAY
        begins = datetime.combine(day, self.start, self.zone)
        ends = datetime.combine(last, self.end, self.zone)
        return min(_both(begins)), max(_both(ends))


def _both(wall: datetime) -> tuple[datetime, datetime]:
    """The two moments that a time on the wall may mean where the clock is changed; else the same twice."""
    return wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC)


def parse_clock(value: object) -> time:
    """Read a time of day such as `22:00`, also where YAML has made 1320 of it; `24:00` is midnight.

    Raises:
        ValueError: it is none; the message shows the form.
    """
    if isinstance(value, time):
        return value
    text = f"{value // 60}:{value % 60:02}" if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str):
        hours, colon, minutes = text.strip().partition(":")
        fits = colon and hours.isdecimal() and minutes.isdecimal() and len(hours) <= 2 and len(minutes) == 2  # noqa: PLR2004  HH:MM
        if fits and (at := int(hours) * 60 + int(minutes)) <= 24 * 60 and int(minutes) < 60:  # noqa: PLR2004  minutes
            return time(at // 60 % 24, at % 60)
    raise ValueError(f'{str(value)[:40]!r} is no time of day: write "22:00"')


def parse_days(days: Iterable[str]) -> frozenset[int]:
    """The numbers of weekdays written as `mon` or `Monday`; 0 is Monday.

    Raises:
        ValueError: one is no weekday.
    """
    numbers = set()
    for day in days:
        short = day.strip().lower()[:3]
        if short not in DAYS:
            raise ValueError(f"{day[:40]!r} is no day: write {', '.join(DAYS)}")
        numbers.add(DAYS.index(short))
    return frozenset(numbers)
