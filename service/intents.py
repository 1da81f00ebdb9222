"""Carrying out what people asked for: intents are rows, so a click on any replica works and each is on record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from alerts import intents as alerting
from finops.savings import intents as saving
from service.config import Loaded
from service.shutdown import intents as sleeping
from store.errors import StoreError
from store.messages import Message, Sentence
from store.vocabulary import Intent

if TYPE_CHECKING:
    from store import Store

_log = structlog.get_logger(__name__)

RUN_JOB = "job.run"
"""An intent to run a job now; its payload is `{"job": NAME}`."""

_KINDS = (RUN_JOB, *alerting.KINDS, *saving.KINDS, *sleeping.KINDS)


def carry_out(loaded: Loaded, store: Store, now: datetime) -> int:
    """Carry out every open intent that this version knows; returns how many were settled.

    One that fails by a fault of ours is refused, lest it keeps the others from being carried out for ever.
    """
    known = [intent for intent in store.intents.open() if intent.kind in _KINDS]
    for intent in known:
        try:
            state, result = _carry_out(loaded, store, intent, now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  one intent's fault must not stop the others
            _log.exception("intent.failed", kind=intent.kind)
            state, result = "refused", f"{type(error).__name__}: this is a fault of Lamplighter; see its log"
        store.intents.settle(intent.id, state, str(result))
        _log.info("intent.settled", kind=intent.kind, actor=intent.actor, state=state, result=result)
    return len(known)


def _carry_out(loaded: Loaded, store: Store, intent: Intent, now: datetime) -> tuple[str, Sentence]:
    if intent.kind == RUN_JOB:
        return _run_job(store, intent, now)
    if intent.kind in sleeping.KINDS:
        return sleeping.carry_out(loaded.settings, store, intent, now)
    if intent.kind in saving.KINDS:
        return saving.carry_out(store, intent, now)
    return alerting.carry_out(store, intent, now)


def _run_job(store: Store, intent: Intent, now: datetime) -> tuple[str, Sentence]:
    name = intent.payload.get("job")
    if name not in {job.name for job in store.jobs.all()}:
        return "refused", Message("there is no job %(name)s", name=repr(name))
    store.jobs.wake(str(name), now)
    return "done", Message("%(name)s is due now", name=str(name))
