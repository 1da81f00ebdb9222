"""How far Reserved Instances and Savings Plans cover what runs, and how far they are used."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from collectors.answers import Item, inner, items
from collectors.caller import Caller
from collectors.costs.answer import decimal
from collectors.costs.fetch import TOKEN, all_pages, unavailable
from collectors.costs.tags import NEXT
from collectors.errors import AwsError
from collectors.metrics.fetch import Patience
from store.money import Commitment

DAYS = 30
LAG = 2
"""Coverage and utilisation are there up to the day before yesterday as a rule."""
_HUNDRED = Decimal(100)


def read_commitments(caller: Caller, now: datetime, patience: Patience) -> list[Commitment]:
    """Reserved Instances and Savings Plans over 30 days; none where AWS has nothing to tell.

    GetReservationCoverage and GetReservationUtilization without a filter tell of EC2.

    Raises:
        AwsError: they could not be had.
    """
    end = now.date() - timedelta(days=LAG - 1)
    days = end - timedelta(days=DAYS), end
    found = [_reservations(caller, days, now, patience), _savings_plans(caller, days, now, patience)]
    return [one for one in found if one is not None]


def _reservations(caller: Caller, days: tuple[date, date], now: datetime, patience: Patience) -> Commitment | None:
    used = inner(_first(caller, "get_reservation_utilization", days, patience), "Total")
    covered = inner(_first(caller, "get_reservation_coverage", days, patience), "Total")
    hours = inner(covered, "CoverageHours")
    running, bought = _number(hours, "TotalRunningHours"), _number(used, "PurchasedHours")
    if not running and not bought:
        return None
    return Commitment(
        account=caller.scope.account,
        kind="reservations",
        start=days[0],
        end=days[1],
        coverage=_share(hours, "CoverageHoursPercentage") if running else None,
        utilisation=_share(used, "UtilizationPercentage") if bought else None,
        on_demand=_number(inner(covered, "CoverageCost"), "OnDemandCost"),
        unused=_number(used, "RICostForUnusedHours"),
        currency="USD",
        read_at=now,
    )


def _savings_plans(caller: Caller, days: tuple[date, date], now: datetime, patience: Patience) -> Commitment | None:
    used = inner(inner(_first(caller, "get_savings_plans_utilization", days, patience), "Total"), "Utilization")
    pages = _pages(caller, "get_savings_plans_coverage", days, patience, NEXT)
    coverages = [inner(entry, "Coverage") for page in pages for entry in items(page, "SavingsPlansCoverages")]
    covered = sum((_number(one, "SpendCoveredBySavingsPlans") for one in coverages), Decimal(0))
    on_demand = sum((_number(one, "OnDemandCost") for one in coverages), Decimal(0))
    committed = _number(used, "TotalCommitment")
    if not committed and not covered and not on_demand:
        return None
    return Commitment(
        account=caller.scope.account,
        kind="savings_plans",
        start=days[0],
        end=days[1],
        coverage=covered / (covered + on_demand) if covered + on_demand else None,
        utilisation=_share(used, "UtilizationPercentage") if committed else None,
        on_demand=on_demand,
        unused=_number(used, "UnusedCommitment"),
        currency="USD",
        read_at=now,
    )


def _first(caller: Caller, operation: str, days: tuple[date, date], patience: Patience) -> Item:
    """The first page: the total stands on it."""
    return next(iter(_pages(caller, operation, days, patience)), {})


def _pages(
    caller: Caller, operation: str, days: tuple[date, date], patience: Patience, token: str = TOKEN
) -> list[dict[str, Any]]:
    period = {"Start": days[0].isoformat(), "End": days[1].isoformat()}
    wish: dict[str, object] = {"Metrics": ["Hour", "Cost"]} if operation == "get_reservation_coverage" else {}
    try:
        return all_pages(caller, operation, patience, {"TimePeriod": period} | wish, token).pages
    except AwsError as error:
        if unavailable(error):
            return []  # AWS's answer where there never was a commitment
        raise


def _number(item: Item, key: str) -> Decimal:
    return decimal(item.get(key)) or Decimal(0)


def _share(item: Item, key: str) -> Decimal | None:
    percent = decimal(item.get(key))
    return None if percent is None else percent / _HUNDRED
