"""Readings made of plain values, for judging rules without a store."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase

from store.alerting import Alert, BudgetReading, QueryRows
from store.messages import Message
from store.money import CostAnomaly, Drift
from store.power import EnvironmentPower
from store.stack import Stack
from store.vocabulary import Absent, Event, HealthState, Job, Resource, Series, SeriesKey

START = int(datetime(2026, 11, 23, 3, 0, tzinfo=UTC).timestamp())
"""Where the series of tests begin: a whole hour."""

STACK = Stack.model_validate(
    {
        "name": "CloudMart",
        "timezone": "Asia/Seoul",
        "environments": {"dev": {}, "staging": {}, "prod": {}},
        "components": {
            "frontend": {"depends_on": ["backend"]},
            "backend": {"depends_on": ["postgres", "redis"]},
            "postgres": {},
            "redis": {},
            "network": {},
        },
    }
)


def at(seconds: float) -> datetime:
    """A moment so many seconds after START."""
    return datetime.fromtimestamp(START + seconds, UTC)


def a_series(  # noqa: PLR0913  what a series has
    metric: str = "CPUUtilization",
    stat: str = "Average",
    *,
    namespace: str = "AWS/EC2",
    dimensions: Mapping[str, str] | None = None,
    period: int = 60,
    unit: str = "percent",
    absent: Absent = Absent.UNKNOWN,
    environment: str | None = "prod",
    component: str | None = "backend",
) -> Series:
    """A series, that of i-1's CPU unless said otherwise."""
    pairs = tuple(sorted((dimensions or {"InstanceId": "i-1"}).items()))
    key = SeriesKey("main", "ap-northeast-2", namespace, metric, pairs, stat)
    return Series(key, period, absent, unit, metric, None, environment, component)


def a_cost_anomaly() -> CostAnomaly:
    """A jump in what the NAT gateway of production costs."""
    return CostAnomaly(
        "a1",
        "component:network",
        Drift.JUMP,
        date(2026, 11, 21),
        date(2026, 11, 23),
        "USD",
        Decimal("21.50"),
        Decimal("4.30"),
        Decimal("3.10"),
        Decimal("5.60"),
        Decimal("17.20"),
        Message("More was sent through the NAT gateway (%(usage)s)", usage="APN2-NatGateway-Bytes"),
        datetime(2026, 11, 23, 9, tzinfo=UTC),
        usage_type="APN2-NatGateway-Bytes",
        environment="prod",
        component="network",
        service="EC2 - Other",
    )


@dataclass
class PlainReadings:
    """Answers `alerts.rules.base.Readings` out of plain values. Points are kept by series id, oldest first."""

    now: datetime = field(default_factory=lambda: at(0))
    stack: Stack = STACK
    kept: list[Series] = field(default_factory=list)
    values: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    health_states: Sequence[HealthState] = ()
    known_jobs: Sequence[Job] = ()
    known_resources: Sequence[Resource] = ()
    happened: Sequence[Event] = ()
    budget_readings: Sequence[BudgetReading] = ()
    cost_anomalies: Sequence[CostAnomaly] = ()
    environments: Sequence[EnvironmentPower] = ()
    answers: Mapping[str, Sequence[QueryRows]] = field(default_factory=dict)
    of_rules: Mapping[str, Sequence[Alert]] = field(default_factory=dict)

    def add(self, series: Series, values: Sequence[float | None], start: int = START) -> Series:
        """Keep a series with a value for each of its steps from `start` on; None is a missing point."""
        self.kept.append(series)
        zero = series.absent is Absent.ZERO
        times = [start + place * series.period for place in range(len(values))]
        self.values[series.id] = [
            (time, 0.0 if value is None else float(value))
            for time, value in zip(times, values, strict=True)
            if value is not None or zero
        ]
        self.reached[series.id] = start + len(values) * series.period
        return series

    def series(  # noqa: PLR0913, PLR0917  the interface's
        self,
        namespace: str,
        metric: str,
        stat: str,
        dimensions: Mapping[str, str],
        environments: Sequence[str],
        components: Sequence[str],
    ) -> Sequence[Series]:
        return [
            each
            for each in self.kept
            if (each.key.namespace, each.key.metric, each.key.stat) == (namespace, metric, stat)
            and all(fnmatchcase(dict(each.key.dimensions).get(k, ""), v) for k, v in dimensions.items())
            and (not environments or each.environment in environments)
            and (not components or each.component in components)
        ]

    def points(self, series_id: str, start: int, end: int) -> Sequence[tuple[int, float]]:
        points = self.values.get(series_id, [])
        return points[bisect_left(points, (start,)) : bisect_left(points, (end,))]

    def collected_to(self, series_id: str) -> int | None:
        return self.reached.get(series_id)

    def health(self) -> Sequence[HealthState]:
        return self.health_states

    def jobs(self) -> Sequence[Job]:
        return self.known_jobs

    def resources(self) -> Sequence[Resource]:
        return self.known_resources

    def events(self, kinds: Sequence[str], since: datetime) -> Sequence[Event]:
        chosen = [event for event in self.happened if event.at >= since and any(_is(event.kind, k) for k in kinds)]
        return sorted(chosen, key=lambda event: event.at, reverse=True)

    def budgets(self) -> Sequence[BudgetReading]:
        return self.budget_readings

    def anomalies(self) -> Sequence[CostAnomaly]:
        return self.cost_anomalies

    def power(self) -> Sequence[EnvironmentPower]:
        return self.environments

    def rows(self, query: str) -> Sequence[QueryRows]:
        return self.answers.get(query, ())

    def alerts(self, rule_id: str) -> Sequence[Alert]:
        return self.of_rules.get(rule_id, ())


def _is(kind: str, asked: str) -> bool:
    return kind.startswith(asked[:-1]) if asked.endswith(".*") else kind == asked
