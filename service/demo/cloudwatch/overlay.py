"""What PutMetricData brought: kept in memory for as long as the process lives."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from service.demo.source import Buckets, MetricId

Samples = tuple[tuple[float, float], ...]
"""(value, weight) pairs."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One thing put: samples at a time. `opaque`: it came as a statistic set, so it has no percentiles."""

    metric: MetricId
    at: float
    samples: Samples
    unit: str = "None"
    resolution: int = 60
    opaque: bool = False


@dataclass(slots=True)
class _Kept:
    """One metric: samples by bucket start; the keys are kept sorted beside them."""

    unit: str
    resolution: int
    first_put: float
    order: list[int] = field(default_factory=list)
    buckets: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    opaque: set[int] = field(default_factory=set)


class Overlay:
    """A MetricSource of what was put; `version` changes with every put. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[MetricId, _Kept] = {}
        self.version = 0

    def put(self, data: list[Datum], now: float) -> None:
        """Add samples; a bucket that is there already gets more of them, as in CloudWatch."""
        with self._lock:
            self.version += 1
            for datum in data:
                kept = self._kept.setdefault(datum.metric, _Kept(datum.unit, datum.resolution, now))
                kept.resolution = min(kept.resolution, datum.resolution)
                at = int(datum.at // datum.resolution * datum.resolution)
                if at not in kept.buckets:
                    kept.order.insert(bisect_left(kept.order, at), at)
                    kept.buckets[at] = []
                kept.buckets[at].extend(datum.samples)
                if datum.opaque:
                    kept.opaque.add(at)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.version += 1

    def metrics(self, now: float) -> Iterator[MetricId]:
        """Metrics with a point in the last two weeks."""
        return iter(self.listed(now, 0))

    def listed(self, now: float, lag: float) -> list[MetricId]:
        """The same, without those whose first point came less than `lag` seconds ago."""
        with self._lock:
            return [
                metric
                for metric, kept in self._kept.items()
                if kept.order and kept.order[-1] > now - 14 * 86_400 and kept.first_put <= now - lag
            ]

    def has(self, metric: MetricId) -> bool:
        """Whether anything was ever put for it."""
        return metric in self._kept

    def resolution(self, metric: MetricId) -> int:
        """60, or the storage resolution it was put with."""
        return self._kept[metric].resolution

    def unit(self, metric: MetricId) -> str:
        """The unit that it was first put with."""
        return self._kept[metric].unit

    def observe(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:  # noqa: ARG002 - protocol
        """What was put with start <= time < end."""
        return self._between(metric, start, end, opaque=True)

    def sampled(self, metric: MetricId, start: int, end: int) -> Buckets | None:
        """The same without the buckets that hold statistic sets."""
        return self._between(metric, start, end, opaque=False)

    def _between(self, metric: MetricId, start: int, end: int, *, opaque: bool) -> Buckets | None:
        with self._lock:
            kept = self._kept.get(metric)
            if kept is None:
                return None
            times = kept.order[bisect_left(kept.order, start) : bisect_left(kept.order, end)]
            if not opaque:
                times = [at for at in times if at not in kept.opaque]
            rows = [list(kept.buckets[at]) for at in times]
        width = max((len(row) for row in rows), default=1)
        values = np.full((len(rows), width), np.nan)
        weights = np.zeros((len(rows), width))
        for number, row in enumerate(rows):
            values[number, : len(row)], weights[number, : len(row)] = zip(*row, strict=True)
        return Buckets(np.array(times, dtype=np.int64), values, weights)


def statistic_set(count: float, total: float, low: float, high: float) -> Samples:
    """Samples with exactly this count, sum, minimum and maximum."""
    if count <= 1 or low == high:
        return ((total / count, count),)
    if count <= 2:  # noqa: PLR2004 - no room for samples between the extremes
        return ((low, count / 2), (high, count / 2))
    return ((low, 1.0), ((total - low - high) / (count - 2), count - 2), (high, 1.0))
