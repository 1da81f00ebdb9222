from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from finops.budgets import update
from finops.budgets.reading import limit_of, period_before, period_of
from finops.config import Budget, CostSettings
from finops.errors import MoneyError
from finops.round import Around, run
from finops.series import DAY
from store import Store, open_store
from store.money import CostObservation, CostRead, DailyCosts, View
from store.stack import Stack

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIRST = date(2026, 7, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        yield one


def fill(store: Store, prices: dict[tuple[str, ...], str], view: View = View.PLACE, currency: str = "USD") -> None:
    """Each key costs its price on every day until today; from the last two weeks on the backend costs 2 more."""
    lines = []
    for number in range((NOW.date() - FIRST).days):
        day = FIRST + number * DAY
        for keys, price in prices.items():
            more = 2 if "backend" in keys and day >= date(2026, 11, 10) else 0
            amount = Decimal(price) + more
            lines.append(CostObservation("main", view.value, day, keys, currency, amount, amount, amount, NOW, True))
    store.costs.record(CostRead("main", view.value, FIRST, NOW.date() + DAY, NOW, 1), lines)


def around(store: Store, *budgets: dict[str, object]) -> Around:
    stack = Stack.model_validate({"environments": {"prod": {}, "dev": {}}, "components": {"backend": {}}})
    return Around(store, stack, CostSettings.model_validate({"budgets": list(budgets)}))


def test_a_budget_of_a_component_in_an_environment_is_read_to_the_cent(store: Store) -> None:
    fill(store, {("backend", "prod"): "10.10", ("backend", "dev"): "99"})
    update(around(store, {"name": "web", "component": "backend", "environment": "prod", "amount": 300}), NOW)
    [one] = store.budgets.newest()
    assert one.actual == Decimal("10.10") * 23 + 2 * 14
    assert (one.environment, one.component, one.currency, one.limit) == ("prod", "backend", "USD", 300)
    assert one.forecast is not None
    assert one.forecast_low is not None
    assert one.forecast_high is not None
    assert one.forecast_low <= one.forecast <= one.forecast_high
    assert one.forecast == pytest.approx(Decimal(345), abs=Decimal("1.5"))
    assert one.passes_on == date(2026, 11, 27)
    assert (one.start, one.end) == (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def test_the_newest_two_weeks_of_a_budget_are_kept_for_its_picture(store: Store) -> None:
    fill(store, {("backend", "prod"): "10.10"})
    update(around(store, {"name": "web", "component": "backend", "environment": "prod", "amount": 300}), NOW)
    days = store.reports.get(DailyCosts, DailyCosts.key_of(budget="web"))
    assert days is not None
    assert (days.start, len(days.amounts), days.usual) == (date(2026, 11, 9), 14, Decimal(10))
    assert days.amounts[0] == Decimal("10.10")
    assert days.amounts[-1] == Decimal("12.10")


def test_what_grew_most_is_held_against_the_same_days_of_the_month_before(store: Store) -> None:
    fill(store, {("prod", "Amazon RDS"): "5", ("prod", "backend"): "10"}, View.ENVIRONMENT)
    update(around(store, {"name": "prod", "environment": "prod", "amount": 300}), NOW)
    [one] = store.budgets.newest()
    assert one.movers == (("backend", Decimal("26.00")),), "13 of the 22 complete days"


def test_periods_are_of_utc_and_limits_may_differ_by_month() -> None:
    quarter = Budget(name="q", amount=1, period="quarter")
    assert period_of(quarter, date(2026, 2, 28)) == (date(2026, 1, 1), date(2026, 4, 1))
    assert period_before(quarter, date(2026, 1, 1)) == date(2025, 10, 1)
    month = Budget(name="m", months={"2026-02": 5})
    assert period_of(month, date(2026, 2, 28)) == (date(2026, 2, 1), date(2026, 3, 1))
    assert limit_of(month, date(2026, 2, 1)) == 5
    assert limit_of(month, date(2026, 3, 1)) is None
    day = Budget(name="d", amount=1, period="day")
    assert period_of(day, date(2026, 12, 31)) == (date(2026, 12, 31), date(2027, 1, 1))


def test_a_budget_in_another_currency_is_told_and_the_others_are_read(store: Store) -> None:
    fill(store, {("backend", "prod"): "1"}, currency="EUR")
    fill(store, {("prod", "RDS"): "1"}, View.ENVIRONMENT)
    wrong = {"name": "web", "component": "backend", "environment": "prod", "amount": 300}
    with pytest.raises(MoneyError, match="in USD, and its costs in EUR"):
        update(around(store, wrong, {"name": "prod", "environment": "prod", "amount": 5}), NOW)
    assert [one.budget for one in store.budgets.newest()] == ["prod"]


def test_a_budget_of_zero_and_one_of_what_costs_nothing_are_read(store: Store) -> None:
    fill(store, {("backend", "prod"): "1"})
    zero = {"name": "zero", "component": "backend", "environment": "prod", "amount": 0}
    nothing = {"name": "none", "component": "backend", "environment": "dev", "amount": 5}
    update(around(store, zero, nothing), NOW)
    found = {one.budget: one for one in store.budgets.newest()}
    assert found["zero"].limit == 0
    assert found["zero"].actual > 0
    assert (found["none"].actual, found["none"].forecast) == (0, 0)


def test_nothing_is_read_before_costs_are(store: Store) -> None:
    update(around(store, {"name": "all", "amount": 5}), NOW)
    assert store.budgets.newest() == []


def test_a_part_that_cannot_be_worked_out_is_named_and_the_others_go_on(store: Store) -> None:
    fill(store, {("backend", "prod"): "1"}, currency="EUR")
    wrong = {"name": "web", "component": "backend", "environment": "prod", "amount": 300}
    faults = run(around(store, wrong), NOW)
    assert [fault.part for fault in faults] == ["budgets"]
    assert store.reports.forecasts("place:backend,prod", 10), "the forecasts were made"


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ({"name": "a"}, "needs an amount"),
        ({"name": "a", "amount": -1}, "greater than or equal to 0"),
        ({"name": "a", "months": {"2026-13": 1}}, "is no month"),
        ({"name": "a", "amount": 1, "service": "S3", "environment": "prod"}, "not by several of these"),
        ({"name": "a", "amount": 1, "period": "week"}, "month"),
        ({"name": "a", "amount": 1, "basis": "amortised"}, "amortized"),
    ],
)
def test_a_budget_that_cannot_work_is_refused_in_words(budget: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CostSettings.model_validate({"budgets": [budget]})
