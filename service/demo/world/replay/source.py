"""The metric source of replayed series: nothing but what the files say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from service.demo.source import Buckets, MetricId
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.plan import REGION
from service.demo.world.replay.series import MINUTE, ReplayFile


@dataclass(frozen=True, slots=True)
class _Replayed:
    buckets: Buckets
    unit: str


class ReplaySource:
    """Answers the front door (see service.demo.source.MetricSource)."""

    def __init__(self) -> None:
        self._series: Mapping[MetricId, _Replayed] = {}

    def begin(self, resources: Mapping[str, ReplayFile], now: float) -> None:
        """Shift the series to end now; `resources` are the dimension's values that they are known by."""
        self._series = {
            metric_of(file, resource): _Replayed(buckets_of(file, now), file.meaning.unit)
            for resource, file in resources.items()
        }

    def metrics(self, now: float) -> Iterable[MetricId]:  # noqa: ARG002 - a replay is short
        """Every replayed series."""
        return self._series.keys()

    def resolution(self, metric: MetricId) -> int:  # noqa: ARG002 - all alike
        """60: each datum keeps its minute."""
        return MINUTE

    def unit(self, metric: MetricId) -> str:
        """CloudWatch's word for its unit."""
        return self._series[metric].unit

    def observe(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:  # noqa: ARG002 - the past
        """The data with start <= time < end."""
        replayed = self._series.get(metric)
        if replayed is None:
            return None
        whole = replayed.buckets
        inside = slice(*np.searchsorted(whole.times, (start, end)))
        return Buckets(whole.times[inside], whole.values[inside], whole.weights[inside])


def metric_of(file: ReplayFile, resource: str) -> MetricId:
    """The name that CloudWatch knows a replayed series by."""
    meaning = file.meaning
    return MetricId(DEFAULT_ACCOUNT, REGION, meaning.namespace, meaning.metric, ((meaning.dimension, resource),))


def buckets_of(file: ReplayFile, now: float) -> Buckets:
    """The data of a file in minutes that end now; data of one minute stand side by side."""
    minutes = (np.asarray(file.times, dtype=np.int64) + file.shift(now)) // MINUTE * MINUTE
    times, first, count = np.unique(minutes, return_index=True, return_counts=True)
    values = np.full((len(times), int(count.max())), np.nan)
    row = np.repeat(np.arange(len(times)), count)
    column = np.arange(len(minutes)) - first[row]
    values[row, column] = file.values
    return Buckets(times, values, np.where(np.isnan(values), 0.0, 1.0))
