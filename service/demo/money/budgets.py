"""AWS Budgets: two budgets that the demo's team keeps there, with what is spent and expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service.demo.money.desk import Desk
from service.demo.money.expression import matches
from service.demo.money.forecast import expect
from service.demo.money.refresh import midnight, moment, months_from
from service.demo.money.table import AMOUNT_DIGITS, Table
from service.demo.money.usage import written
from service.demo.source import AwsError, AwsRequest, AwsResponse, Handler

_KEPT_MONTHS = 6
_FOR_EVER = datetime(2087, 6, 15, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """A monthly budget: its limit in US dollars, and the environment that it watches (None: all)."""

    name: str
    limit: str
    environment: str | None = None

    @property
    def filter(self) -> Mapping[str, Any]:
        """As a filter of Cost Explorer."""
        return {"Tags": {"Key": "Environment", "Values": [self.environment]}} if self.environment else {}


BUDGETS = (Kept("cloudmart-monthly", "1450.0"), Kept("cloudmart-dev", "220.0", "dev"))


@dataclass(frozen=True, slots=True)
class Budgets:
    """Answers the calls of AWS Budgets. Raises AwsError: AccessDeniedException, NotFoundException."""

    desk: Desk
    kept: tuple[Kept, ...] = field(default=BUDGETS)

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """The handlers by service and action."""
        return {
            ("budgets", "DescribeBudgets"): self.describe_all,
            ("budgets", "DescribeBudget"): self.describe_one,
            ("budgets", "DescribeNotificationsForBudget"): self.notifications,
        }

    def describe_all(self, request: AwsRequest) -> AwsResponse:
        """All budgets, `MaxResults` a page."""
        self._own(request)
        size = int(request.params.get("MaxResults") or 100)
        token = request.params.get("NextToken") or "0"
        if not token.isdigit():
            raise AwsError("InvalidNextTokenException", "The pagination token is invalid.")
        start = int(token)
        table = self.desk.table(request.now)
        answer: dict[str, Any] = {"Budgets": [_shown(one, table) for one in self.kept[start : start + size]]}
        if start + size < len(self.kept):
            answer["NextToken"] = str(start + size)
        return AwsResponse(answer)

    def describe_one(self, request: AwsRequest) -> AwsResponse:
        """One budget."""
        return AwsResponse({"Budget": _shown(self._named(request), self.desk.table(request.now))})

    def notifications(self, request: AwsRequest) -> AwsResponse:
        """Each budget warns at 80 % of what is spent and at 100 % of what is expected."""
        self._named(request)
        common = {"ComparisonOperator": "GREATER_THAN", "ThresholdType": "PERCENTAGE"}
        wanted = (("ACTUAL", 80.0), ("FORECASTED", 100.0))
        found = [{"NotificationType": kind, "Threshold": threshold, **common} for kind, threshold in wanted]
        return AwsResponse({"Notifications": found})

    def _own(self, request: AwsRequest) -> None:
        if request.params.get("AccountId") != request.account or not self.desk.serves(request.account):
            raise AwsError("AccessDeniedException", f"Account {request.params.get('AccountId')} is not yours.")

    def _named(self, request: AwsRequest) -> Kept:
        self._own(request)
        for one in self.kept:
            if one.name == request.params.get("BudgetName"):
                return one
        raise AwsError("NotFoundException", f"Unable to get budget: {request.params.get('BudgetName')}")


def _shown(one: Kept, table: Table) -> dict[str, Any]:
    today = moment(table.at).date()
    month, following = months_from(today, 0), months_from(today, 1)
    rows = [number for number, key in enumerate(table.keys) if matches(one.filter, key)]
    columns = slice(table.column(midnight(month)), table.column(midnight(following)))
    spent = int(table.amounts[rows, columns].sum())
    expected = expect(table, one.filter).of(today, following)[0]
    filters = {"TagKeyValue": [f"user:Environment${one.environment}"]} if one.environment else {}
    return {
        "BudgetName": one.name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": one.limit, "Unit": "USD"},
        "CostFilters": filters,
        "CostTypes": {"IncludeTax": True, "IncludeRefund": True, "IncludeCredit": True, "UseAmortized": False},
        "TimePeriod": {"Start": moment(midnight(months_from(today, -_KEPT_MONTHS))), "End": _FOR_EVER},
        "CalculatedSpend": {
            "ActualSpend": {"Amount": written(spent, AMOUNT_DIGITS), "Unit": "USD"},
            "ForecastedSpend": {"Amount": written(spent + round(expected), AMOUNT_DIGITS), "Unit": "USD"},
        },
        "LastUpdatedTime": moment(table.at),
    }
