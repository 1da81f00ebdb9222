"""A schedule as intervals of UTC: wall-clock times become instants once, so nothing flaps in a doubled hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.shutdown.holidays import Holidays
from service.shutdown.periods import DAY, Period

HORIZON = 400
"""Days that are looked ahead for the next change: over a year, so that a day of the month or a holiday list is met."""

_MIDNIGHT = datetime.min.time()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which it runs; `end` is None when it does not end within the horizon."""

    start: datetime
    end: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instant lies: in a span or between two, and when that changes (None: not within the horizon)."""

    running: bool
    until: datetime | None
    text: str = ""


@dataclass(frozen=True)
class Timetable:
    """When an environment is meant to run."""

    name: str
    zone: ZoneInfo
    periods: tuple[Period, ...]
    holidays: Holidays = field(default_factory=Holidays)

    def place(self, at: datetime) -> Place:
        """Where an instant lies. Begins belong to a span, ends do not."""
        for span in self.spans(at, at + timedelta(days=HORIZON)):
            if span.start > at:
                return Place(running=False, until=span.start, text=span.text)
            return Place(running=True, until=span.end, text=span.text)
        return Place(running=False, until=None)

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The spans that touch [start, end), in order; those that meet or overlap are one.

        Each has its true end, None where it goes on past the day after `end`. The first one's begin is true up to two
        days before `start`.
        """
        first, last = self._day(start) - timedelta(days=2), self._day(end) + timedelta(days=1)
        known_to = instant(last + timedelta(days=1), 0, self.zone, end=False)
        for begin, until, text in self._merged(first, last, start):
            if begin >= end:
                return
            if until > start:
                yield Span(begin, until if until < known_to else None, text)

    def _merged(self, first: date, last: date, start: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """The intervals, those that meet made one; it is called as the first part of it that ends after `start`."""
        current: tuple[datetime, datetime, str] | None = None
        for begin, until, text in self._intervals(first, last):
            if current is None or begin > current[1]:
                if current is not None:
                    yield current
                current = begin, until, text
            else:
                named = current[2] if current[1] > start else text
                current = current[0], max(current[1], until), named
        if current is not None:
            yield current

    def holiday(self, at: datetime) -> str | None:
        """The holiday that an instant lies in on which something would have run, None otherwise."""
        day = self._day(at)
        return self.holidays.name(day) if any(period.on(day) for period in self.periods) else None

    def vanished(self, start: datetime, end: datetime) -> list[tuple[date, str]]:
        """The periods of these days that the change of the clocks leaves nothing of."""
        days = _days(self._day(start), self._day(end))
        return [(day, one.text) for day in days for one in self._of(day) if _empty(*self._edges(day, one))]

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _intervals(self, first: date, last: date) -> Iterator[tuple[datetime, datetime, str]]:
        for day in _days(first, last):
            edges = sorted((*self._edges(day, period), period.text) for period in self._of(day))
            yield from (edge for edge in edges if not _empty(edge[0], edge[1]))

    def _of(self, day: date) -> list[Period]:
        if self.holidays.name(day) is not None:
            return []
        return [period for period in self.periods if period.on(day)]

    def _edges(self, day: date, period: Period) -> tuple[datetime, datetime]:
        return instant(day, period.begin, self.zone, end=False), instant(day, period.end, self.zone, end=True)


def instant(day: date, minutes: int, zone: ZoneInfo, *, end: bool) -> datetime:
    """The instant, in UTC, of a wall-clock time so many minutes after a day's midnight.

    A time that the clocks skip is the first instant after the gap. Of one that comes twice a begin is the first and
    an end the second, so a period loses nothing.
    """
    local = datetime.combine(day + timedelta(days=minutes // DAY), _MIDNIGHT) + timedelta(minutes=minutes % DAY)
    found = local.replace(tzinfo=zone, fold=int(end)).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # PEP 495: in a gap, fold 1 reads the time with the offset that holds after it, which lies before the change.
    before, after = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    return _change(before, after, zone)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second between two instants at which the offset of `after` holds."""
    offset = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return datetime.fromtimestamp(low, UTC)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _empty(begin: datetime, end: datetime) -> bool:
    return begin >= end
