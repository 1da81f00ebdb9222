"""The recurring work on what the costs mean: after each reading of Cost Explorer, and before the alerts look at it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from service.alerting import ALERTS
from store.jobspec import JobContext, JobSpec
from store.messages import Message
from store.vocabulary import JobOutcome

# The wings are imported where they are used, so that `lamplighter --help` brings in neither boto3 nor Flask.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from finops.round import Around
    from service.config import Loaded
    from store import Store

MONEY = "money"
EVERY = timedelta(hours=6)
"""Costs change when they are read, which wakes this; the rhythm of its own is for what only time changes."""
_TIMEOUT = timedelta(minutes=15)


def money_around(loaded: Loaded, store: Store) -> Around:
    """What the parts of the money work with."""
    from finops.round import Around

    return Around(store, loaded.settings.stack, loaded.settings.costs)


def money_job(loaded: Loaded, store: Store) -> JobSpec:
    """Forecast, anomalies, budgets, plan, unit cost, savings and the ledger, worked out anew."""
    around = money_around(loaded, store)

    def run(context: JobContext) -> JobOutcome:
        from finops.round import run as work_out

        faults = work_out(around, context.now, context.stopping)
        if not faults:
            return JobOutcome("ok", Message("Costs are worked out."))
        first = faults[0]
        said = Message("%(part)s could not be worked out: %(reason)s", part=first.part, reason=first.reason)
        return JobOutcome("partial", said)

    return JobSpec(MONEY, EVERY, run, _TIMEOUT, prompt=True, then=(ALERTS,))
