"""Times as people write them in an address or on the command line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from dashboards.errors import BadParameter
from store.durations import parse_duration

_EPOCH = re.compile(r"\d{1,16}(\.\d+)?")
# In an address a plus that was not escaped arrives as a space.
_LOST_PLUS = re.compile(r"(?<=:\d\d) (?=\d\d:?\d\d$)")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_time(text: str, now: datetime, parameter: str) -> datetime:
    """Read `2026-11-23T03:00:00+09:00`, `2026-11-23` (UTC), `1795402800` (epoch seconds), `now` or `-3h`.

    Raises:
        BadParameter: it is none of these or lies outside of 2000 to 2100; the message names `parameter`.
    """
    try:
        when = _parse(text.strip(), now)
    except (ValueError, OverflowError, OSError):
        forms = "ISO 8601 (2026-11-23T03:00:00Z), epoch seconds, now, or an age such as -3h or -1d12h"
        raise BadParameter(parameter, f"{text!r} is no time: write {forms}") from None
    if not EARLIEST <= when <= LATEST:
        raise BadParameter(parameter, f"{text!r} lies outside of the years 2000 to 2100; epoch times are in seconds")
    return when


def _parse(text: str, now: datetime) -> datetime:
    if text == "now":
        return now
    if text.startswith("-"):
        return now - parse_duration(text[1:])
    if _EPOCH.fullmatch(text):
        # Beyond the year 9999 there is no datetime; a number that large is far outside of what is accepted anyway.
        return datetime.fromtimestamp(min(float(text), LATEST.timestamp() + 1), UTC)
    when = datetime.fromisoformat(_LOST_PLUS.sub("+", text))
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def parse_day(text: str, parameter: str) -> date:
    """Read a UTC day such as 2026-11-24.

    Raises:
        BadParameter: it is none or lies outside of 2000 to 2100; the message names `parameter`.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise BadParameter(parameter, f"{text[:60]!r} is no day: write one such as 2026-11-24") from None
    if not EARLIEST.date() <= day <= LATEST.date():
        raise BadParameter(parameter, f"{text!r} lies outside of the years 2000 to 2100")
    return day


def in_order(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The two times, if the first lies before the second.

    Raises:
        BadParameter: it does not.
    """
    if start >= end:
        raise BadParameter("from", f"{start:%Y-%m-%dT%H:%M:%SZ} does not lie before `to`, {end:%Y-%m-%dT%H:%M:%SZ}")
    return start, end
