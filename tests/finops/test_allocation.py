"""Shared costs are split so that the parts add up, and what cannot be allocated stands apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.allocation import update
from finops.allocation.splitting import split
from finops.config import CostSettings
from finops.round import Around
from store import Store, open_store
from store.money import Allocation, CostObservation, CostRead, CostTag, View
from store.stack import Stack

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY, END = date(2026, 11, 3), date(2026, 11, 25)
EC2 = "Amazon Elastic Compute Cloud - Compute"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'money.db'}") as one:
        one.migrate()
        yield one


def billed(store: Store, costs: dict[tuple[str, str], str], currency: str = "USD", total: str | None = None) -> None:
    def line(view: View, keys: tuple[str, ...], amount: Decimal) -> CostObservation:
        return CostObservation(f"main{currency}", view.value, DAY, keys, currency, amount, amount, amount, NOW)

    whole = sum(map(Decimal, costs.values()), Decimal(0)) if total is None else Decimal(total)
    for view, lines in (
        (View.COMPONENT, [line(View.COMPONENT, keys, Decimal(amount)) for keys, amount in costs.items()]),
        (View.TOTAL, [line(View.TOTAL, (), whole)]),
    ):
        store.costs.record(CostRead(f"main{currency}", view.value, date(2026, 11, 1), END, NOW, 1), lines)


def allocated(store: Store, **shared: object) -> Allocation:
    around = Around(store, Stack(), CostSettings.model_validate({"shared": shared} if shared else {}))
    update(around, NOW)
    found = store.reports.get(Allocation, "month")
    assert found is not None
    return found


def shares(found: Allocation) -> dict[str, tuple[str, str]]:
    return {one.component: (f"{one.direct:.2f}", f"{one.shared:.2f}") for one in found.shares}


COSTS = {
    ("backend", EC2): "30",
    ("postgres", "Amazon Relational Database Service"): "10",
    ("network", "EC2 - Other"): "7.77",
    ("storage", "Amazon Simple Storage Service"): "0.23",
    ("", EC2): "2.50",
    ("", "Tax"): "5.05",
    ("", "AWS Cost Explorer"): "0.20",
}


def test_what_is_shared_goes_to_the_others_by_what_they_cost(store: Store) -> None:
    billed(store, COSTS)
    found = allocated(store)
    assert shares(found) == {"backend": ("30.00", "6.00"), "postgres": ("10.00", "2.00")}
    assert (found.untagged, found.untaggable, found.total) == (Decimal("2.50"), Decimal("5.25"), Decimal("55.75"))
    assert found.tied
    assert found.rule == "network, storage split by what the others cost themselves"


def test_evenly_or_by_weights(store: Store) -> None:
    billed(store, COSTS)
    assert shares(allocated(store, split="even"))["postgres"] == ("10.00", "4.00")
    weighted = shares(allocated(store, split={"postgres": 3, "redis": 1}))
    assert weighted == {"backend": ("30.00", "0.00"), "postgres": ("10.00", "6.00"), "redis": ("0.00", "2.00")}


def test_when_all_is_shared_nobody_bears_it_and_it_still_adds_up(store: Store) -> None:
    billed(store, {("network", "EC2 - Other"): "4"})
    found = allocated(store)
    assert shares(found) == {"network": ("4.00", "0.00")}
    assert found.tied
    assert "nobody is there" in found.rule


def test_a_residual_beyond_a_cent_is_told(store: Store) -> None:
    billed(store, COSTS, total="56.75")
    assert not allocated(store).tied


def test_a_tag_that_is_not_activated_is_named(store: Store) -> None:
    billed(store, {("", EC2): "4"})
    store.costs.record_tags([CostTag("mainUSD", "Component", active=False, read_at=NOW)])
    found = allocated(store)
    assert found.unactivated == ("Component",)
    assert found.untagged == 4


def test_two_currencies_are_never_added_up(store: Store) -> None:
    billed(store, COSTS)
    billed(store, {("backend", EC2): "3"}, "EUR")
    assert allocated(store).currency == "USD"
    other = store.reports.get(Allocation, "month:EUR")
    assert other is not None
    assert other.total == 3
    assert other.tied


def test_before_anything_is_read_there_is_no_report(store: Store) -> None:
    update(Around(store, Stack(), CostSettings()), NOW)
    assert store.reports.all(Allocation) == {}


_MONEY = st.decimals(-100, 1000, places=10)
_NAMES = st.sampled_from(["a", "b", "c", "d", "e"])


@given(
    _MONEY,
    st.dictionaries(_NAMES, _MONEY, min_size=1),
    st.one_of(
        st.sampled_from(["proportional", "even"]), st.dictionaries(_NAMES, st.integers(1, 9).map(Decimal), min_size=1)
    ),
)
def test_the_parts_always_add_up_to_the_last_digit(
    amount: Decimal, direct: dict[str, Decimal], rule: str | dict[str, Decimal]
) -> None:
    parts = split(amount, direct, rule)  # type: ignore[arg-type]
    assert sum(parts.values(), Decimal(0)) == amount
