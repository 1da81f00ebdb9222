"""A budget that breaks, with a real service and Slack: told with its place, its movers and its day, and told once."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.demo.launch import EmbeddedAws
from service.demo.slack.launch import EmbeddedSlack
from store import open_store
from store.alerting import BudgetReading
from store.money import DailyCosts
from tests.service.alerting_driving import database_of, hasten, slack_receiver, top_messages, until, written
from tests.service.test_serving import serving

pytestmark = pytest.mark.demo
NOW = datetime.now(UTC)
START = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
PASSES = (NOW + timedelta(days=3)).date()
READING = BudgetReading(
    budget="network",
    title="prod network",
    start=START,
    end=(START + timedelta(days=32)).replace(day=1),
    limit=Decimal(95),
    currency="USD",
    actual=Decimal("41.25"),
    as_of=NOW,
    read_at=NOW,
    forecast=Decimal("143.2"),
    forecast_low=Decimal("131.1"),
    forecast_high=Decimal("155.9"),
    environment="prod",
    component="network",
    movers=(("EC2 - Other", Decimal("31.28")), ("Amazon VPC", Decimal("0.40"))),
    passes_on=PASSES,
)


def config(slack: EmbeddedSlack) -> str:
    return written(
        {
            "stack": {"name": "shop", "environments": {"prod": {}}, "components": {"network": {}}},
            "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
            "collect": {"costs": {"enabled": False}},
            "alerts": {
                "receivers": [slack_receiver(slack)],
                "route": {"receiver": "ops", "group_wait": "0s", "group_interval": "1s", "group_by": ["rule"]},
            },
            "web": {"listen": "127.0.0.1:0", "public_url": "https://lamp.example.com", "allow_anonymous": True},
        }
    )


def told(slack: EmbeddedSlack) -> list[dict[str, Any]]:
    return [one for one in top_messages(slack) if "Budget prod network" in one["text"]]


def test_a_broken_budget_reaches_slack_once_a_period(
    tmp_path: Path, embedded_aws: EmbeddedAws, demo_slack: EmbeddedSlack
) -> None:
    with (
        serving(tmp_path, embedded_aws, config(demo_slack)) as process,
        open_store(database_of(tmp_path)) as store,
    ):
        assert process.get("/healthz")[0] == 200
        days = DailyCosts("prod network", "USD", (NOW - timedelta(days=14)).date(), (Decimal(3),) * 14, Decimal("3.1"))
        store.reports.put(DailyCosts.key_of(budget="network"), days, NOW)
        store.budgets.record([READING])
        hasten(store, "alerts")
        [expected] = until(lambda: told(demo_slack), what="the forecast")
        until(lambda: any(block["type"] == "image" for block in told(demo_slack)[0]["blocks"]), what="the picture")
        said = json.dumps(expected["blocks"], ensure_ascii=False)
        assert f"Budget prod network will pass 100 % on {PASSES:%b} {PASSES.day}" in said
        for words in ("$41.25 of $95.00 spent (43 %)", "Forecast $143 (131-156)"):
            assert words in said
        for words in ("EC2 - Other +$31.28", "prod / network", "Remind at 100 %", "environment=prod&component=network"):
            assert words in said
        store.budgets.record([replace(READING, actual=Decimal("96.10"), read_at=NOW + timedelta(minutes=1))])
        hasten(store, "alerts")
        until(lambda: len(told(demo_slack)) == 2, what="what is spent")
        [passed] = [one for one in told(demo_slack) if "has passed" in one["text"]]
        assert "has passed 50 %, 80 %, 100 %: $96.10 spent" in passed["text"], "one message names all"
        assert "Remind at" not in json.dumps(passed["blocks"])
        for minute, actual in ((2, "90"), (3, "99.5")):
            store.budgets.record([replace(READING, actual=Decimal(actual), read_at=NOW + timedelta(minutes=minute))])
            hasten(store, "alerts")
            time.sleep(1.5)
        assert len(told(demo_slack)) == 2, "nothing is told twice in a period"
        assert process.end()[0] == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
