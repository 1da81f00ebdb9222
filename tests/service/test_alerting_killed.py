"""kill -9 of the whole service while alerts fire, resolve and are retried: every notice once, every end told."""

from __future__ import annotations

from pathlib import Path

from service.demo.launch import EmbeddedAws
from service.demo.slack.launch import EmbeddedSlack
from tests.alerts.delivery.receiving import receiving
from tests.service.alerting_kills import kill_through_incidents, messages_per_incident_hold


def test_nothing_is_lost_and_nothing_told_twice(
    tmp_path: Path, embedded_aws: EmbeddedAws, demo_slack: EmbeddedSlack
) -> None:
    url = f"sqlite:///{tmp_path}/killed.db"
    with receiving() as hook:
        found = kill_through_incidents(tmp_path, embedded_aws, demo_slack, hook, url, seed=7, kills=4)
    assert found.incidents >= 1
    assert (found.lost, found.duplicated, found.resolves_missing, found.obligations) == (0, 0, 0, 0)
    assert messages_per_incident_hold(found)
