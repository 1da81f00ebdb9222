"""A week of an environment as a strip: what is planned, what somebody asked for, and what was observed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from dashboards.language import Language, _
from store.power import Condition, EnvironmentPower, Planned, Power, PowerSpan

WIDTH = 1000
"""Units across a day, however long it is: a night with a change of the clocks has 23 or 25 hours."""
_DAYS = 7
_MIDNIGHT = time()
_CLASSES = {
    Condition.RUNNING: "on",
    Condition.STOPPED: "off",
    Condition.UNKNOWN: "dark",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch within a day: where it begins and how wide it is, of `WIDTH`, and the class it is drawn with."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the strip. `now` is where the present lies, None on other days; `words` say the plan."""

    title: str
    today: bool
    planned: Sequence[Part]
    actual: Sequence[Part]
    words: str
    now: int | None


def week_of(state: EnvironmentPower, spans: Sequence[PowerSpan], now: datetime, language: Language) -> list[Day]:
    """The seven days from Monday of this week, in the zone of the schedule."""
    zone = ZoneInfo(state.timezone)
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).date()
    return [_day(state, spans, monday + timedelta(days=number), now, language) for number in range(_DAYS)]


def start_of_week(zone: ZoneInfo, now: datetime) -> datetime:
    """Monday at midnight of this week."""
    local = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local - timedelta(days=local.weekday())).astimezone(UTC)


def _day(state: EnvironmentPower, spans: Sequence[PowerSpan], day: date, now: datetime, language: Language) -> Day:
    zone = ZoneInfo(state.timezone)
    start, end = (datetime.combine(one, _MIDNIGHT, zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
    here = start <= now < end
    planned = [_part(one.start, one.end, start, end, _kind(one)) for one in state.planned]
    actual = [
        _part(one.start, one.end or now, start, end, _CLASSES.get(one.condition, "half"))
        for one in spans
        if one.start < now
    ]
    return Day(
        title=_weekday(start.astimezone(zone), language),
        today=here,
        planned=[one for one in planned if one is not None],
        actual=[one for one in actual if one is not None],
        words=_words(state.planned, start, end, zone),
        now=round((now - start) / (end - start) * WIDTH) if here else None,
    )


def _weekday(when: datetime, language: Language) -> str:
    return format_date(when.date(), "EEE d", locale=language.code)


def _kind(one: Planned) -> str:
    kind = "on" if one.power is Power.RUNNING else "off"
    return f"{kind} asked" if one.overridden else kind


def _part(begin: datetime, until: datetime | None, start: datetime, end: datetime, kind: str) -> Part | None:
    first, last = max(begin, start), min(until or end, end)
    if first >= last:
        return None
    x = round((first - start) / (end - start) * WIDTH)
    return Part(x, max(round((last - start) / (end - start) * WIDTH) - x, 2), kind)


def _words(planned: Iterable[Planned], start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """When it is on that day, in words: for who does not see the strip."""
    runs = [
        (max(one.start, start), min(one.end or end, end))
        for one in planned
        if one.power is Power.RUNNING and one.start < end and (one.end or end) > start
    ]
    if not runs:
        return _("asleep all day")
    if runs == [(start, end)]:
        return _("on all day")
    merged: list[tuple[datetime, datetime]] = []
    for begin, until in runs:
        if merged and merged[-1][1] == begin:
            merged[-1] = merged[-1][0], until
        else:
            merged.append((begin, until))
    return ", ".join(f"{_clock(begin, zone)}\N{EN DASH}{_clock(until, zone, end)}" for begin, until in merged)


def _clock(when: datetime, zone: ZoneInfo, end: datetime | None = None) -> str:
    return "24:00" if when == end else f"{when.astimezone(zone):%H:%M}"
