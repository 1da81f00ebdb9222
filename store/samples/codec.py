"""How a stretch of samples becomes a few bytes and comes back exactly as it was.

A chunk is a grid of 64-bit floats, `step` seconds apart, NaN where there is no point, its bytes transposed (all first
bytes, then all second bytes …) and deflated. Where the points lie too irregularly for a grid, their times are listed.

    byte 0      kind: 1 grid, 2 list
    bytes 1-4   seconds from the chunk's `t0` to the first point, unsigned, little end first
    the rest    zlib of: 8 planes of bytes (grid); 4 planes of time offsets, then 8 planes of values (list)
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

GRID, LIST = 1, 2
_HEADER = struct.Struct("<BI")
_SPARSEST = 8
"""A grid may have this many times as many places as points; beyond it, listing the times takes fewer bytes."""


def encode(t0: int, times: Times, values: Values) -> tuple[int, bytes]:
    """The (step in seconds, bytes) of points, at least one, sorted, within 2³² seconds from `t0` on."""
    first = int(times[0])
    offsets = times - first
    step = int(np.gcd.reduce(offsets)) if len(times) > 1 else 1
    places = int(offsets[-1]) // step + 1
    if places > _SPARSEST * len(times):
        planes = _transpose(offsets.astype("<u4")) + _transpose(values.astype("<f8"))
        return 1, _HEADER.pack(LIST, first - t0) + zlib.compress(planes)
    grid = np.full(places, np.nan)
    grid[offsets // step] = values
    return step, _HEADER.pack(GRID, first - t0) + zlib.compress(_transpose(grid.astype("<f8")))


def decode(t0: int, step: int, data: bytes) -> tuple[Times, Values]:
    """The points of a chunk, sorted.

    Raises:
        StoreCorrupt: the bytes are none that `encode` wrote.
    """
    try:
        kind, first = _HEADER.unpack_from(data)
        planes = np.frombuffer(zlib.decompress(data[_HEADER.size :]), dtype=np.uint8)
        if kind not in (GRID, LIST):
            raise zlib.error(f"unknown kind {kind}")  # noqa: TRY301  one message for every way to be damaged
        if kind == LIST:
            count = len(planes) // 12
            offsets = _untranspose(planes[: 4 * count], 4).view("<u4").astype(np.int64)
            return t0 + first + offsets, _untranspose(planes[4 * count :], 8).view("<f8").astype(np.float64)
        grid = _untranspose(planes, 8).view("<f8").astype(np.float64)
    except (ValueError, struct.error, zlib.error) as error:
        raise StoreCorrupt(
            f"A chunk of samples that begins at {t0} is damaged ({error}): restore a backup, or delete the row."
        ) from error
    there = np.flatnonzero(~np.isnan(grid))
    return t0 + first + there * step, grid[there]


def _transpose(numbers: NDArray[np.generic]) -> bytes:
    width = numbers.dtype.itemsize
    return numbers.view(np.uint8).reshape(-1, width).T.tobytes()


def _untranspose(planes: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(planes.reshape(width, -1).T).reshape(-1)
