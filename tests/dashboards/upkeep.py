"""Jobs and the bill of the CloudMart that the pages' tests look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from store import Store
from store.vocabulary import JobOutcome, MeterEntry


def fill_jobs(store: Store, now: datetime, region: str) -> None:
    """Every job with a run behind it; one account is refused."""
    scope = f"main/{region}"
    every = {"health": 60, "metrics": 300, "inventory": 600, "backfill": 600, "probes": 60, "maintenance": 3600}
    names = [
        (f"{kind}:{scope}" if kind in {"health", "metrics", "inventory", "backfill"} else kind, seconds)
        for kind, seconds in every.items()
    ]
    before = now - timedelta(minutes=2)
    store.jobs.declare([*names, ("metrics:partner/us-east-1", 300)], before)
    outcomes = {
        "backfill": JobOutcome("ok", "", 1.0, 0.43),
        "metrics": JobOutcome("ok", "", 1.0),
    }
    for name, _ in names:
        _run(store, name, outcomes.get(name.partition(":")[0], JobOutcome("ok", "", 1.0)), now - timedelta(seconds=20))
    denied = "CloudWatch refused GetMetricData (AccessDenied). Run: lamplighter doctor"
    _run(store, "metrics:partner/us-east-1", JobOutcome("partial", denied, 0.62), now - timedelta(seconds=20))


def _run(store: Store, name: str, outcome: JobOutcome, at: datetime) -> None:
    claim = store.jobs.claim(name, at - timedelta(seconds=2), "test", 60)
    assert claim is not None
    store.jobs.finish(claim, outcome, at)


def fill_meter(store: Store, now: datetime, region: str) -> None:
    """Eight days of metered calls."""
    entries = []
    for hours_ago in range(1, 200, 3):
        hour = (now - timedelta(hours=hours_ago)).replace(minute=0, second=0, microsecond=0)
        for api, units, price in (
            ("GetMetricData", 2196, "0.00001"),
            ("DescribeTargetHealth", 60, "0"),
            ("ListMetrics", 12, "0.00001"),
        ):
            high = Decimal(units) * Decimal(price)
            low = Decimal(0) if api == "ListMetrics" else high
            entries.append(
                MeterEntry(hour, "main", region, api, "metrics", units // 12 + 1, 0, 0, Decimal(units), low, high)
            )
    store.meter.add(entries)
