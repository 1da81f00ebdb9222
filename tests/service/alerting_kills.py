"""kill -9 at random moments while alerts fire, resolve and are retried, for the tests and for the long run."""

from __future__ import annotations

import random
import time
from pathlib import Path

import yaml

from service.demo.launch import EmbeddedAws
from service.demo.slack.launch import EmbeddedSlack
from store import open_store
from tests.alerts.delivery.receiving import RESET_AFTER_EFFECT, Receiver, busy, refused
from tests.service.alerting_driving import (
    Count,
    count,
    hasten,
    hook_receiver,
    incident_config,
    settled,
    slack_receiver,
    target,
    until,
    written,
)
from tests.service.driving import Lamplighter
from tests.service.test_serving import serving

FAULTS = (busy("1"), refused(500), RESET_AFTER_EFFECT)


def kill_through_incidents(  # noqa: PLR0913, PLR0917  each is a part of the scene
    folder: Path, aws: EmbeddedAws, slack: EmbeddedSlack, hook: Receiver, url: str, seed: int, kills: int
) -> Count:
    """Serve and kill `kills` times while the target goes down and comes back, then let everything end."""
    chance = random.Random(seed)  # noqa: S311  no secret
    with target() as shop:
        values = incident_config(shop.url, [slack_receiver(slack), hook_receiver(hook)], store={"url": url})
        lamplighter = Lamplighter(folder, aws, written(values))
        with open_store(url) as store:
            store.migrate()
            shop.down = True
            for number in range(kills):
                shop.down = number < kills // 2  # more often would be flapping, which is held for ten minutes
                hook.plan.extend(chance.sample(FAULTS, 2))
                with lamplighter.popen("serve", output=-3) as process:
                    time.sleep(1.5)
                    hasten(store, "probes")
                    time.sleep(chance.uniform(0.3, 4))
                    process.kill()
            shop.down = False
            hook.plan.clear()
            with serving(folder, aws, yaml.safe_dump(values)) as process:
                until(lambda: settled(store, 1, 2), 90, "the end")
                assert process.end()[0] == 0
            assert "Traceback" not in process.log.read_text()
            return count(store, hook, slack)


def messages_per_incident_hold(found: Count) -> bool:
    """Flaps that follow each other within a notice's life share its message, so there are at most as many."""
    return 1 <= found.slack_messages <= found.incidents
