"""Costs from the embedded Cost Explorer to the store: collected, restated, collected again, killed in between."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event as Flag

import pytest

from collectors.aws import Aws
from collectors.config import Bill, Collect
from collectors.costs.jobs import cost_jobs
from collectors.jobs import Surroundings
from collectors.meter import Meter
from service.demo.launch import EmbeddedAws
from store import Store
from store.jobspec import JobContext
from store.money import CostObservation, View
from store.stack import Stack
from store.vocabulary import JobOutcome

START = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
Reach = Callable[..., Aws]

CHILD = """
import sys
from datetime import UTC, datetime
from threading import Event
from collectors.aws import Aws
from collectors.config import Account, Bill, Collect
from collectors.costs.jobs import cost_jobs
from collectors.jobs import Surroundings
from collectors.meter import Meter
from store import open_store
from store.jobspec import JobContext
from store.stack import Stack

now = datetime.fromtimestamp(int(sys.argv[2]), UTC)
meter = Meter(lambda: now)
with open_store(f"sqlite:///{sys.argv[1]}/store.db") as store:
    aws = Aws([Account(regions=["ap-northeast-2"])], meter)
    (job,) = cost_jobs(Surroundings(aws, meter, store, Stack(), Collect(), Bill()))
    store.jobs.declare([(job.name, 900)], now)
    store.jobs.recover(now)
    claim = store.jobs.claim(job.name, now, sys.argv[3], 30)
    outcome = job.run(JobContext(now, claim, Event(), lambda _: None))
    store.jobs.finish(claim, outcome, now)
    aws.close()
    print(outcome.outcome, outcome.message)
"""


def collect(aws: Aws, store: Store, now: datetime) -> JobOutcome:
    """Run the job once, under a claim of its own."""
    (job,) = cost_jobs(Surroundings(aws, Meter(lambda: now), store, Stack(), Collect(), Bill()))
    store.jobs.declare([(job.name, 900)], now)
    claim = store.jobs.claim(job.name, now, "test", 600)
    assert claim is not None
    outcome = job.run(JobContext(now, claim, Flag(), lambda _: None))
    store.jobs.finish(claim, outcome, now)
    return outcome


def totals(store: Store, as_of: datetime | None = None) -> dict[str, CostObservation]:
    """The total of each day of the month and the one before."""
    window = START.date().replace(month=10, day=1), START.date() + timedelta(days=10)
    return {str(one.day): one for one in store.costs.lines(*window, view=View.TOTAL, as_of=as_of)}


def residuals(store: Store) -> set[str]:
    """The views that do not tie out."""
    return {read.view for read in store.costs.newest_reads() if not read.tied}


@pytest.mark.demo
def test_days_are_restated_and_both_are_known_afterwards(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store
) -> None:
    aws = reach(cloudmart)
    cloudmart.control.money(requests=1_000_000)  # its rate would never recover under a clock that stands still
    cloudmart.control.freeze(START.timestamp())
    first = collect(aws, sqlite_store, START)
    assert first.outcome == "ok", first.message
    before = totals(sqlite_store)
    later = START + timedelta(days=1)
    cloudmart.control.freeze(later.timestamp())
    second = collect(aws, sqlite_store, later)
    assert second.outcome == "ok", second.message
    after = totals(sqlite_store)
    assert residuals(sqlite_store) == set()
    assert totals(sqlite_store, as_of=START + timedelta(minutes=1)) == before
    young = str((START - timedelta(days=1)).date())
    assert before[young].estimated
    assert after[young].unblended != before[young].unblended
    window = START.date() - timedelta(days=3), START.date() + timedelta(days=2)
    restated = sqlite_store.costs.restatements(*window, view=View.TOTAL)
    assert young in {str(one.day) for one in restated}
    services = {one.keys[0] for one in sqlite_store.costs.lines(*window, view=View.USAGE)}
    assert "EC2 - Other" in services
    components = {one.keys[0] for one in sqlite_store.costs.lines(*window, view=View.COMPONENT)}
    assert {"backend", "postgres", "redis"} <= components


@pytest.mark.demo
def test_kill_9_between_two_views_leaves_whole_readings_and_the_rest_follows(
    cloudmart: EmbeddedAws, sqlite_store: Store, tmp_path: Path
) -> None:
    cloudmart.control.money(requests=1_000_000)
    cloudmart.control.freeze(START.timestamp())
    cloudmart.control.fault("hang", seconds=0.4, action="GetCostAndUsage", service="ce")
    environment = os.environ | cloudmart.environment()

    def child(now: datetime, owner: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(tmp_path), str(int(now.timestamp())), owner]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    with child(START, "first") as first:
        deadline = time.monotonic() + 60
        while len(sqlite_store.costs.newest_reads()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        first.kill()
    kept = {read.view: read for read in sqlite_store.costs.newest_reads()}
    assert 2 <= len(kept) < 6
    cloudmart.control.clear_faults()
    later = START + timedelta(minutes=15)
    cloudmart.control.freeze(later.timestamp())
    with child(later, "second") as second:
        told, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert told.startswith("ok"), told
    reads = {read.view: read for read in sqlite_store.costs.newest_reads()}
    assert len(reads) == 6
    assert {view: reads[view].read_at for view in kept} == {view: read.read_at for view, read in kept.items()}
    assert residuals(sqlite_store) == set()
    window = START.date().replace(day=1), START.date() + timedelta(days=1)
    sums = {
        view: sum((one.unblended for one in sqlite_store.costs.lines(*window, view=view)), Decimal(0)) for view in reads
    }
    assert max(sums.values()) - min(sums.values()) < Decimal("0.01")
    assert sums[View.TOTAL] > 0
