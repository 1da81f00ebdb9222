"""Putting the wings together: a configuration becomes a store, clients, jobs and a page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING

from service.alerting import ALERTS, Alerting, Watched, alerts_job, build_alerting, build_engine, topics
from service.clock import Clock
from service.config import Loaded
from service.costs import MONEY, money_job
from service.environments import environments_around, environments_job
from service.home import Home, lake_folder
from service.maintenance import maintenance_job
from service.rules import backtester, rule_facts
from service.slack import signed_handler, sockets_of
from store.jobspec import JobContext, JobSpec
from store.vocabulary import JobOutcome

if TYPE_CHECKING:
    from collectors.aws import Aws
    from collectors.catalogue import Catalogue
    from collectors.jobs import Surroundings
    from collectors.meter import Meter
    from dashboards.site import CostFacts, MetricFacts, Site
    from store import Store

APPLIED_FACT = "config.applied"
"""Under this name the store keeps the effective configuration, secrets masked, that the worker last loaded."""

# Commands that only look at the store need neither boto3 nor Flask: each wing is imported where it is put to use.
# ruff: noqa: PLC0415

_HIGHER_IS_WORSE = {"higher_is_worse": True, "lower_is_worse": False}


@dataclass(frozen=True, slots=True)
class Worker:
    """The recurring work, ready to run, what it runs with, and what tells people."""

    specs: Sequence[JobSpec]
    aws: Aws
    meter: Meter
    store: Store
    alerting: Alerting

    def close(self) -> None:
        """Write down what was metered and close the connections to AWS."""
        try:
            self.meter.flush(self.store.meter)
        finally:
            self.aws.close()


def store_url(loaded: Loaded, home: Home) -> str:
    """The configured store, or the SQLite file in LAMPLIGHTER_HOME."""
    return loaded.settings.store.url or home.default_store_url


@contextmanager
def opened_store(loaded: Loaded, home: Home) -> Iterator[Store]:
    """The store at the newest schema, made if it is not there, closed at the end."""
    from store import open_store

    if not loaded.settings.store.url:
        home.prepare()
    with open_store(store_url(loaded, home)) as store:
        store.migrate()
        yield store


def build_worker(loaded: Loaded, store: Store, clock: Clock) -> Worker:
    """Everything that is done again and again. Nothing runs yet.

    Raises:
        CollectorError: the catalogue cannot be used, or an account has no region.
    """
    from collectors.jobs import collector_jobs
    from collectors.metrics.promotion import promote
    from finops.lake.keeping import upkeep

    watched = Watched()
    around = surroundings(loaded, store, clock, protected=lambda: watched.ids)
    alerting = build_alerting(loaded, store, clock, around.aws, sockets_of(loaded, store, clock))
    engine = build_engine(loaded, store)
    judging = alerts_job(engine, watched, alerting.poke, lambda ids, now: promote(store, ids, now))
    collecting = collector_jobs(around)
    names = frozenset(spec.name for spec in collecting)
    collecting = [_with_what_follows(_metered(spec, around.meter, store), names) for spec in collecting]
    bills = lake_folder(loaded.settings.costs.lake.path)
    maintenance = maintenance_job(store, loaded.settings.store.retention, lambda now: upkeep(bills, store.bills, now))
    sleeping = _metered(environments_job(environments_around(loaded, store, around.aws, clock)), around.meter, store)
    specs = [*collecting, money_job(loaded, store), sleeping, judging, maintenance]
    return Worker(specs, around.aws, around.meter, store, alerting)


def surroundings(
    loaded: Loaded, store: Store, clock: Clock, protected: Callable[[], Collection[str]] = frozenset
) -> Surroundings:
    """What the collectors work with: clients, meter, their sections of the configuration, and what no cap may cut."""
    from collectors.aws import Aws
    from collectors.jobs import Surroundings
    from collectors.meter import Meter

    settings = loaded.settings
    meter = Meter(clock)
    aws = Aws(settings.accounts, meter, agent=f"lamplighter/{version('lamplighter')}")
    return Surroundings(
        aws=aws,
        meter=meter,
        store=store,
        stack=settings.stack,
        collect=settings.collect,
        bill=settings.bill,
        probes=settings.probes,
        protected=protected,
        component_tag=settings.costs.component_tag,
        environment_tag=settings.costs.environment_tag,
        tags=settings.costs.tags,
        aws_budgets=settings.costs.aws_budgets,
    )


def _metered(spec: JobSpec, meter: Meter, store: Store) -> JobSpec:
    """The same job, after each run of which the calls that were metered are written down."""

    def run(ctx: JobContext) -> JobOutcome:
        try:
            return spec.run(ctx)
        finally:
            meter.flush(store.meter)

    return replace(spec, run=run)


def _with_what_follows(spec: JobSpec, names: frozenset[str]) -> JobSpec:
    """What looks at an inventory's findings follows it; what costs mean is worked out; all is held against rules."""
    kind, _, scope = spec.name.partition(":")
    if kind == "costs":
        return replace(spec, then=(MONEY,))
    if kind != "inventory":
        return replace(spec, then=(ALERTS,))
    account = scope.partition("/")[0]
    # Metrics of every region: CloudFront's distributions are listed in one and measured in another.
    followers = [name for name in names if name.startswith(f"metrics:{account}/") or name == f"health:{scope}"]
    return replace(spec, then=tuple(sorted(followers)))


