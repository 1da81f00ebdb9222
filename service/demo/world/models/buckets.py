"""How metrics are made into CloudWatch's buckets: gauges, counts, durations and five-minute ones."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from service.demo.source import Buckets
from service.demo.world.noise import Flags, Floats, Times
from service.demo.world.scene import Metric, Sample, Scene

MINUTE = 60
FIVE_MINUTES = 300
DAY = 86_400

# Where a lognormal is sampled: the edges of shares of all requests, finer where the slow ones are.
_EDGES = np.array(
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.49, 0.51, 0.6, 0.7, 0.8, 0.88, 0.94, 0.96, 0.98, 0.988, 0.992, 0.998, 1.0]
)
_SHARES = np.diff(_EDGES)
_NODES = np.array([NormalDist().inv_cdf(float(middle)) for middle in (_EDGES[1:] + _EDGES[:-1]) / 2.0])


def gauge(times: Times, values: Floats, present: Flags | None = None) -> Buckets:
    """One value a bucket; none where it is NaN or not present."""
    keep = ~np.isnan(values)
    if present is not None:
        keep &= present
    return Buckets.gauge(times[keep], values[keep])


def occurrences(times: Times, counts: Floats) -> Buckets:
    """Things that happened, each a sample of 1, as a load balancer reports them: no point where nothing happened."""
    keep = counts > 0.0
    weights = counts[keep].reshape(-1, 1)
    return Buckets(times[keep], np.ones_like(weights), weights)


def durations(times: Times, counts: Floats, middle: Floats, spread: Floats) -> Buckets:
    """Lognormal durations of `counts` requests, with percentiles that are real; none where there were no requests."""
    keep = counts > 0.0
    values = middle[keep, None] * np.exp(spread[keep, None] * _NODES[None, :])
    return Buckets(times[keep], values, counts[keep, None] * _SHARES[None, :])


def basic(sample: Sample) -> Sample:
    """A metric of one-minute gauges as EC2's basic monitoring reports it: five samples each five minutes."""

    def five(scene: Scene, times: Times) -> Buckets:
        minutes = (times[:, None] + np.arange(0, FIVE_MINUTES, MINUTE)[None, :]).reshape(-1)
        fine = sample(scene, minutes)
        values = np.full((len(times), 5), np.nan)
        if len(times):
            place = np.searchsorted(times, fine.times, side="right") - 1
            values[place, (fine.times - times[place]) // MINUTE] = fine.values[:, 0]
        keep = ~np.isnan(values).all(axis=1)
        return Buckets(times[keep], values[keep], np.where(np.isnan(values[keep]), 0.0, 1.0))

    return five


def minutely(unit: str, sample: Sample) -> Metric:
    """A metric of one minute."""
    return Metric(unit, MINUTE, sample)


def five_minutely(unit: str, sample: Sample) -> Metric:
    """A metric of which there is one sample each five minutes."""
    return Metric(unit, FIVE_MINUTES, sample)
