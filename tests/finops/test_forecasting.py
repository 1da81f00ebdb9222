from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.config import CostSettings
from finops.errors import MoneyError
from finops.forecast import update
from finops.forecast.from_csv import forecast_file, read_days
from finops.forecast.predicting import predict
from finops.round import Around
from finops.series import DAY, Daily
from store import open_store
from store.money import CostObservation, CostRead, Forecast, View
from store.stack import Stack

JANUARY = date(2026, 1, 1)


def series(amounts: list[Decimal | None], start: date = JANUARY) -> Daily:
    return Daily("USD", start, tuple(amounts))


def office(days: int, start: date = JANUARY, level: float = 40.0) -> list[Decimal | None]:
    """So many days of an office's stack: less on weekends, a small ripple, 30 more on the first of each month."""
    found: list[Decimal | None] = []
    for number in range(days):
        day = start + number * DAY
        usual = level * (1.0 if day.weekday() < 5 else 0.6) * (1 + 0.01 * ((number * 7) % 5 - 2))
        found.append(Decimal(f"{usual + (30 if day.day == 1 else 0):.4f}"))
    return found


def test_a_month_with_weekends_and_a_monthly_charge_is_foretold_within_a_percent() -> None:
    amounts = office(270)
    whole = sum((one or Decimal(0) for one in amounts[212:243]), Decimal(0))
    for day in (5, 10, 20):
        one = predict(series(amounts), date(2026, 8, 1) + day * DAY, date(2026, 8, 1), date(2026, 9, 1))
        assert abs(one.total - whole) < whole / 100
        assert one.low <= whole <= one.high
        assert one.scored_on >= 20
    following = predict(series(amounts[:212]), date(2026, 8, 1), date(2026, 8, 1), date(2026, 9, 1))
    assert abs(following.total - whole) < whole / 100, "the charge of the first day is known from the months before"


@settings(max_examples=25, deadline=None)
@given(
    amounts=st.lists(st.decimals(min_value=0, max_value=500, places=2), min_size=1, max_size=90),
    later=st.lists(st.decimals(min_value=-900, max_value=9000, places=2), max_size=20),
)
def test_nothing_after_the_day_changes_what_is_foretold(amounts: list[Decimal], later: list[Decimal]) -> None:
    as_of = JANUARY + len(amounts) * DAY
    month = as_of.replace(day=1), (as_of.replace(day=28) + 4 * DAY).replace(day=1)
    known, more = series(list(amounts)), series([*amounts, *later])
    assert predict(known, as_of, *month) == predict(more, as_of, *month)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.decimals(min_value=1, max_value=500, places=2), min_size=20, max_size=80))
def test_amounts_ten_times_as_large_are_foretold_ten_times_as_large(amounts: list[Decimal]) -> None:
    as_of = JANUARY + len(amounts) * DAY
    end = as_of + 20 * DAY
    one = predict(series(list(amounts)), as_of, as_of, end)
    ten = predict(series([10 * amount for amount in amounts]), as_of, as_of, end)
    assert float(ten.total) == pytest.approx(10 * float(one.total), abs=0.1)
    assert float(ten.high) == pytest.approx(10 * float(one.high), abs=0.1)


def test_three_days_of_history_give_a_wide_range_that_says_so() -> None:
    one = predict(series([Decimal(10)] * 3), date(2026, 1, 4), JANUARY, date(2026, 2, 1))
    assert one.total == 310
    assert one.scored_on == 0
    assert one.high - one.low >= Decimal(280), "half of what is expected to each side"
    assert one.method != predict(series(office(60)), date(2026, 3, 2), date(2026, 3, 1), date(2026, 4, 1)).method


def test_a_missing_day_is_no_zero() -> None:
    amounts: list[Decimal | None] = [Decimal(10)] * 59
    amounts[40] = None
    one = predict(series(amounts), date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1))
    assert one.total == 280, "a February of 28 days"
    assert one.spent == 270


def test_a_step_is_followed_within_days() -> None:
    amounts = [*office(120), *office(6, JANUARY + 120 * DAY, level=80.0)]
    as_of = JANUARY + 126 * DAY
    one = predict(series(amounts), as_of, as_of, as_of + 7 * DAY)
    assert float(one.total) == pytest.approx(80 * (5 + 2 * 0.6), rel=0.05)


