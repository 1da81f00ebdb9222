"""What reading costs costs itself: pages and dollars a month, before it is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from collectors.costs.config import Costs
from collectors.costs.planner import PRICE
from collectors.costs.views import groupings

MONTH = timedelta(days=30)
ROWS_A_PAGE = 1000
"""Groups of days that a page is taken to hold; AWS does not say how many there are."""
ROWS_A_DAY = 25
"""Groups that a view is taken to have on a day: ten services with a few usage types each."""
WHOLE_READINGS = 2
"""Whole readings of each view in a month: when it begins, and when the invoice of the one before is final."""
_WHOLE_DAYS = 45
_DAYS_OF_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class ExplorerPlan:
    """What all accounts ask of Cost Explorer: pages a month and once, their dollars, and the cap on them."""

    pages: int
    dollars: Decimal
    first_pages: int
    first_dollars: Decimal
    cap: Decimal | None


def explorer_plan(settings: Costs, accounts: int = 1, tags: int = 0) -> ExplorerPlan:
    """The price of a month in which the total changes every day, so that all is read that may be read.

    `tags` counts the further cost allocation tags. The monthly cap of each account bounds it.
    """
    if not settings.enabled:
        return ExplorerPlan(0, Decimal(0), 0, Decimal(0), settings.monthly_cap)
    grouped = groupings("Component", "Environment", [f"tag{number}" for number in range(tags)])
    slow = sum(1 for grouping in grouped if grouping.slow)
    pages = MONTH // settings.every + (len(grouped) - slow) * (MONTH // settings.groups_every)
    pages += slow * (MONTH // settings.slow_every)
    pages += WHOLE_READINGS * len(grouped) * (_pages(_WHOLE_DAYS) - 1)
    pages += sum(MONTH // every for every in (settings.forecast_every, settings.anomalies_every, settings.tags_every))
    pages += 4 * (MONTH // settings.commitments_every)
    if settings.monthly_cap is not None:
        pages = min(pages, int(settings.monthly_cap / PRICE))
    first = 1 + len(grouped) * _pages(settings.months * _DAYS_OF_A_MONTH) + 7
    return ExplorerPlan(
        accounts * pages, accounts * pages * PRICE, accounts * first, accounts * first * PRICE, settings.monthly_cap
    )


def _pages(days: int) -> int:
    return -(-days * ROWS_A_DAY // ROWS_A_PAGE)
