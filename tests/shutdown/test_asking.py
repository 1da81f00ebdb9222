"""What a wish comes to: until when, the hours beyond the schedule, their price, and its bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.shutdown.asking import HOLD, KEEP, SKIP, START, STOP, Refused, Wish, offers_of, plan_of
from service.shutdown.config import ShutdownSettings
from service.shutdown.desired import Rules, desired
from service.shutdown.holidays import Holidays
from service.shutdown.periods import parse_periods
from service.shutdown.timetable import Timetable
from store.power import Condition, EnvironmentPower, Override, Power

SETTINGS = ShutdownSettings()
OFFICE = Rules(
    timetable=Timetable("office", ZoneInfo("Asia/Seoul"), parse_periods(["mon-fri 09:00-20:00"]), Holidays())
)
TUESDAY_1930 = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
STOPS = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
STARTS = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
instants = st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds


def state(now: datetime = TUESDAY_1930, power: Power = Power.RUNNING) -> EnvironmentPower:
    return EnvironmentPower("dev", power, "", None, Condition.RUNNING, now, now, hourly=Decimal("0.155"))


def test_two_hours_count_from_the_stop_and_are_priced() -> None:
    found = plan_of(Wish(KEEP, "kim", 2 * HOUR), OFFICE, state(), SETTINGS, TUESDAY_1930)
    assert found.override.end == STOPS + 2 * HOUR
    assert (found.hours, found.price) == (Decimal(2), Decimal("0.31"))


def test_asleep_it_counts_from_now() -> None:
    late = STOPS + 3 * HOUR
    found = plan_of(Wish(KEEP, "kim", 2 * HOUR), OFFICE, state(late, Power.STOPPED), SETTINGS, late)
    assert found.override.end == late + 2 * HOUR


def test_tonight_ends_with_the_next_start_or_with_the_longest_wish() -> None:
    settings = ShutdownSettings(longest=14 * HOUR)
    found = plan_of(Wish(SKIP, "kim"), OFFICE, state(), settings, TUESDAY_1930)
    assert (found.override.end, found.hours) == (STARTS, Decimal(13))
    friday = TUESDAY_1930 + timedelta(days=3)
    weekend = plan_of(Wish(SKIP, "kim"), OFFICE, state(friday), SETTINGS, friday)
    assert weekend.override.end == STOPS + timedelta(days=3) + SETTINGS.longest


def test_a_stop_holds_until_the_next_start_and_says_what_it_saves() -> None:
    found = plan_of(Wish(STOP, "kim"), OFFICE, state(), SETTINGS, TUESDAY_1930)
    assert found.override.power is Power.STOPPED
    assert (found.override.end, found.price) == (STARTS, Decimal("-0.08"))


def test_a_start_within_the_hours_of_the_schedule_lasts_as_long_as_they() -> None:
    noon = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    stopped = replace(OFFICE, overrides=(Override("1", "dev", Power.STOPPED, noon - HOUR, STARTS, "lee", noon - HOUR),))
    found = plan_of(Wish(START, "kim"), stopped, state(noon, Power.STOPPED), SETTINGS, noon)
    assert found.override.end == STOPS
    assert desired(replace(stopped, overrides=(*stopped.overrides, found.override)), noon).power is Power.RUNNING


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(KEEP, "kim", 13 * HOUR), "at most 12h"),
        (Wish(HOLD, "kim", 73 * HOUR), "at most 3d"),
        (Wish(KEEP, "kim", timedelta(seconds=1)), "at least 5m"),
        (Wish(START, "kim", until=TUESDAY_1930 - HOUR), "over already"),
    ],
)
def test_what_is_too_long_too_short_or_over_is_refused(wish: Wish, words: str) -> None:
    with pytest.raises(Refused) as refused:
        plan_of(wish, OFFICE, state(), SETTINGS, TUESDAY_1930)
    assert words in str(refused.value.sentence)


def test_production_and_what_has_no_schedule_take_no_wish() -> None:
    for rules in (Rules(protected="production never sleeps"), Rules()):
        with pytest.raises(Refused):
            plan_of(Wish(STOP, "kim"), rules, state(), SETTINGS, TUESDAY_1930)
        assert list(offers_of(rules, state(), SETTINGS, TUESDAY_1930)) == []


def test_a_person_has_a_share_of_the_week_and_hours_count_once() -> None:
    monday = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    kept = [
        Override(str(n), "dev", Power.RUNNING, monday + n * HOUR, monday + 12 * HOUR, "kim", monday) for n in range(3)
    ]
    rules = replace(OFFICE, overrides=tuple(kept))
    now = STOPS - HOUR
    assert plan_of(Wish(KEEP, "kim", 12 * HOUR), rules, state(now), SETTINGS, now).hours == Decimal(12)
    less = ShutdownSettings(per_person=23 * HOUR)
    with pytest.raises(Refused, match=r"12\.0 h this week"):
        plan_of(Wish(KEEP, "kim", 12 * HOUR), rules, state(now), less, now)
    assert plan_of(Wish(KEEP, "lee", 12 * HOUR), rules, state(now), less, now)


@given(now=instants, hours=st.integers(1, 12), do=st.sampled_from([KEEP, START, STOP]))
def test_the_price_is_that_of_the_hours_that_change(now: datetime, hours: int, do: str) -> None:
    found = plan_of(Wish(do, "kim", hours * HOUR), OFFICE, state(now), SETTINGS, now)
    with_it = replace(OFFICE, overrides=(replace(found.override, id="o"),))
    minutes = [now + n * timedelta(minutes=5) for n in range(int((found.override.end - now) / timedelta(minutes=5)))]
    changed = sum(desired(with_it, at).power is not desired(OFFICE, at).power for at in minutes)
    assert abs(Decimal(changed) / 12 - found.hours) <= Decimal("0.2")
    sign = -1 if do == STOP else 1
    assert found.price == (found.hours * Decimal("0.155") * sign).quantize(Decimal("0.01"))


@given(now=instants)
def test_what_is_offered_is_what_is_recorded(now: datetime) -> None:
    power = desired(OFFICE, now).power
    for offer in offers_of(OFFICE, state(now, power), SETTINGS, now):
        length = timedelta(seconds=offer.seconds) if offer.seconds is not None else None
        found = plan_of(Wish(offer.do, "kim", length), OFFICE, state(now, power), SETTINGS, now)
        assert (found.override.end, found.hours, found.price) == (offer.until, offer.hours, offer.price)
