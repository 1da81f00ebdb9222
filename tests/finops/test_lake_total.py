"""What some days cost: from bills, from Cost Explorer, from both, by tag, in several currencies, and as FOCUS again."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops.lake.columns import FOCUS
from finops.lake.engine import connected
from finops.lake.errors import LakeError
from finops.lake.exporting import export_focus
from finops.lake.total import Kept, Question, total
from store import Store
from store.money import Basis, CostObservation, CostRead, View
from tests.finops.lake_bills import brought, text

START, END = date(2026, 10, 1), date(2026, 11, 1)
READ_AT = datetime(2026, 10, 20, tzinfo=UTC)


def told(store: Store, amount: str, *, day: date = date(2026, 10, 15), estimated: bool = False) -> None:
    read = CostRead("main", View.USAGE.value, date(2026, 10, 10), date(2026, 10, 20), READ_AT, 1)
    cost = Decimal(amount)
    keys = ("Amazon ElastiCache", "NodeUsage")
    line = CostObservation(
        "main", read.view, day, keys, "USD", cost, cost * 2, cost, READ_AT, estimated, Decimal(24), "Hours"
    )
    store.costs.record(read, [line])


def test_the_end_is_exclusive_and_groups_add_up(tmp_path: Path, sqlite_store: Store) -> None:
    days = [f"2026-10-{day:02d}T00:00:00Z" for day in (1, 2, 3)]
    brought(tmp_path, sqlite_store, text([{"ChargePeriodStart": day, "BilledCost": "0.1"} for day in days]))
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, date(2026, 10, 3), Basis.BILLED, "service"))
    assert found.amounts == {("USD", "Amazon Elastic Compute Cloud"): Decimal("0.2")}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("tag:Team", {("USD", "web"): Decimal(1), ("USD", ""): Decimal(2)}),
        ("component", {("USD", "backend"): Decimal(1), ("USD", ""): Decimal(2)}),
        ("charge_category", {("USD", "Usage"): Decimal(3)}),
    ],
)
def test_untagged_stands_apart(
    tmp_path: Path, sqlite_store: Store, by: str, expected: dict[tuple[str, str], Decimal]
) -> None:
    brought(tmp_path, sqlite_store, text([{}, {"BilledCost": "2", "Tags": "NULL"}]))
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, END, Basis.BILLED, by))
    assert {key: amount.normalize() for key, amount in found.amounts.items()} == expected


def test_currencies_are_never_added_up(tmp_path: Path, sqlite_store: Store) -> None:
    brought(tmp_path, sqlite_store, text([{}, {"BillingCurrency": "KRW", "BilledCost": "1300"}]))
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, END, Basis.BILLED))
    assert found.by_currency() == {"KRW": Decimal(1300), "USD": Decimal(1)}


def test_amounts_of_many_and_of_few_digits_add_up_exactly_by_tag(tmp_path: Path, sqlite_store: Store) -> None:
    november = {"BillingPeriodStart": "2026-11-01T00:00:00Z", "BilledCost": "1e-24"}
    brought(tmp_path, sqlite_store, text([{}]))
    brought(tmp_path, sqlite_store, text([november]))
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, END, Basis.BILLED, "tag:Team"))
    assert found.amounts == {("USD", "web"): Decimal("1.000000000000000000000001")}


def test_amortized_cost_of_a_bill_is_its_effective_cost(tmp_path: Path, sqlite_store: Store) -> None:
    brought(tmp_path, sqlite_store, text([{"EffectiveCost": "0.75"}]))
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, END, Basis.AMORTIZED))
    assert found.by_currency() == {"USD": Decimal("0.75")}
    assert [source for source, _, _ in found.sources] == ["bills"]


def test_cost_explorer_answers_for_its_days_and_bills_for_the_rest(tmp_path: Path, sqlite_store: Store) -> None:
    told(sqlite_store, "7", estimated=True)
    in_both = {"ChargePeriodStart": "2026-10-15T00:00:00Z", "BilledCost": "1000"}
    brought(tmp_path, sqlite_store, text([{}, in_both]))
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, END, Basis.UNBLENDED, "service"))
    assert found.by_currency() == {"USD": Decimal(8)}
    assert ("cost_explorer", date(2026, 10, 10), date(2026, 10, 20)) in found.sources
    assert found.finality.estimated == {"USD": Decimal(7)}
    assert found.finality.final_to == date(2026, 10, 15)
    assert any("stands in" in str(note) for note in found.notes)


def test_nothing_known_says_what_to_do(tmp_path: Path, sqlite_store: Store) -> None:
    found = total(Kept(sqlite_store, tmp_path / "lake"), Question(START, END, Basis.BILLED))
    assert found.amounts == {}
    assert "lamplighter cost import" in str(found.notes[0])


def test_an_unknown_engine_is_told() -> None:
    with pytest.raises(LakeError, match="names no engine"), connected("oracular://here"):
        pass


def test_an_export_has_the_columns_of_focus_1_2_and_every_digit(tmp_path: Path, sqlite_store: Store) -> None:
    brought(tmp_path, sqlite_store, text([{"BilledCost": "0.123456789012345678"}, {"BilledCost": "-1.5E-7"}]))
    found = export_focus(sqlite_store, tmp_path / "lake", tmp_path / "out.csv", None)
    with (tmp_path / "out.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert found.rows == len(lines) == 2
    assert {column.name for column in FOCUS} <= set(lines[0])
    assert len(FOCUS) == 57
    assert {line["BilledCost"] for line in lines} == {"0.123456789012345678", "-0.00000015"}
    assert lines[0]["ChargePeriodStart"] == "2026-10-03T00:00:00Z"
    assert lines[0]["ServiceSubcategory"] == "Other (Compute)"


def test_an_export_comes_back_as_the_same_bill(tmp_path: Path, sqlite_store: Store) -> None:
    brought(tmp_path, sqlite_store, text([{"BilledCost": "0.3"}, {"Tags": '{"a b":"c\\"d"}'}]))
    before = sqlite_store.bills.rolled(START, END)
    for name in ("out.csv", "out.parquet"):
        export_focus(sqlite_store, tmp_path / "lake", tmp_path / name, "2026-10")
        brought(tmp_path, sqlite_store, (tmp_path / name).read_bytes(), name=name)
        after = sqlite_store.bills.rolled(START, END)
        assert sorted((one.dimensions, one.amounts) for one in after) == sorted(
            (one.dimensions, one.amounts) for one in before
        )


def test_an_export_without_bills_comes_from_cost_explorer(tmp_path: Path, sqlite_store: Store) -> None:
    told(sqlite_store, "7.25")
    found = export_focus(sqlite_store, tmp_path / "lake", tmp_path / "out.csv", None)
    assert (found.rows, found.from_cost_explorer) == (1, ("2026-10",))
    with (tmp_path / "out.csv").open(newline="") as file:
        line = next(csv.DictReader(file))
    assert (line["BilledCost"], line["EffectiveCost"], line["ConsumedUnit"]) == ("7.25", "14.5", "Hours")


def test_an_export_of_nothing_leaves_an_old_file_alone(tmp_path: Path, sqlite_store: Store) -> None:
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(LakeError, match="no cost is known of 2026-10"):
        export_focus(sqlite_store, tmp_path / "lake", tmp_path / "out.csv", "2026-10")
    assert (tmp_path / "out.csv").read_text() == "old"
