"""kill -9 in the middle of a cycle, as a real process: what was committed stays, the rest follows, nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.demo.launch import EmbeddedAws
from service.demo.synthetic import SyntheticSource
from store import Store

START = 1_790_000_000 - 1_790_000_000 % 3600
MANY = 600

CATALOGUE = """
groups:
  - namespace: Synthetic
    fixed: true
    discover: true
    metrics: [{metric: Load, stats: [Average], kind: gauge}]
"""

CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from collectors.aws import Aws
from collectors.config import Account, Bill, Collect, Metrics
from collectors.jobs import Surroundings, metric_jobs
from collectors.meter import Meter
from store import open_store
from store.jobspec import JobContext
from store.stack import Stack

folder, now = Path(sys.argv[1]), datetime.fromtimestamp(int(sys.argv[2]), UTC)
meter = Meter(lambda: now)
metrics = Metrics(first=timedelta(hours=1), backfill=timedelta(hours=1))
with open_store(f"sqlite:///{folder / 'store.db'}") as store:
    aws = Aws([Account(regions=["ap-northeast-2"])], meter)
    collect = Collect(metrics=metrics, catalogue=[folder / "mine.yaml"])
    job = next(metric_jobs(Surroundings(aws, meter, store, Stack(), collect, Bill())))
    store.jobs.declare([(job.name, 60)], now)
    store.jobs.recover(now)
    claim = store.jobs.claim(job.name, now, sys.argv[3], 30)
    outcome = job.run(JobContext(now, claim, Event(), lambda _: None))
    store.jobs.finish(claim, outcome, now)
    aws.close()
    print(outcome.outcome, outcome.message)
"""


@pytest.mark.demo
def test_kill_9_in_the_middle_leaves_no_hole_and_no_duplicate(
    synthetic_aws: EmbeddedAws, sqlite_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(CATALOGUE)
    synthetic_aws.control.freeze(START)
    hang = {"action": "GetMetricData", "service": "cloudwatch"}
    synthetic_aws.control.fault("hang", seconds=2.0, **hang)
    environment = os.environ | synthetic_aws.environment()

    def child(now: int, owner: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CHILD, str(tmp_path), str(now), owner]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    with child(START, "first") as first:
        deadline = time.monotonic() + 60
        while not sqlite_store.cursors.get() and time.monotonic() < deadline:
            time.sleep(0.05)
        first.kill()
    kept = len(sqlite_store.cursors.get())
    assert 0 < kept < MANY

    synthetic_aws.control.clear_faults()
    synthetic_aws.control.freeze(START + 300)
    with child(START + 300, "second") as second:
        told, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert told.startswith("ok"), told

    truth = SyntheticSource(MANY, gaps=True)
    ids = {series.id: int(series.key.dimensions[0][1]) for series in sqlite_store.series.find(namespace="Synthetic")}
    points = sqlite_store.samples.read(list(ids), START - 3300, START)
    assert len(ids) == MANY
    for name, number in ids.items():
        assert dict(points[name].pairs()) == pytest.approx(truth.truth(number, START - 3300, START))
