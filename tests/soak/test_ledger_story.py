"""A night of dev in the embedded AWS: stopped, started, billed, invoiced; the ledger shows what it saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag

import boto3
import pytest

from collectors.aws import Aws
from collectors.config import Account, Bill, Collect
from collectors.costs.jobs import cost_jobs
from collectors.health.jobs import health_jobs
from collectors.inventory.jobs import inventory_jobs
from collectors.jobs import Surroundings
from collectors.meter import Meter
from finops.config import CostSettings
from finops.ledger import update
from finops.round import Around
from service.demo.launch import EmbeddedAws, start
from store import Store, open_store
from store.jobspec import JobContext
from store.money import LedgerEntry
from store.stack import Stack

EVENING = datetime(2026, 11, 19, 11, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=10)
INVOICED = datetime(2026, 12, 8, 12, 5, tzinfo=UTC)
DAILY = timedelta(days=1)
NAMES = ("backend", "network", "postgres", "redis", "storage", "frontend")


class Watch:
    """What the service does, at times of our own."""

    def __init__(self, embedded: EmbeddedAws, store: Store) -> None:
        self.embedded, self.store = embedded, store
        environments: dict[str, object] = {"prod": {}, "staging": {}, "dev": {}}
        self.stack = Stack.model_validate({"environments": environments, "components": {name: {} for name in NAMES}})
        self.now = EVENING
        self.meter = Meter(lambda: self.now)
        self.aws = Aws([Account(regions=["ap-northeast-2"])], self.meter)

    def look(self, now: datetime, *, costs: bool = False) -> None:
        """Inventory and health, and costs, as they are at a time."""
        self.now = now
        self.embedded.control.freeze(now.timestamp())
        specs = inventory_jobs(self.aws, self.store, self.stack, DAILY) + health_jobs(self.aws, self.store, DAILY)
        if costs:
            self.embedded.control.money(refresh=True, lag=0, requests=1_000_000)
            around = Surroundings(self.aws, self.meter, self.store, self.stack, Collect(), Bill())
            specs += list(cost_jobs(around))
        self.store.jobs.declare([(one.name, 60) for one in specs], now)
        for one in specs:
            self.store.jobs.wake(one.name, now)
            claim = self.store.jobs.claim(one.name, now, "test", 600)
            assert claim is not None, one.name
            outcome = one.run(JobContext(now, claim, Flag(), lambda _: None))
            self.store.jobs.finish(claim, outcome, now)
            assert outcome.outcome == "ok", (one.name, str(outcome.message))

    def ledger(self) -> list[LedgerEntry]:
        """The shutdowns, worked out now."""
        update(Around(self.store, self.stack, CostSettings()), self.now)
        return self.store.ledger.between(EVENING.date(), self.now.date())


@pytest.mark.soak
def test_a_night_of_dev_is_expected_by_the_hour_and_borne_out_by_the_invoice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start("cloudmart") as embedded, open_store(f"sqlite:///{tmp_path / 'x.db'}") as store:
        for name, value in embedded.environment().items():
            monkeypatch.setenv(name, value)
        store.migrate()
        watch = Watch(embedded, store)
        watch.look(EVENING - timedelta(minutes=5))
        rds, groups = (boto3.client(name, **embedded.client_options()) for name in ("rds", "autoscaling"))
        [database] = [one.name for one in store.resources.find(type="rds:db", environment="dev")]
        [group] = store.resources.find(type="autoscaling:group", environment="dev")
        sizes = {"MinSize": 0, "MaxSize": 2, "DesiredCapacity": 0}
        embedded.control.freeze(EVENING.timestamp())
        rds.stop_db_instance(DBInstanceIdentifier=database)
        groups.update_auto_scaling_group(AutoScalingGroupName=group.name, **sizes)
        watch.look(EVENING)
        watch.look(EVENING + timedelta(hours=5))
        embedded.control.freeze(MORNING.timestamp())
        rds.start_db_instance(DBInstanceIdentifier=database)
        groups.update_auto_scaling_group(AutoScalingGroupName=group.name, **sizes | {"DesiredCapacity": 1})
        watch.look(MORNING + timedelta(minutes=1))
        watch.look(MORNING + timedelta(hours=8), costs=True)
        [young] = watch.ledger()
        assert (young.environment, young.day) == ("dev", EVENING.date())
        assert young.expected > 0
        assert young.billed is None, "the month is not invoiced"
        watch.look(INVOICED, costs=True)
        [night] = watch.ledger()
        assert night.expected == young.expected
        assert night.billed is not None
        assert float(night.billed) == pytest.approx(float(night.expected), rel=0.15)
        assert len(dict(night.detail)["resources"].split()) == 2, "the database and the instance"
        assert "billed" in str(night.basis_note)
        watch.aws.close()
