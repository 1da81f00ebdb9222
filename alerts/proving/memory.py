"""Readings that stand in a file: a story told slot by slot. `now` moves on, and what lies ahead of it is not seen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.engine.readings import has_dimensions, is_of_kind
from store.alerting import Alert, BudgetReading, QueryRows
from store.money import CostAnomaly
from store.power import EnvironmentPower
from store.stack import Stack
from store.vocabulary import Event, HealthState, Job, Resource, Series


@dataclass(slots=True)
class Story:
    """`alerts.rules.base.Readings` from memory. `samples` are sorted points by series id."""

    stack: Stack
    now: datetime
    live: Callable[[str], Sequence[Alert]]
    known: Sequence[Series] = ()
    samples: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    states: Sequence[HealthState] = ()
    happened: Sequence[Event] = ()
    budget_readings: Sequence[BudgetReading] = ()
    cost_anomalies: Sequence[CostAnomaly] = ()
    query_rows: Sequence[QueryRows] = ()
    reached: int = 0
    _times: dict[str, list[int]] = field(default_factory=dict)

    def series(  # noqa: PLR0913, PLR0917  the protocol's
        self,
        namespace: str,
        metric: str,
        stat: str,
        dimensions: Mapping[str, str],
        environments: Sequence[str],
        components: Sequence[str],
    ) -> Sequence[Series]:
        """The series of a metric and statistic."""
        return [
            one
            for one in self.known
            if (one.key.namespace, one.key.metric, one.key.stat) == (namespace, metric, stat)
            and (not environments or one.environment in environments)
            and (not components or one.component in components)
            and has_dimensions(one, dimensions)
        ]

    def points(self, series_id: str, start: int, end: int) -> Sequence[tuple[int, float]]:
        """The points of a series in [start, end), as far as they are collected."""
        points = self.samples.get(series_id, ())
        if series_id not in self._times:
            self._times[series_id] = [time for time, _ in points]
        times = self._times[series_id]
        return points[bisect_left(times, start) : bisect_left(times, min(end, self.reached))]

    def collected_to(self, _series_id: str) -> int | None:
        """How far a series is collected: all as far as the story is told."""
        return self.reached

    def health(self) -> Sequence[HealthState]:
        """The latest state of each health check."""
        return self.states

    def jobs(self) -> Sequence[Job]:
        """No job is part of a story."""
        return ()

    def resources(self) -> Sequence[Resource]:
        """No resource is part of a story."""
        return ()

    def events(self, kinds: Sequence[str], since: datetime) -> Sequence[Event]:
        """Events of these kinds since a moment, newest first."""
        seen = [one for one in self.happened if since <= one.at <= self.now and is_of_kind(one.kind, kinds)]
        return sorted(seen, key=lambda one: one.at, reverse=True)

    def budgets(self) -> Sequence[BudgetReading]:
        """The newest reading of each budget's newest period, and the last of the period before."""
        last: dict[tuple[str, datetime], BudgetReading] = {}
        for one in sorted(self.budget_readings, key=lambda each: each.read_at):
            if one.read_at <= self.now:
                last[one.budget, one.start] = one
        newest = sorted(last.values(), key=lambda each: each.start, reverse=True)
        counted: dict[str, int] = {}
        found = []
        for one in newest:
            counted[one.budget] = counted.get(one.budget, 0) + 1
            if counted[one.budget] <= 2:  # noqa: PLR2004  this period and the one before
                found.append(one)
        return found

    def anomalies(self) -> Sequence[CostAnomaly]:
        """The anomalies of cost that were detected so far and are open, newest first."""
        seen = [one for one in self.cost_anomalies if one.open and one.detected_at <= self.now]
        return sorted(seen, key=lambda one: one.start, reverse=True)

    def power(self) -> Sequence[EnvironmentPower]:
        """No environment that sleeps is part of a story."""
        return ()

    def rows(self, query: str) -> Sequence[QueryRows]:
        """The answers of a saved query so far, newest first."""
        seen = [one for one in self.query_rows if one.query == query and one.read_at <= self.now]
        return sorted(seen, key=lambda one: one.start, reverse=True)

    def alerts(self, rule_id: str) -> Sequence[Alert]:
        """The instances of another rule as of its newest evaluation."""
        return self.live(rule_id)
