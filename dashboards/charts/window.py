"""The stretch of time that a page shows: read from its address, and how finely it is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from store.durations import parse_duration

RANGES = ("3h", "24h", "7d", "15d", "63d")
"""Ranges offered: a shift, a day, a week, all there is by the minute, all there is by five minutes."""
DEFAULT = "3h"
POINTS = 600
"""Most points a line is drawn with: more than the pixels of a phone, less than a second of work."""
ROWS = 96
"""Most rows of a table view; the CSV has every point."""
STEPS = (60, 300, 900, 1800, 3600, 10800, 21600, 86400)
LONGEST = timedelta(days=455)
SHORTEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Window:
    """[`start`, `end`) in epoch seconds, drawn every `step` seconds. `range` is its name; empty for fixed times."""

    start: int
    end: int
    step: int
    range: str

    @property
    def query(self) -> dict[str, str]:
        """The words of an address that lead to this window again."""
        if self.range:
            return {} if self.range == DEFAULT else {"range": self.range}
        return {"from": iso(self.start), "to": iso(self.end)}


def iso(seconds: int) -> str:
    """Epoch seconds as people can read them in an address: 2026-11-23T03:00Z."""
    when = datetime.fromtimestamp(seconds, UTC)
    return when.strftime("%Y-%m-%dT%H:%MZ" if when.second == 0 else "%Y-%m-%dT%H:%M:%SZ")


def window_of(arguments: Mapping[str, str], now: datetime, points: int = POINTS) -> Window:
    """Read `from` and `to` (ISO 8601, or epoch seconds) or `range` (3h, 7d); what cannot be read becomes three hours.

    A window is at least five minutes and at most 455 days long, as long as AWS keeps metrics, and never in the future.
    """
    present = int(now.timestamp())
    start, end = _moment(arguments.get("from", "")), _moment(arguments.get("to", ""))
    if start is not None:
        return _fixed(start, present if end is None else end, present, points)
    name = arguments.get("range", DEFAULT)
    try:
        length = parse_duration(name)
    except ValueError:
        name, length = DEFAULT, parse_duration(DEFAULT)
    seconds = int(min(max(length, SHORTEST), LONGEST).total_seconds())
    step = step_for(seconds, points)
    last = present // step * step
    return Window(last - math.ceil(seconds / step) * step, last, step, name)


def _fixed(start: int, end: int, present: int, points: int) -> Window:
    shortest = int(SHORTEST.total_seconds())
    end = min(max(end, shortest), present)
    start = max(min(start, end - shortest), end - int(LONGEST.total_seconds()), 0)
    step = step_for(end - start, points)
    return Window(start // step * step, math.ceil(end / step) * step, step, "")


def step_for(seconds: int, points: int = POINTS) -> int:
    """The finest step with which a stretch has no more than `points` points."""
    return next((step for step in STEPS if seconds / step <= points), STEPS[-1])


def _moment(text: str) -> int | None:
    try:
        if text.isdecimal():
            seconds = int(text)
        else:
            when = datetime.fromisoformat(text)
            seconds = int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < 2**33 else None
