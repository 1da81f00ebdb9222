"""How a stretch of samples becomes a few bytes and comes back exactly as it was.

A chunk is a grid of 64-bit floats, `step` seconds apart, with places where there is no point. What metrics measure are
mostly whole numbers, decimals, or means of them: their bits look random, the numbers do not. So a grid is kept as whole
numbers over a common divisor, each as its difference from the one before, and the rare last bit in which
number ÷ divisor misses the value. What has no such divisor is kept as the plain floats. Either way the bytes are
transposed (all first bytes, then all second bytes …) and deflated.

    byte 0      kind: 1 floats, 2 list, 3 whole numbers
    bytes 1-4   seconds from the chunk's `t0` to the first point, unsigned, little end first
    the rest    zlib of, by kind,
                floats          8 planes of the grid's floats, NaN where there is no point
                list            4 planes of seconds from the first point, 8 planes of floats
                whole numbers   divisor's index, width, places (4 bytes), points (4 bytes); if not every place has a
                                point a bit for each, most significant first; `width` planes of zigzag differences;
                                unless all are 0, a signed byte for each point: what to add to the float's bits
"""

from __future__ import annotations

import struct
import zlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from store.errors import StoreCorrupt

Times: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]

FLOATS, LIST, WHOLE = 1, 2, 3
DIVISORS = (1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 60, 600, 6000)
"""Of decimals, and of means over the seconds of a minute. Only ever append: chunks name them by index."""

_HEADER = struct.Struct("<BI")
_WHOLE = struct.Struct("<BBII")
_SPARSEST = 8
"""A grid may have this many times as many places as points; beyond it, listing the times takes fewer bytes."""

_ROUNDINGS = 8
"""So many last bits may a mean be off; what misses by more is another number."""

_FIRST = 32
"""A divisor is tried on so many values before all."""


def encode(t0: int, times: Times, values: Values) -> tuple[int, bytes]:
    """The (step in seconds, bytes) of points, at least one, sorted, within 2³² seconds from `t0` on."""
    first = int(times[0])
    offsets = times - first
    step = int(np.gcd.reduce(offsets)) if len(times) > 1 else 1
    places = int(offsets[-1]) // step + 1
    if places > _SPARSEST * len(times):
        planes = _transpose(offsets.astype("<u4")) + _transpose(values.astype("<f8"))
        return 1, _HEADER.pack(LIST, first - t0) + zlib.compress(planes)
    there = offsets // step
    whole = _encode_whole(places, there, values)
    if whole is not None:
        return step, _HEADER.pack(WHOLE, first - t0) + zlib.compress(whole)
    grid = np.full(places, np.nan)
    grid[there] = values
    return step, _HEADER.pack(FLOATS, first - t0) + zlib.compress(_transpose(grid.astype("<f8")))


def decode(t0: int, step: int, data: bytes) -> tuple[Times, Values]:
    """The points of a chunk, sorted.

    Raises:
        StoreCorrupt: the bytes are none that `encode` wrote.
    """
    try:
        kind, first = _HEADER.unpack_from(data)
        there, values = _DECODERS[kind](zlib.decompress(data[_HEADER.size :]))
    except (ValueError, LookupError, struct.error, zlib.error) as error:
        raise StoreCorrupt(
            f"A chunk of samples that begins at {t0} is damaged ({error}): restore a backup, or delete the row."
        ) from error
    return t0 + first + there * step, values


def _encode_whole(places: int, there: Times, values: Values) -> bytes | None:
    for index, divisor in enumerate(DIVISORS):
        found = None if _divide(values[:_FIRST], divisor) is None else _divide(values, divisor)
        if found is None:
            continue
        numbers, missed = found
        differences = np.diff(numbers, prepend=0)
        zigzag = (differences << 1) ^ (differences >> 63)
        width = next(size for size in (1, 2, 4, 8) if int(zigzag.max()) < 1 << (8 * size))
        bits = b""
        if len(values) < places:
            mask = np.zeros(places, dtype=bool)
            mask[there] = True
            bits = np.packbits(mask).tobytes()
        head = _WHOLE.pack(index, width, places, len(values))
        rest = missed.tobytes() if missed.any() else b""
        return head + bits + _transpose(zigzag.astype(f"<u{width}")) + rest
    return None


def _divide(values: Values, divisor: int) -> tuple[NDArray[np.int64], NDArray[np.int8]] | None:
    """Whole numbers and what to add to the bits of number ÷ divisor to get the values; None if that is much."""
    if float(np.abs(values).max()) * divisor >= 2.0**53:
        return None
    numbers = np.rint(values * divisor).astype(np.int64)  # which makes -0.0 another number, as it must
    missed = values.view(np.int64) - (numbers / divisor).view(np.int64)
    if int(missed.min()) < -_ROUNDINGS or int(missed.max()) > _ROUNDINGS:
        return None
    return numbers, missed.astype(np.int8)


def _decode_whole(raw: bytes) -> tuple[Times, Values]:
    index, width, places, count = _WHOLE.unpack_from(raw)
    at = _WHOLE.size
    there = np.arange(places, dtype=np.int64)
    if count < places:
        size = -(-places // 8)
        mask = np.unpackbits(np.frombuffer(raw, np.uint8, size, at), count=places)
        there = np.flatnonzero(mask).astype(np.int64)
        at += size
    zigzag = _untranspose(np.frombuffer(raw, np.uint8, count * width, at), width).view(f"<u{width}").astype(np.int64)
    values = ((zigzag >> 1) ^ -(zigzag & 1)).cumsum() / DIVISORS[index]
    if len(there) != count:
        raise ValueError("its places and points differ")
    if len(raw) > at + count * width:
        missed = np.frombuffer(raw, np.int8, count, at + count * width)
        values = (values.view(np.int64) + missed).view(np.float64)
    return there, values


def _decode_floats(raw: bytes) -> tuple[Times, Values]:
    grid = _untranspose(np.frombuffer(raw, np.uint8), 8).view("<f8").astype(np.float64)
    there = np.flatnonzero(~np.isnan(grid)).astype(np.int64)
    return there, grid[there]


def _decode_list(raw: bytes) -> tuple[Times, Values]:
    planes = np.frombuffer(raw, np.uint8)
    count = len(planes) // 12
    offsets = _untranspose(planes[: 4 * count], 4).view("<u4").astype(np.int64)
    return offsets, _untranspose(planes[4 * count :], 8).view("<f8").astype(np.float64)


_DECODERS = {FLOATS: _decode_floats, LIST: _decode_list, WHOLE: _decode_whole}


def _transpose(numbers: NDArray[np.generic]) -> bytes:
    width = numbers.dtype.itemsize
    return numbers.view(np.uint8).reshape(-1, width).T.tobytes()


def _untranspose(planes: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(planes.reshape(width, -1).T).reshape(-1)
