"""On which day a forecast passes a limit: what a budget's message is headed with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from store.money import DayForecast


def passes_on(limit: Decimal, spent: Decimal, days: Sequence[DayForecast]) -> date | None:
    """The first of the expected `days` at whose end more than `limit` will have been spent (`BudgetReading.passes_on`).

    None if that does not happen, or has happened already. `spent` is what the days before `days` cost.
    """
    if spent > limit:
        return None
    total = spent
    for one in sorted(days, key=lambda each: each.day):
        total += one.amount
        if total > limit:
            return one.day
    return None
