"""Statistics against their definition, reckoned sample by sample; pages against the uncut results."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.demo.cloudwatch.pages import Cut, page
from service.demo.cloudwatch.retention import first_bucket, is_period, kept_for
from service.demo.cloudwatch.statistics import aggregate, parse_statistic
from service.demo.source import Buckets

_SAMPLES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(-50, 50), st.integers(0, 5)), min_size=1, max_size=40
)  # (minute, value, weight): integers, so that ties and exact shares occur


def _buckets(samples: list[tuple[int, int, int]]) -> Buckets:
    minutes = sorted({minute for minute, _, _ in samples})
    rows = [[(value, weight) for at, value, weight in samples if at == minute] for minute in minutes]
    width = max(len(row) for row in rows)
    values, weights = np.full((len(rows), width), np.nan), np.zeros((len(rows), width))
    for number, row in enumerate(rows):
        for column, (value, weight) in enumerate(row):
            values[number, column], weights[number, column] = value, weight
    return Buckets(np.array(minutes, dtype=np.int64) * 60, values, weights)


def _slowly(stat: str, samples: list[tuple[int, int]]) -> float:
    """A statistic with every sample written out as often as its weight says."""
    row = sorted(value for value, weight in samples for _ in range(weight))
    if stat.startswith("p"):
        return row[max(0, math.ceil(float(stat[1:]) / 100 * len(row) - 1e-9) - 1)]
    return {
        "Sum": sum(row),
        "SampleCount": len(row),
        "Average": sum(row) / len(row),
        "Minimum": row[0],
        "Maximum": row[-1],
    }[stat]


@given(
    _SAMPLES,
    st.sampled_from(
        ["Sum", "SampleCount", "Average", "Minimum", "Maximum", "p0", "p10", "p50", "p90", "p99.9", "p100"]
    ),
    st.sampled_from([60, 120, 300, 3600]),
)
def test_a_statistic_is_its_definition(samples: list[tuple[int, int, int]], stat: str, period: int) -> None:
    statistic = parse_statistic(stat)
    assert statistic is not None
    times, values = aggregate(_buckets(samples), statistic, period)
    expected = {}
    for start in sorted({minute * 60 // period * period for minute, _, _ in samples}):
        inside = [(value, weight) for minute, value, weight in samples if minute * 60 // period * period == start]
        if any(weight for _, weight in inside):
            expected[start] = _slowly(stat, inside)
    assert dict(zip(times.tolist(), values.tolist(), strict=True)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("tm80", 4.5), ("TM(10%:90%)", 5.5), ("TM(2:5)", 4), ("tc80", 8), ("TC(2:5)", 3), ("ts80", 36), ("TS(2:5)", 12),
        ("PR(:5)", 50), ("PR(5:)", 50), ("PR(2:5)", 30), ("IQM", 5.5), ("wm80", 5.2), ("WM(3:6)", 4.8), ("TM(50%:)", 8),
    ],
)  # fmt: skip
def test_trimmed_statistics_of_one_to_ten(stat: str, expected: float) -> None:
    statistic = parse_statistic(stat)
    assert statistic is not None
    values = np.arange(1.0, 11.0).reshape(1, 10)[:, ::-1]
    _, found = aggregate(Buckets(np.zeros(1, dtype=np.int64), values, np.ones_like(values)), statistic, 60)
    assert found.tolist() == pytest.approx([expected])


@pytest.mark.parametrize(
    "text", ["", "avg", "average", "p", "p101", "p-1", "tm", "TM()", "TM(5)", "PR(1%:2%)", "Sum ", "p9.9.9"]
)
def test_what_is_no_statistic_is_none(text: str) -> None:
    assert parse_statistic(text) is None


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(1, 30))
def test_pages_put_together_are_the_whole(lengths: list[int], size: int) -> None:
    whole = [
        {"Id": f"q{n}", "Timestamps": list(range(length)), "Values": [n] * length, "StatusCode": "Complete"}
        for n, length in enumerate(lengths)
    ]
    joined: dict[str, list[int]] = {}
    final: dict[str, str] = {}
    cut: Cut | None = Cut(0, 0, 0.0)
    rounds = 0
    while cut is not None:
        shown, cut = page(whole, cut, size)
        assert cut is None or sum(len(result["Values"]) for result in shown) == size
        for result in shown:
            joined.setdefault(result["Id"], []).extend(result["Timestamps"])
            assert final.get(result["Id"]) != "Complete", "nothing comes after Complete"
            final[result["Id"]] = result["StatusCode"]
        rounds += 1
        assert rounds <= sum(lengths) // size + 1
    assert joined == {str(result["Id"]): result["Timestamps"] for result in whole}
    assert set(final.values()) == {"Complete"}


@given(st.floats(0, 500 * 86_400), st.sampled_from([1, 10, 60, 300, 3600, 86_400]))
def test_the_first_bucket_is_on_the_clock_and_not_before_the_rounded_start(age: float, period: int) -> None:
    now = 1_795_435_200.0
    first = first_bucket(now - age, now, period)
    assert first % period == 0
    assert now - age - 3600 <= first < now - age + period


@given(st.integers(-10, 100_000))
def test_a_longer_period_is_kept_as_long(period: int) -> None:
    if is_period(period) and is_period(2 * period):
        assert kept_for(2 * period) >= kept_for(period)


def test_no_bucket_is_no_point() -> None:
    statistic: Any = parse_statistic("p50")
    assert [len(part) for part in aggregate(Buckets.empty(), statistic, 60)] == [0, 0]
