"""Running periods as people write them."""

from datetime import date

import pytest

from service.shutdown.periods import Period, parse_periods


def only(text: str) -> Period:
    (period,) = parse_periods([text])
    return period


@pytest.mark.parametrize(
    ("text", "weekdays", "begin", "end"),
    [
        ("mon-fri 09:00-20:00", {0, 1, 2, 3, 4}, 540, 1200),
        ("Mon, Wed 9:00 - 18:30", {0, 2}, 540, 1110),
        ("sat-mon 10:00-11:00", {5, 6, 0}, 600, 660),
        ("Thursday 00:00-24:00", {3}, 0, 1440),
        ("sat 10:00-02:00", {5}, 600, 1560),
        ("weekends 10:00-12:00", {5, 6}, 600, 720),
        ("09:00-10:00", set(range(7)), 540, 600),
        ("always", set(range(7)), 0, 1440),
    ],
)
def test_a_period_is_read_as_it_is_meant(text: str, weekdays: set[int], begin: int, end: int) -> None:
    period = only(text)
    assert (set(period.weekdays), period.begin, period.end) == (weekdays, begin, end)
    assert not period.days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 09:00-12:00", [date(2026, 2, 1)]),
        ("31 09:00-12:00", []),
        ("last 09:00-12:00", [date(2026, 2, 28)]),
        ("1-3,28 09:00-12:00", [date(2026, 2, day) for day in (1, 2, 3, 28)]),
    ],
)
def test_days_of_the_month_are_those_that_the_month_has(text: str, days: list[date]) -> None:
    month = [date(2026, 2, day) for day in range(1, 29)]
    assert [day for day in month if only(text).on(day)] == days


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("monday to friday", "is no running period"),
        ("mon-fri 9-20", "is no running period"),
        ("mon-fri 25:00-26:00", "there is no 25:00"),
        ("mon 09:60-10:00", "there is no 09:60"),
        ("mon 24:00-02:00", "cannot begin at 24:00"),
        ("mon 09:00-09:00", "is empty"),
        ("mo 09:00-10:00", "'mo' is no day"),
        ("32 09:00-10:00", "no days of a month"),
        ("5-2 09:00-10:00", "no days of a month"),
        ("mon,1 09:00-10:00", "mixes weekdays and days of the month"),
        ("", "is no running period"),
        ("mon 09:00-10:00 11:00-12:00", "is no running period"),
    ],
)
def test_what_is_no_period_is_told_with_its_text(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        parse_periods([text])
    assert repr(text.lower()) in str(caught.value)


def test_never_is_no_period_and_stands_alone() -> None:
    assert parse_periods(["never"]) == ()
    with pytest.raises(ValueError, match="stands alone"):
        parse_periods(["never", "mon 09:00-10:00"])
