"""GetMetricData's queries for a set of series, and the windows that CloudWatch's retention allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors.meter import STATISTICS_PER_METRIC
from collectors.series import Wanted
from store.vocabulary import SeriesKey

MAX_QUERIES = 500
"""Queries in one GetMetricData request (CloudWatch's limit)."""
MAX_POINTS = 100_800
"""Points that one GetMetricData request returns before it pages (CloudWatch's limit)."""
DAY = 86_400
KEPT = ((60, 15 * DAY), (300, 63 * DAY), (3600, 455 * DAY))
"""CloudWatch's retention: (step in seconds, how old a start may be in seconds for that step)."""
MARGIN = 600
"""Seconds by which we stay inside the retention: it is judged when the call arrives, not when it was planned."""


@dataclass(frozen=True, slots=True)
class Kept:
    """From `since` (epoch seconds) on, points of `step` seconds are to be had."""

    step: int
    since: int


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries as GetMetricData takes them; `series` tells which query id brings which series."""

    queries: list[dict[str, Any]]
    series: dict[str, str]


@dataclass(slots=True)
class _Builder:
    step: int
    queries: list[dict[str, Any]] = field(default_factory=list)
    by_key: dict[SeriesKey, str] = field(default_factory=dict)
    series: dict[str, str] = field(default_factory=dict)

    def metric(self, key: SeriesKey, *, returned: bool) -> str:
        if key not in self.by_key:
            name = self.by_key[key] = f"q{len(self.queries)}"
            query = {"Id": name, "MetricStat": _metric_stat(key, self.step)}
            self.queries.append(query if returned else query | {"ReturnData": False})
        return self.by_key[key]


def build_queries(wanted: Sequence[Wanted], step: int) -> Queries:
    """One query for each series at this step; inputs of expressions that are not asked for themselves stay unseen."""
    builder = _Builder(step)
    for one in wanted:
        if not one.expression:
            builder.series[builder.metric(one.series.key, returned=True)] = one.id
    for one in wanted:
        if one.expression:
            names = {name: builder.metric(key, returned=False) for name, key in one.inputs}
            query_id = f"q{len(builder.queries)}"
            builder.queries.append({"Id": query_id, "Expression": rename(one.expression, names), "Period": step})
            builder.series[query_id] = one.id
    return Queries(builder.queries, builder.series)


def rename(expression: str, names: dict[str, str]) -> str:
    """An expression with its input names replaced, all at once and only whole words."""
    return re.sub(r"[A-Za-z_][A-Za-z0-9_]*", lambda word: names.get(word.group(), word.group()), expression)


def query_count(wanted: Iterable[Wanted]) -> int:
    """How many queries these series need, unseen inputs included."""
    asked = list(wanted)
    keys = {one.series.key for one in asked}
    hidden = {key for one in asked for _, key in one.inputs} - keys
    return len(asked) + len(hidden)


def billed(wanted: Iterable[Wanted]) -> tuple[int, int]:
    """Metrics that one request for these series is billed for, low and high (see `collectors.meter`)."""
    stats: dict[tuple[object, ...], set[str]] = {}
    for one in wanted:
        keys = [key for _, key in one.inputs] if one.expression else [one.series.key]
        for key in keys:
            stats.setdefault((key.namespace, key.metric, key.dimensions), set()).add(key.stat)
    return sum(-(-len(each) // STATISTICS_PER_METRIC) for each in stats.values()), sum(map(len, stats.values()))


def kept_regions(period: int, now: int) -> list[Kept]:
    """What CloudWatch still has of a series, newest and finest first: each region ends where the one before begins."""
    steps = [max(period, step) for step, _ in KEPT]
    regions = []
    for (_, age), step, coarser in zip(KEPT, steps, [*steps[1:], steps[-1]], strict=True):
        since = now - age + MARGIN
        regions.append(Kept(step, since + -since % coarser))
    return regions


def _metric_stat(key: SeriesKey, step: int) -> dict[str, Any]:
    return {
        "Metric": {
            "Namespace": key.namespace,
            "MetricName": key.metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
        },
        "Period": step,
        "Stat": key.stat,
    }
