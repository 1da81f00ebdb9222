"""Which firings a page lists: read from its address, so that the address can be shared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboards.asking import EPISODE
from store.alerting import Severity
from store.alerting.overview import Wanted

_NAME = 100
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose. `given` are the words of the address that were understood; `after` begins a page."""

    wanted: Wanted
    given: Mapping[str, str]
    after: tuple[datetime, str] | None = None

    @property
    def place(self) -> Wanted:
        """The choice without its times and its rule: for what fires now."""
        chosen = self.wanted
        return Wanted(chosen.environment, chosen.component, chosen.rule_id, chosen.severity)

    def address(self, path: str, **changes: str) -> str:
        """The address with these words; an empty one is left out."""
        words = {name: value for name, value in {**self.given, **changes}.items() if value}
        return f"{path}?{urlencode(words)}" if words else path


def read_filters(arguments: Mapping[str, str], zone: ZoneInfo) -> Filters:
    """Read `env`, `component`, `rule`, `severity`, `from`, `to` and `after`; what cannot be read is left out.

    `from` and `to` are ISO 8601, epoch seconds, or dates: whole days in the reader's zone, the last one included.
    """
    names = {each: _name(arguments.get(each, "")) for each in ("env", "component", "rule")}
    severity = next((each for each in Severity if each.value == arguments.get("severity")), None)
    start = _moment(arguments.get("from", ""), zone)
    end = _moment(arguments.get("to", ""), zone, after=timedelta(days=1))
    given = {**names, "severity": severity.value if severity else ""}
    given |= {"from": arguments.get("from", "") if start else "", "to": arguments.get("to", "") if end else ""}
    wanted = Wanted(names["env"] or None, names["component"] or None, names["rule"] or None, severity, start, end)
    return Filters(
        wanted, {name: value for name, value in given.items() if value}, read_cursor(arguments.get("after", ""))
    )


def cursor_of(fired_at: datetime, name: str) -> str:
    """Where the next page begins: after the firing that began then and has this id."""
    return f"{(fired_at - _EPOCH) // timedelta(microseconds=1)}-{name}"


def day_of(text: str, zone: ZoneInfo) -> str:
    """A time of the address as the day that a form shows."""
    when = None if _DATE.fullmatch(text) else _moment(text, zone)
    return f"{when.astimezone(zone):%Y-%m-%d}" if when else text if _DATE.fullmatch(text) else ""


def _name(text: str) -> str:
    return text if len(text) <= _NAME and text.isprintable() else ""


def _moment(text: str, zone: ZoneInfo, after: timedelta = timedelta(0)) -> datetime | None:
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text) + after
            when = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        elif text.isdecimal() and len(text) <= len("9999999999"):
            when = datetime.fromtimestamp(int(text), UTC)
        else:
            when = datetime.fromisoformat(text)
            when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when if _EARLIEST <= when <= _LATEST else None


def read_cursor(text: str) -> tuple[datetime, str] | None:
    """Read what `cursor_of` wrote; None where it is something else."""
    count, _, name = text.partition("-")
    if not (
        count.isascii() and count.isdecimal() and len(count) <= len("9999999999999999") and EPISODE.fullmatch(name)
    ):
        return None
    at = _EPOCH + timedelta(microseconds=int(count))
    return (at, name) if _EARLIEST <= at <= _LATEST else None
