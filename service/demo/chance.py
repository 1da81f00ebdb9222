"""Repeatable chance: a uniform number for each (key, time), without a state."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from service.demo.source import MetricId

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX, _SECOND_MIX = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ELEVEN, _TWENTY_SEVEN, _THIRTY, _THIRTY_ONE = (np.uint64(bits) for bits in (11, 27, 30, 31))


def uniform(key: int, times: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each time: the SplitMix64 mix of key and time (Steele, Lea and Flood, 2014)."""
    # Arrays wrap around silently; the key's part is reckoned in Python, where nothing overflows.
    salt = np.uint64((key * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) % 2**64)
    mixed = times.astype(np.uint64) * _GOLDEN + salt
    mixed = (mixed ^ (mixed >> _THIRTY)) * _FIRST_MIX
    mixed = (mixed ^ (mixed >> _TWENTY_SEVEN)) * _SECOND_MIX
    mixed ^= mixed >> _THIRTY_ONE
    return np.asarray((mixed >> _ELEVEN) * 2.0**-53, dtype=np.float64)


def key_of(metric: MetricId, salt: int = 0) -> int:
    """A number that stands for a metric, the same in every process."""
    return zlib.crc32(repr((metric.region, metric.namespace, metric.name, metric.dimensions, salt)).encode())
