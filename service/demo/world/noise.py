"""Randomness without memory: the same key and time always give the same numbers, so nothing has to be stored."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FEW = 5.0


def key_of(*parts: str | int) -> int:
    """A 64-bit key for a stream of noise, from what the stream is about."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


def uniform(key: int, times: Times) -> Floats:
    """Uniform in (0, 1) for each time: SplitMix64 (Steele, Lea and Flood, 2014) over key and time."""
    state = (times.astype(np.uint64) ^ np.uint64(key)) + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    state ^= state >> np.uint64(31)
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) / float(1 << 53)


def normal(key: int, times: Times) -> Floats:
    """Standard normal for each time, by Box and Muller's transform."""
    radius = np.sqrt(-2.0 * np.log(uniform(key, times)))
    angle = 2.0 * np.pi * uniform(key ^ 0x5851F42D4C957F2D, times)
    return np.asarray(radius * np.cos(angle), dtype=np.float64)


def wander(key: int, times: Times, knot: int) -> Floats:
    """A smooth walk in (-1, 1) that turns about every `knot` seconds."""
    before = times // knot
    part = (times - before * knot) / knot
    ease = part * part * (3.0 - 2.0 * part)
    low, high = uniform(key, before), uniform(key, before + 1)
    return 2.0 * (low + (high - low) * ease) - 1.0


def counted(key: int, times: Times, expected: Floats) -> Floats:
    """Whole counts about `expected`: Poisson's spread where there are many, mostly zero where there are few."""
    few = np.floor(expected + uniform(key, times))
    spread = np.sqrt(np.maximum(expected, 0.0))
    many = np.rint(expected + spread * normal(key ^ 0x2545F4914F6CDD1D, times))
    return np.where(expected < _FEW, few, np.maximum(many, 0.0))
