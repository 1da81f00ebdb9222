from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import MoneyError
from finops.plan.pricing import Plan, price_plan, read_plan
from finops.prices.book import UnknownPrice, load_book
from service.cli.cost.plan import command

TODAY = date(2026, 11, 24)


def test_the_reference_stack_costs_what_was_planned() -> None:
    priced = price_plan(read_plan("reference"), load_book(), TODAY)
    assert priced.hourly == Decimal("0.124")
    assert priced.total == Decimal("89.28")
    assert priced.components == {
        "postgres": Decimal("12.24"),
        "redis": Decimal("12.24"),
        "backend": Decimal("32.4"),
        "network": Decimal("32.4"),
    }


def test_transfer_comes_on_top_by_the_gigabyte() -> None:
    plan = read_plan("reference")
    items = [one.model_copy(update={"amount": Decimal(100)}) if one.unit == "GB" else one for one in plan.items]
    assert price_plan(plan.model_copy(update={"items": items}), load_book(), TODAY).total == Decimal("98.28")


def test_a_usage_type_is_priced_from_the_book_with_its_date() -> None:
    plan = Plan.model_validate(
        {"region": "ap-northeast-2", "hours": 100, "items": [{"component": "a", "usage_type": "BoxUsage:t3.micro"}]}
    )
    listed = load_book().price("ap-northeast-2", "", "BoxUsage:t3.micro")
    priced = price_plan(plan, load_book(), listed.as_of)
    assert priced.total == 100 * listed.amount == Decimal("1.30")
    assert priced.prices_of == listed.as_of
    assert not priced.stale
    assert price_plan(plan, load_book(), date(2028, 1, 1)).stale == ["BoxUsage:t3.micro"]


@given(
    st.lists(
        st.tuples(st.decimals(0, 10, places=4), st.integers(0, 20), st.sampled_from(["a", "b", "c"])),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 8784),
)
def test_the_components_add_up_to_the_total(rows: list[tuple[Decimal, int, str]], hours: int) -> None:
    items = [{"component": name, "rate": rate, "count": count} for rate, count, name in rows]
    priced = price_plan(Plan.model_validate({"items": items}), load_book(), TODAY, Decimal(hours))
    assert sum(priced.components.values()) == priced.total == priced.hourly * hours


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("items: []", "items: List should have at least 1 item"),
        ("items: [{component: a}]", "needs a rate, or a usage_type"),
        ("items: [{component: a, rate: cheap}]", "items.0.rate"),
        ("items: [{component: a, rate: 1, size: 3}]", "items.0.size: Extra inputs"),
        ("items: [", "is no YAML"),
        ("- 1", "valid dictionary"),
    ],
)
def test_a_plan_that_cannot_be_priced_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "plan.yaml").write_text(text)
    with pytest.raises(MoneyError, match=said):
        read_plan(tmp_path / "plan.yaml")


def test_a_missing_file_and_an_unknown_type_are_told(tmp_path: Path) -> None:
    with pytest.raises(MoneyError, match="cannot be read"):
        read_plan(tmp_path / "none.yaml")
    plan = Plan.model_validate({"region": "ap-northeast-2", "items": [{"component": "a", "usage_type": "BoxUsage:z9"}]})
    with pytest.raises(UnknownPrice, match="no price for BoxUsage:z9"):
        price_plan(plan, load_book(), TODAY)


def test_the_command_prices_exactly() -> None:
    done = CliRunner().invoke(command, ["--hours", "1000", "--json"])
    answer = json.loads(done.output)
    assert (answer["hourly"], Decimal(answer["total"]), answer["currency"]) == ("0.124", Decimal(124), "USD")
    shown = CliRunner().invoke(command, [])
    assert "0.124 USD an hour, 89.28 USD for 720 h" in shown.output
