"""Promotion: a series that an alert is near is polled at the hot rate for as long as that lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from store import Store

STAYS_HOT = timedelta(minutes=15)
"""How long a promotion lasts unless renewed: whoever is near a threshold renews it at every evaluation."""


def promote(store: Store, series_ids: Iterable[str], now: datetime, lasting: timedelta = STAYS_HOT) -> None:
    """Poll these series at the hot rate from now on; a series that was never collected is polled at once anyway."""
    store.cursors.promote(series_ids, int((now + lasting).timestamp()))
