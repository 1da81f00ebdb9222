"""Readings as they were: the store's history seen from one slot after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from alerts.engine.windows import Windows
from alerts.proving.memory import Story
from alerts.rules.base import Need
from store import Store
from store.alerting import Alert, BudgetReading
from store.stack import Stack
from store.vocabulary import Event, HealthObservation, HealthState, HealthTransition, Series, Status

BEFORE = timedelta(days=8)
"""How long before the start events, budgets and checks are read: what a rule looks back on."""
EVENTS = 20_000
ROWS = 10_000


@dataclass(slots=True)
class Past(Story):
    """A story out of the store: points are read a stretch at a time, the rest at the beginning."""

    windows: Windows = field(default_factory=lambda: Windows(lambda _ids, _start, _end: {}))
    reach: Mapping[str, int] = field(default_factory=dict)
    changes: Sequence[HealthTransition] = ()
    _checks: dict[str, HealthState] = field(default_factory=dict)
    _place: int = 0

    def load(self, needs: Iterable[Need]) -> None:
        """Read the points of the next stretch; those of the one before are let go."""
        self.windows.load(needs)

    def points(self, series_id: str, start: int, end: int) -> Sequence[tuple[int, float]]:
        """The points of a series in [start, end), as far as they had been collected."""
        return self.windows.points(series_id, start, min(end, self.reached) if end > self.reached else end)

    def collected_to(self, series_id: str) -> int | None:
        """How far a series is collected: in the past up to the slot, unless it ends before it."""
        return min(self.reach.get(series_id, self.reached), self.reached)

    def move_to(self, now: datetime, reached: int) -> None:
        """Go on to the next slot."""
        self.now, self.reached = now, reached
        while self._place < len(self.changes) and self.changes[self._place].at <= now:
            change = self.changes[self._place]
            self._checks[change.check_id] = _state(change)
            self._place += 1

    def health(self) -> Sequence[HealthState]:
        """The checks as they stood: history has their changes, so each is as fresh as the slot."""
        return [_fresh(one, self.now) for one in self._checks.values()]


def past_of(  # noqa: PLR0913, PLR0917  what a past is made of
    store: Store,
    stack: Stack,
    live: Callable[[str], Sequence[Alert]],
    start: datetime,
    end: datetime,
    queries: Iterable[str] = (),
) -> Past:
    """The history of a store in [start, end)."""
    first = start - BEFORE
    cursors = store.cursors.get()
    return Past(
        stack,
        start,
        live,
        known=_series(store, start),
        happened=_events(store, first, end),
        budget_readings=_budgets(store),
        cost_anomalies=store.anomalies.find(start=first.date(), end=end.date() + timedelta(days=1), limit=ROWS),
        query_rows=[one for query in queries for one in store.rows.newest(query, ROWS)],
        windows=Windows(store.samples.read),
        reach={name: cursor.collected_to for name, cursor in cursors.items()},
        changes=store.health.transitions(first, end),
    )


def _series(store: Store, start: datetime) -> list[Series]:
    """The series that were open at some time in the stretch, as if they still were."""
    found = store.series.find(include_closed=True)
    return [replace(one, closed_at=None) for one in found if one.closed_at is None or one.closed_at > start]


def _events(store: Store, start: datetime, end: datetime) -> list[Event]:
    return store.events.between(start, end, limit=EVENTS)


def _budgets(store: Store) -> list[BudgetReading]:
    names = {one.budget for one in store.budgets.newest()}
    return [one for name in sorted(names) for one in store.budgets.history(name, ROWS)]


def _state(change: HealthTransition) -> HealthState:
    seen = HealthObservation(
        change.check_id,
        change.check_id.partition(":")[0],
        change.title or change.check_id,
        Status(change.after),
        change.reason,
        change.at,
        change.environment,
        change.component,
    )
    return HealthState(seen, change.at)


def _fresh(state: HealthState, now: datetime) -> HealthState:
    """As many observations as there are minutes since it changed: history has no others."""
    minutes = int((now - state.since) / timedelta(minutes=1))
    return HealthState(replace(state.latest, observed_at=now.astimezone(UTC)), state.since, 1 + minutes)
