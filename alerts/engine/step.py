"""The step: what one verdict makes of an alert at one slot. Pure.

Semantics are those of Prometheus for `for` and `keep_firing_for` (rules/alerting.go), with these differences, each
because somebody is on call: slots that nobody evaluated do not count towards either; an evaluation that failed, or a
rule that asks to keep its state, changes no state; what flaps is one episode.

No data is no breach, so pending goes back to inactive. What it does to a firing alert depends on the rule. One with a
policy for missing data chose `missing`: it ends as "no data, so nobody knows whether it is over", after
`keep_firing_for`, as CloudWatch leaves ALARM for INSUFFICIENT_DATA (`ignore` holds on). Of any other (health,
heartbeat, log, ...) nobody said that silence is an end: it goes on firing, and the health of its evaluation says so. A
series that could not be collected at all has no slots: an outage of the collector resolves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.engine.flap import FLIPS, flips_of
from alerts.engine.moves import end, holds, is_over
from alerts.engine.timing import Timing
from alerts.rules.base import ZERO, Outcome, Subject, Verdict
from store.alerting import Alert, AlertState, Evaluation, Severity, Transition, fingerprint
from store.messages import Message, Sentence

_HEALTH = {Outcome.NO_DATA: Evaluation.NO_DATA, Outcome.ERROR: Evaluation.ERROR}


@dataclass(frozen=True, slots=True)
class Stepped:
    """The alert after a slot, the transition if its state changed, and why it is where it is."""

    alert: Alert
    transition: Transition | None
    reason: Sentence


def step(  # noqa: PLR0913, PLR0917  each is a fact that the outcome depends on; there is nothing else
    timing: Timing, before: Alert | None, verdict: Verdict, subject: Subject, slot: datetime, now: datetime
) -> Stepped:
    """Step an alert over one slot. A slot that is not after the last one changes nothing: clocks may jump."""
    known = before or new_alert(timing, subject)
    if known.slot is not None and slot <= known.slot:
        return Stepped(known, None, Message("this moment was judged already; nothing changes"))
    seen = _look(known, timing, verdict, subject, slot)
    moved, reason = _move(seen, timing, verdict, slot)
    after = replace(moved, reason=reason)
    return Stepped(after, _transition(known, after, verdict, now), reason)


def new_alert(timing: Timing, subject: Subject) -> Alert:
    """The instance of a rule for a subject, of which nothing is known yet."""
    return Alert(
        fingerprint=fingerprint(timing.rule_id, subject.labels),
        rule_id=timing.rule_id,
        labels={**subject.labels, **timing.labels, "rule": timing.rule_id},
        severity=timing.severity_in(subject.environment),
        unit=subject.unit,
        runbook=timing.runbook,
        rule_version=timing.version,
        environment=subject.environment,
        component=subject.component,
        resource_id=subject.resource_id,
        series_id=subject.series_id,
    )


def is_quiet(alert: Alert) -> bool:
    """Whether there is nothing to remember of it: inactive, well evaluated, and never fired of late."""
    return alert.state is AlertState.INACTIVE and alert.health is Evaluation.OK and alert.episode is None


def is_forgotten(alert: Alert, timing: Timing, slot: datetime) -> bool:
    """Whether what is over has been over for so long that a new firing would be another episode."""
    if alert.state is not AlertState.INACTIVE or alert.health is not Evaluation.OK:
        return False
    return alert.resolved_at is None or slot - alert.resolved_at > max(timing.flapping.merge, timing.flapping.within)


def resolve(alert: Alert, reason: Sentence, at: datetime, now: datetime) -> Stepped:
    """End an alert that cannot be judged any more: its rule or its subject is gone."""
    after = replace(end(alert, at) if alert.state.is_firing else alert, state=AlertState.INACTIVE, reason=reason)
    after = replace(after, active_at=None, health=Evaluation.OK)
    if after.state is alert.state:
        return Stepped(after, None, reason)
    transition = Transition(
        fingerprint=alert.fingerprint,
        rule_id=alert.rule_id,
        at=at,
        before=alert.state,
        after=after.state,
        reason=reason,
        recorded_at=now,
        episode=alert.episode if alert.state.is_firing else None,
    )
    return Stepped(after, transition, reason)


def shift(alert: Alert, by: timedelta) -> Alert:
    """The alert with its slot and running timers moved: the clock was set, and no time passed."""
    return replace(
        alert,
        slot=_later(alert.slot, by),
        active_at=_later(alert.active_at, by),
        recovering_at=_later(alert.recovering_at, by),
    )


def letter(alert: Alert) -> str:
    """The state as rule tests write it: - inactive, P, F, R, N no data, E could not be evaluated."""
    if alert.state is not AlertState.INACTIVE:
        return alert.state.value[0].upper()
    return {Evaluation.OK: "-", Evaluation.NO_DATA: "N", Evaluation.ERROR: "E"}[alert.health]


def _look(alert: Alert, timing: Timing, verdict: Verdict, subject: Subject, slot: datetime) -> Alert:
    """The alert with what this slot says of it; its state is as it was, its timers without unevaluated time."""
    skipped = ZERO if alert.slot is None else slot - alert.slot - timing.every
    skipped = max(skipped, ZERO)
    why = verdict.why.as_json()
    if flips := flips_of(alert):
        why[FLIPS] = list(flips)
    return replace(
        alert,
        slot=slot,
        health=_health(alert, verdict),
        severity=_severity(alert, timing, verdict, subject),
        active_at=_later(alert.active_at, skipped if alert.state is AlertState.PENDING else ZERO),
        recovering_at=_later(alert.recovering_at, skipped),
        value=verdict.value,
        limit=verdict.limit,
        unit=subject.unit,
        labels={**subject.labels, **timing.labels, "rule": timing.rule_id},
        runbook=timing.runbook,
        why=why,
        rule_version=timing.version,
        environment=subject.environment,
        component=subject.component,
        resource_id=subject.resource_id,
        series_id=subject.series_id,
        missed=alert.missed + int(skipped / timing.every),
    )


def _move(alert: Alert, timing: Timing, verdict: Verdict, slot: datetime) -> tuple[Alert, Sentence]:
    if verdict.outcome is Outcome.BREACH:
        return holds(alert, verdict.reason, timing, slot)
    if verdict.outcome is Outcome.CLEAR:
        return is_over(alert, verdict.reason, timing, slot)
    if verdict.outcome is not Outcome.NO_DATA:
        return alert, verdict.reason
    if alert.state.is_firing and not timing.no_data_ends:
        return alert, Message("%(why)s; nobody knows whether it is over, so it goes on firing", why=verdict.reason)
    after, reason = is_over(alert, verdict.reason, timing, slot)
    if alert.state.is_firing and not after.state.is_firing:
        reason = Message("%(why)s; without data nobody knows whether it is over", why=reason)
    return after, reason


def _severity(alert: Alert, timing: Timing, verdict: Verdict, subject: Subject) -> Severity:
    if verdict.outcome is Outcome.BREACH:
        return timing.severity_in(subject.environment, verdict.severity)
    return alert.severity if alert.state.is_firing else timing.severity_in(subject.environment)


def _health(alert: Alert, verdict: Verdict) -> Evaluation:
    if verdict.outcome is Outcome.KEEP and alert.health is not Evaluation.ERROR:
        return alert.health
    return _HEALTH.get(verdict.outcome, Evaluation.OK)


def _transition(before: Alert, after: Alert, verdict: Verdict, now: datetime) -> Transition | None:
    if before.state is after.state or after.slot is None:
        return None
    return Transition(
        fingerprint=after.fingerprint,
        rule_id=after.rule_id,
        at=after.slot,
        before=before.state,
        after=after.state,
        reason=after.reason,
        recorded_at=now,
        episode=after.episode if before.state.is_firing or after.state.is_firing else None,
        health=after.health,
        value=verdict.value,
        why=after.why,
    )


def _later(at: datetime | None, by: timedelta) -> datetime | None:
    return None if at is None else at + by
