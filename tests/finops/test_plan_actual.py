"""Plan against actual: the three parts of a variance always add up, and say what is behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.config import CostSettings
from finops.errors import MoneyError
from finops.plan import update
from finops.plan.actuals import Billed, billed
from finops.plan.variance import Meant, variance
from finops.round import Around
from store import Store, open_store
from store.money import Basis, CostObservation, CostRead, PlanLine, PlanReport, View
from store.stack import Stack

NOW = datetime(2026, 11, 11, 9, tzinfo=UTC)
FIRST, DAYS = date(2026, 11, 1), 10
NONE = Decimal(0)
EC2, OTHER = "Amazon Elastic Compute Cloud - Compute", "EC2 - Other"
BOX, NAT, BYTES = "APN2-BoxUsage:t3.micro", "APN2-NatGateway-Hours", "APN2-NatGateway-Bytes"
PLAN = {
    "name": "shop",
    "region": "ap-northeast-2",
    "hours": 720,
    "items": [
        {"component": "backend", "what": "two servers", "usage_type": "BoxUsage:t3.micro", "count": 2, "rate": "0.010"},
        {"component": "network", "what": "the NAT gateway", "usage_type": "NatGateway-Hours", "rate": "0.045"},
        {"component": "redis", "what": "a cache", "usage_type": "NodeUsage:cache.t3.micro", "rate": "0.017"},
    ],
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        yield one


def line(view: View, day: date, keys: tuple[str, ...], amount: str, usage: str = "0") -> CostObservation:
    cost = Decimal(amount)
    return CostObservation("main", view, day, keys, "USD", cost, cost, cost, NOW, False, Decimal(usage), "Hrs")


def spent(store: Store, components: dict[tuple[str, str], str], usage: dict[tuple[str, str], tuple[str, str]]) -> None:
    """So much on each of ten days."""
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    rows = {
        View.COMPONENT: [line(View.COMPONENT, day, keys, cost) for day in days for keys, cost in components.items()],
        View.USAGE: [line(View.USAGE, day, keys, *each) for day in days for keys, each in usage.items()],
    }
    for view, lines in rows.items():
        store.costs.record(CostRead("main", view, FIRST, FIRST + timedelta(days=DAYS), NOW, 1), lines)


def held(store: Store, **more: object) -> dict[str, PlanLine]:
    around = Around(store, Stack(), CostSettings.model_validate({"plan": PLAN} | more))
    update(around, NOW)
    report = store.reports.get(PlanReport, "shop")
    assert report is not None
    assert (report.start, report.end, report.as_of) == (FIRST, date(2026, 12, 1), FIRST + timedelta(days=DAYS))
    for one in report.lines:
        assert one.price + one.usage + one.scope == one.actual - one.planned_to_date
    return {one.component: one for one in report.lines}


def test_price_usage_and_scope_are_told_apart(store: Store) -> None:
    spent(
        store,
        {("backend", EC2): "0.936", ("network", OTHER): "2.3"},
        {(EC2, BOX): ("0.936", "72"), (OTHER, NAT): ("1.08", "24"), (OTHER, BYTES): ("1.22", "20")},
    )
    found = held(store)
    backend = found["backend"]
    assert (backend.planned, backend.planned_to_date, backend.actual) == (
        Decimal("14.4"),
        Decimal("4.8"),
        Decimal("9.36"),
    )
    assert (backend.usage, backend.price, backend.scope) == (Decimal("2.4"), Decimal("2.16"), NONE)
    assert list(backend.notes) == [
        "two servers: 720 Hrs in place of 480",
        "two servers costs 0.0130 for each Hrs, planned were 0.010",
    ]
    network = found["network"]
    assert (network.usage, network.price, network.scope) == (NONE, NONE, Decimal("12.2"))
    assert list(network.notes) == [f"not in the plan: {BYTES}"]
    redis = found["redis"]
    assert (redis.actual, redis.scope) == (NONE, Decimal("-4.08"))
    assert list(redis.notes) == ["planned and not billed: a cache"]


def test_a_component_that_nobody_planned_and_what_has_no_tag_have_lines_of_their_own(store: Store) -> None:
    spent(store, {("batch", EC2): "1", ("", EC2): "2"}, {(EC2, BOX): ("3", "300")})
    found = held(store)
    assert (found["batch"].planned, found["batch"].actual, found["batch"].scope) == (NONE, Decimal(10), Decimal(10))
    assert found[""].actual == 20


def test_no_component_has_more_of_a_usage_type_than_it_was_billed_for(store: Store) -> None:
    spent(store, {("backend", EC2): "1", ("", EC2): "3"}, {(EC2, BOX): ("4", "400")})
    found = held(store)
    assert (found["backend"].actual, found[""].actual) == (Decimal(10), Decimal(30))
    assert found["backend"].usage == (Decimal(1000) - 480) * Decimal("0.010")


def test_budget_and_forecast_stand_beside_it(store: Store) -> None:
    spent(store, {("backend", EC2): "1"}, {(EC2, BOX): ("1", "100")})
    budgets = [
        {"name": "backend", "component": "backend", "amount": 40},
        {"name": "dev", "component": "backend", "environment": "dev", "amount": 3},
    ]
    assert held(store, budgets=budgets)["backend"].budget == 40


def test_a_plan_in_another_currency_is_told(store: Store) -> None:
    spent(store, {("backend", EC2): "1"}, {(EC2, BOX): ("1", "100")})
    with pytest.raises(MoneyError, match="is in EUR, and nothing is billed in it"):
        held(store, plan=PLAN | {"currency": "EUR"})


def test_a_plan_that_cannot_be_read_is_told(store: Store) -> None:
    with pytest.raises(MoneyError, match="cannot be read"):
        held(store, plan="nowhere.yaml")


def test_without_a_plan_or_costs_nothing_is_written(store: Store) -> None:
    update(Around(store, Stack(), CostSettings()), NOW)
    update(Around(store, Stack(), CostSettings.model_validate({"plan": PLAN})), NOW)
    assert store.reports.all(PlanReport) == {}


def test_items_without_a_usage_type_are_said_to_be_that(store: Store) -> None:
    spent(store, {("backend", EC2): "1"}, {(EC2, BOX): ("1", "100")})
    items = [{"component": "backend", "what": "servers", "rate": "0.010"}]
    backend = held(store, plan=PLAN | {"items": items})["backend"]
    assert backend.scope == 10 - Decimal("2.4")
    assert "items without a usage type cannot be told from what else was billed" in backend.notes


_MONEY = st.decimals(0, 10_000, places=6)
_TYPES = st.sampled_from(["", "a", "b", "c"])


@given(
    st.lists(
        st.builds(
            lambda name, quantity, price: Meant(name, name, quantity, price, quantity * price, "h"),
            _TYPES,
            st.decimals(0, 1000, places=3),
            st.decimals(0, 10, places=4),
        ),
        max_size=5,
    ),
    st.lists(
        st.builds(
            lambda name, cost, quantity: Billed(name, cost, quantity, "h"),
            _TYPES,
            _MONEY,
            st.decimals(0, 1000, places=3),
        ),
        max_size=5,
    ),
)
def test_the_parts_of_a_variance_always_add_up(meant: list[Meant], bills: list[Billed]) -> None:
    found = variance(meant, bills)
    planned, actual = sum((one.cost for one in meant), Decimal(0)), sum((one.cost for one in bills), Decimal(0))
    assert found.price + found.usage + found.scope == actual - planned


@given(
    st.dictionaries(st.sampled_from(["x", "y", ""]), st.decimals(-5, 1000, places=4), min_size=1),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.decimals(-5, 1000, places=4)),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sampled_from(["x", "y", "z"])),
)
def test_what_is_spread_adds_up_to_what_each_component_was_billed(
    components: dict[str, Decimal], usage: dict[str, Decimal], owners: dict[str, str]
) -> None:
    found = billed(
        [line(View.COMPONENT, FIRST, (name, EC2), str(cost)) for name, cost in components.items()],
        [line(View.USAGE, FIRST, (EC2, name), str(cost), "7") for name, cost in usage.items()],
        owners,
        Basis.UNBLENDED,
    )
    for name, cost in components.items():
        assert sum((one.cost for one in found[name]), Decimal(0)) == cost
