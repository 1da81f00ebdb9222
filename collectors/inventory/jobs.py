"""The recurring inventory of each account and region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from collectors.aws import Aws, Scope
from collectors.caller import Caller
from collectors.inventory.reader import Reader
from collectors.inventory.survey import judge, read, readers_for, settle
from store import Store
from store.jobspec import JobContext, JobSpec
from store.stack import Stack
from store.vocabulary import JobOutcome


def inventory_jobs(aws: Aws, store: Store, stack: Stack, every: timedelta, readers: Sequence[Reader]) -> list[JobSpec]:
    """A job `inventory:ACCOUNT/REGION` for each scope. The account's first region also lists what has no region.

    Raises:
        UnknownRegion: an account has no region.
    """
    firsts = {account.name: aws.regions(account.name)[0] for account in aws.accounts()}
    return [
        _job(aws, store, stack, every, scope, readers, first_region=scope.region == firsts[scope.account])
        for scope in aws.scopes()
    ]


def _job(  # noqa: PLR0913  what the run needs is bound here, once
    aws: Aws,
    store: Store,
    stack: Stack,
    every: timedelta,
    scope: Scope,
    readers: Sequence[Reader],
    *,
    first_region: bool,
) -> JobSpec:
    name = f"inventory:{scope}"
    caller = Caller(aws, scope, name)

    def run(context: JobContext) -> JobOutcome:
        planned = readers_for(caller, readers, first_region=first_region)
        readings = read(planned, context.stopping)
        known = store.resources.find(account=scope.account)
        for found in settle(readings, known, stack):
            store.resources.replace(scope.account, found.region, found.types, found.resources, context.now)
        return judge(readings, len(planned))

    return JobSpec(name, every, run)
