"""An incident from its first failure to its end, with real processes: what the team sees, and what the page tells."""

from __future__ import annotations

import json
from pathlib import Path

from service.demo.launch import EmbeddedAws
from service.demo.slack.launch import EmbeddedSlack
from store import open_store
from tests.alerts.delivery.receiving import receiving
from tests.service.alerting_driving import (
    count,
    database_of,
    hook_receiver,
    incident_config,
    open_episode,
    settled,
    slack_receiver,
    target,
    top_messages,
    topic_with_queue,
    until,
    written,
)
from tests.service.test_faults import command
from tests.service.test_serving import serving


def test_an_incident_is_one_message_that_is_acknowledged_edited_and_resolved(
    tmp_path: Path, embedded_aws: EmbeddedAws, demo_slack: EmbeddedSlack
) -> None:
    topic, read = topic_with_queue(embedded_aws)
    slack = demo_slack.control
    with target() as shop, receiving() as hook:
        receivers = [slack_receiver(demo_slack), hook_receiver(hook), {"name": "sns", "sns": {"topic_arn": topic}}]
        config = written(incident_config(shop.url, receivers))
        shop.down = True
        with serving(tmp_path, embedded_aws, config) as process, open_store(database_of(tmp_path)) as store:
            assert process.get("/healthz")[0] == 200
            until(slack.connections, what="Socket Mode")
            [first] = until(lambda: top_messages(demo_slack), 40, "the message")
            assert "Home is down" in json.dumps(first, ensure_ascii=False)
            slack.click(first, "lamplighter.acknowledge")
            episode = until(
                lambda: (found := open_episode(store)) and found.acknowledged_by and found, what="the click"
            )
            until(lambda: "cknowledged" in json.dumps(top_messages(demo_slack)[0]["blocks"]), what="the edit")
            code, said = command(tmp_path, "alerts", "ls", "--json", "--config", "lamplighter.yaml", aws=embedded_aws)
            assert code == 2
            assert json.loads(said)[0]["acknowledged_by"]
            answered = json.dumps(slack.command("/lamplighter status"))
            assert "1 alert fires" in answered or "1 alert fires" in json.dumps(slack.messages("ops"))
            shop.down = False
            until(lambda: settled(store, 1, 3), 75, "the end")
            [last] = top_messages(demo_slack)
            assert last["ts"] == first["ts"], "edited in place"
            assert "esolved" in json.dumps(last)
            assert len(last["versions"]) >= 3
            page = process.get(f"/alerts/{episode.id}")[1]
            for word in ("Home is down", "ops", "tool", "sns", str(episode.acknowledged_by)):
                assert word in page, word
            assert first["ts"] in page, "the receipt"
            found = count(store, hook, demo_slack)
            assert (found.lost, found.duplicated, found.resolves_missing, found.obligations) == (0, 0, 0, 0)
            subjects = [one["Subject"] for one in read()]
            assert len(subjects) >= 2
            assert process.end()[0] == 0
    assert "Traceback" not in process.log.read_text()
