"""Lamplighter's own operation as Prometheus metrics, read from the store at each scrape."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from flask import g
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboards.alert_metrics import alert_metrics
from dashboards.memory import read_verdict
from dashboards.money_metrics import money_metrics
from dashboards.power_metrics import power_metrics
from dashboards.site import Site, current_site
from dashboards.verdict import Verdict
from store.errors import StoreError
from store.vocabulary import Cursor, Job, JobRun, MeterEntry, Series, Status

OUTCOMES = ("ok", "partial", "failed")
RECENT_RUNS = 20


class Operation(Collector):
    """Reads jobs, meter and verdict of the site that answers the scrape. A store that is away is itself a metric."""

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of a request: what there is to tell depends on the site."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every family; only the build and `lamplighter_store_up 0` when the store does not answer."""
        site, now = current_site(), g.now
        yield InfoMetricFamily(
            "lamplighter_build", "This program.", {"version": site.version, "python": platform.python_version()}
        )
        try:
            found = list(_from_store(site, now))
        except StoreError:
            found = []
        yield GaugeMetricFamily("lamplighter_store_up", "Whether the store answers.", value=1 if found else 0)
        yield from found


def _from_store(site: Site, now: datetime) -> Iterator[Metric]:
    jobs = site.store.jobs.all()
    yield from job_metrics(jobs, now)
    yield run_metrics([run for job in jobs for run in site.store.jobs.runs(job.name, limit=RECENT_RUNS)])
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yield from call_metrics(site.store.meter.between(midnight, now))
    low, high = site.store.meter.total(midnight.replace(day=1), now)
    yield from cost_metrics(low, high, site.bill_cap)
    yield from series_metrics(site.store.series.find(), site.store.cursors.get(), now)
    yield from verdict_metrics(read_verdict(site, now))
    yield from alert_metrics(site.store, now)
    yield from money_metrics(site.store, site.costs.basis, now)
    yield from power_metrics(site.store, now)
    yield GaugeMetricFamily("lamplighter_store_bytes", "Size of the database.", value=site.store.size())


def job_metrics(jobs: Sequence[Job], now: datetime) -> Iterator[Metric]:
    """Where each job stands. A job that never succeeded has no age of success."""
    age = GaugeMetricFamily("lamplighter_job_last_success_age_seconds", "Since the last success.", labels=["job"])
    took = GaugeMetricFamily("lamplighter_job_last_duration_seconds", "Of the last finished run.", labels=["job"])
    coverage = GaugeMetricFamily("lamplighter_job_coverage_ratio", "Part of what was asked that came.", labels=["job"])
    failures = GaugeMetricFamily("lamplighter_job_consecutive_failures", "Failed runs in a row.", labels=["job"])
    running = GaugeMetricFamily("lamplighter_job_running", "Whether a run is under way.", labels=["job"])
    every = GaugeMetricFamily("lamplighter_job_interval_seconds", "How often it is meant to run.", labels=["job"])
    for job in jobs:
        name = [job.name]
        if job.last_success:
            age.add_metric(name, (now - job.last_success).total_seconds())
        if job.last_started and job.last_finished and job.last_finished >= job.last_started:
            took.add_metric(name, (job.last_finished - job.last_started).total_seconds())
        if job.coverage is not None:
            coverage.add_metric(name, job.coverage)
        failures.add_metric(name, job.failures)
        running.add_metric(name, job.running)
        every.add_metric(name, job.every)
    yield from (age, took, coverage, failures, running, every)


def run_metrics(runs: Iterable[JobRun]) -> Metric:
    """How the last runs of each job ended."""
    family = GaugeMetricFamily(
        "lamplighter_job_recent_runs", f"Of the last {RECENT_RUNS} runs, by outcome.", labels=["job", "outcome"]
    )
    counts: dict[tuple[str, str], int] = {}
    for run in runs:
        for outcome in OUTCOMES:
            counts.setdefault((run.job, outcome), 0)
        if run.outcome in OUTCOMES:
            counts[run.job, run.outcome] += 1
    for (job, outcome), count in counts.items():
        family.add_metric([job, outcome], count)
    return family


def call_metrics(entries: Iterable[MeterEntry]) -> Iterator[Metric]:
    """Calls to AWS since midnight UTC; the counters begin anew each day."""
    labels = ["account", "region", "api"]
    sums: dict[tuple[str, str, str], list[int]] = {}
    for entry in entries:
        row = sums.setdefault((entry.account, entry.region, entry.api), [0, 0, 0])
        for index, count in enumerate((entry.calls, entry.errors, entry.throttles)):
            row[index] += count
    for index, (name, text) in enumerate(
        (
            ("lamplighter_aws_calls", "Calls to AWS since midnight UTC."),
            ("lamplighter_aws_call_errors", "Calls that AWS refused or failed since midnight UTC."),
            ("lamplighter_aws_call_throttles", "Calls that AWS throttled since midnight UTC."),
        )
    ):
        family = CounterMetricFamily(name, text, labels=labels)
        for key, row in sorted(sums.items()):
            family.add_metric(list(key), row[index])
        yield family


def cost_metrics(low: Decimal, high: Decimal, cap: Decimal | None) -> Iterator[Metric]:
    """What our own calls cost this month, and the cap they are held to."""
    cost = GaugeMetricFamily(
        "lamplighter_aws_cost_month_dollars", "Estimated cost of our own calls this UTC month.", labels=["bound"]
    )
    cost.add_metric(["low"], float(low))
    cost.add_metric(["high"], float(high))
    yield cost
    if cap is not None:
        yield GaugeMetricFamily("lamplighter_aws_cost_cap_dollars", "The monthly cap.", value=float(cap))


def series_metrics(every: Sequence[Series], cursors: Mapping[str, Cursor], now: datetime) -> Iterator[Metric]:
    """How many series are open, how many of their points were revised later, and how far behind collection is."""
    open_cursors = [cursors[series.id] for series in every if series.id in cursors]
    yield GaugeMetricFamily("lamplighter_series", "Series that are open.", value=len(every))
    yield CounterMetricFamily(
        "lamplighter_points_revised",
        "Points of open series whose value changed on a later reading.",
        value=sum(cursor.revised for cursor in open_cursors),
    )
    failing = sum(1 for cursor in open_cursors if cursor.failures)
    yield GaugeMetricFamily("lamplighter_series_failing", "Open series whose last poll failed.", value=failing)
    age = GaugeMetricFamily(
        "lamplighter_data_age_seconds", "Since the end of what is collected, over open series.", labels=["quantile"]
    )
    ages = sorted(now.timestamp() - cursor.collected_to for cursor in open_cursors)
    if ages:
        for share in (0.5, 0.99):
            age.add_metric([str(share)], ages[min(int(share * len(ages)), len(ages) - 1)])
    yield age


def verdict_metrics(verdict: Verdict) -> Iterator[Metric]:
    """The status of each component: 1 for the status it has, 0 for the others."""
    family = GaugeMetricFamily(
        "lamplighter_component_status", "How a component is.", labels=["environment", "component", "status"]
    )
    for component in verdict.components:
        for status in Status:
            family.add_metric([*component.place, status.value], component.status is status)
    yield family
