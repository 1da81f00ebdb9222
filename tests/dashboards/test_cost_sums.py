"""Adding up costs: columns that end in their total to the cent, whatever the digits and the currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from dashboards.language import Language
from dashboards.pages.cost.chart import bars_of, payload, still
from dashboards.pages.cost.outlook import scope_of
from dashboards.pages.cost.sources import source_of
from dashboards.pages.cost.sums import in_cents, smallest, tied
from dashboards.pages.cost.words import about, money, rough, signed
from store.money import DayCost
from tests.dashboards.cloudmart import STACK

AMOUNTS = st.lists(st.decimals(-10_000, 10_000, places=10), max_size=40)
CURRENCIES = st.sampled_from(["USD", "KRW", "BHD"])
ENGLISH = Language(Locale.parse("en"), STACK.zone)
KOREAN = Language(Locale.parse("ko"), STACK.zone)


@given(AMOUNTS, CURRENCIES)
def test_shown_amounts_add_up_to_their_rounded_sum_and_none_is_a_cent_off(
    amounts: list[Decimal], currency: str
) -> None:
    shown = tied(amounts, currency)
    assert sum(shown, Decimal(0)) == in_cents(sum(amounts, Decimal(0)), currency)
    assert all(abs(one - exact) < smallest(currency) for one, exact in zip(shown, amounts, strict=True))


def test_money_is_never_a_rounded_off_zero() -> None:
    assert money(ENGLISH, Decimal("0.001"), "USD") == "<$0.01"
    assert money(ENGLISH, Decimal(0), "USD") == "$0.00"
    assert money(ENGLISH, Decimal("-1234.5"), "USD") == "\N{MINUS SIGN}$1,234.50"
    assert money(KOREAN, Decimal("25000.4"), "KRW") == "₩25,000"
    assert signed(ENGLISH, Decimal("0.004"), "USD") == "$0.00"
    assert signed(ENGLISH, Decimal("0.006"), "USD") == "+$0.01"


def test_what_is_expected_has_no_cents_that_only_look_exact() -> None:
    assert rough(ENGLISH, Decimal("1305.37"), "USD") == "$1,305"
    assert rough(ENGLISH, Decimal("13.37"), "USD") == "$13.37"
    assert about(KOREAN, Decimal("575.1"), Decimal("611.9"), "USD") == "US$575 \N{EN DASH} US$612"


@pytest.mark.parametrize(
    ("filters", "by", "view"),
    [
        ((), None, ""),
        ((), "service", "service,usage_type"),
        ((("environment", "prod"),), "component", "component,environment"),
        ((("component", "web"),), None, "component,service"),
        ((("component", "web"), ("environment", "prod")), "service", None),
        ((("tag:Team", "shop"),), "service", "tag:Team,service"),
        ((("tag:Team", "shop"),), "component", None),
    ],
)
def test_each_question_has_one_view_or_none(
    filters: tuple[tuple[str, str], ...], by: str | None, view: str | None
) -> None:
    source = source_of(filters, by)
    assert (source and source.view) == view


def test_forecasts_are_asked_for_by_the_scopes_that_they_are_made_of() -> None:
    assert scope_of(()) == ""
    assert scope_of((("component", "web"), ("environment", "prod"))) == "place:web,prod"
    assert scope_of((("service", "Tax"),)) == "service:Tax"
    assert scope_of((("component", "web"), ("service", "Tax"))) is None


def test_bars_stack_the_dearest_and_put_the_untagged_on_top() -> None:
    first = date(2026, 11, 1)
    costs = {"a": 9, "b": 8, "c": 7, "d": 6, "e": 5, "f": 4, "": 100}
    rows = [DayCost(first, (key, "s"), "USD", Decimal(amount)) for key, amount in costs.items()]
    rows.append(DayCost(date(2026, 11, 3), ("a", "s"), "USD", Decimal(-2)))
    source = source_of((), "component")
    assert source is not None
    bars = bars_of(rows, source, "USD", (first, date(2026, 12, 1)), (first, date(2026, 11, 20)))
    assert [stack.key for stack in bars.stacks] == ["b", "a", "c", "d", None, ""]
    assert bars.total(0) == 139
    assert bars.total(1) == 0
    assert bars.total(3) is None
    drawn = payload(bars)
    assert drawn["total"] == 137.0
    assert drawn["sums"] == [8.0, 7.0, 7.0, 6.0, 9.0, 100.0]
    assert all(path.startswith("M") for path in still(bars))
