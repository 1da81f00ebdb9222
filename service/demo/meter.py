"""Counts every call as AWS bills it, so that a client's own estimate can be held against it.

Prices (AWS price list of CloudWatch and Cost Explorer, US dollars, read November 2026): GetMetricData $0.01 per 1,000
metrics requested, never free; other CloudWatch requests $0.01 per 1,000 (the free million a month is not deducted);
Cost Explorer $0.01 a request. Up to five statistics of one metric in one request count as one metric. Whether a
follow-up page is billed again is disputed, and some count every query, hence the bounds: `low` leaves follow-up pages
out, `high` counts each query of each page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from threading import Lock
from typing import Any

from service.demo.source import Usage

_PER_THOUSAND = Decimal("0.00001")
_PER_PAGE = Decimal("0.01")
_STATISTICS_A_METRIC = 5


def billed_metrics(requested: Iterable[tuple[object, str]]) -> int:
    """Metrics billed for (metric, statistic) pairs: one for each five distinct statistics of a metric."""
    statistics: dict[object, set[str]] = {}
    for metric, statistic in requested:
        statistics.setdefault(metric, set()).add(statistic)
    return sum(-(-len(names) // _STATISTICS_A_METRIC) for names in statistics.values())


class Meter:
    """The bill so far. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: dict[tuple[str, str, str, str], Counter[str]] = {}

    def count(self, where: tuple[str, str, str, str], outcome: str, usage: Usage | None = None) -> None:
        """Add one call of (account, region, service, action); `outcome` is calls, throttled or failed."""
        with self._lock:
            row = self._calls.setdefault(where, Counter())
            row[outcome] += 1
            if usage:
                row["metrics"] += usage.metrics
                row["metrics_low"] += 0 if usage.follow_up else usage.metrics
                row["metrics_high"] += usage.queries
                row["points"] += usage.points

    def reset(self) -> None:
        """Start a new bill."""
        with self._lock:
            self._calls.clear()

    def describe(self) -> dict[str, Any]:
        """What the control API shows: a row per account, region and action, and totals. Dollars are strings."""
        with self._lock:
            rows = [_row(where, counts) for where, counts in sorted(self._calls.items())]
        counted = ("calls", "throttled", "failed", "metrics", "metrics_low", "metrics_high", "points")
        totals: dict[str, Any] = {name: sum(row[name] for row in rows) for name in counted}
        for name in ("dollars", "dollars_low", "dollars_high"):
            totals[name] = str(sum((Decimal(row[name]) for row in rows), Decimal(0)))
        return {"rows": rows, "totals": totals}


def _row(where: tuple[str, str, str, str], counts: Mapping[str, int]) -> dict[str, Any]:
    """One line of the bill."""
    account, region, service, action = where
    row: dict[str, Any] = {"account": account, "region": region, "service": service, "action": action}
    for name in ("calls", "throttled", "failed", "metrics", "metrics_low", "metrics_high", "points"):
        row[name] = counts.get(name, 0)
    if (service, action) == ("cloudwatch", "GetMetricData"):
        row["dollars"] = str(row["metrics"] * _PER_THOUSAND)
        row["dollars_low"] = str(row["metrics_low"] * _PER_THOUSAND)
        row["dollars_high"] = str(row["metrics_high"] * _PER_THOUSAND)
        return row
    price = {"cloudwatch": _PER_THOUSAND, "ce": _PER_PAGE}.get(service, Decimal(0))
    row["dollars"] = row["dollars_low"] = row["dollars_high"] = str(row["calls"] * price)
    return row
