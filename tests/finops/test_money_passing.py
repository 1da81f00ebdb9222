"""The day on which a budget is passed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finops.passing import passes_on
from store.money import DayForecast

FIRST = date(2026, 11, 20)


def days(*amounts: Decimal) -> list[DayForecast]:
    return [DayForecast(FIRST + timedelta(days=n), each, each, each) for n, each in enumerate(amounts)]


def test_it_is_the_day_that_goes_beyond_and_not_the_one_that_reaches_it() -> None:
    ten = Decimal(10)
    assert passes_on(Decimal(120), Decimal(100), days(ten, ten, ten)) == date(2026, 11, 22)
    assert passes_on(Decimal(130), Decimal(100), days(ten, ten, ten)) is None
    assert passes_on(Decimal(99), Decimal(100), days(ten)) is None
    assert passes_on(Decimal(120), Decimal(100), []) is None


AMOUNTS = st.decimals(min_value=0, max_value=1000, places=2)


@given(AMOUNTS, AMOUNTS, st.lists(AMOUNTS, max_size=10))
def test_before_that_day_all_is_within_the_limit_and_at_its_end_it_is_not(
    limit: Decimal, spent: Decimal, amounts: list[Decimal]
) -> None:
    day = passes_on(limit, spent, days(*amounts)[::-1])
    if day is None:
        assert spent > limit or spent + sum(amounts) <= limit
    else:
        upto = (day - FIRST).days
        assert spent + sum(amounts[:upto]) <= limit < spent + sum(amounts[: upto + 1])
