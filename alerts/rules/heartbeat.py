"""Something must report: a job of Lamplighter's, a series, or an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, model_validator

from alerts.rules.base import BaseRule, Need, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.figures import figure
from alerts.rules.present import moment, no_faults
from alerts.rules.selector import MetricSelector, watched
from store.alerting import Alert
from store.durations import Duration
from store.messages import Message, Sentence
from store.vocabulary import Job

PATIENCE = 3
"""Intervals that a job may be without success before it is missed, where `within` is not given."""
LEAST = timedelta(minutes=10)


class HeartbeatRule(BaseRule):
    """Something must report: a job of Lamplighter's, a series, or an event. One of the three is named."""

    kind: Literal["heartbeat"]
    job: str = Field(default="", description="Jobs of Lamplighter that must succeed, such as metrics:*.")
    metric: MetricSelector | None = Field(default=None, description="Series that must have points.")
    event: str = Field(default="", description="An event that must happen; a kind ending in .* means all of them.")
    within: Duration | None = Field(
        default=None, description="How long it may be silent; for jobs three of their intervals by default."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> HeartbeatRule:
        if [bool(self.job), self.metric is not None, bool(self.event)].count(True) != 1:
            raise ValueError("name one of job, metric and event: what must report")
        if self.within is None and not self.job:
            raise ValueError("within is missing: how long may it be silent?")
        if self.within is not None and self.within <= timedelta():
            raise ValueError("within must be longer than 0s")
        return self

    @property
    def silence(self) -> timedelta:
        """How long a series or an event may be silent."""
        return self.within or LEAST


name = "heartbeat"
model: type[BaseRule] = HeartbeatRule
continuous = False
faults = no_faults


def subjects(rule: HeartbeatRule, readings: Readings, /) -> Iterator[Subject]:
    """Each job or series that is meant, also a job that is not there; the event by itself or in each environment."""
    if rule.metric is not None:
        yield from watched(rule, rule.metric, readings)
    elif rule.job:
        names = [job.name for job in readings.jobs() if fnmatchcase(job.name, rule.job)]
        if not names and not any(mark in rule.job for mark in "*?["):
            names = [rule.job]
        yield from (Subject({"job": each}, unit="s", title=each) for each in names)
    elif rule.environments:
        for each in rule.environments:
            yield Subject({"event": rule.event, "environment": each}, each, unit="s", title=rule.event)
    else:
        yield Subject({"event": rule.event}, unit="s", title=rule.event)


def needs(rule: HeartbeatRule, subject: Subject, first: int, last: int, /) -> Iterable[Need]:
    """The stretch in which a series must have had a point."""
    if rule.metric is None:
        return ()
    return (Need(subject.series_id or "", first - 2 * round(rule.silence.total_seconds()), last + subject.step),)


def judge(rule: HeartbeatRule, subject: Subject, slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Judge whether it reported in time."""
    if rule.metric is not None:
        return _judge_series(rule, subject, slot, readings)
    if rule.job:
        return _judge_job(rule, subject.labels["job"], slot, readings)
    return _judge_event(rule, subject, slot, readings)


def _judge_job(rule: HeartbeatRule, called: str, slot: int, readings: Readings) -> Verdict:
    job = next((job for job in readings.jobs() if job.name == called), None)
    if job is None:
        return Verdict(Outcome.BREACH, Message("there is no job %(job)s", job=called))
    within = rule.within or max(LEAST, PATIENCE * timedelta(seconds=job.every))
    if job.last_success is None:
        return _never(job, within)
    return _held(within, job.last_success, slot, Message("%(job)s last succeeded", job=called), job.message)


def _never(job: Job, within: timedelta) -> Verdict:
    if not job.failures:
        return Verdict(Outcome.NO_DATA, Message("%(job)s has not run yet", job=job.name))
    reason = Message("%(job)s has never succeeded: %(message)s", job=job.name, message=job.message)
    return Verdict(Outcome.BREACH, reason, None, within.total_seconds())


def _judge_series(rule: HeartbeatRule, subject: Subject, slot: int, readings: Readings) -> Verdict:
    reached = readings.collected_to(subject.series_id or "")
    silence = round(rule.silence.total_seconds())
    if reached is None or reached < slot - silence:
        return Verdict(Outcome.NO_DATA, Message("it was not collected of late, so nobody knows"))
    end = min(reached, slot + subject.step)
    points = readings.points(subject.series_id or "", end - silence, end)
    if not points:
        reason = Message("no point for %(within)s", within=figure(silence, "s"))
        return Verdict(Outcome.BREACH, reason, None, silence, Why((), Message("it has a point again")))
    newest = points[-1][0]
    return Verdict(Outcome.CLEAR, Message("it has reported"), float(max(0, end - newest)), silence)


def _judge_event(rule: HeartbeatRule, subject: Subject, slot: int, readings: Readings) -> Verdict:
    found = readings.events([rule.event], moment(slot) - rule.silence)
    at = max((event.at for event in found if subject.environment in {None, event.environment}), default=None)
    if at is None:
        shown = figure(rule.silence.total_seconds(), "s")
        reason = Message("no event %(event)s for %(within)s", event=rule.event, within=shown)
        return Verdict(Outcome.BREACH, reason, None, rule.silence.total_seconds(), Why((), _again(rule.event)))
    return _held(rule.silence, at, slot, Message("%(event)s last happened", event=rule.event), "")


def _again(event: str) -> Sentence:
    return Message("%(event)s happens again", event=event)


def _held(within: timedelta, last: datetime, slot: int, what: Sentence, told: Sentence) -> Verdict:
    age, limit = (moment(slot) - last).total_seconds(), within.total_seconds()
    values: dict[str, str] = {"what": what, "age": figure(max(0.0, round(age)), "s"), "within": figure(limit, "s")}
    if age <= limit:
        return Verdict(Outcome.CLEAR, Message("%(what)s %(age)s ago", what=what, age=values["age"]), age, limit)
    reason: Sentence = Message("%(what)s %(age)s ago; %(within)s is the most", **values)
    if told:
        reason = Message("%(what)s %(age)s ago; %(within)s is the most. It says: %(told)s", **values, told=told)
    return Verdict(Outcome.BREACH, reason, age, limit, Why((), Message("it reports again")))
