"""A health check that is bad, so many times in a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.condition import one_or_several
from alerts.rules.figures import figure
from alerts.rules.present import is_firing, moment, no_faults, no_needs, placed
from store.alerting import Alert, Severity
from store.durations import Duration
from store.messages import Message, PluralMessage, Sentence
from store.vocabulary import HealthState, Status

Check = Literal["target", "group", "instance", "database", "cache", "service", "http", "tcp", "tls"]


Bad = Literal["warn", "unknown", "critical"]


class HealthRule(BaseRule):
    """A health check that is bad, so many times in a row."""

    kind: Literal["health"]
    checks: list[Check] = Field(default_factory=list, description="Only checks of these kinds; all by default.")
    names: list[str] = Field(
        default_factory=list, description="Only checks whose id or title is one of these; may use * and ?."
    )
    status: Annotated[
        Annotated[Bad, Tag("(one)")] | Annotated[dict[Bad, Severity], Tag("(several)")], Discriminator(one_or_several)
    ] = Field(
        default="critical",
        description="What is bad: critical, warn (or worse) or unknown; or each with its severity.",
    )
    failures: int = Field(default=1, ge=1, description="Equal observations in a row before it counts as bad …")
    successes: int = Field(default=1, ge=1, description="… and good ones in a row before a firing alert is over.")
    stale_after: Duration = Field(
        default=timedelta(minutes=10), description="An observation older than this says nothing any more."
    )

    def severity_for(self, status: Status) -> tuple[bool, Severity | None]:
        """Whether a status is bad, and its own severity if it has one. Where warn is bad, critical is too."""
        given = self.status if isinstance(self.status, dict) else {self.status: None}
        named = {str(each): severity for each, severity in given.items()}
        if status.value in named:
            return True, named[status.value]
        is_worse = status is Status.CRITICAL and "warn" in named
        return is_worse, named["warn"] if is_worse else None


name = "health"
model: type[BaseRule] = HealthRule
continuous = False
needs = no_needs
faults = no_faults


def subjects(rule: HealthRule, readings: Readings, /) -> Iterator[Subject]:
    """Each check that is meant."""
    for state in readings.health():
        if _is_meant(rule, state):
            latest = state.latest
            yield Subject(
                placed({"check": latest.check_id}, latest.environment, latest.component),
                latest.environment,
                latest.component,
                latest.resource_id,
                unit=latest.unit,
                title=latest.title,
            )


def judge(rule: HealthRule, subject: Subject, slot: int, readings: Readings, before: Alert | None, /) -> Verdict:
    """Judge the latest observation; one that is stale, or does not know, says nothing."""
    check_id = subject.labels["check"]
    state = next((each for each in readings.health() if each.latest.check_id == check_id), None)
    if state is None:
        return Verdict(Outcome.NO_DATA, Message("the check %(check)s is not made any more", check=check_id))
    latest, age = state.latest, moment(slot) - state.latest.observed_at
    why = Why(facts={"status": latest.status.value, "consecutive": state.consecutive})
    if age > rule.stale_after:
        old = Message("the last observation is %(age)s old", age=figure(age.total_seconds(), "s"))
        return Verdict(Outcome.NO_DATA, old, latest.value, why=why)
    bad, severity = rule.severity_for(latest.status)
    outcome = _outcome(rule, state, bad=bad, firing=is_firing(before))
    reason: Sentence = latest.reason or Message("the check says %(status)s", status=latest.status.value)
    if outcome is Outcome.BREACH:
        cleared = PluralMessage("the check is good again", "the check is good %(num)s times in a row", rule.successes)
        return Verdict(outcome, reason, latest.value, why=Why((), cleared, why.facts), severity=severity)
    return Verdict(outcome, reason, latest.value, why=why)


def _outcome(rule: HealthRule, state: HealthState, *, bad: bool, firing: bool) -> Outcome:
    if bad:
        if state.consecutive >= rule.failures:
            return Outcome.BREACH
        return Outcome.KEEP if firing else Outcome.CLEAR
    if state.latest.status is Status.UNKNOWN:
        return Outcome.NO_DATA
    return Outcome.KEEP if firing and state.consecutive < rule.successes else Outcome.CLEAR


def _is_meant(rule: HealthRule, state: HealthState) -> bool:
    latest = state.latest
    if rule.checks and latest.kind not in rule.checks:
        return False
    if not rule.covers(latest.environment, latest.component):
        return False
    named = (latest.check_id, str(latest.title))
    return not rule.names or any(fnmatchcase(word, pattern) for pattern in rule.names for word in named)
