"""The recurring jobs of all collectors, as one list for the service to run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from collectors.aws import Aws, Scope
from collectors.catalogue import Catalogue, load_catalogue
from collectors.config import Bill, Collect, Probe
from collectors.costs.jobs import cost_jobs
from collectors.health.jobs import health_jobs
from collectors.health.probing import probe_job
from collectors.inventory.jobs import inventory_jobs
from collectors.meter import Meter
from collectors.metrics.backfill import run_backfill
from collectors.metrics.collector import Collector
from collectors.metrics.cycle import run_cycle
from collectors.metrics.fetch import Pacer
from collectors.metrics.promotion import promote_failing
from store import Store
from store.jobspec import JobContext, JobSpec
from store.stack import Stack
from store.vocabulary import JobOutcome

TICK = timedelta(seconds=60)
"""How often a metric job looks at what is due; what is due, the series' cursors say."""
BACKFILL_TICK = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the collectors' jobs need. `protected` answers the ids of series that page-severity rules read.

    `component_tag`, `environment_tag` and `tags` are the cost allocation tags by which costs are told apart;
    `aws_budgets` says whether AWS Budgets are imported.
    """

    aws: Aws
    meter: Meter
    store: Store
    stack: Stack
    collect: Collect
    bill: Bill
    probes: Sequence[Probe] = ()
    protected: Callable[[], Collection[str]] = frozenset
    clock: Callable[[], float] = monotonic
    component_tag: str = "Component"
    environment_tag: str = "Environment"
    tags: Sequence[str] = ()
    aws_budgets: bool = True


def collector_jobs(around: Surroundings) -> list[JobSpec]:
    """Every recurring job of the collectors.

    Raises:
        BadCatalogue: a catalogue file cannot be used.
        UnknownRegion: an account has no region.
    """
    return [job for jobs in _JOBS for job in jobs(around)]


def metric_jobs(around: Surroundings) -> Iterator[JobSpec]:
    """`metrics:ACCOUNT/REGION` and `backfill:ACCOUNT/REGION` for each scope that has metrics."""
    for collector in collectors_of(around):
        yield _job(f"metrics:{collector.scope}", TICK, collector, run_cycle)
        yield _job(f"backfill:{collector.scope}", BACKFILL_TICK, collector, run_backfill)


def collectors_of(around: Surroundings) -> list[Collector]:
    """One metric collector for each account and region that has metrics."""
    catalogue = load_catalogue(around.collect.catalogue, around.collect.skip)
    scopes = metric_scopes(around.aws, catalogue)
    return [
        Collector(
            scope=scope,
            scopes=tuple(scopes),
            aws=around.aws,
            store=around.store,
            meter=around.meter,
            catalogue=catalogue,
            settings=around.collect,
            bill=around.bill,
            protected=around.protected,
            monotonic=around.clock,
            pacer=Pacer(around.clock),
        )
        for scope in scopes
    ]


def metric_scopes(aws: Aws, catalogue: Catalogue) -> list[Scope]:
    """The configured scopes, and the regions in which some metrics of each account only exist (CloudFront, Billing)."""
    elsewhere = {entry.region for entry in catalogue.entries if entry.region}
    scopes = aws.scopes() + [Scope(account.name, region) for account in aws.accounts() for region in sorted(elsewhere)]
    return list(dict.fromkeys(scopes))


def _job(
    name: str, every: timedelta, collector: Collector, run: Callable[[Collector, str, JobContext], JobOutcome]
) -> JobSpec:
    return JobSpec(name, every, lambda context: run(collector, name, context))


def _inventory(around: Surroundings) -> list[JobSpec]:
    return inventory_jobs(around.aws, around.store, around.stack, around.collect.inventory.every)


def _health(around: Surroundings) -> list[JobSpec]:
    jobs = health_jobs(around.aws, around.store, around.collect.health.every)
    return [replace(job, run=_watching_closely(job, around.store)) for job in jobs]


def _watching_closely(job: JobSpec, store: Store) -> Callable[[JobContext], JobOutcome]:
    """The same look at health, after which what fails is measured each minute."""

    def run(context: JobContext) -> JobOutcome:
        outcome = job.run(context)
        promote_failing(store, context.now)
        return outcome

    return run


def _probes(around: Surroundings) -> list[JobSpec]:
    return [probe_job(around.probes, around.store)]  # without any probe it forgets those that there were


# One line per collector: what it adds to the list of jobs.
_JOBS: tuple[Callable[[Surroundings], list[JobSpec] | Iterator[JobSpec]], ...] = (
    _inventory,
    _health,
    _probes,
    metric_jobs,
    cost_jobs,
)
