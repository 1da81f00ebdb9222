"""What the embedded Cost Explorer says: it ties out, pages, lags, restates, and follows the resources."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops.prices import load_book
from service.demo.launch import EmbeddedAws
from service.demo.world.incidents.acts import FORGOTTEN_TYPE
from tests.demo.cost_explorer_asking import NOW, by_day, costs, explorer, of, pages

pytestmark = pytest.mark.demo

VIEWS = (
    ("SERVICE", "USAGE_TYPE"),
    ("tag:Component", "SERVICE"),
    ("tag:Environment", "SERVICE"),
    ("tag:Component", "tag:Environment"),
    ("LINKED_ACCOUNT", "RECORD_TYPE"),
    ("tag:Team", "SERVICE"),
    ("REGION",),
)
FIRST, LAST = date(2025, 10, 1), date(2026, 12, 1)


@pytest.fixture
def costing(cloudmart: EmbeddedAws) -> EmbeddedAws:
    """CloudMart at noon of a day in November."""
    cloudmart.control.freeze(NOW.timestamp())
    cloudmart.control.money(requests=10_000)
    return cloudmart


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.integers(0, (LAST - FIRST).days - 1),
    length=st.integers(1, 70),
    view=st.sampled_from(VIEWS),
    granularity=st.sampled_from(["DAILY", "MONTHLY"]),
)
def test_the_groups_of_every_view_add_up_to_the_total_to_the_last_digit(
    costing: EmbeddedAws, start: int, length: int, view: tuple[str, ...], granularity: str
) -> None:
    first = FIRST + timedelta(days=start)
    last = min(first + timedelta(days=length), LAST)
    whole = costs(costing, first, last, granularity=granularity)
    parts = by_day(costs(costing, first, last, view, granularity=granularity))
    assert parts == {day: amount for (day, _), amount in whole.items() if day in parts}
    assert all(not amount for (day, _), amount in whole.items() if day not in parts)


def test_days_add_up_to_their_months(costing: EmbeddedAws) -> None:
    months = costs(costing, FIRST, LAST, granularity="MONTHLY")
    days = costs(costing, FIRST, LAST)
    assert len(months) == 14
    assert sum(months.values()) == sum(days.values())


def test_pages_hold_so_many_groups_and_each_is_counted(costing: EmbeddedAws) -> None:
    whole = costs(costing, "2026-11-01", "2026-11-20", VIEWS[0])
    costing.control.money(page=50)
    costing.control.reset_meter()
    found = pages(costing, "2026-11-01", "2026-11-20", VIEWS[0])
    assert max(sum(len(period["Groups"]) for period in page["ResultsByTime"]) for page in found) == 50
    assert len(found) == -(-len(whole) // 50)
    (row,) = costing.control.meter()["rows"]
    assert (row["service"], row["calls"], row["dollars"]) == ("ce", len(found), str(Decimal("0.01") * len(found)))
    assert costs(costing, "2026-11-01", "2026-11-20", VIEWS[0]) == whole


def test_groups_that_cost_nothing_are_left_out_and_a_grouped_total_is_empty(costing: EmbeddedAws) -> None:
    (page,) = pages(costing, "2026-11-01", "2026-11-27", ("SERVICE",), metrics=("UnblendedCost", "UsageQuantity"))
    first, *_, future = page["ResultsByTime"]
    assert {"Tax"} < {group["Keys"][0] for group in first["Groups"]}
    assert all(not period["Total"] for period in page["ResultsByTime"])
    assert future["Groups"] == []
    assert all("Tax" not in group["Keys"] for period in page["ResultsByTime"][1:] for group in period["Groups"])


def test_usage_has_a_unit_only_where_it_is_of_one_kind(costing: EmbeddedAws) -> None:
    both = ("UnblendedCost", "UsageQuantity")
    (one,) = pages(costing, "2026-11-18", "2026-11-19", ("USAGE_TYPE",), metrics=both)
    units = {g["Keys"][0]: g["Metrics"]["UsageQuantity"] for g in one["ResultsByTime"][0]["Groups"]}
    assert units["APN2-BoxUsage:t3.large"]["Unit"] == "Hrs"
    assert abs(Decimal(units["APN2-BoxUsage:t3.large"]["Amount"]) - 144) < Decimal("1.5")
    (mixed,) = pages(costing, "2026-11-18", "2026-11-19", metrics=both)
    assert mixed["ResultsByTime"][0]["Total"]["UsageQuantity"]["Unit"] == "N/A"


def test_each_usage_type_costs_what_the_price_book_says(costing: EmbeddedAws) -> None:
    both = ("UnblendedCost", "UsageQuantity")
    found = pages(costing, "2026-11-01", "2026-11-25", ("SERVICE", "USAGE_TYPE"), granularity="MONTHLY", metrics=both)
    book, priced = load_book(), set()
    for group in (group for page in found for period in page["ResultsByTime"] for group in period["Groups"]):
        service, usage_type = group["Keys"]
        if service != "Tax":
            price = book.price("ap-northeast-2", service, usage_type)
            cost, used = (Decimal(group["Metrics"][metric]["Amount"]) for metric in both)
            # Quantities have six digits, and refunds take nothing of the quantity.
            assert cost == pytest.approx(price.amount * used, abs=Decimal("0.0001")), usage_type
            assert group["Metrics"]["UsageQuantity"]["Unit"] == price.unit
            priced.add(usage_type)
    assert {"APN2-BoxUsage:t3.large", "APN2-NatGateway-Bytes", "AP-DataTransfer-Out-Bytes"} < priced
    assert book.price("ap-northeast-2", "", f"APN2-BoxUsage:{FORGOTTEN_TYPE}").amount > Decimal("0.5")


def test_nothing_changes_between_two_refreshes(costing: EmbeddedAws) -> None:
    before = costs(costing, "2026-11-01", "2026-11-26", VIEWS[0])
    costing.control.advance(3 * 3600)
    assert costs(costing, "2026-11-01", "2026-11-26", VIEWS[0]) == before


def test_today_is_empty_yesterday_is_not_whole_and_all_of_the_month_is_estimated(costing: EmbeddedAws) -> None:
    days = by_day(costs(costing, "2026-11-18", "2026-11-26"))
    assert days["2026-11-25"] < Decimal(1)
    assert days["2026-11-24"] < days["2026-11-20"] * Decimal("0.95")
    (page,) = pages(costing, "2026-09-01", "2026-12-01", granularity="MONTHLY")
    assert [period["Estimated"] for period in page["ResultsByTime"]] == [False, False, True]


def test_a_refresh_restates_recent_days_and_leaves_the_invoiced_months(costing: EmbeddedAws) -> None:
    before = costs(costing, "2026-10-01", "2026-11-26", VIEWS[0])
    costing.control.advance(8 * 3600)
    after = costs(costing, "2026-10-01", "2026-11-26", VIEWS[0])
    changed = {day for (day, keys), amount in after.items() if before.get((day, keys)) != amount}
    assert "2026-11-24" in changed
    assert "2026-11-20" in changed
    assert not any(day < "2026-11" for day in changed)
    whole = Decimal(0)
    for (day, keys), amount in after.items():
        if day == "2026-11-20":
            whole += abs(amount - before[day, keys])
    assert Decimal(0) < whole < Decimal("0.5")


def test_an_invoice_makes_a_month_final_and_a_refund_follows(costing: EmbeddedAws) -> None:
    costing.control.freeze(datetime(2026, 12, 2, 23, 0, tzinfo=UTC).timestamp())
    assert all(p["Estimated"] for p in pages(costing, "2026-11-01", "2026-12-01")[0]["ResultsByTime"])
    costing.control.freeze(datetime(2026, 12, 5, 23, 0, tzinfo=UTC).timestamp())
    assert not any(p["Estimated"] for p in pages(costing, "2026-11-01", "2026-12-01")[0]["ResultsByTime"])
    billed = costs(costing, "2026-11-01", "2026-12-01", ("RECORD_TYPE",))
    assert of(billed, "Refund") == 0
    costing.control.freeze(datetime(2026, 12, 6, 23, 0, tzinfo=UTC).timestamp())
    later = costs(costing, "2026-11-01", "2026-12-01", ("RECORD_TYPE",))
    assert of(later, "Refund") < 0
    assert {key: amount for key, amount in later.items() if key[1] != ("Refund",)} == billed


def test_the_backend_once_ran_on_another_type_and_traffic_has_grown(costing: EmbeddedAws) -> None:
    months = costs(costing, "2025-10-01", "2026-11-01", ("USAGE_TYPE",), granularity="MONTHLY")
    assert ("2026-06-01", ("APN2-BoxUsage:m5.large",)) in months
    assert ("2026-08-01", ("APN2-BoxUsage:m5.large",)) not in months
    assert ("2026-08-01", ("APN2-BoxUsage:t3.large",)) in months
    edge = ("AP-DataTransfer-Out-Bytes",)
    assert months["2026-10-01", edge] > months["2025-10-01", edge] * Decimal("1.1")


def test_filters_let_through_what_they_say(costing: EmbeddedAws) -> None:
    whole = costs(costing, "2026-11-10", "2026-11-11", ("tag:Component", "tag:Environment"))
    backend = {"Tags": {"Key": "Component", "Values": ["backend"]}}
    prod = {"Tags": {"Key": "Environment", "Values": ["prod"]}}
    untagged = {"Tags": {"Key": "Component", "MatchOptions": ["ABSENT"]}}
    day = ("2026-11-10", ())

    def total(wanted: dict[str, object]) -> Decimal:
        return costs(costing, "2026-11-10", "2026-11-11", Filter=wanted)[day]

    assert total({"And": [backend, prod]}) == whole["2026-11-10", ("Component$backend", "Environment$prod")]
    assert total(untagged) == of(whole, "Component$")
    assert total({"Not": untagged}) + total(untagged) == sum(whole.values())
    assert total({"Or": [backend, {"Not": backend}]}) == sum(whole.values())
    services = {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon ElastiCache"]}}
    assert total(services) == of(whole, "Component$redis")


def test_new_data_between_two_pages_ends_the_reading(costing: EmbeddedAws) -> None:
    costing.control.money(page=5)
    ce = explorer(costing)
    wish = {
        "TimePeriod": {"Start": "2026-11-01", "End": "2026-11-05"},
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
    }
    token = ce.get_cost_and_usage(**wish)["NextPageToken"]
    with pytest.raises(ClientError, match="RequestChangedException"):
        ce.get_cost_and_usage(**{**wish, "Granularity": "MONTHLY"}, NextPageToken=token)
    costing.control.money(refresh=True)
    with pytest.raises(ClientError, match="RequestChangedException"):
        ce.get_cost_and_usage(**wish, NextPageToken=token)
    token = ce.get_cost_and_usage(**wish)["NextPageToken"]
    costing.control.advance(2 * 3600)
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        ce.get_cost_and_usage(**wish, NextPageToken=token)
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        ce.get_cost_and_usage(**wish, NextPageToken="nonsense")
