"""What is asked of Cost Explorer and when: pure, without any call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.costs.config import Costs
from collectors.costs.planner import (
    Known,
    Question,
    due,
    groups_due,
    history_start,
    question_due,
    spendable,
    total_due,
    window_start,
)
from collectors.costs.views import TOTAL, groupings
from store.money import CostRead, View

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
SETTINGS = Costs()
GROUPED = groupings("Component", "Environment")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive


def read(view: str, at: datetime, *, tied: bool = True, pages: int = 1) -> CostRead:
    return CostRead("main", view, date(2026, 10, 1), at.date() + timedelta(days=1), at, pages, tied=tied)


def known(at: datetime = YESTERDAY, **also: object) -> Known:
    views = (TOTAL, *GROUPED)
    base = Known(reads={one.view: read(one.view, at) for one in views}, since=date(2025, 11, 1))
    return replace(base, **also)  # type: ignore[arg-type]


def test_the_first_start_brings_thirteen_months_of_the_total() -> None:
    ask = total_due(Known(), SETTINGS, NOW)
    assert ask is not None
    assert (ask.start, ask.end, ask.history) == (date(2025, 11, 1), date(2026, 11, 26), True)
    assert not groups_due(Known(), SETTINGS, GROUPED, NOW).asks, "without a total nothing can be tied out"


def test_the_groups_of_the_first_start_reach_as_far_back_as_the_total() -> None:
    now_known = Known(reads={TOTAL.view: read(TOTAL.view, NOW)}, since=date(2026, 8, 1))
    asks = groups_due(now_known, SETTINGS, GROUPED, NOW).asks
    assert [ask.grouping.view for ask in asks] == [one.view for one in GROUPED]
    assert {ask.start for ask in asks} == {date(2026, 8, 1)}


def test_the_total_is_read_again_from_the_first_of_the_previous_month() -> None:
    ask = total_due(known(), SETTINGS, NOW)
    assert ask is not None
    assert (ask.start, ask.end, ask.history) == (date(2026, 10, 1), date(2026, 11, 26), False)


@given(MOMENTS)
def test_the_total_is_read_three_times_a_day_at_most(begin: datetime) -> None:
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    last, times = midnight - timedelta(seconds=1), 0
    for minute in range(0, 1440, 7):
        now = midnight + timedelta(minutes=minute)
        if due(last, now, SETTINGS.every):
            last, times = now, times + 1
    assert times == 3


def test_groups_are_not_read_while_the_total_is_as_it_was() -> None:
    assert groups_due(known(), SETTINGS, GROUPED, NOW).asks == ()


def test_groups_are_read_from_the_first_day_that_changed() -> None:
    changed = [(date(2026, 11, 23), NOW), (date(2026, 11, 24), NOW), (date(2026, 11, 20), YESTERDAY)]
    asks = groups_due(known(changed=changed), SETTINGS, GROUPED, NOW).asks
    assert {ask.grouping.view for ask in asks} == {View.USAGE, View.COMPONENT, View.ENVIRONMENT, View.PLACE}
    assert {(ask.start, ask.end) for ask in asks} == {(date(2026, 11, 23), date(2026, 11, 26))}
    assert {ask.pages for ask in asks} == {1}


def test_groups_are_read_once_a_day_at_most_however_often_the_total_changes() -> None:
    earlier = NOW - timedelta(hours=8)
    changed = [(date(2026, 11, 24), NOW)]
    assert groups_due(known(earlier, changed=changed), SETTINGS, GROUPED, NOW).asks == ()


def test_a_reading_that_did_not_tie_out_is_made_again_when_it_is_next_due() -> None:
    reads = dict(known().reads) | {View.PLACE: read(View.PLACE, YESTERDAY, tied=False)}
    (ask,) = groups_due(known(reads=reads), SETTINGS, GROUPED, NOW).asks
    assert (ask.grouping.view, ask.start) == (View.PLACE, date(2026, 10, 1))


@pytest.mark.parametrize("day", [1, 8])
def test_everything_is_read_again_when_a_month_began_and_when_its_invoice_is_final(day: int) -> None:
    now = datetime(2026, 12, day, 9, tzinfo=UTC)
    asks = groups_due(known(now - timedelta(days=3)), SETTINGS, GROUPED, now).asks
    assert [ask.grouping.view for ask in asks] == [one.view for one in GROUPED]
    assert {ask.start for ask in asks} == {date(2026, 11, 1)}


def test_what_failed_waits() -> None:
    waiting = known(until={"total": NOW + timedelta(hours=1), View.USAGE: NOW + timedelta(hours=1)})
    waiting = replace(waiting, changed=[(date(2026, 11, 24), NOW)])
    assert total_due(waiting, SETTINGS, NOW) is None
    assert View.USAGE not in {ask.grouping.view for ask in groups_due(waiting, SETTINGS, GROUPED, NOW).asks}
    assert total_due(waiting, SETTINGS, NOW + timedelta(hours=1)) is not None


def test_above_the_cap_groups_wait_and_the_total_goes_on() -> None:
    late = known(changed=[(date(2026, 11, 24), NOW)], spent=Decimal("2.84"))
    plan = groups_due(late, SETTINGS, GROUPED, NOW)
    assert plan.asks == ()
    assert plan.held == (View.USAGE, View.COMPONENT, View.ENVIRONMENT, View.PLACE)
    assert total_due(late, SETTINGS, NOW) is not None
    assert total_due(replace(late, spent=Decimal(3)), SETTINGS, NOW) is None
    free = Costs(monthly_cap=None)
    assert len(groups_due(replace(late, spent=Decimal(99)), free, GROUPED, NOW).asks) == 4


def test_a_free_question_is_never_held_back() -> None:
    poor = known(spent=Decimal(3))
    assert question_due(poor, SETTINGS, Question("budgets", SETTINGS.every, pages=0), NOW)
    assert not question_due(poor, SETTINGS, Question("forecast", SETTINGS.forecast_every), NOW)


@given(MOMENTS, st.decimals(0, 4, places=2))
def test_what_may_be_spent_never_goes_beyond_the_cap(now: datetime, spent: Decimal) -> None:
    pages = spendable(spent, SETTINGS, now, reserve=0)
    assert pages <= 0 or spent + pages * Decimal("0.01") <= Decimal(3)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(2, 13))
def test_windows_begin_on_the_first_of_a_month(today: date, months: int) -> None:
    start, history = window_start(today), history_start(today, months)
    assert start.day == history.day == 1
    assert 28 <= (today - start).days <= 61
    assert history <= start
    assert (today.year * 12 + today.month) - (history.year * 12 + history.month) == months - 1


def test_a_group_by_has_two_keys_at_most_and_tags_lose_their_name() -> None:
    for grouping in groupings("Component", "Environment", ["Team", "Team"]):
        assert len(grouping.by) == 2
    place = next(one for one in GROUPED if one.view == View.PLACE)
    assert place.keys(["Component$backend", "Environment$"]) == ("backend", "")
    with pytest.raises(ValueError, match="tag Component"):
        place.keys(["Stage$x", "Environment$"])
    with pytest.raises(ValueError, match="1 keys"):
        place.keys(["Component$backend"])


def test_settings_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(ValidationError, match="groups_every"):
        Costs.model_validate({"every": "8h", "groups_every": "4h"})
    with pytest.raises(ValidationError, match="1m or more"):
        Costs.model_validate({"every": "10s"})
