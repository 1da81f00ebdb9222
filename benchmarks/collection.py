"""The bill of collecting and the age of what is stored, over simulated hours, beside YACE's plan and a naive loop."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benchmarks.collection_world import BEGIN, MINUTE, Ages, Simulation, cpu_seconds, peak_mib, simulation
from benchmarks.report import Progress, Report, Scale, Table, Target, ratio, run_alone
from benchmarks.yace import (
    DAYS_A_MONTH,
    CallPlan,
    fits_quota,
    naive_plan,
    yace_all_points,
    yace_default,
    yace_each_minute,
)

SIZES: dict[Scale, tuple[tuple[int, int], ...]] = {
    "quick": ((200, 60),),
    "standard": ((200, 1440), (2_000, 120), (20_000, 15)),
    "full": ((200, 1440), (2_000, 1440), (20_000, 1440)),
}
"""(series, simulated minutes) at each scale."""
MOST_OF_YACE = 0.25
"""The bill at one-minute resolution is to be at most this part of YACE's."""
_DAY_MINUTES = 1440
_BILL_COLUMNS = (
    "Series: way of collecting",
    "metrics a day",
    "requests a day",
    "ListMetrics a day",
    "$ a month",
    "Lamplighter's bill is",
    "points an hour",
    "age in s",
)
_BILL_NOTES = (
    "Lamplighter: billed by the meter of the embedded AWS, scaled linearly to a day and to 30 days.",
    "YACE and the loop: reckoned from how they work (benchmarks/yace.py), not run.",
    "$ a month: GetMetricData. ListMetrics costs $0.01 per 1,000 on top once the account's free million is used up.",
    "Age, since the start of the newest stored point's minute. Lamplighter: p50 / p99 over all minutes, measured.",
    "Age of the others: right after / right before a scrape. CloudWatch's own delay of 1 to 3 minutes comes on top.",
)
_RUN_COLUMNS = (
    "Series",
    "simulated",
    "CPU s per simulated hour",
    "peak MiB",
    "throttled",
    "problems",
    "first start, metrics",
    "own meter, low - high $",
    "AWS's bill, low - high $",
)


@dataclass(frozen=True, slots=True)
class Day:
    """What was measured at one size. Counts are of the simulated minutes; `*_a_day` are linear in time.

    `age_*` are seconds since the start of the newest stored point's minute, over all minutes and series looked at.
    """

    series: int
    minutes: int
    metrics: int
    requests: int
    lists: int
    throttled: int
    first_metrics: int
    own_low: Decimal
    own_high: Decimal
    aws_low: Decimal
    aws_high: Decimal
    age_p50: float
    age_p99: float
    silent: int
    cpu: float
    wall: float
    peak_mib: float
    problems: dict[str, int]

    @property
    def metrics_a_day(self) -> float:
        """Metrics billed in 24 hours."""
        return self.metrics * _DAY_MINUTES / self.minutes

    @property
    def dollars(self) -> float:
        """US dollars a month of 30 days for GetMetricData."""
        return self.metrics_a_day * DAYS_A_MONTH * 0.00001


def measure(scale: Scale, progress: Progress) -> Report:
    """Collect each size and lay the bill beside the others'."""
    days = [_measure_size(series, minutes, progress) for series, minutes in SIZES[scale]]
    progress(f"{len(days)} sizes measured", done=True)
    targets = []
    for day in days:
        share = day.metrics_a_day / yace_each_minute(day.series).metrics
        targets.append(
            Target(f"bill of {day.series:,} series beside YACE's at one minute", share, at_most=MOST_OF_YACE)
        )
        off = float(abs(day.own_low - day.aws_low) + abs(day.own_high - day.aws_high))
        targets.append(Target(f"own meter beside AWS's bill, {day.series:,} series", off, " dollars apart", at_most=0))
    figures = {"days": [_plain(day) for day in days]}
    return Report("collection", (_bill_table(days), _run_table(days)), tuple(targets), figures)


