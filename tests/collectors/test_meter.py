"""The meter: every attempt counted, dollars low and high, nothing lost when the ledger fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from collectors.meter import Attempt, Meter, Stamp, metrics_requested, price
from store import Store
from store.vocabulary import MeterEntry

NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def attempt(api: str = "cloudwatch:GetMetricData", units: int = 1000, **changes: bool) -> Attempt:
    return Attempt("main", "ap-northeast-2", Stamp(api, "metrics", units // 5, units), **{"ok": True, **changes})


def query(metric: str, stat: str) -> dict[str, object]:
    return {
        "Id": "q",
        "MetricStat": {"Metric": {"Namespace": "N", "MetricName": metric, "Dimensions": []}, "Stat": stat},
    }


def test_five_statistics_of_a_metric_are_one_or_five() -> None:
    queries = [query("A", stat) for stat in ("Average", "p50", "p90", "p95", "p99")]
    assert metrics_requested(queries) == (1, 5)
    assert metrics_requested([*queries, query("A", "Sum"), query("B", "Sum")]) == (3, 7)
    assert metrics_requested([{"Id": "e", "Expression": "a / b"}]) == (0, 0)


@pytest.mark.parametrize(
    ("api", "low", "high"),
    [
        ("cloudwatch:GetMetricData", "0.002", "0.01"),
        ("cloudwatch:ListMetrics", "0", "0.00001"),
        ("ce:GetCostAndUsage", "0.01", "0.01"),
        ("ec2:DescribeInstances", "0", "0"),
    ],
)
def test_prices_are_those_of_the_price_list(api: str, low: str, high: str) -> None:
    assert price(api, 200, 1000) == (Decimal(low), Decimal(high))


def test_attempts_add_up_per_hour_and_job() -> None:
    meter = Meter(lambda: NOON)
    for _ in range(3):
        meter.attempt(attempt())
    (entry,) = meter.pending()
    assert (entry.hour, entry.calls, entry.units) == (NOON.replace(minute=0), 3, 3000)
    assert (entry.cost_low, entry.cost_high) == (Decimal("0.006"), Decimal("0.03"))


def test_a_refused_call_is_counted_but_not_billed_and_a_lost_one_only_at_most() -> None:
    meter = Meter(lambda: NOON)
    meter.attempt(attempt(ok=False, throttled=True))
    meter.attempt(attempt(ok=False, answered=False))
    (entry,) = meter.pending()
    assert (entry.calls, entry.errors, entry.throttles, entry.units) == (2, 2, 1, 0)
    assert (entry.cost_low, entry.cost_high) == (Decimal(0), Decimal("0.01"))


class Broken:
    """A ledger on a full disk."""

    def add(self, entries: list[MeterEntry]) -> None:
        raise OSError(f"no space for {len(entries)}")

    def total(self, start: datetime, end: datetime) -> tuple[Decimal, Decimal]:
        raise OSError(f"no answer for {start} to {end}")


def test_nothing_is_lost_when_the_ledger_fails(sqlite_store: Store) -> None:
    meter = Meter(lambda: NOON)
    meter.attempt(attempt())
    with pytest.raises(OSError, match="no space"):
        meter.flush(Broken())
    meter.attempt(attempt())
    meter.flush(sqlite_store.meter)
    assert meter.pending() == []
    (entry,) = sqlite_store.meter.between(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert entry.calls == 2


def test_the_cost_of_the_month_includes_what_is_not_yet_written(sqlite_store: Store) -> None:
    now = [datetime(2026, 10, 31, 23, 30, tzinfo=UTC)]
    meter = Meter(lambda: now[0])
    meter.attempt(attempt())
    now[0] = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)
    meter.attempt(attempt())
    meter.flush(sqlite_store.meter)
    meter.attempt(attempt())
    assert meter.cost_this_month(sqlite_store.meter, now[0]) == (Decimal("0.004"), Decimal("0.02"))
