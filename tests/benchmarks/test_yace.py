from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.yace import (
    fits_quota,
    naive_plan,
    pages,
    yace_all_points,
    yace_default,
    yace_each_minute,
    yace_plan,
)


@pytest.mark.parametrize(("count", "size", "wanted"), [(0, 500, 1), (1, 500, 1), (500, 500, 1), (501, 500, 2)])
def test_a_question_takes_a_page_even_where_there_is_nothing(count: int, size: int, wanted: int) -> None:
    assert pages(count, size) == wanted


def test_the_reference_stack_costs_79_dollars_a_month_at_one_minute() -> None:
    assert round(yace_each_minute(183).dollars) == 79


def test_the_default_scrapes_288_times_a_day_and_keeps_a_point_each_five_minutes() -> None:
    plan = yace_default(2000)
    assert (plan.scrapes, plan.points_an_hour) == (288, 12)
    assert plan.metrics == 288 * 2000
    assert plan.requests == 288 * 4
    assert plan.lists == 288 * 4


def test_each_metric_name_is_listed_at_every_scrape() -> None:
    assert yace_each_minute(183, names=80).lists == 1440 * 80


def test_names_with_more_series_than_a_page_take_more_pages() -> None:
    # 1,001 series over two names: 501 and 500, so two pages and one.
    assert yace_plan(1001, names=2).lists == 288 * 3


def test_five_statistics_of_a_metric_are_billed_once_and_six_twice() -> None:
    one, five, six = (yace_plan(100, statistics=count) for count in (1, 5, 6))
    assert one.metrics == five.metrics == six.metrics // 2
    assert five.requests == one.requests == 288
    assert six.requests == 288 * 2


def test_a_minute_is_scraped_each_minute_because_only_the_newest_point_is_exported() -> None:
    assert yace_each_minute(10).metrics == 5 * yace_default(10).metrics
    assert yace_plan(10, every=300, period=60).points_an_hour == 12


def test_all_points_bring_the_minutes_at_the_default_bill() -> None:
    assert yace_all_points(10).points_an_hour == 60
    assert yace_all_points(10).metrics == yace_default(10).metrics


def test_lists_cost_only_beyond_the_free_million() -> None:
    plan = yace_each_minute(200)
    assert plan.dollars == Decimal("86.40")
    assert plan.dollars_with_lists == Decimal("86.40") + Decimal("0.432")


def test_the_naive_loop_pays_as_much_and_soon_breaks_the_quota() -> None:
    assert naive_plan(2000).dollars == yace_each_minute(2000).dollars
    assert fits_quota(naive_plan(2000))
    assert not fits_quota(naive_plan(20_000))
    assert fits_quota(yace_each_minute(20_000))


def test_the_newest_point_grows_older_until_the_next_scrape() -> None:
    assert (yace_each_minute(1).newest_age, yace_each_minute(1).oldest_age) == (60, 60)
    assert (yace_all_points(1).newest_age, yace_all_points(1).oldest_age) == (60, 300)


@given(series=st.integers(1, 50_000), names=st.integers(1, 500))
def test_every_series_finds_its_place_on_a_page(series: int, names: int) -> None:
    plan = yace_default(series, names)
    per_scrape = plan.lists // plan.scrapes
    assert max(names, pages(series, 500)) <= per_scrape <= names + series // 500
    assert (plan.requests_a_scrape - 1) * 500 < series <= plan.requests_a_scrape * 500