def _measure_size(series: int, minutes: int, progress: Progress) -> Day:
    with simulation(series) as running:
        running.minute()
        first = _metered(running)
        running.aws.control.reset_meter()
        cpu, begun = cpu_seconds(), time.monotonic()
        ages = Ages(running)
        for number in range(1, minutes + 1):
            running.clock.now += MINUTE
            running.minute()
            ages.look()
            progress(f"{series:,} series, minute {number:,} of {minutes:,}")
        cpu, wall = cpu_seconds() - cpu, time.monotonic() - begun
        after = _metered(running)
        running.meter.flush(running.store.meter)
        low, high = running.store.meter.total(BEGIN - timedelta(days=1), running.clock.now + timedelta(days=1))
        return Day(
            series=series,
            minutes=minutes,
            metrics=after["metrics"],
            requests=after["requests"],
            lists=after["lists"],
            throttled=after["throttled"],
            first_metrics=first["metrics"],
            own_low=low,
            own_high=high,
            aws_low=first["low"] + after["low"],
            aws_high=first["high"] + after["high"],
            age_p50=ages.percentile(50),
            age_p99=ages.percentile(99),
            silent=ages.silent,
            cpu=cpu,
            wall=wall,
            peak_mib=peak_mib(),
            problems=dict(running.problems),
        )


def _metered(running: Simulation) -> dict[str, Any]:
    """What the embedded AWS billed since its meter was last reset."""
    rows = {row["action"]: row for row in running.aws.control.meter()["rows"] if row["service"] == "cloudwatch"}
    read, listed = rows.get("GetMetricData", {}), rows.get("ListMetrics", {})
    return {
        "metrics": read.get("metrics", 0),
        "requests": read.get("calls", 0),
        "lists": listed.get("calls", 0),
        "throttled": read.get("throttled", 0),
        "low": Decimal(read.get("dollars_low", 0)),
        "high": Decimal(read.get("dollars_high", 0)) + Decimal(listed.get("dollars", 0)),
    }


def _bill_table(days: list[Day]) -> Table:
    peers: tuple[Callable[[int], CallPlan], ...] = (yace_each_minute, yace_all_points, yace_default, naive_plan)
    rows: list[tuple[str, ...]] = []
    for day in days:
        scale = _DAY_MINUTES / day.minutes
        rows.append(
            (
                f"{day.series:,}: **Lamplighter**, {_measured(day.minutes)}",
                f"{day.metrics_a_day:,.0f}",
                f"{day.requests * scale:,.0f}",
                f"{day.lists * scale:,.0f}",
                f"{day.dollars:,.2f}",
                "1",
                "60",
                f"{day.age_p50:.0f} / {day.age_p99:.0f}",
            )
        )
        rows += [_peer_row(day, make(day.series)) for make in peers]
    return Table(
        "Metrics billed and dollars a month at one-minute resolution",
        _BILL_COLUMNS,
        tuple(rows),
        _BILL_NOTES,
    )


def _peer_row(day: Day, plan: CallPlan) -> tuple[str, ...]:
    beyond = "" if fits_quota(plan) else " (over the quota of 50 requests/s: cannot be done)"
    return (
        f"{day.series:,}: {plan.name}, reckoned{beyond}",
        f"{plan.metrics:,}",
        f"{plan.requests:,}",
        f"{plan.lists:,}",
        f"{plan.dollars:,.2f}",
        ratio(day.dollars, float(plan.dollars)),
        f"{plan.points_an_hour}",
        f"{plan.newest_age} / {plan.oldest_age}",
    )


def _run_table(days: list[Day]) -> Table:
    return Table(
        "What collecting took",
        _RUN_COLUMNS,
        tuple(
            (
                f"{day.series:,}",
                _measured(day.minutes),
                f"{day.cpu / day.minutes * 60:.2f}",
                f"{day.peak_mib:.0f}",
                f"{day.throttled:,}",
                f"{sum(day.problems.values())}",
                f"{day.first_metrics:,}",
                f"{day.own_low:.5f} - {day.own_high:.5f}",
                f"{day.aws_low:.5f} - {day.aws_high:.5f}",
            )
            for day in days
        ),
        (
            "CPU and memory are of the whole process: jobs, store, and this benchmark's own looking at ages.",
            "Each size's peak is that of the process so far: sizes run one after the other, smallest first.",
        ),
    )


def _measured(minutes: int) -> str:
    return f"measured over {minutes / 60:g} h"


def _plain(day: Day) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(day).items()}


if __name__ == "__main__":
    sys.exit(run_alone(measure, "collection"))
