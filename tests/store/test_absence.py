from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store import Gap
from store.samples.absence import NO_VALUE, Tier, covered, fill_zeros, find_gaps
from store.samples.resample import resample

NOTHING = np.zeros(0, dtype=np.int64), np.zeros(0)


def points(*times: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.array(times, dtype=np.int64), np.ones(len(times))


def test_silence_is_filled_where_the_points_would_lie() -> None:
    times, values = fill_zeros(points(120, 720), [(0, 1200)], 300, ())
    assert times.tolist() == [120, 420, 720, 1020]
    assert values.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_without_points_zeros_lie_as_the_collection_did() -> None:
    assert fill_zeros(NOTHING, [(60, 240)], 60, ())[0].tolist() == [60, 120, 180]


def test_a_coarsened_stretch_is_filled_at_its_coarser_step() -> None:
    times, _ = fill_zeros(NOTHING, [(0, 720)], 60, (Tier(600, 300),))
    assert times.tolist() == [0, 300, 600, 660]


def test_an_unknown_series_is_silent_where_it_has_no_value() -> None:
    known = covered(points(0, 60, 240)[0], 60, ())
    assert find_gaps([], known, [(0, 360)], 60, (0, 600), unknown=True) == [
        Gap(120, 240, NO_VALUE),
        Gap(300, 360, NO_VALUE),
    ]


def test_a_recorded_gap_shrinks_where_a_value_came_after_all() -> None:
    known = covered(points(120)[0], 60, ())
    gaps = find_gaps([Gap(60, 300, "throttled")], known, [(0, 300)], 60, (0, 300), unknown=False)
    assert gaps == [Gap(60, 120, "throttled"), Gap(180, 300, "throttled")]


@given(
    held=st.dictionaries(st.integers(0, 200), st.floats(-1e6, 1e6), max_size=60),
    step=st.sampled_from([2, 5, 60]),
    stat=st.sampled_from(["Sum", "SampleCount", "Maximum", "Minimum", "Average", "p99"]),
)
def test_a_coarser_point_is_the_aggregate_of_its_bucket(held: dict[int, float], step: int, stat: str) -> None:
    times = np.array(sorted(held), dtype=np.int64)
    found_times, found = resample(times, np.array([held[time] for time in sorted(held)]), step, stat)
    buckets: dict[int, list[float]] = {}
    for time in sorted(held):
        buckets.setdefault(time // step * step, []).append(held[time])
    how = {"Sum": sum, "SampleCount": sum, "Maximum": max, "Minimum": min}.get(stat, lambda some: sum(some) / len(some))
    assert found_times.tolist() == sorted(buckets)
    assert np.allclose(found, [how(buckets[start]) for start in sorted(buckets)])
