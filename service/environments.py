"""The recurring work on environments that sleep: each minute, and at once after somebody asked for something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from service.alerting import ALERTS
from service.clock import Clock
from store.jobspec import JobContext, JobSpec
from store.vocabulary import JobOutcome

# The wings are imported where they are used, so that `lamplighter --help` brings in neither boto3 nor Flask.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from collectors.aws import Aws
    from service.config import Loaded
    from service.shutdown.reconcile.round import Around
    from store import Store

ENVIRONMENTS = "environments"
_TIMEOUT = timedelta(minutes=15)


def environments_around(loaded: Loaded, store: Store, aws: Aws, clock: Clock) -> Around:
    """What a round over the environments works with."""
    from service.shutdown.kinds import KINDS
    from service.shutdown.price import hourly
    from service.shutdown.reconcile.round import Around

    settings = loaded.settings
    return Around(
        aws=aws,
        store=store,
        stack=settings.stack,
        schedules=settings.schedules,
        settings=settings.shutdown,
        kinds=KINDS,
        clock=clock,
        hourly=hourly,
    )


def environments_job(around: Around) -> JobSpec:
    """Hold what is against what should be, and let the alerts look at what was found."""

    def run(context: JobContext) -> JobOutcome:
        from service.shutdown.reconcile.round import Turn, outcome
        from service.shutdown.reconcile.round import run as hold

        states = hold(around, Turn(context.claim, context.now, context.stopping))
        return JobOutcome(*outcome(states))

    return JobSpec(ENVIRONMENTS, around.settings.every, run, _TIMEOUT, prompt=True, then=(ALERTS,))
