"""Quiet hours and weekly windows: over midnight, through changes of the clock, one after the other."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.routing.windows import Weekly, parse_clock, parse_days

SEOUL, BERLIN = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = SEOUL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    nights = Weekly(time(22), time(7), SEOUL, parse_days(["fri"]))
    assert nights.until(at("2026-11-27T21:59")) is None
    assert nights.until(at("2026-11-27T22:00")) == at("2026-11-28T07:00")
    assert nights.until(at("2026-11-28T06:59:59")) == at("2026-11-28T07:00")
    assert nights.until(at("2026-11-28T07:00")) is None
    assert nights.until(at("2026-11-28T23:00")) is None


def test_windows_that_touch_are_one() -> None:
    weekend = Weekly(time(0), time(0), SEOUL, parse_days(["sat", "Sunday"]))
    assert weekend.until(at("2026-11-28T00:00")) == at("2026-11-30T00:00")
    assert weekend.until(at("2026-11-30T00:00")) is None


def test_the_night_in_which_the_clock_springs_forward_is_an_hour_shorter() -> None:
    nights = Weekly(time(22), time(7), BERLIN)
    begin = at("2026-03-28T22:00", BERLIN)
    end = nights.until(begin)
    assert end is not None
    assert end - begin.astimezone(UTC) == timedelta(hours=8)


def test_the_night_in_which_the_clock_falls_back_is_an_hour_longer() -> None:
    nights = Weekly(time(22), time(7), BERLIN)
    begin = at("2026-10-24T22:00", BERLIN)
    end = nights.until(begin)
    assert end is not None
    assert end - begin.astimezone(UTC) == timedelta(hours=10)


def test_an_hour_that_comes_twice_belongs_wholly_to_the_window() -> None:
    doubled = Weekly(time(2), time(3), BERLIN)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 summer time
    second = first + timedelta(hours=1)  # 02:30 again
    assert doubled.until(first) == doubled.until(second) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_a_window_that_ends_in_a_skipped_hour_ends_all_the_same() -> None:
    skipped = Weekly(time(1), time(2, 30), BERLIN)
    inside = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30
    end = skipped.until(inside)
    assert end is not None
    assert inside < end <= datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


times = st.times().map(lambda value: value.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda value: value.replace(tzinfo=UTC))  # noqa: DTZ001  made aware beside it


@given(times, times, st.sampled_from([SEOUL, BERLIN, ZoneInfo("UTC")]), st.sets(st.integers(0, 6), min_size=1), moments)
def test_the_end_of_a_window_lies_ahead_and_outside_of_it(
    start: time, end: time, zone: ZoneInfo, days: set[int], now: datetime
) -> None:
    window = Weekly(start, end, zone, frozenset(days))
    until = window.until(now)
    assert until is None or until > now
    if until is not None and len(days) < 7:
        assert window.until(until) is None


@pytest.mark.parametrize(
    ("text", "meant"), [("22:00", time(22)), (1320, time(22)), ("24:00", time(0)), ("7:05", time(7, 5))]
)
def test_reads_times_as_people_and_yaml_write_them(text: object, meant: time) -> None:
    assert parse_clock(text) == meant


@pytest.mark.parametrize("text", ["25:00", "22", "22:60", "10 pm", "", True, None, 22.5, -5, "22:0x"])
def test_refuses_what_is_no_time(text: object) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        parse_clock(text)


def test_refuses_what_is_no_day() -> None:
    with pytest.raises(ValueError, match="'someday' is no day: write mon, tue"):
        parse_days(["mon", "someday"])
