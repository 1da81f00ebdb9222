"""AWS Budgets as budget readings of ours, under the name `aws:ACCOUNT:NAME`: DescribeBudgets, which costs nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from collectors.answers import Item, inner, text, words
from collectors.aws import paginate
from collectors.caller import Caller
from collectors.costs.answer import decimal
from store.alerting.readings import BudgetReading

PREFIX = "aws:"
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUALLY": 12}
_FOREVER = 2087
"""AWS writes 2087-06-15 as the end of a budget that has none."""


def read_budgets(caller: Caller, now: datetime, *, component_tag: str, environment_tag: str) -> list[BudgetReading]:
    """The budgets of costs and what was spent of each; not those of usage or coverage, nor those that ended.

    Raises:
        AwsError: they could not be had.
    """
    account = text(caller.call("sts", "get_caller_identity"), "Account")
    client = caller.aws.client(caller.scope, "budgets", job=caller.job)
    found = [one for one in paginate(client, "describe_budgets", "Budgets", AccountId=account) if isinstance(one, dict)]
    tags = component_tag, environment_tag
    return [reading for one in found if (reading := budget_reading(one, caller.scope.account, now, *tags))]


def budget_reading(
    budget: Item, account: str, now: datetime, component_tag: str, environment_tag: str
) -> BudgetReading | None:
    """One budget as it stands; None where it is none of costs, does not run now, or says no amounts."""
    period = period_of(budget, now)
    name = text(budget, "BudgetName")
    if text(budget, "BudgetType") != "COST" or period is None or not name:
        return None
    spend = inner(budget, "CalculatedSpend")
    actual = decimal(inner(spend, "ActualSpend").get("Amount"))
    limit, currency = _limit(budget, period[0])
    if actual is None or limit is None:
        return None
    updated = budget.get("LastUpdatedTime")
    return BudgetReading(
        budget=f"{PREFIX}{account}:{name}",
        title=name,
        start=period[0],
        end=period[1],
        limit=limit,
        currency=currency,
        actual=actual,
        as_of=updated.astimezone(UTC) if isinstance(updated, datetime) else now,
        read_at=now,
        forecast=decimal(inner(spend, "ForecastedSpend").get("Amount")),
        environment=_filtered(budget, environment_tag),
        component=_filtered(budget, component_tag),
    )


def period_of(budget: Item, now: datetime) -> tuple[datetime, datetime] | None:
    """The period of the budget in which `now` lies, by the calendar in UTC; None before its start and after its end."""
    unit, bounds = text(budget, "TimeUnit"), inner(budget, "TimePeriod")
    start, end = bounds.get("Start"), bounds.get("End")
    if isinstance(start, datetime) and now < start:
        return None
    if isinstance(end, datetime) and now >= end and end.year < _FOREVER:
        return None
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    if unit == "DAILY":
        return today, today + timedelta(days=1)
    if unit in _MONTHS:
        length = _MONTHS[unit]
        first = (today.month - 1) // length * length + 1
        begin = today.replace(month=first, day=1)
        return begin, begin.replace(year=begin.year + (first + length > 12), month=(first + length - 1) % 12 + 1)  # noqa: PLR2004  months of a year
    if isinstance(start, datetime) and isinstance(end, datetime):
        return start.astimezone(UTC), end.astimezone(UTC)
    return None


def _limit(budget: Item, start: datetime) -> tuple[Decimal | None, str]:
    """The fixed limit, or that which is planned for the period; AWS keys those by their start in epoch seconds."""
    planned = {}
    for key, spend in inner(budget, "PlannedBudgetLimits").items():
        seconds = decimal(key)
        if seconds is not None and isinstance(spend, dict):
            planned[_day(seconds)] = spend
    limit = planned.get(start.date()) or inner(budget, "BudgetLimit")
    return decimal(limit.get("Amount")), text(limit, "Unit") or "USD"


def _day(seconds: Decimal) -> date:
    return datetime.fromtimestamp(int(seconds), UTC).date()


def _filtered(budget: Item, tag: str) -> str | None:
    """The one value of a tag that the budget is for, in AWS's older way of writing a filter or in its newer one."""
    values = [text.removeprefix(f"user:{tag}$") for text in words(inner(budget, "CostFilters"), "TagKeyValue")
              if text.startswith(f"user:{tag}$")]  # fmt: skip
    tags = inner(inner(budget, "FilterExpression"), "Tags")
    if text(tags, "Key") == tag:
        values += words(tags, "Values")
    return values[0] if len(values) == 1 else None
