"""From finer to coarser: pure functions over sorted points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from store.samples.codec import Times, Values

_SUMMED = frozenset({"Sum", "SampleCount"})

HourRow: TypeAlias = tuple[int, int, int, float, float, float]
"""An hour of a series: (key of the series, hours since 1970, count, total, low, high)."""


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


def resample_hours(known: Sequence[HourRow], step: int, stat: str) -> tuple[Times, Values]:
    """As `resample`, from the hours of one series, sorted by time. `step` seconds are whole hours."""
    if not known:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    _, hour, count, total, low, high = zip(*known, strict=True)
    times = np.array(hour, dtype=np.int64) * 3600
    if stat == "Maximum":
        return resample(times, np.array(high, dtype=np.float64), step, stat)
    if stat == "Minimum":
        return resample(times, np.array(low, dtype=np.float64), step, stat)
    buckets, totals = resample(times, np.array(total, dtype=np.float64), step, "Sum")
    if stat in _SUMMED:
        return buckets, totals
    return buckets, totals / np.add.reduceat(np.array(count, dtype=np.int64), bucket_starts(times, step))


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
    if not (len(old[0]) and len(new[0])) or old[0][-1] < new[0][0]:
        return times, values  # nothing to sort: so the head follows the chunks, and new points the old
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
