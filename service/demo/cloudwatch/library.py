"""All metrics of the embedded CloudWatch: the world's sources, what was put, and the points that come late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from service.demo.chance import key_of, uniform
from service.demo.cloudwatch.overlay import Overlay
from service.demo.cloudwatch.retention import first_bucket, kept_for
from service.demo.cloudwatch.statistics import Floats, Ints, Statistic, aggregate
from service.demo.faults import FaultRule, Faults
from service.demo.source import Buckets, MetricId, MetricSource

_FIRST_VALUE = 0.9
# Nobody documents that CloudWatch forgets to the second; a client's clock and ours are a little apart.
_RETENTION_SLACK = 300
_LISTING_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Span:
    """What a request asks for in time: StartTime and EndTime as given, and the now that it is answered at."""

    start: float
    end: float
    now: float


@dataclass(slots=True)
class Library:
    """Reads metrics. Safe to use from several threads."""

    sources: Sequence[MetricSource]
    overlay: Overlay
    faults: Faults
    _owners: dict[MetricId, MetricSource] = field(default_factory=dict)
    _listings: dict[tuple[str, str, float], tuple[int, float, list[MetricId]]] = field(default_factory=dict)

    def metrics(self, account: str, region: str, now: float, lag: float = 0.0) -> list[MetricId]:
        """What ListMetrics shows to an account in a region, sorted by namespace, name and dimensions.

        Kept for a few seconds, so that walking 40 pages of 20,000 metrics doesn't sort them 40 times. A metric just put
        shows at once; one of the world's own a little later, as in AWS, where it may take 15 minutes.
        """
        asked = (account, region, lag)
        version, kept_at, kept = self._listings.get(asked, (-1, now, []))
        if version == self.overlay.version and 0 <= now - kept_at < _LISTING_SECONDS:
            return kept
        version = self.overlay.version
        found = dict.fromkeys(self.overlay.listed(now, lag))
        for source in self.sources:
            found.update(dict.fromkeys(source.metrics(now)))
        mine = [metric for metric in found if metric.region == region and metric.account == account]
        mine.sort(key=lambda metric: (metric.namespace, metric.name, metric.dimensions))
        self._listings[asked] = (version, now, mine)
        return mine

    def unit(self, metric: MetricId, now: float) -> str:
        """Its unit; None (the word) for a metric that nobody has."""
        source = self._owner(metric, now)
        if source is not None:
            return source.unit(metric)
        return self.overlay.unit(metric) if self.overlay.has(metric) else "None"

    def points(self, metric: MetricId, statistic: Statistic, period: int, span: Span) -> tuple[Ints, Floats]:
        """The statistic for each clock-aligned period with StartTime <= its start < EndTime, ascending."""
        first = first_bucket(span.start, span.now, period)
        end = min(span.end, int(span.now) + 1)
        if span.start < span.now - kept_for(period) - _RETENTION_SLACK or first >= end:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        after = int(-(-end // period)) * period
        found = self.observe(metric, first, after, span.now, samples=statistic.needs_samples)
        return aggregate(found, statistic, period)

    def observe(self, metric: MetricId, start: int, end: int, now: float, *, samples: bool = False) -> Buckets:
        """The samples that are visible by now; with `samples`, without statistic sets, which have no percentiles."""
        living = self._from_source(metric, start, end, now)
        put = None
        if self.overlay.has(metric):
            put = self.overlay.sampled(metric, start, end) if samples else self.overlay.observe(metric, start, end, now)
        if put is None:
            return living or Buckets.empty()
        return put if living is None else _merged(living, put)

    def _from_source(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:
        """The world's own samples: a bucket shows when it is over, and later where points come late."""
        source = self._owner(metric, now)
        if source is None:
            return None
        resolution = source.resolution(metric)
        found = source.observe(metric, start // resolution * resolution, end, now)
        return None if found is None else self._visible(metric, found, start, now, resolution)

    def _owner(self, metric: MetricId, now: float) -> MetricSource | None:
        """The source that has a metric: the one that answers an empty stretch with no buckets rather than None."""
        source = self._owners.get(metric)
        if source is None:
            source = next((one for one in self.sources if one.observe(metric, 0, 0, now) is not None), None)
            if source is not None:
                self._owners[metric] = source
        return source

    def _visible(self, metric: MetricId, found: Buckets, start: int, now: float, resolution: int) -> Buckets:
        until = found.times + resolution
        shown = (until <= now) & (found.times >= start)
        values = found.values
        where = (metric.account, metric.region, "cloudwatch", "GetMetricData")
        for rule in self.faults.lateness(where):
            late = (until > now - float(rule.option("seconds"))) & _chosen(rule, metric, found.times)
            if rule.option("mode") == "revised":
                values = np.where(late[:, None], values * _FIRST_VALUE, values)
            else:
                shown &= ~late
        if shown.all():
            return Buckets(found.times, values, found.weights)
        return Buckets(found.times[shown], values[shown], found.weights[shown])


def _chosen(rule: FaultRule, metric: MetricId, times: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which points a rule of lateness happens to."""
    return uniform(key_of(metric, rule.seed), times) < rule.rate


def _merged(one: Buckets, other: Buckets) -> Buckets:
    """The samples of both, side by side where they share a bucket's time."""
    times = np.union1d(one.times, other.times)
    width = one.values.shape[1]
    values = np.full((len(times), width + other.values.shape[1]), np.nan)
    weights = np.zeros_like(values)
    for part, columns in ((one, slice(0, width)), (other, slice(width, None))):
        rows = np.searchsorted(times, part.times)
        values[rows, columns] = part.values
        weights[rows, columns] = part.weights
    return Buckets(times, values, weights)
