"""What it costs as Prometheus metrics: the month so far, its forecast, budgets, what is unusual, how fresh that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily, Metric

from store.alerting import BudgetReading
from store.money import Basis, CostAnomaly, CostObservation, CostRead, Forecast, View

if TYPE_CHECKING:
    from store import Store

_PERIOD = "month:"
_DAY = timedelta(days=1)


def money_metrics(store: Store, basis: Basis, now: datetime) -> Iterator[Metric]:
    """Every family of money; none before costs were read."""
    reads = store.costs.newest_reads()
    if not reads:
        return
    first = now.date().replace(day=1)
    yield spent_metrics(store.costs.lines(first, now.date() + _DAY, view=View.PLACE.value), basis)
    yield forecast_metrics(store.reports.all(Forecast).items())
    yield from budget_metrics(store.budgets.newest())
    yield anomaly_metrics(store.anomalies.find(open_only=True))
    yield age_metrics(reads, now)


def spent_metrics(lines: Iterable[CostObservation], basis: Basis) -> Metric:
    """What this month cost so far, by place; costs without a tag have empty labels."""
    labels = ["environment", "component", "currency", "basis"]
    family = GaugeMetricFamily("lamplighter_stack_cost_month", "What this month cost so far.", labels=labels)
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        component, environment = line.keys
        sums[environment, component, line.currency] += line.amount(basis)
    for key, amount in sorted(sums.items()):
        family.add_metric([*key, basis.value], float(amount))
    return family


def forecast_metrics(forecasts: Iterable[tuple[str, Forecast]]) -> Metric:
    """What this month is expected to have cost at its end, by scope (empty: everything), with the 80 % interval."""
    labels = ["scope", "currency", "bound"]
    family = GaugeMetricFamily("lamplighter_stack_cost_forecast", "The month's end as expected.", labels=labels)
    for key, one in sorted(forecasts):
        if key.startswith(_PERIOD):
            for bound, amount in (("expected", one.total), ("low", one.low), ("high", one.high)):
                family.add_metric([one.scope, one.currency, bound], float(amount))
    return family


def budget_metrics(readings: Iterable[BudgetReading]) -> Iterator[Metric]:
    """How much of each budget is spent, and is expected to be; one of zero has no ratio."""
    spent = GaugeMetricFamily("lamplighter_budget_spent_ratio", "Spent, as a part of the budget.", labels=["budget"])
    expected = GaugeMetricFamily("lamplighter_budget_forecast_ratio", "Expected at its end.", labels=["budget"])
    for one in readings:
        if one.limit > 0:
            spent.add_metric([one.budget], float(one.actual / one.limit))
            if one.forecast is not None:
                expected.add_metric([one.budget], float(one.forecast / one.limit))
    yield from (spent, expected)


def anomaly_metrics(anomalies: Iterable[CostAnomaly]) -> Metric:
    """How many unusual costs go on that nothing planned explains."""
    number = sum(not one.muted for one in anomalies)
    return GaugeMetricFamily("lamplighter_cost_anomalies", "Unusual costs that go on.", value=number)


def age_metrics(reads: Iterable[CostRead], now: datetime) -> Metric:
    """Since each account's costs were read, by the view that is oldest."""
    family = GaugeMetricFamily("lamplighter_cost_read_age_seconds", "Since costs were read.", labels=["account"])
    oldest: dict[str, datetime] = {}
    for read in reads:
        oldest[read.account] = min(oldest.get(read.account, read.read_at), read.read_at)
    for account, at in sorted(oldest.items()):
        family.add_metric([account], (now - at).total_seconds())
    return family
