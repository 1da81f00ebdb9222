"""What an environment should be, and until when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.shutdown.config import protected
from service.shutdown.desired import ByHand, Rules, desired
from service.shutdown.holidays import Holidays
from service.shutdown.periods import parse_periods
from service.shutdown.timetable import Timetable
from store.power import Mode, Override, Power
from store.stack import Stack

OFFICE = Timetable(
    "office", ZoneInfo("Asia/Seoul"), parse_periods(["mon-fri 09:00-20:00"]), Holidays(countries=("KR",))
)
RULES = Rules(timetable=OFFICE)
RUNNING, STOPPED = Power.RUNNING, Power.STOPPED


def kst(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in Seoul in November 2026; the 24th is a Tuesday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Seoul")).astimezone(UTC)


def asked(
    power: Power, start: datetime, end: datetime, asked_at: datetime | None = None, *, hold: bool = False
) -> Override:
    return Override("o", "dev", power, start, end, "kim", asked_at or start, "demo at nine", hold)


def stack_of(name: str, **settings: object) -> Stack:
    return Stack.model_validate({"environments": {name: {"schedule": "office", "protect": False} | settings}})


def test_the_schedule_decides_when_nobody_asked_for_anything() -> None:
    found = desired(RULES, kst(24, 10))
    assert (found.power, str(found.because), found.until) == (
        RUNNING,
        "schedule office: mon-fri 09:00-20:00",
        kst(24, 20),
    )
    assert desired(RULES, kst(27, 21)).until == kst(30, 9)


def test_a_holiday_in_between_is_counted_in_until() -> None:
    christmas_eve = datetime(2026, 12, 24, 12, tzinfo=UTC)
    found = desired(RULES, christmas_eve)
    assert found.until == datetime(2026, 12, 28, tzinfo=UTC)
    on_it = desired(RULES, christmas_eve + timedelta(days=1))
    assert "Christmas Day" in on_it.because


def test_an_override_beats_the_schedule_and_expires() -> None:
    rules = Rules(timetable=OFFICE, overrides=[asked(RUNNING, kst(24, 19), kst(24, 22))])
    found = desired(rules, kst(24, 21))
    assert (found.power, str(found.because), found.until) == (RUNNING, "kept on by kim: demo at nine", kst(24, 22))
    assert desired(rules, kst(24, 22)).power is STOPPED
    assert desired(rules, kst(24, 19)).until == kst(24, 22)


def test_an_override_into_the_morning_runs_on_with_the_schedule() -> None:
    rules = Rules(timetable=OFFICE, overrides=[asked(RUNNING, kst(24, 19), kst(25, 9))])
    assert desired(rules, kst(24, 21)).until == kst(25, 20)


def test_of_two_overrides_the_one_asked_for_last_holds() -> None:
    early = asked(RUNNING, kst(24, 19), kst(24, 23), kst(24, 18))
    late = asked(STOPPED, kst(24, 20), kst(24, 22), kst(24, 20))
    for overrides in ([early, late], [late, early]):
        found = desired(Rules(timetable=OFFICE, overrides=overrides), kst(24, 21))
        assert (found.power, found.until) == (STOPPED, kst(24, 22))


def test_a_hold_beats_every_other_override() -> None:
    hold = asked(RUNNING, kst(24, 19), kst(24, 23), kst(24, 1), hold=True)
    stop = asked(STOPPED, kst(24, 20), kst(24, 22), kst(24, 20))
    assert desired(Rules(timetable=OFFICE, overrides=[hold, stop]), kst(24, 21)).power is RUNNING


def test_protection_beats_everything() -> None:
    stop = asked(STOPPED, kst(24, 20), kst(24, 22))
    found = desired(Rules(protected="protected", timetable=OFFICE, overrides=[stop]), kst(24, 21))
    assert (found.power, found.because, found.until) == (RUNNING, "protected", None)


def test_without_a_schedule_it_runs() -> None:
    assert desired(Rules(), kst(24, 3)) == desired(Rules(), kst(25, 3))
    assert desired(Rules(), kst(24, 3)).power is RUNNING


def test_a_start_by_hand_stands_until_the_next_edge_and_not_where_the_schedule_is_enforced() -> None:
    by_hand = ByHand(RUNNING, kst(24, 22))
    kept = desired(Rules(timetable=OFFICE, by_hand=by_hand), kst(24, 23))
    assert (kept.power, kept.until) == (RUNNING, kst(25, 20))
    assert desired(Rules(timetable=OFFICE, by_hand=by_hand), kst(25, 21)).power is STOPPED
    enforced = Rules(timetable=OFFICE, by_hand=by_hand, mode=Mode.ENFORCE)
    assert desired(enforced, kst(24, 23)).power is STOPPED


def test_a_stop_by_hand_in_working_hours_stands_until_the_evening_and_so_until_morning() -> None:
    rules = Rules(timetable=OFFICE, by_hand=ByHand(STOPPED, kst(24, 11)))
    found = desired(rules, kst(24, 12))
    assert (found.power, found.until) == (STOPPED, kst(25, 9))


@pytest.mark.parametrize(
    "name",
    ["prod", "Production", "PRD", "live", "eu-prod", "prod2", "shop_prod", "prod.eu", "운영", "non-prod-and-prod"],
)
def test_what_is_called_production_is_protected_whatever_the_configuration_says(name: str) -> None:
    assert protected(name, stack_of(name))
    assert protected("blue", stack_of("blue", title=name))


@pytest.mark.parametrize(
    "name", ["dev", "non-prod", "preprod", "pre_production", "staging", "product-demo", "delivery"]
)
def test_what_only_sounds_like_production_may_sleep(name: str) -> None:
    assert not protected(name, stack_of(name))
    assert protected(name, stack_of(name, protect=True))


_HOURS = st.integers(-48, 96).map(lambda hours: kst(24, 0) + timedelta(hours=hours))
_OVERRIDES = st.lists(
    st.tuples(st.sampled_from(Power), _HOURS, st.integers(1, 48), _HOURS, st.booleans()).map(
        lambda one: asked(one[0], one[1], one[1] + timedelta(hours=one[2]), one[3], hold=one[4] and one[0] is RUNNING)
    ),
    max_size=4,
)


@given(_OVERRIDES, _HOURS)
def test_until_is_the_first_instant_at_which_the_power_changes(overrides: list[Override], now: datetime) -> None:
    rules = Rules(timetable=OFFICE, overrides=overrides)
    found = desired(rules, now)
    assert found.until is not None
    hours = int((found.until - now) / timedelta(hours=1))
    assert all(desired(rules, now + timedelta(hours=step)).power is found.power for step in range(hours))
    assert desired(rules, found.until).power is not found.power
