"""What stops and runs again becomes an event, in the transaction that writes the inventory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import Store
from store.resources import STARTED, STOPPED
from store.vocabulary import Resource

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEB = Resource("i-1", "ec2:instance", "web", "main", "ap-northeast-2", "dev", "backend", "running")


def seen(store: Store, at: datetime, *some: Resource) -> None:
    store.resources.replace("main", "ap-northeast-2", ["ec2:instance", "rds:db", "autoscaling:group"], some, at)


def told(store: Store) -> list[tuple[str, Any, datetime]]:
    events = store.events.between(NOW - HOUR, NOW + 99 * HOUR, kinds=(STOPPED, STARTED))
    return [(one.kind, one.detail["resource"], one.at) for one in reversed(events)]


def test_a_stop_and_a_start_are_told_once_each_with_their_place(store: Store) -> None:
    for hours, state in enumerate(("running", "stopping", "stopped", "stopped", "pending", "running", "running")):
        seen(store, NOW + hours * HOUR, replace(WEB, state=state))
    assert told(store) == [(STOPPED, "i-1", NOW + HOUR), (STARTED, "i-1", NOW + 5 * HOUR)]
    [last, *_] = store.events.between(NOW, NOW + 99 * HOUR, kinds=(STARTED,))
    assert (last.title, last.environment, last.component) == ("web runs again", "dev", "backend")


def test_what_is_deleted_stopped_and_what_is_new_is_no_start(store: Store) -> None:
    seen(store, NOW, WEB)
    seen(store, NOW + HOUR)
    assert told(store) == [(STOPPED, "i-1", NOW + HOUR)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (replace(WEB, type="rds:db", state="available"), replace(WEB, type="rds:db", state="stopping")),
        (
            replace(WEB, type="autoscaling:group", attributes={"desired": 2}),
            replace(WEB, type="autoscaling:group", attributes={"desired": 0}),
        ),
    ],
)
def test_databases_and_groups_stop_too(store: Store, before: Resource, after: Resource) -> None:
    seen(store, NOW, before)
    seen(store, NOW + HOUR, after)
    assert told(store) == [(STOPPED, "i-1", NOW + HOUR)]


def test_a_database_that_is_backed_up_and_a_group_that_grows_run_on(store: Store) -> None:
    database, group = replace(WEB, type="rds:db"), replace(WEB, id="g", type="autoscaling:group")
    for hours, (state, size) in enumerate((("available", 1), ("backing-up", 2), ("available", 1))):
        seen(store, NOW + hours * HOUR, replace(database, state=state), replace(group, attributes={"desired": size}))
    assert told(store) == []
