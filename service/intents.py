"""Carrying out what people asked for: intents are rows, so a click on any replica works and each is on record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from store.vocabulary import Intent

if TYPE_CHECKING:
    from store import Store

_log = structlog.get_logger(__name__)

RUN_JOB = "job.run"
"""An intent to run a job now; its payload is `{"job": NAME}`."""


def carry_out(store: Store, now: datetime) -> int:
    """Carry out every open intent that this version knows; returns how many were settled."""
    names = {job.name for job in store.jobs.all()}
    opened = store.intents.open(RUN_JOB)
    for intent in opened:
        state, result = _run_job(store, intent, names, now)
        store.intents.settle(intent.id, state, result)
        _log.info("intent.settled", kind=intent.kind, actor=intent.actor, state=state, result=result)
    return len(opened)


def _run_job(store: Store, intent: Intent, names: set[str], now: datetime) -> tuple[str, str]:
    name = intent.payload.get("job")
    if name not in names:
        return "refused", f"there is no job {name!r}"
    store.jobs.wake(str(name), now)
    return "done", f"{name} is due now"
