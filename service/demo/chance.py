"""Repeatable chance: a uniform number for each (key, time), without a state."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from service.demo.source import MetricId

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform(key: int, times: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each time: the SplitMix64 mix of key and time (Steele, Lea and Flood, 2014)."""
    with np.errstate(over="ignore"):
        mixed = times.astype(np.uint64) * _GOLDEN + np.uint64(key % 2**64) * np.uint64(0xD1B54A32D192ED03) + _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def key_of(metric: MetricId, salt: int = 0) -> int:
    """A number that stands for a metric, the same in every process."""
    return zlib.crc32(repr((metric.region, metric.namespace, metric.name, metric.dimensions, salt)).encode())
