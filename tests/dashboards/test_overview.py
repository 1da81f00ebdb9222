"""What pages list of alerts, on both engines: worst first, bounded, counted, walked page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from store import Store, open_store
from store.alerting import AlertState, Severity
from store.alerting.overview import Count, Overview, Wanted
from tests.dashboards.cloudmart import NOW
from tests.dashboards.incident import E_OVER, E_QUIET, E_SLOW, E_TAKEN, PENDING, SLOW, fill_incident


@pytest.fixture
def kept(store_url: str) -> Iterator[Store]:
    with open_store(store_url) as store:
        store.migrate()
        fill_incident(store)
        yield store


def test_lists_counts_and_walks_what_fires(kept: Store) -> None:
    overview = Overview(kept.database)
    assert [each.id for each in overview.firing(10)] == [E_SLOW.id, E_TAKEN.id, E_QUIET.id]
    assert [each.id for each in overview.firing(1, Wanted(severity=Severity.WARNING))] == [E_TAKEN.id]
    counts = sorted(overview.counts(), key=lambda each: (each.severity.rank, each.acknowledged))
    assert counts == [
        Count(Severity.WARNING, False, 1),
        Count(Severity.WARNING, True, 1),
        Count(Severity.PAGE, False, 1),
    ]
    assert [each.fingerprint for each in overview.pending(5)[0]] == [PENDING.fingerprint]
    assert ("cpu-high", AlertState.FIRING, 2) in overview.states()
    assert overview.count(Wanted(rule_id="cpu-high")) == 3
    assert ("cpu-high", "prod", "redis") in overview.places(NOW - timedelta(days=1))
    assert set(overview.named_events(["alert-1", "nothing"])) == {"alert-1"}
    seen: list[str] = []
    after = None
    while page := overview.history(1, Wanted(end=NOW), after):
        seen.append(page[0].id)
        after = page[0].fired_at, page[0].id
    assert seen == [E_SLOW.id, E_TAKEN.id, E_QUIET.id, E_OVER.id]


def test_a_firing_is_told_with_its_alert_as_of_now(kept: Store) -> None:
    kept.alerts.commit_round(alerts=[replace(SLOW, value=0.6, state=AlertState.RECOVERING)])
    [slow] = Overview(kept.database).firing(1)
    assert (slow.alert.value, slow.alert.state) == (0.6, AlertState.RECOVERING)
    kept.alerts.commit_round(alerts=[replace(SLOW, value=0.7, episode="e" + "0" * 16)])
    [slow] = Overview(kept.database).firing(1)
    assert slow.alert.value == SLOW.value
