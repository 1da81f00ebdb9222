"""What AWS says beside the costs, read from answers as AWS writes them: budgets, anomalies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.costs.anomalies import anomaly_of
from collectors.costs.budgets import budget_reading, period_of
from collectors.costs.config import Costs
from collectors.costs.estimate import explorer_plan
from collectors.costs.forecasts import periods

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TAGS = ("Component", "Environment")


def budget(**changes: object) -> dict[str, object]:
    return {
        "BudgetName": "prod backend",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "400.0", "Unit": "USD"},
        "CalculatedSpend": {
            "ActualSpend": {"Amount": "310.5", "Unit": "USD"},
            "ForecastedSpend": {"Amount": "420.25", "Unit": "USD"},
        },
        "LastUpdatedTime": NOW - timedelta(hours=6),
    } | changes


def test_a_budget_of_aws_becomes_a_reading_of_ours() -> None:
    filters = {"TagKeyValue": ["user:Environment$prod", "user:Component$backend"]}
    reading = budget_reading(budget(CostFilters=filters), "main", NOW, *TAGS)
    assert reading is not None
    assert (reading.budget, reading.title) == ("aws:main:prod backend", "prod backend")
    assert (reading.limit, reading.actual, reading.forecast) == (Decimal(400), Decimal("310.5"), Decimal("420.25"))
    assert (reading.environment, reading.component) == ("prod", "backend")
    assert (reading.start, reading.as_of) == (datetime(2026, 11, 1, tzinfo=UTC), NOW - timedelta(hours=6))


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("DAILY", datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)),
        ("MONTHLY", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        ("QUARTERLY", datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("ANNUALLY", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_budget_runs_by_the_calendar(unit: str, start: datetime, end: datetime) -> None:
    assert period_of({"TimeUnit": unit}, NOW) == (start, end)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001  bounds are naive
def test_every_moment_lies_in_its_period(now: datetime) -> None:
    for unit in ("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"):
        period = period_of({"TimeUnit": unit}, now)
        assert period is not None
        assert period[0] <= now < period[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"BudgetType": "USAGE"},
        {"CalculatedSpend": {}},
        {"BudgetLimit": {"Amount": "NULL"}},
        {"TimePeriod": {"End": NOW - timedelta(days=1)}},
        {"TimePeriod": {"Start": NOW + timedelta(days=1)}},
        {"TimeUnit": "CUSTOM"},
        {"BudgetName": None},
    ],
)
def test_what_is_no_running_budget_of_costs_is_left_out(changes: dict[str, object]) -> None:
    assert budget_reading(budget(**changes), "main", NOW, *TAGS) is None


def test_a_budget_of_zero_and_one_planned_by_the_month_keep_their_limits() -> None:
    zero = budget_reading(budget(BudgetLimit={"Amount": "0", "Unit": "USD"}), "main", NOW, *TAGS)
    assert zero is not None
    assert zero.limit == 0
    november = str(int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()))
    planned = {november: {"Amount": "550", "Unit": "USD"}, "1": {"Amount": "1", "Unit": "USD"}}
    told = budget_reading(budget(BudgetLimit=None, PlannedBudgetLimits=planned), "main", NOW, *TAGS)
    assert told is not None
    assert told.limit == Decimal(550)


def test_an_anomaly_of_aws_keeps_the_time_at_which_it_was_first_read() -> None:
    entry = {
        "AnomalyId": "a-1",
        "AnomalyStartDate": "2026-11-20T00:00:00Z",
        "AnomalyEndDate": "2026-11-21T00:00:00Z",
        "RootCauses": [{"Service": "EC2 - Other", "Region": "ap-northeast-2", "UsageType": "APN2-NatGateway-Bytes"}],
        "Impact": {"MaxImpact": 7.0, "TotalImpact": 12.345, "TotalActualSpend": 20.1, "TotalExpectedSpend": 7.755},
    }
    first = anomaly_of(entry, NOW, {})
    assert first is not None
    assert (first.id, first.scope, first.source) == ("aws:a-1", "service:EC2 - Other", "aws")
    assert (first.start, first.end, first.open) == (date(2026, 11, 20), date(2026, 11, 22), False)
    assert (first.impact, first.actual) == (Decimal("12.34"), Decimal("20.10"))
    assert "APN2-NatGateway-Bytes" in first.cause
    again = anomaly_of(entry | {"Feedback": "PLANNED_ACTIVITY"}, NOW + timedelta(days=2), {"aws:a-1": NOW})
    assert again is not None
    assert (again.detected_at, again.muted) == (NOW, "PLANNED_ACTIVITY")
    assert anomaly_of({"AnomalyId": "a-2"}, NOW, {}) is None


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_a_forecast_begins_today_at_the_latest_and_ends_with_the_next_month(today: date) -> None:
    rest, following = periods(today)
    assert rest[0] == today < rest[1] == following[0] < following[1]
    assert following[0].day == following[1].day == 1


def test_a_plan_stays_within_three_dollars_and_says_what_it_would_be_without_the_cap() -> None:
    assert explorer_plan(Costs()).dollars <= 3
    assert explorer_plan(Costs(), accounts=2).dollars == 2 * explorer_plan(Costs()).dollars
    assert explorer_plan(Costs(enabled=False)).pages == 0
    assert explorer_plan(Costs(monthly_cap=None), tags=5).dollars > 3
    assert explorer_plan(Costs(), tags=5).dollars == 3
