"""How the evaluation of a rule went, for the pages and for the next start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from alerts.engine.findings import Findings
from alerts.engine.slots import NOTHING
from alerts.engine.watching import Watch
from alerts.rules.base import BaseRule
from store.alerting import Evaluation, RuleState
from store.messages import Message, PluralMessage, Sentence

LAGGING = 900
"""Seconds behind the newest instance from which on one does not hold back how far its rule is evaluated."""


def fault_of(rule: BaseRule, error: Exception) -> Sentence:
    """What to say of a rule that raised."""
    said = f"{type(error).__name__}: {error}"[:300]
    return Message("%(rule)s could not be evaluated: %(error)s", rule=rule.id, error=said)


def state_of(watch: Watch, found: Findings, before: RuleState | None, seconds: float) -> RuleState | None:
    """The rule's state after a round; None when nothing of it is new."""
    health, problem = _health(watch, found)
    missed = sum(one.due.missed for one in watch.instances.values())
    state = RuleState(
        rule_id=watch.rule.id,
        version=watch.timing.version,
        evaluated_to=_evaluated_to(watch, found.now),
        evaluated_at=found.now,
        health=health,
        problem=problem,
        instances=len(watch.instances),
        missed=missed + (before.missed if before else 0),
        cost_ms=round(seconds * 1000, 3),
    )
    if before is not None and replace(state, evaluated_at=before.evaluated_at, cost_ms=before.cost_ms) == before:
        return None
    return state


def _evaluated_to(watch: Watch, now: datetime) -> datetime:
    """The slot that every instance has behind it: where evaluation goes on after a new start."""
    lasts = [one.last for one in watch.instances.values() if one.last is not None]
    if not lasts:
        return datetime.fromtimestamp(watch.evaluated_to or int(now.timestamp()), UTC)
    newest = max(lasts)
    return datetime.fromtimestamp(min(last for last in lasts if newest - last <= LAGGING), UTC)


def _health(watch: Watch, found: Findings) -> tuple[Evaluation, Sentence]:
    if (fault := found.faults.get(watch.rule.id)) is not None:
        return Evaluation.ERROR, fault
    stale = sum(one.stale for one in watch.instances.values())
    if stale:
        told = PluralMessage(
            "%(num)s series of this rule is not being collected; its alert stays as it was.",
            "%(num)s series of this rule are not being collected; their alerts stay as they were.",
            stale,
        )
        return Evaluation.NO_DATA, told
    silent = [one for one in watch.instances.values() if one.last is None and one.due is NOTHING]
    if silent and len(silent) == len(watch.instances):
        return Evaluation.NO_DATA, Message("Nothing that this rule reads was collected yet.")
    return Evaluation.OK, ""
