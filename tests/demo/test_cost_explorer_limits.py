"""What the embedded Cost Explorer refuses, and what it says besides costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from service.demo.launch import EmbeddedAws
from tests.demo.cost_explorer_asking import NOW, costs, explorer, of, pages

pytestmark = pytest.mark.demo


@pytest.fixture
def asked(cloudmart: EmbeddedAws) -> EmbeddedAws:
    """CloudMart at noon of a day in November."""
    cloudmart.control.freeze(NOW.timestamp())
    return cloudmart


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("2026-11-10", "2026-11-10", "Start date .* should be before end date"),
        ("2026-11-10", "2026-12-02", "end date past the beginning of next month"),
        ("2025-09-30", "2026-11-02", "haven't enabled historical data beyond 14 months"),
        ("2025-08-01", "2025-09-01", "BillExpirationException"),
        ("2026-11-1x", "2026-12-01", "Invalid date"),
    ],
)
def test_wrong_dates_are_refused(asked: EmbeddedAws, start: str, end: str, says: str) -> None:
    with pytest.raises(ClientError, match=says):
        pages(asked, start, end)


def test_at_most_two_groups_known_metrics_and_known_dimensions(asked: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*at most 2"):
        pages(asked, "2026-11-01", "2026-11-02", ("SERVICE", "REGION", "tag:Component"))
    with pytest.raises(ClientError, match="ValidationException"):
        pages(asked, "2026-11-01", "2026-11-02", ("MOON",))
    with pytest.raises(ClientError, match="ValidationException"):
        pages(asked, "2026-11-01", "2026-11-02", metrics=("Happiness",))


def test_hours_must_be_paid_for_and_add_up_to_their_day(asked: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*not enabled"):
        pages(asked, "2026-11-20", "2026-11-21", granularity="HOURLY")
    asked.control.money(hourly=True)
    with pytest.raises(ClientError, match="14 days"):
        pages(asked, "2026-11-01", "2026-11-02", granularity="HOURLY")
    hours = costs(asked, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", granularity="HOURLY")
    assert len(hours) == 24
    assert sum(hours.values()) == sum(costs(asked, "2026-11-20", "2026-11-21").values())


def test_who_asks_too_often_is_refused(asked: EmbeddedAws) -> None:
    asked.control.money(requests=1)
    ce = boto3.client("ce", **asked.client_options(), config=Config(retries={"total_max_attempts": 1}))
    ce.list_cost_allocation_tags()
    with pytest.raises(ClientError, match="LimitExceededException"):
        ce.list_cost_allocation_tags()


def test_an_account_without_cost_explorer_is_told_so(asked: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match=r"AccessDeniedException.*not enabled for cost explorer"):
        explorer(asked, "210987654321").list_cost_allocation_tags()
    asked.control.money(enabled=False)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        pages(asked, "2026-11-01", "2026-11-02")


def test_what_is_not_built_is_not_left_to_moto(embedded_aws: EmbeddedAws, asked: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        explorer(asked).list_cost_category_definitions()
    with pytest.raises(ClientError, match="NotImplemented"):
        pages(embedded_aws, "2026-11-01", "2026-11-02")


def test_tags_say_whether_they_are_activated(asked: EmbeddedAws) -> None:
    found = explorer(asked).list_cost_allocation_tags()["CostAllocationTags"]
    active = {tag["TagKey"]: tag["Status"] for tag in found}
    assert (active["Component"], active["Environment"], active["Team"]) == ("Active", "Active", "Inactive")
    period = {"Start": "2026-11-01", "End": "2026-11-20"}
    tags = explorer(asked).get_tags(TimePeriod=period, TagKey="Component")["Tags"]
    assert tags == ["", "backend", "frontend", "network", "postgres", "redis", "storage"]
    values = explorer(asked).get_dimension_values(TimePeriod=period, Dimension="SERVICE")
    assert "Amazon ElastiCache" in {value["Value"] for value in values["DimensionValues"]}


def _forecast(aws: EmbeddedAws, start: str, end: str) -> dict[str, Any]:
    period = {"Start": start, "End": end}
    answer = explorer(aws).get_cost_forecast(TimePeriod=period, Metric="UNBLENDED_COST", Granularity="DAILY")
    return dict(answer)


def test_a_forecast_begins_today_and_is_about_what_a_usual_day_costs(asked: EmbeddedAws) -> None:
    answer = _forecast(asked, "2026-11-25", "2026-12-01")
    usual = sum(costs(asked, "2026-11-10", "2026-11-16").values())
    assert abs(Decimal(answer["Total"]["Amount"]) / usual / Decimal("1.1") - 1) < Decimal("0.1")
    assert len(answer["ForecastResultsByTime"]) == 6
    for start in ("2026-11-24", "2026-11-26"):
        with pytest.raises(ClientError, match="ValidationException"):
            _forecast(asked, start, "2026-12-01")
    asked.control.money(forecast=False)
    with pytest.raises(ClientError, match="DataUnavailableException"):
        _forecast(asked, "2026-11-25", "2026-12-01")


def test_nothing_is_reserved(asked: EmbeddedAws) -> None:
    period = {"Start": "2026-10-01", "End": "2026-11-01"}
    ce = explorer(asked)
    coverage = ce.get_reservation_coverage(TimePeriod=period)["Total"]["CoverageHours"]
    assert (coverage["CoverageHoursPercentage"], coverage["ReservedHours"]) == ("0", "0")
    assert Decimal(coverage["OnDemandHours"]) == 6 * 24 * 31
    assert ce.get_reservation_utilization(TimePeriod=period)["Total"]["PurchasedHours"] == "0"
    plans = ce.get_savings_plans_coverage(TimePeriod=period)["SavingsPlansCoverages"]
    assert [one["Coverage"]["CoveragePercentage"] for one in plans] == ["0"]
    with pytest.raises(ClientError, match="DataUnavailableException"):
        ce.get_savings_plans_utilization(TimePeriod=period)


def test_the_budgets_agree_with_cost_explorer(asked: EmbeddedAws) -> None:
    budgets = boto3.client("budgets", **asked.client_options())
    first = budgets.describe_budgets(AccountId=asked.account, MaxResults=1)
    rest = budgets.describe_budgets(AccountId=asked.account, MaxResults=1, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    everything, dev = first["Budgets"][0], rest["Budgets"][0]
    month = costs(asked, "2026-11-01", "2026-12-01", ("tag:Environment",))
    spent = {one["BudgetName"]: Decimal(one["CalculatedSpend"]["ActualSpend"]["Amount"]) for one in (everything, dev)}
    assert spent == {"cloudmart-monthly": sum(month.values()), "cloudmart-dev": of(month, "$dev")}
    assert Decimal(dev["CalculatedSpend"]["ForecastedSpend"]["Amount"]) > spent["cloudmart-dev"]
