"""What fails is watched closely, and what has failed for long is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from collectors.metrics.promotion import STAYS_HOT, failing_places, promote_failing
from store import Store
from store.vocabulary import Cursor, HealthObservation, HealthState, Series, SeriesKey, Status

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def state(status: Status, since: timedelta, component: str | None = "backend") -> HealthState:
    seen = HealthObservation("c", "target", "targets", status, "why", NOW, "prod", component)
    return HealthState(seen, NOW - since)


@pytest.mark.parametrize(
    ("status", "since", "hot"),
    [
        (Status.CRITICAL, timedelta(minutes=1), True),
        (Status.WARN, timedelta(minutes=119), True),
        (Status.CRITICAL, timedelta(hours=2), False),
        (Status.UNKNOWN, timedelta(minutes=1), False),
        (Status.OK, timedelta(minutes=1), False),
        (Status.ASLEEP, timedelta(minutes=1), False),
    ],
)
def test_only_what_began_to_fail_lately_is_hot(status: Status, since: timedelta, hot: bool) -> None:  # noqa: FBT001  a table
    assert failing_places([state(status, since)], NOW) == ({("prod", "backend")} if hot else set())


def test_a_check_without_a_place_promotes_nothing() -> None:
    assert failing_places([state(Status.CRITICAL, timedelta(), component=None)], NOW) == set()


def test_the_series_of_a_failing_component_are_promoted_and_no_others(sqlite_store: Store) -> None:
    series = {
        name: Series(SeriesKey("main", "r", "AWS/X", name, (), "Sum"), 60, environment="prod", component=name)
        for name in ("backend", "frontend")
    }
    sqlite_store.series.upsert(series.values())
    cursors = [Cursor(one.id, 0, 60, 0, 60) for one in series.values()]
    sqlite_store.commit_collection(samples={}, cursors=cursors, gaps={}, claim=None)
    seen = HealthObservation("c", "target", "targets", Status.CRITICAL, "none healthy", NOW, "prod", "backend")
    sqlite_store.health.record([seen])
    assert promote_failing(sqlite_store, NOW) == 1
    kept = sqlite_store.cursors.get()
    assert kept[series["backend"].id].hot_until == int((NOW + STAYS_HOT).timestamp())
    assert kept[series["frontend"].id].hot_until == 0
