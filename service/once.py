"""Running jobs once, in order, outside the service: what `lamplighter collect --once` and `plan` do."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from service.clock import Clock
from service.identity import is_dead, owner
from service.jobs import LEASE_SECONDS
from store.errors import LostClaim
from store.jobspec import JobContext, JobSpec
from store.messages import Message
from store.vocabulary import JobOutcome

if TYPE_CHECKING:
    from store import Store

ORDER = ("inventory", "health", "probes", "metrics", "backfill", "costs", "money")
"""Kinds of jobs, each after those whose findings it reads."""


def run_once(
    store: Store, specs: Sequence[JobSpec], clock: Clock, kinds: Sequence[str]
) -> Iterator[tuple[str, JobOutcome]]:
    """Run each job of these kinds now and yield (name, outcome) as it ends.

    A job that a running service holds is not run twice: its outcome says so. A lease lasts as long as the job may.
    """
    by_kind = sorted(
        (spec for spec in specs if spec.name.partition(":")[0] in kinds),
        key=lambda spec: ORDER.index(spec.name.partition(":")[0]),
    )
    store.jobs.recover(clock(), is_dead)
    for spec in by_kind:
        now = clock()
        store.jobs.wake(spec.name, now)
        claim = store.jobs.claim(spec.name, now, owner(), max(LEASE_SECONDS, spec.timeout.total_seconds()))
        if claim is None:
            yield spec.name, JobOutcome("partial", Message("A running service is at it already."))
            continue
        outcome = spec.run(JobContext(now, claim, threading.Event(), lambda _fraction: None))
        try:
            store.jobs.finish(claim, outcome, clock())
        except LostClaim as lost:
            outcome = JobOutcome("partial", str(lost))
        yield spec.name, outcome
