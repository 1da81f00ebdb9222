"""What to ask CloudWatch for, now: pure functions of series, cursors and the time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.cap import Level, Rhythm
from collectors.config import Metrics
from collectors.metrics.queries import MAX_POINTS, MAX_QUERIES, kept_regions, query_count
from collectors.series import Wanted
from store.messages import Message
from store.vocabulary import Cursor, Gap

CHUNK = 1440
"""Points of one series in one request at most: a day of minutes is long enough to be cheap, and shows progress."""
SETTLED = 180
"""Seconds after which silence counts as an answer: CloudWatch publishes most points within two or three minutes."""
FORGOTTEN = Message("CloudWatch no longer has it at a step that fits")
_TICK = 60


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back collecting reaches, in seconds: late re-reading, the first start, the backfill behind it."""

    reread: int
    first: int
    backfill: int

    @classmethod
    def of(cls, settings: Metrics) -> Reach:
        """The reach that the configuration asks for."""
        lengths = (settings.reread, settings.first, settings.backfill)
        return cls(*(int(length.total_seconds()) for length in lengths))


@dataclass(frozen=True, slots=True)
class Reading:
    """One series in one request, and what its cursor becomes when it is answered.

    The answer extends what was collected by [`claim`, `end`), or downwards to `claim` for a backfill. `fresh` begins
    a cursor whose backfill goes down to `backfill_to`. `interval` is the series' poll interval, `next_due` when it
    is due after an answer. `gap` is what lies in the claim and cannot be had any more.
    """

    wanted: Wanted
    claim: int
    end: int
    interval: int
    next_due: int
    fresh: bool = False
    backfill_to: int = 0
    gap: Gap | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One GetMetricData request: [`start`, `end`) in epoch seconds, points of `step` seconds."""

    start: int
    end: int
    step: int
    readings: tuple[Reading, ...]

    @property
    def wanted(self) -> list[Wanted]:
        """The series asked for."""
        return [reading.wanted for reading in self.readings]

    @property
    def points(self) -> int:
        """The most points that the answer can have, unseen inputs included."""
        return query_count(self.wanted) * ((self.end - self.start) // self.step)


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests of one round; `ahead` counts series whose last reading is ahead of the clock."""

    requests: tuple[Request, ...]
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a whole round of collecting."""

    reach: Reach
    rhythm: Rhythm
    level: Level = Level.FULL


@dataclass(frozen=True, slots=True)
class _Ask:
    start: int
    step: int
    reading: Reading


def plan(wanted: Sequence[Wanted], cursors: Mapping[str, Cursor], now: int, terms: Terms) -> Plan:
    """The requests for every series that is due: from its cursor to the last whole period, late points again.

    A series that lags by more than a chunk is due again at once, after an answer. Nothing lies in the future; where
    the clock went back behind what was collected, nothing is asked twice.
    """
    slots = -(-query_count(wanted) // MAX_QUERIES)
    asks: list[_Ask] = []
    ahead = 0
    for one in wanted:
        cursor = cursors.get(one.id)
        if cursor and now < max(cursor.last_success, cursor.collected_to):
            ahead += 1
            continue
        interval = terms.rhythm.interval(one, terms.level, hot=bool(cursor and cursor.hot_until > now))
        if interval is None or (cursor and not _is_due(cursor, now, interval)):
            continue
        turn = _Turn(now, interval, next_poll(one.together, now, interval, slots), terms.reach)
        ask = _follow(one, cursor, turn) if cursor else _begin(one, turn)
        if ask:
            asks.append(ask)
    return Plan(tuple(_packed(asks)), ahead)


def plan_backfill(wanted: Iterable[Wanted], cursors: Mapping[str, Cursor], now: int) -> tuple[Request, ...]:
    """The next chunk of every series whose backfill is not done, newest first."""
    asks: list[_Ask] = []
    for one in wanted:
        cursor = cursors.get(one.id)
        if cursor and cursor.backfill_to < cursor.collected_from <= now:
            ask = _reach_back(one, cursor, now)
            if ask:
                asks.append(ask)
    return tuple(sorted(_packed(asks), key=lambda request: -request.end))


def backfill_progress(wanted: Iterable[Wanted], cursors: Mapping[str, Cursor]) -> float:
    """The part of the backfill that is done, 0 to 1, weighed by time."""
    done = total = 0
    for one in wanted:
        cursor = cursors.get(one.id)
        if cursor:
            total += max(0, cursor.collected_to - cursor.backfill_to)
            done += max(0, cursor.collected_to - max(cursor.collected_from, cursor.backfill_to))
    return done / total if total else 1.0


def next_poll(together: str, now: int, interval: int, slots: int) -> int:
    """The next instant after `now` of a series' own beat, so that many series do not all come in one minute.

    Series of one request share a beat. `slots` is how many requests there are to spread over the interval.
    """
    slot = zlib.crc32(together.encode()) % max(1, min(slots, interval // _TICK))
    phase = slot * _TICK % interval
    return now - (now - phase) % interval + interval


@dataclass(frozen=True, slots=True)
class _Turn:
    now: int
    interval: int
    next_due: int
    reach: Reach


def _is_due(cursor: Cursor, now: int, interval: int) -> bool:
    # A time further away than one interval was set under a longer one (before a promotion, by an older configuration).
    return now >= cursor.next_due or cursor.next_due - now > interval


def _begin(one: Wanted, turn: _Turn) -> _Ask:
    """The first reading of a series; the step is its own, for the first start reaches back three days at most."""
    period = one.series.period
    end = _floor(turn.now, period)
    start = _floor(end - max(turn.reach.first, one.late + 2 * period), period)
    backfill_to = min(start, _floor(turn.now - turn.reach.backfill, period))
    reading = Reading(one, start, end, turn.interval, turn.next_due, fresh=True, backfill_to=backfill_to)
    return _Ask(start, period, reading)


def _follow(one: Wanted, cursor: Cursor, turn: _Turn) -> _Ask | None:
    """The reading that follows what was collected, at the finest step that CloudWatch still keeps."""
    period, now = one.series.period, turn.now
    regions = kept_regions(period, now)
    begin = max(cursor.collected_to, regions[-1].since)
    place = next(index for index, region in enumerate(regions) if begin >= region.since)
    # Between the last fine point and the first coarse one lie some minutes that are lost.
    begin = _ceil(begin, regions[place].step)
    if place and begin >= regions[place - 1].since:
        place -= 1
    step, until = regions[place].step, regions[place - 1].since if place else now
    end = min(_floor(until, step), begin + CHUNK * step)
    start = begin
    if step == period and begin == cursor.collected_to:
        again = begin - _ceil(max(turn.reach.reread, one.late), period)
        start = max(again, min(cursor.collected_from, begin), regions[place].since)
    if end <= start:
        return None
    gap = Gap(cursor.collected_to, begin, FORGOTTEN) if begin > cursor.collected_to else None
    next_due = turn.next_due if end >= _floor(now, period) else now
    return _Ask(start, step, Reading(one, cursor.collected_to, end, turn.interval, next_due, gap=gap))


def _reach_back(one: Wanted, cursor: Cursor, now: int) -> _Ask | None:
    """The reading that ends where what was collected begins."""
    claimed = cursor.collected_from
    regions = kept_regions(one.series.period, now)
    region = next((region for region in regions if claimed > region.since), None)
    if region is None:
        return None
    end = _floor(claimed, region.step)
    start = max(end - CHUNK * region.step, _floor(cursor.backfill_to, region.step), region.since)
    gap = Gap(end, claimed, FORGOTTEN) if end < claimed else None
    return _Ask(start, region.step, Reading(one, start, end, 0, 0, gap=gap))


def _floor(time: int, step: int) -> int:
    return time - time % step


def _ceil(time: int, step: int) -> int:
    return time + -time % step


def _packed(asks: Iterable[_Ask]) -> list[Request]:
    """Requests within CloudWatch's limits; what belongs together and has the same window stays together."""
    groups: dict[tuple[int, int, int, str], list[_Ask]] = {}
    for ask in asks:
        groups.setdefault((ask.step, ask.reading.end, ask.start, ask.reading.wanted.together), []).append(ask)
    requests: list[Request] = []
    held: list[_Ask] = []
    count = 0
    for key in sorted(groups):
        group = groups[key]
        size = query_count(ask.reading.wanted for ask in group)
        if held and not _fits(held[0], key, count + size):
            requests.append(_request(held))
            held, count = [], 0
        held.extend(group)
        count += size
    if held:
        requests.append(_request(held))
    return requests


def _fits(first: _Ask, key: tuple[int, int, int, str], count: int) -> bool:
    # Sorted by start within step and end: the first one's window is the request's.
    same_window = (first.step, first.reading.end) == key[:2]
    return same_window and count <= MAX_QUERIES and count * ((key[1] - first.start) // first.step) <= MAX_POINTS


def _request(asks: Sequence[_Ask]) -> Request:
    first = asks[0]
    return Request(first.start, first.reading.end, first.step, tuple(ask.reading for ask in asks))
