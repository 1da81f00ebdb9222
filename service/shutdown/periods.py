"""Running periods as people write them: `mon-fri 09:00-20:00`, `sat 10:00-02:00`, `1 09:00-12:00`, always, never."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_HOUR = 60
DAY = 24 * _HOUR
"""Minutes of a day on the wall clock."""

_LONGEST_MONTH = 31

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST = 3
"""Letters of a weekday that tell it from the others."""
_GROUPS = {"daily": range(7), "weekdays": range(5), "weekends": (5, 6)}
_FORM = "write days and times such as mon-fri 09:00-20:00, sat 10:00-02:00, 1 09:00-12:00, always or never"
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """One running period of a schedule. It belongs to the day on which it begins, also when it goes over midnight.

    `weekdays` counts from Monday, 0; `days` are days of the month, where 0 is its last. Exactly one of the two is
    given. `begin` and `end` are minutes after that day's midnight on the wall clock; beyond 1440 it is tomorrow.
    """

    text: str
    weekdays: frozenset[int]
    days: frozenset[int]
    begin: int
    end: int

    def on(self, day: date) -> bool:
        """Whether one begins on this day."""
        if self.weekdays:
            return day.weekday() in self.weekdays
        return day.day in self.days or (0 in self.days and day.day == monthrange(day.year, day.month)[1])


def parse_periods(texts: Sequence[str]) -> tuple[Period, ...]:
    """Read the periods of a schedule; `never` is none at all.

    Raises:
        ValueError: a text is no period; the message has it and shows the form.
    """
    read = [_parse(" ".join(text.lower().split())) for text in texts]
    if len(read) > 1 and None in read:
        raise ValueError("`never` stands alone: leave it out, or leave out the other periods")
    return tuple(period for period in read if period is not None)


def _parse(text: str) -> Period | None:
    if text == "never":
        return None
    if text == "always":
        return Period(text, frozenset(range(7)), frozenset(), 0, DAY)
    times = _TIMES.search(text)
    if times is None or times.end() != len(text):
        raise ValueError(f"{text!r} is no running period: {_FORM}")
    begin, end = _minutes(text, times[1], times[2]), _minutes(text, times[3], times[4])
    if begin == DAY:
        raise ValueError(f"{text!r}: a period cannot begin at 24:00; begin it on the next day at 00:00")
    if begin == end:
        raise ValueError(f"{text!r} is empty: write a whole day as 00:00-24:00")
    weekdays, days = _days(text, text[: times.start()].strip() or "daily")
    return Period(text, weekdays, days, begin, end if end > begin else end + DAY)


def _minutes(text: str, hour: str, minute: str) -> int:
    minutes = int(hour) * _HOUR + int(minute)
    if int(minute) >= _HOUR or minutes > DAY:
        raise ValueError(f"{text!r}: there is no {hour}:{minute}; times go from 00:00 to 24:00")
    return minutes


def _days(text: str, written: str) -> tuple[frozenset[int], frozenset[int]]:
    weekdays: set[int] = set()
    days: set[int] = set()
    for part in re.split(r"\s*,\s*", written):
        first, _, last = (side.strip() for side in part.partition("-"))
        if part in _GROUPS:
            weekdays.update(_GROUPS[part])
        elif part == "last":
            days.add(0)
        elif first.isdecimal():
            days.update(_days_of_month(text, first, last or first))
        else:
            weekdays.update(_weekdays(text, first, last or first))
    if weekdays and days:
        raise ValueError(f"{text!r} mixes weekdays and days of the month: write two periods")
    return frozenset(weekdays), frozenset(days)


def _days_of_month(text: str, first: str, last: str) -> range:
    if not last.isdecimal() or not 1 <= int(first) <= int(last) <= _LONGEST_MONTH:
        raise ValueError(f"{text!r}: {first}-{last} are no days of a month: they go from 1 to 31, or `last`")
    return range(int(first), int(last) + 1)


def _weekdays(text: str, first: str, last: str) -> list[int]:
    """The weekdays from one to the other, over the end of the week too: sat-mon."""
    start, end = (_weekday(text, name) for name in (first, last))
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _weekday(text: str, name: str) -> int:
    found = [number for number, known in enumerate(_WEEKDAYS) if len(name) >= _SHORTEST and known.startswith(name)]
    if not found:
        raise ValueError(f"{text!r}: {name!r} is no day: {_FORM}")
    return found[0]
