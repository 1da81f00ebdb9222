"""The newest days of a series, kept for the picture of a message about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from finops.series import DAY, Daily
from store.money import DailyCosts

DRAWN = 14
"""Days: two weeks show what a weekend costs (interface.md)."""
_CENT = Decimal("0.01")


def newest_days(series: Daily, end: date, what: str, usual: Decimal | None) -> DailyCosts:
    """The days before `end`, the first that is not complete. `usual` is what a day may cost, or was expected to."""
    start = max(end - DRAWN * DAY, series.start)
    amounts = tuple(amount and amount.quantize(_CENT) for amount in series.between(start, end))
    return DailyCosts(what, series.currency, start, amounts, None if usual is None else usual.quantize(_CENT))