def test_nothing_but_zeros_and_nothing_but_refunds_are_bounded() -> None:
    nothing = predict(series([Decimal(0)] * 60), date(2026, 3, 2), date(2026, 3, 1), date(2026, 4, 1))
    assert (nothing.total, nothing.low, nothing.high) == (0, 0, 0)
    refunds = predict(series([Decimal(-5)] * 60), date(2026, 3, 2), date(2026, 3, 1), date(2026, 4, 1))
    assert refunds.total == -155
    assert refunds.low <= refunds.total <= refunds.high


def test_an_empty_series_expects_nothing() -> None:
    one = predict(series([]), JANUARY, JANUARY, date(2026, 2, 1))
    assert (one.total, one.scored_on, one.error) == (0, 0, None)


def written(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "days.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_file_may_have_a_mark_crlf_any_order_and_unknown_days(tmp_path: Path) -> None:
    text = "\ufeffDay,Amount,note\r\n2026-01-03,3,x\r\n2026-01-01,1.50,x\r\n2026-01-02,NULL,x\r\n2026-01-04,,x\r\n"
    assert read_days(written(tmp_path, text)) == (
        "USD",
        {date(2026, 1, 1): Decimal("1.50"), date(2026, 1, 3): Decimal(3)},
    )


def test_the_day_itself_is_used_and_nothing_after_it(tmp_path: Path) -> None:
    rows = [f"{JANUARY + number * DAY},{amount}" for number, amount in enumerate(office(100))]
    early = forecast_file(written(tmp_path, "\n".join(["day,amount", *rows[:70]])))
    late = forecast_file(written(tmp_path, "\n".join(["day,amount", *rows])), JANUARY + timedelta(days=69))
    assert early == late
    assert set(late["month_end"]) == set(late["next_month"]) == {"total", "low", "high"}
    assert all(isinstance(Decimal(each), Decimal) for each in late["month_end"].values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs the columns"),
        ("date,cost\n2026-01-01,1\n", "needs the columns"),
        ("day,amount\n", "no amount"),
        ("day,amount\n2026-01-01,NULL\n", "no amount"),
        ("day,amount\n2026-01-01,1\n2026-01-01,2\n", "line 3: 2026-01-01 is there twice"),
        ("day,amount\n2026-13-01,1\n", "line 2: '2026-13-01' is no day"),
        ("day,amount\n2026-01-01,1.2.3\n", "line 2: '1.2.3' is no amount"),
        ("day,amount\n2026-01-01,NaN\n", "no amount such as"),
        ("day,amount,currency\n2026-01-01,1,USD\n2026-01-02,1,EUR\n", "several currencies: EUR, USD"),
        ("day,amount\n2026-01-0", "is no day"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(MoneyError, match=said):
        forecast_file(written(tmp_path, text))


def test_a_file_that_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MoneyError, match="no CSV file in UTF-8"):
        forecast_file(written(tmp_path, "day,amount\n2026-01-01,1 \u20ac\n", encoding="utf-16"))


def test_a_day_before_the_file_begins_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MoneyError, match="no day up to 2025"):
        forecast_file(written(tmp_path, "day,amount\n2026-01-01,1\n"), date(2025, 1, 1))


def test_each_currency_has_a_forecast_and_the_larger_one_the_plain_key(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    first, days = date(2026, 10, 1), 50
    amounts = {"EUR": Decimal(1), "USD": Decimal(9)}
    lines = [
        CostObservation("main", View.TOTAL, first + number * DAY, (), currency, cost, cost, cost, now)
        for number in range(days)
        for currency, cost in amounts.items()
    ]
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as store:
        store.migrate()
        store.costs.record(CostRead("main", View.TOTAL, first, first + days * DAY, now, 1), lines)
        update(Around(store, Stack(), CostSettings()), now)
        found = store.reports.all(Forecast)
        history = store.reports.forecasts("", 9, period="month")
    assert {key: (one.currency, one.total) for key, one in found.items() if key.startswith("month:")} == {
        "month:": ("USD", Decimal("270.00")),
        "month:@EUR": ("EUR", Decimal("30.00")),
    }
    assert {one.currency for one in history} == {"USD"}
