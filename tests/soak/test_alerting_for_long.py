"""20 times kill -9 of the whole service on each engine, with what came of it as a table."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from service.demo.launch import EmbeddedAws
from service.demo.slack.launch import EmbeddedSlack
from tests.alerts.delivery.receiving import receiving
from tests.service.alerting_kills import kill_through_incidents, messages_per_incident_hold

pytestmark = pytest.mark.soak
KILLS = 20


def test_nothing_is_lost_and_nothing_told_twice_for_long(
    tmp_path: Path, store_url: str, embedded_aws: EmbeddedAws, demo_slack: EmbeddedSlack
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    with receiving() as hook:
        found = kill_through_incidents(tmp_path, embedded_aws, demo_slack, hook, store_url, seed, KILLS)
    print(found.row(f"{KILLS} kills, seed {seed}"))  # noqa: T201  the figures
    assert found.incidents >= 1
    assert (found.lost, found.duplicated, found.resolves_missing, found.obligations) == (0, 0, 0, 0)
    assert messages_per_incident_hold(found)
