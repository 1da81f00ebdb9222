from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import StoreCorrupt
from store.samples.codec import decode, encode

FINITE = st.floats(allow_nan=False, allow_infinity=False)
T0 = 1_789_948_800


@given(points=st.dictionaries(st.integers(0, 86399), FINITE, min_size=1, max_size=200))
def test_any_points_of_a_day_come_back_bit_for_bit(points: dict[int, float]) -> None:
    times = np.array(sorted(points), dtype=np.int64) + T0
    values = np.array([points[time - T0] for time in times.tolist()])
    step, data = encode(T0, times, values)
    back_times, back_values = decode(T0, step, data)
    assert back_times.tolist() == times.tolist()
    assert back_values.tobytes() == values.tobytes()


@given(
    phase=st.integers(0, 299),
    step=st.sampled_from([1, 10, 60, 300]),
    values=st.lists(
        st.none() | FINITE | st.integers(0, 10**6).map(float) | st.integers(0, 10**7).map(lambda n: n / 1000)
    ),
)
def test_a_grid_with_holes_comes_back_where_it_was(phase: int, step: int, values: list[float | None]) -> None:
    kept = [(T0 + phase + step * place, value) for place, value in enumerate(values) if value is not None]
    if not kept:
        return
    times = np.array([time for time, _ in kept], dtype=np.int64)
    found, data = encode(T0, times, np.array([value for _, value in kept]))
    back_times, back_values = decode(T0, found, data)
    assert list(zip(back_times.tolist(), back_values.tolist(), strict=True)) == kept


def test_negative_zero_stays_negative() -> None:
    times = np.arange(3, dtype=np.int64) * 60 + T0
    step, data = encode(T0, times, np.array([-0.0, 1.0, 2.0]))
    assert np.signbit(decode(T0, step, data)[1][0])


def test_a_constant_day_takes_next_to_nothing() -> None:
    times = np.arange(1440, dtype=np.int64) * 60 + T0
    assert len(encode(T0, times, np.full(1440, 3.7))[1]) < 60


@pytest.mark.parametrize("data", [b"", b"\x01", struct.pack("<BI", 1, 0) + b"no zlib", struct.pack("<BI", 99, 0)])
def test_damaged_bytes_are_called_damaged(data: bytes) -> None:
    with pytest.raises(StoreCorrupt, match="damaged"):
        decode(T0, 60, data)


def test_every_flipped_byte_is_noticed_or_harmless() -> None:
    times = np.arange(60, dtype=np.int64) * 60 + T0
    step, data = encode(T0, times, np.arange(60) / 7)
    for place in range(5, len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 0xFF
        try:
            back = decode(T0, step, bytes(flipped))
        except StoreCorrupt:
            continue
        assert back[1].tolist() == (np.arange(60) / 7).tolist()
