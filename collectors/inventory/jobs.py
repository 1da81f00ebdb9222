"""The recurring inventory of each account and region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from collectors.aws import Aws
from collectors.caller import Caller
from collectors.inventory import READERS
from collectors.inventory.survey import judge, read, readers_for, settle
from store import Store
from store.jobspec import JobContext, JobSpec
from store.stack import Stack
from store.vocabulary import JobOutcome, Resource


def inventory_jobs(aws: Aws, store: Store, stack: Stack, every: timedelta) -> list[JobSpec]:
    """A job `inventory:ACCOUNT/REGION` for each scope. The account's first region also lists what has no region.

    Raises:
        UnknownRegion: an account has no region.
    """
    firsts = {account.name: aws.regions(account.name)[0] for account in aws.accounts()}
    return [
        _job(
            Caller(aws, scope, f"inventory:{scope}"),
            store,
            stack,
            every,
            first_region=scope.region == firsts[scope.account],
        )
        for scope in aws.scopes()
    ]


def _job(caller: Caller, store: Store, stack: Stack, every: timedelta, *, first_region: bool) -> JobSpec:
    account = caller.scope.account

    def run(context: JobContext) -> JobOutcome:
        planned = readers_for(caller, READERS, first_region=first_region)
        readings = read(planned, context.stopping)
        for found in settle(readings, store.resources.find(account=account), stack):
            changes = store.resources.replace(account, found.region, found.types, found.resources, context.now)
            _forget_health(store, changes.closed)
        return judge(readings, len(planned))

    return JobSpec(caller.job, every, run)


def _forget_health(store: Store, closed: Sequence[Resource]) -> None:
    """What is gone is neither well nor ill."""
    ids = {resource.id for resource in closed}
    if ids:
        states = store.health.states()
        store.health.forget([state.latest.check_id for state in states if state.latest.resource_id in ids])
