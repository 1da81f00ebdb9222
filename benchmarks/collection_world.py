"""A simulated world: the embedded AWS with made-up series, and the real jobs over a real SQLite store."""

from __future__ import annotations

import math
import os
import resource
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import yaml

from collectors.aws import Aws
from collectors.jobs import Surroundings, metric_jobs
from collectors.meter import Meter
from service.config import Loaded, load
from service.demo.launch import EmbeddedAws, start
from service.demo.synthetic import SyntheticSource
from service.maintenance import maintenance_job
from store import Store, open_store
from store.jobspec import JobContext, JobSpec
from store.vocabulary import Resource, SeriesKey

BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
"""The simulated day's first instant; any day will do."""
MINUTE = timedelta(minutes=1)
ACCOUNT = "main"
STATISTIC = "Average"
RESOURCE = "bench:node"
"""Made-up resources stand in the store as if the inventory had found them."""
_LEASE_SECONDS = 3600
_SERIES_A_RESOURCE = 10


@dataclass(slots=True)
class SimulatedClock:
    """The time for Lamplighter and the embedded AWS alike: it stands still until it is moved."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        """Now."""
        return self.now


@dataclass(slots=True)
class Simulation:
    """What runs. `ids` are the series in the order of their numbers; `outcomes` and `problems` count what jobs said."""

    aws: EmbeddedAws
    source: SyntheticSource
    store: Store
    meter: Meter
    clock: SimulatedClock
    specs: Sequence[JobSpec]
    ids: Sequence[str]
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def minute(self, *, running: bool = True) -> None:
        """Tell the embedded AWS the time and run what is due, unless Lamplighter is not running."""
        self.aws.control.freeze(self.clock.now.timestamp())
        if running:
            self.run_due()

    def run_due(self) -> None:
        """Run what is due at this instant, as the service does."""
        due = {job.name for job in self.store.jobs.due(self.clock.now)}
        for spec in self.specs:
            if spec.name in due:
                self._run(spec)

    def epoch(self) -> int:
        """Now, in epoch seconds."""
        return int(self.clock.now.timestamp())

    def _run(self, spec: JobSpec) -> None:
        claim = self.store.jobs.claim(spec.name, self.clock.now, "benchmark", _LEASE_SECONDS)
        if claim is None:
            raise RuntimeError(f"{spec.name} could not be claimed at {self.clock.now}: is it still running?")
        outcome = spec.run(JobContext(self.clock.now, claim, threading.Event(), lambda _fraction: None))
        self.store.jobs.finish(claim, outcome, self.clock.now)
        kind = _kind(spec)
        self.outcomes[f"{kind} {outcome.outcome}"] += 1
        if outcome.outcome != "ok":
            self.problems[f"{kind}: {outcome.message}"] += 1


class Ages:
    """How old the newest stored point is, in seconds since the start of its minute, series by series, look by look."""

    def __init__(self, running: Simulation, most: int = 200) -> None:
        self._running = running
        self._ids = running.ids[:: max(1, len(running.ids) // most)]
        self._seen: list[int] = []
        self.silent = 0

    def look(self) -> None:
        """Look at each series once, now; one without a point of the last three hours counts as silent."""
        newest = self._running.store.samples.latest(self._ids, now=self._running.clock.now, within=3 * 3600)
        self._seen += [self._running.epoch() - at for at, _ in newest.values()]
        self.silent += len(self._ids) - len(newest)

    def percentile(self, share: int) -> float:
        """The age that `share` percent of all looks do not exceed; NaN where nothing was ever seen."""
        return float(np.percentile(self._seen, share, method="inverted_cdf")) if self._seen else math.nan


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    """The most resident memory that this process has had, in MiB (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def simulation(
    count: int, *, gaps: bool = False, first: str = "1h", jobs: Sequence[str] = ("metrics", "maintenance")
) -> Iterator[Simulation]:
    """A fresh store, and the jobs as the service builds them, over `count` series polled as configured by default.

    `first` is what the first start brings. With `gaps`, some minutes of each series have no point, as is usual.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lamplighter-bench-")))
        aws = stack.enter_context(start(f"synthetic:{count}{',gaps' if gaps else ''}"))
        os.environ.update(aws.environment())
        store = stack.enter_context(open_store(f"sqlite:///{folder}/lamplighter.db"))
        store.migrate()
        clock = SimulatedClock()
        aws.control.freeze(clock.now.timestamp())
        source = SyntheticSource(count, gaps=gaps)
        store.resources.replace(ACCOUNT, aws.region, [RESOURCE], _resources(count, aws.region), clock.now)
        meter = Meter(clock)
        loaded = load(_configuration(folder, aws.region, first), os.environ)
        client_maker = Aws(loaded.settings.accounts, meter, agent="lamplighter-benchmark")
        stack.callback(client_maker.close)
        specs = [spec for spec in _specs(loaded, client_maker, meter, store, aws.region) if _kind(spec) in jobs]
        store.jobs.declare([(spec.name, int(spec.every.total_seconds())) for spec in specs], clock.now)
        aws.control.reset_meter()
        yield Simulation(aws, source, store, meter, clock, specs, series_ids(source))


def series_ids(source: SyntheticSource) -> list[str]:
    """The ids under which the store keeps the series of a source, by number."""
    metrics = [source.metric(number) for number in range(source.count)]
    return [SeriesKey(ACCOUNT, one.region, one.namespace, one.name, one.dimensions, STATISTIC).id for one in metrics]


def _specs(loaded: Loaded, aws: Aws, meter: Meter, store: Store, region: str) -> list[JobSpec]:
    """The jobs as the service makes them, in the region of the made-up series."""
    settings = loaded.settings
    around = Surroundings(aws, meter, store, settings.stack, settings.collect, settings.bill)
    here = [spec for spec in metric_jobs(around) if spec.name.endswith(f"/{region}")]
    return [*here, maintenance_job(store, settings.store.retention)]


def _kind(spec: JobSpec) -> str:
    return spec.name.partition(":")[0]


def _resources(count: int, region: str) -> list[Resource]:
    """Resources with ten series each, as an instance or a database has them."""
    return [
        Resource(
            id=f"{ACCOUNT}/{region}/{RESOURCE}/{first:05d}",
            type=RESOURCE,
            name=f"node-{first:05d}",
            account=ACCOUNT,
            region=region,
            environment=("dev", "staging", "prod")[first // _SERIES_A_RESOURCE % 3],
            component="backend",
            state="running",
            attributes={
                "numbers": [f"{number:05d}" for number in range(first, min(first + _SERIES_A_RESOURCE, count))]
            },
        )
        for first in range(0, count, _SERIES_A_RESOURCE)
    ]


def _configuration(folder: Path, region: str, first: str) -> Path:
    """Defaults, but for the made-up metrics, no cap on the bill, and the length of the first start."""
    catalogue = folder / "catalogue.yaml"
    metric = {"metric": "Load", "stats": [STATISTIC], "kind": "gauge", "unit": "count"}
    group = {"namespace": "Synthetic", "resource": RESOURCE, "dimensions": {"Series": "{numbers}"}, "metrics": [metric]}
    catalogue.write_text(yaml.safe_dump({"groups": [group]}), encoding="utf-8")
    config = folder / "lamplighter.yaml"
    settings = {
        "accounts": [{"name": ACCOUNT, "regions": [region]}],
        "collect": {
            "metrics": {"first": first, "backfill": first},
            "catalogue": [str(catalogue)],
            "skip": ["AWS/Usage", "AWS/Billing"],
        },
        "bill": {"monthly_cap": None},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return config
