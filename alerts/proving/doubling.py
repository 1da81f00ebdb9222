"""What firings would have meant for people: messages, and which other rules say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store import Store
from store.alerting import Episode, Placement

GROUP_WAIT = timedelta(seconds=30)
STORED = 10_000

Place = Callable[[Episode, datetime], Sequence[Placement]]


@dataclass(frozen=True, slots=True)
class Double:
    """Another rule that fires at the same time: `firings` of ours overlap one of its, `share` of our minutes do."""

    rule_id: str
    firings: int
    share: float


def joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Stretches of time without their overlaps, in order."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def count_messages(episodes: Sequence[Episode], end: datetime, place: Place | None) -> tuple[int, int]:
    """New messages and edits: one message for what a group has open at a time, an edit for each that joins or ends."""
    groups: dict[str, list[Episode]] = {}
    for one in episodes:
        names = [each.group for each in place(one, one.fired_at)] if place is not None else [one.id]
        for name in names:
            groups.setdefault(name, []).append(one)
    messages = edits = 0
    for some in groups.values():
        told = [one for one in some if (one.resolved_at or end) - one.fired_at > GROUP_WAIT]
        notices = joined((one.fired_at, one.resolved_at or end) for one in told)
        messages += len(notices)
        edits += _edits(told, notices)
    return messages, edits


def _edits(told: Sequence[Episode], notices: Sequence[tuple[datetime, datetime]]) -> int:
    begun = {since for since, _ in notices}
    joins = {one.fired_at for one in told if one.fired_at not in begun}
    ends = {one.resolved_at for one in told if one.resolved_at is not None}
    return len(joins) + len(ends)


def find_doubles(
    store: Store, rule_id: str, episodes: Sequence[Episode], window: tuple[datetime, datetime]
) -> Iterator[Double]:
    """Rules whose stored firings overlap with ours in the same environment, most first."""
    start, end = window
    others: dict[str, list[Episode]] = {}
    for one in store.alerts.episodes(start=start, end=end, limit=STORED):
        if one.alert.rule_id != rule_id:
            others.setdefault(one.alert.rule_id, []).append(one)
    found = [_double(name, some, episodes, end) for name, some in sorted(others.items())]
    yield from sorted((one for one in found if one.firings), key=lambda one: (-one.share, one.rule_id))


def _double(name: str, theirs: Sequence[Episode], ours: Sequence[Episode], end: datetime) -> Double:
    places: Mapping[str | None, list[tuple[datetime, datetime]]] = {
        environment: joined(
            (one.fired_at, one.resolved_at or end) for one in theirs if one.alert.environment == environment
        )
        for environment in {one.alert.environment for one in theirs}
    }
    firings, shared, total = 0, timedelta(), timedelta()
    for one in ours:
        span = (one.fired_at, one.resolved_at or end)
        common = sum((_overlap(span, other) for other in places.get(one.alert.environment, ())), timedelta())
        firings += common > timedelta()
        shared += common
        total += span[1] - span[0]
    return Double(name, firings, shared / total if total else 0.0)


def _overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> timedelta:
    return max(timedelta(), min(one[1], other[1]) - max(one[0], other[0]))
