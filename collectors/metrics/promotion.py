"""Promotion: a series that an alert is near, or whose component is failing, is polled at the hot rate meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from store import Store
from store.vocabulary import HealthState, Status

STAYS_HOT = timedelta(minutes=15)
"""How long a promotion lasts unless renewed: whoever is near a threshold renews it at every evaluation."""


FRESH = timedelta(hours=2)
"""How long a failing component is watched closely: what fails for longer is known, and costs five times as much."""


def failing_places(states: Iterable[HealthState], now: datetime) -> set[tuple[str, str]]:
    """The (environment, component) of each check that went to warning or critical within the last two hours."""
    return {
        (state.latest.environment, state.latest.component)
        for state in states
        if state.latest.status in {Status.WARN, Status.CRITICAL}
        and state.latest.environment is not None
        and state.latest.component is not None
        and now - state.since < FRESH
    }


def promote_failing(store: Store, now: datetime) -> int:
    """Promote every series of the components that fail; returns how many there are."""
    ids = [
        series.id
        for environment, component in sorted(failing_places(store.health.states(), now))
        for series in store.series.find(environment=environment, component=component)
    ]
    promote(store, ids, now)
    return len(ids)


def promote(store: Store, series_ids: Iterable[str], now: datetime, lasting: timedelta = STAYS_HOT) -> None:
    """Poll these series at the hot rate from now on; a series that was never collected is polled at once anyway."""
    store.cursors.promote(series_ids, int((now + lasting).timestamp()))