def site_of(
    loaded: Loaded,
    store: Store,
    clock: Clock,
    *,
    problem: Callable[[], str | None],
) -> Site:
    """What the pages are told of the configuration."""
    from collectors.cap import Level
    from collectors.catalogue import load_catalogue
    from collectors.permissions import as_json
    from dashboards.site import Site
    from service.shutdown.permissions import statements

    settings = loaded.settings
    roles = [account.role_arn for account in settings.accounts if account.role_arn]
    catalogue = load_catalogue(settings.collect.catalogue, settings.collect.skip)
    return Site(
        stack=settings.stack,
        store=store,
        clock=clock,
        version=version("lamplighter"),
        bill_cap=settings.bill.monthly_cap,
        cap_levels=tuple(level.words for level in Level),
        cap_level=lambda: _cap_level(store, settings.bill.monthly_cap, clock()),
        effective_config=loaded.effective_yaml,
        config_problem=problem,
        permissions=lambda: as_json(roles, topics(loaded), statements(settings, settings.costs.environment_tag)),
        metrics=metric_facts(catalogue),
        rules=lambda: rule_facts(loaded),
        backtest=backtester(loaded, store),
        slack=signed_handler(loaded, store, clock),
        costs=cost_facts(loaded),
    )


def cost_facts(loaded: Loaded) -> CostFacts:
    """What the pages know of costs beside what the store holds."""
    from dashboards.site import CostFacts

    costs = loaded.settings.costs
    return CostFacts(
        enabled=loaded.settings.collect.costs.enabled,
        basis=costs.basis,
        component_tag=costs.component_tag,
        environment_tag=costs.environment_tag,
        tags=tuple(costs.tags),
    )


def _cap_level(store: Store, cap: Decimal | None, now: datetime) -> int:
    """How far collecting is cut back: the worker's own sum, from what it left in the store."""
    from collectors.aws import Scope
    from collectors.metrics.level import level_now

    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    _, spent = store.meter.total(month, now + timedelta(hours=1))
    names = (job.name.partition(":") for job in store.jobs.all())
    scopes = [Scope(*place.split("/", 1)) for kind, _, place in names if kind == "metrics" and "/" in place]
    return int(level_now(store, scopes, cap, spent, now))


def metric_facts(catalogue: Catalogue) -> Mapping[tuple[str, str], MetricFacts]:
    """The catalogue in the words of the pages."""
    from dashboards.site import MetricFacts

    found: dict[tuple[str, str], MetricFacts] = {}
    for described in catalogue.describe():
        name = described["namespace"], described["metric"]
        # One metric is described for load balancers and for target groups: what stands on the tile speaks for it.
        if name not in found or (described["headline"] and not found[name].headline):
            found[name] = MetricFacts(
                title=described["title"]["en"],
                title_ko=described["title"]["ko"],
                unit=described["unit"],
                headline=described["headline"],
                higher_is_worse=_HIGHER_IS_WORSE.get(described["direction"]),
            )
    return found
