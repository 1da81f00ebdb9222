"""From finer to coarser: pure functions over sorted points."""

from __future__ import annotations

import numpy as np

from store.samples.codec import Times, Values

_SUMMED = frozenset({"Sum", "SampleCount"})


def resample(times: Times, values: Values, step: int, stat: str) -> tuple[Times, Values]:
    """One point per bucket of `step` seconds that holds any, at the bucket's start.

    Buckets are aligned to 1970. A Sum or SampleCount is added up, a Maximum's largest and a Minimum's smallest is
    kept, anything else is averaged.
    """
    if not len(times):
        return times, values
    starts = bucket_starts(times, step)
    buckets = times[starts] // step * step
    if stat in _SUMMED:
        return buckets, np.add.reduceat(values, starts)
    if stat == "Maximum":
        return buckets, np.maximum.reduceat(values, starts)
    if stat == "Minimum":
        return buckets, np.minimum.reduceat(values, starts)
    return buckets, np.add.reduceat(values, starts) / counts(starts, len(times))


def hours(times: Times, values: Values) -> list[tuple[int, int, float, float, float]]:
    """Each hour that holds points as (hours since 1970, count, total, low, high)."""
    if not len(times):
        return []
    starts = bucket_starts(times, 3600)
    columns = (
        times[starts] // 3600,
        counts(starts, len(times)),
        np.add.reduceat(values, starts),
        np.minimum.reduceat(values, starts),
        np.maximum.reduceat(values, starts),
    )
    return list(zip(*(column.tolist() for column in columns), strict=True))


def merge(old: tuple[Times, Values], new: tuple[Times, Values]) -> tuple[Times, Values]:
    """Both sets of points, sorted; where a time is in both, the new value."""
    times = np.concatenate((old[0], new[0]))
    values = np.concatenate((old[1], new[1]))
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(times[1:] != times[:-1], [True]) if len(times) else np.zeros(0, dtype=bool)
    return times[last], values[last]


def bucket_starts(times: Times, step: int) -> Times:
    """The index of the first point of each bucket."""
    buckets = times // step
    return np.flatnonzero(np.concatenate(([True], buckets[1:] != buckets[:-1]))).astype(np.int64)


def counts(starts: Times, length: int) -> Times:
    """How many points each bucket holds."""
    return np.diff(np.append(starts, length))
