"""Wall-clock periods as intervals of UTC, over the changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.shutdown.holidays import Holidays
from service.shutdown.periods import Period, parse_periods
from service.shutdown.timetable import Timetable, instant


def timetable(zone: str, *periods: str, holidays: Holidays | None = None) -> Timetable:
    return Timetable("office", ZoneInfo(zone), parse_periods(periods), holidays or Holidays())


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def spans(table: Timetable, start: datetime, end: datetime) -> list[tuple[datetime, datetime | None]]:
    return [(span.start, span.end) for span in table.spans(start, end)]


@pytest.mark.parametrize(
    ("zone", "day", "at", "edge", "expected"),
    [
        # 2026-03-08 02:00 EST becomes 03:00 EDT: what is skipped is the first instant after it.
        ("America/New_York", date(2026, 3, 8), "02:30", "begin", utc(2026, 3, 8, 7)),
        ("America/New_York", date(2026, 3, 8), "02:30", "end", utc(2026, 3, 8, 7)),
        # 2026-11-01 01:30 comes twice: a begin is the first, an end the second.
        ("America/New_York", date(2026, 11, 1), "01:30", "begin", utc(2026, 11, 1, 5, 30)),
        ("America/New_York", date(2026, 11, 1), "01:30", "end", utc(2026, 11, 1, 6, 30)),
        # Lord Howe moves by half an hour: 02:00 becomes 02:30 on 2026-10-04.
        ("Australia/Lord_Howe", date(2026, 10, 4), "02:15", "begin", utc(2026, 10, 3, 15, 30)),
        # In Cairo the day of the change begins at 01:00: 2026-04-24 has no midnight.
        ("Africa/Cairo", date(2026, 4, 24), "00:00", "begin", utc(2026, 4, 23, 22)),
        # Apia had no 30 December 2011 at all.
        ("Pacific/Apia", date(2011, 12, 30), "12:00", "begin", utc(2011, 12, 30, 10)),
    ],
)
def test_a_time_that_is_skipped_or_comes_twice_has_one_instant(
    zone: str, day: date, at: str, edge: str, expected: datetime
) -> None:
    hour, minute = map(int, at.split(":"))
    assert instant(day, hour * 60 + minute, ZoneInfo(zone), end=edge == "end") == expected


def test_a_period_over_midnight_ends_on_the_next_day() -> None:
    table = timetable("Asia/Seoul", "sat 10:00-02:00")
    assert spans(table, utc(2026, 11, 27), utc(2026, 11, 30)) == [(utc(2026, 11, 28, 1), utc(2026, 11, 28, 17))]
    assert table.place(utc(2026, 11, 28, 16, 59)).running
    assert not table.place(utc(2026, 11, 28, 17)).running


def test_a_begin_belongs_to_the_span_and_an_end_does_not() -> None:
    table = timetable("UTC", "mon 09:00-10:00")
    assert not table.place(utc(2026, 11, 23, 8, 59)).running
    assert table.place(utc(2026, 11, 23, 9)).running
    assert not table.place(utc(2026, 11, 23, 10)).running


def test_a_night_with_a_doubled_hour_has_one_stop_and_one_start() -> None:
    table = timetable("America/New_York", "sat 10:00-01:30", "sun 01:15-01:20")
    minutes = [utc(2026, 11, 1) + timedelta(minutes=number) for number in range(12 * 60)]
    states = [table.place(minute).running for minute in minutes]
    assert sum(before and not after for before, after in pairwise(states)) == 1
    assert not any(after and not before for before, after in pairwise(states))
    assert states[0]
    assert minutes[states.index(False)] == utc(2026, 11, 1, 6, 30)


def test_a_period_that_the_clocks_skip_is_empty_and_told() -> None:
    table = timetable("America/New_York", "sun 02:00-03:00")
    assert spans(table, utc(2026, 3, 7), utc(2026, 3, 10)) == []
    assert table.vanished(utc(2026, 3, 7), utc(2026, 3, 10)) == [(date(2026, 3, 8), "sun 02:00-03:00")]


def test_periods_that_meet_or_overlap_are_one_span() -> None:
    table = timetable("UTC", "mon 09:00-12:00", "mon 12:00-15:00", "mon 14:00-18:00", "mon 10:00-11:00")
    assert spans(table, utc(2026, 11, 23), utc(2026, 11, 24)) == [(utc(2026, 11, 23, 9), utc(2026, 11, 23, 18))]
    assert table.place(utc(2026, 11, 23, 13)).text == "mon 12:00-15:00"


def test_always_has_no_end_and_never_no_begin() -> None:
    assert timetable("Asia/Seoul", "always").place(utc(2026, 11, 24)).until is None
    never = timetable("Asia/Seoul", "never").place(utc(2026, 11, 24))
    assert (never.running, never.until) == (False, None)


def test_on_a_holiday_nothing_begins_and_what_began_before_ends_in_its_time() -> None:
    table = timetable("Asia/Seoul", "mon-fri 20:00-02:00", holidays=Holidays(countries=("KR",)))
    found = spans(table, utc(2026, 12, 24), utc(2026, 12, 29))
    assert found == [(utc(2026, 12, 24, 11), utc(2026, 12, 24, 17)), (utc(2026, 12, 28, 11), utc(2026, 12, 28, 17))]
    assert table.holiday(utc(2026, 12, 25, 3)) == "Christmas Day (KR)"


def test_days_of_ones_own_are_added_to_a_calendar_and_taken_from_it() -> None:
    holidays = Holidays(countries=("KR",), add=(date(2026, 11, 23),), remove=(date(2026, 12, 25),))
    assert holidays.name(date(2026, 11, 23)) == "2026-11-23"
    assert holidays.name(date(2026, 12, 25)) is None
    assert holidays.name(date(2026, 9, 25)) == "Chuseok (KR)"


_TIMES = st.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
_PERIODS = st.lists(
    st.tuples(st.sampled_from(["mon-fri", "sat", "sun", "daily", "15", "last"]), _TIMES, _TIMES)
    .filter(lambda parts: parts[1] != parts[2])
    .map(lambda parts: f"{parts[0]} {parts[1]}-{parts[2]}"),
    min_size=1,
    max_size=3,
)
_ZONES = st.sampled_from(["Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"])


@given(_ZONES, _PERIODS, st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis takes its bounds without a zone
def test_place_and_spans_agree_and_spans_are_apart(zone: str, periods: list[str], at: datetime) -> None:
    table = timetable(zone, *periods)
    found = list(table.spans(at, at + timedelta(days=10)))
    for before, after in pairwise(found):
        assert before.end is not None
        assert before.start < before.end < after.start
    place = table.place(at)
    assert place.running == any(span.start <= at and (span.end is None or at < span.end) for span in found)
    assert place.until is None or place.until > at
    if place.until is not None:
        assert table.place(place.until).running is not place.running
        assert table.place(place.until - timedelta(seconds=1)).running is place.running


@given(_PERIODS, st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)))  # noqa: DTZ001  wall-clock time
def test_where_no_clock_changes_it_runs_by_the_wall_clock(texts: list[str], local: datetime) -> None:
    table = timetable("Asia/Seoul", *texts)
    at = local.replace(tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)

    def runs(period: Period) -> bool:
        minute = local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 6e7
        today = period.on(local.date()) and period.begin <= minute < period.end
        yesterday = local.date() - timedelta(days=1)
        return today or (period.on(yesterday) and period.begin <= minute + 1440 < period.end)

    assert table.place(at).running == any(runs(period) for period in parse_periods(texts))
