"""The recurring reading of costs, once per account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from collectors.aws import Scope
from collectors.caller import Caller
from collectors.costs.judging import judge
from collectors.costs.memory import load, save
from collectors.costs.round import Means, Round, run_round
from collectors.metrics.fetch import Patience
from store.jobspec import JobContext, JobSpec
from store.vocabulary import JobOutcome

if TYPE_CHECKING:
    from collectors.jobs import Surroundings

REGION = "us-east-1"
"""Cost Explorer and Budgets answer in this region for all of them."""
TICK = timedelta(minutes=15)
"""How often the job looks at what is due; what is due, its plan says. A look at nothing calls nothing."""
RUN_SECONDS = 240.0
"""A run ends itself after this long; the rest is due at the next tick."""


def cost_jobs(around: Surroundings) -> Iterator[JobSpec]:
    """A job `costs:ACCOUNT` for each account, where costs are read."""
    if not around.collect.costs.enabled:
        return
    every = min(TICK, around.collect.costs.every)
    for account in around.aws.accounts():
        yield _job(means_of(around, account.name), every)


def means_of(around: Surroundings, account: str) -> Means:
    """With what the costs of an account are read."""
    return Means(
        caller=Caller(around.aws, Scope(account, REGION), f"costs:{account}"),
        store=around.store,
        meter=around.meter,
        settings=around.collect.costs,
        component_tag=around.component_tag,
        environment_tag=around.environment_tag,
        tags=tuple(around.tags),
        aws_budgets=around.aws_budgets,
        monotonic=around.clock,
    )


def _job(means: Means, every: timedelta) -> JobSpec:
    job = means.caller.job

    def run(context: JobContext) -> JobOutcome:
        memory = load(means.store, job)
        patience = Patience(context.stopping, means.monotonic() + RUN_SECONDS, means.monotonic)
        done = Round(means, memory, context, patience)
        try:
            run_round(done)
        finally:
            save(means.store, job, memory)
            means.meter.flush(means.store.meter)
        reads = [read for read in means.store.costs.newest_reads() if read.account == means.account]
        return judge(done, reads)

    return JobSpec(job, every, run)
