"""A surprise on the bill, with real processes: costs tie out, and the anomaly reaches Slack with its cause."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from service.demo.launch import start
from service.demo.slack.launch import EmbeddedSlack
from store import open_store
from tests.service.alerting_driving import database_of, slack_receiver, top_messages, until, written
from tests.service.test_faults import command
from tests.service.test_serving import serving


def config(slack: EmbeddedSlack, spent: Decimal) -> str:
    """Costs read as often as may be, a budget for prod that a surprise will break, and the shipped rules of money."""
    quick = ("every", "groups_every", "slow_every", "forecast_every", "anomalies_every")
    return written(
        {
            "stack": {
                "name": "cloudmart",
                "environments": {"prod": {}, "staging": {}, "dev": {}},
                "components": {name: {} for name in ("backend", "network", "postgres", "redis", "storage", "frontend")},
            },
            "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
            "collect": {"costs": {**dict.fromkeys(quick, "1m"), "monthly_cap": None}},
            "costs": {
                "aws_budgets": False,
                "budgets": [{"name": "network", "component": "network", "environment": "prod", "amount": float(spent)}],
            },
            "alerts": {
                "receivers": [slack_receiver(slack)],
                "route": {"receiver": "ops", "group_wait": "0s", "group_interval": "1s", "group_by": ["rule"]},
            },
            "web": {"listen": "127.0.0.1:0"},
        }
    )


@pytest.mark.soak
def test_a_surprise_on_the_bill_reaches_slack_with_its_cause(tmp_path: Path, demo_slack: EmbeddedSlack) -> None:
    with start("cloudmart") as aws:
        aws.control.money(lag=0, refresh=True)
        # Somewhat above what the network of prod costs a month: the surprise breaks it.
        text = config(demo_slack, Decimal(1000))
        with serving(tmp_path, aws, text) as process, open_store(database_of(tmp_path)) as store:
            assert process.get("/healthz")[0] == 200
            [before] = until(store.budgets.newest, 90, "the costs")
            assert all(read.tied for read in store.costs.newest_reads())
            assert not [one for one in store.anomalies.find() if one.open and one.source == "lamplighter"]
            aws.control.start_incident("nat-transfer", days=4)
            aws.control.money(lag=0, refresh=True)

            def reached() -> list[str]:
                said = [json.dumps(one["blocks"], ensure_ascii=False) for one in top_messages(demo_slack)]
                return [one for one in said if "NatGateway-Bytes" in one]

            [message, *_] = until(reached, 240, "the message")
            assert "costs" in message
            [anomaly] = [one for one in store.anomalies.find() if one.open and one.source == "lamplighter"]
            assert (anomaly.environment, anomaly.component) == ("prod", "network")
            assert anomaly.usage_type == "APN2-NatGateway-Bytes"
            after = until(lambda: (now := store.budgets.newest()[0]).actual > before.actual and now, what="the budget")
            assert after.movers[0][0] == "EC2 - Other"
            assert all(read.tied for read in store.costs.newest_reads()), "also after the restatement"
            code, said = command(tmp_path, "cost", "anomalies", "--json", "--config", "lamplighter.yaml", aws=aws)
            assert code == 1
            assert json.loads(said)[0]["usage_type"] == "APN2-NatGateway-Bytes"
            code, said = command(tmp_path, "cost", "today", "--json", "--config", "lamplighter.yaml", aws=aws)
            told = json.loads(said)
            assert told["tied_out"]
            assert told["forecast"][0]["scored_on"] >= 8
            assert process.end()[0] == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
