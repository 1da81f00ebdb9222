"""The recurring look at the health of each account and region."""

from __future__ import annotations

from datetime import datetime, timedelta

from collectors.aws import Aws
from collectors.caller import Caller
from collectors.health import KINDS
from collectors.health.look import Look
from collectors.health.rounds import forsaken, gone, is_unfamiliar, judge, look_around
from store import Store
from store.jobspec import JobContext, JobSpec
from store.vocabulary import HealthState, JobOutcome

REST = timedelta(minutes=2)
"""How long the inventory is left alone after a run, lest one that fails is woken every minute."""


def health_jobs(aws: Aws, store: Store, every: timedelta) -> list[JobSpec]:
    """A job `health:ACCOUNT/REGION` for each scope; it looks at what the inventory found there.

    Raises:
        UnknownRegion: an account has no region.
    """
    return [_job(Caller(aws, scope, f"health:{scope}"), store, every) for scope in aws.scopes()]


def _job(caller: Caller, store: Store, every: timedelta) -> JobSpec:
    def run(context: JobContext) -> JobOutcome:
        here = store.resources.find(account=caller.scope.account, region=caller.scope.region)
        states = store.health.states()
        result = look_around(Look(caller, here, context.now), KINDS, states, context.stopping)
        store.health.record(result.seen)
        store.health.forget(gone(result, here, states) + _closed(store, forsaken(KINDS, here, states, context.now)))
        if is_unfamiliar(result, here):
            _wake_inventory(store, caller, context.now)
        return judge(result, len(KINDS))

    return JobSpec(caller.job, every, run)


def _closed(store: Store, states: list[HealthState]) -> list[str]:
    """Those of the checks whose resource is closed or was never known."""
    return [state.latest.check_id for state in states if _is_gone(store, state.latest.resource_id or "")]


def _is_gone(store: Store, resource_id: str) -> bool:
    resource = store.resources.get(resource_id)
    return resource is None or resource.closed_at is not None


def _wake_inventory(store: Store, caller: Caller, now: datetime) -> None:
    """New instances are measured and watched only once the inventory knows them: it need not wait for its time."""
    name = f"inventory:{caller.scope}"
    job = next((job for job in store.jobs.all() if job.name == name), None)
    if job and not job.running and (job.last_finished is None or now - job.last_finished >= REST):
        store.jobs.wake(name, now)
