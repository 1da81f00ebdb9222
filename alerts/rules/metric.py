"""A metric beyond a limit in M of the last N periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from alerts.rules.base import BaseRule, Need, Outcome, Readings, Strict, Subject, Verdict, Why, WindowPoint
from alerts.rules.condition import Condition, beyond
from alerts.rules.figures import figure
from alerts.rules.missing import SPARE, Decision, Missing, decide
from alerts.rules.selector import MetricSelector, watched
from alerts.rules.windows import can_sum_up, period_of, range_of, summed
from store.alerting import Alert, Severity
from store.durations import Duration
from store.messages import Message, Sentence
from store.stack import Stack

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(days=7)
"""CloudWatch's own bound for N periods where the period is an hour or more (PutMetricAlarm); a day below that."""


def _whole_minutes(length: timedelta) -> timedelta:
    if length < MINUTE or length % MINUTE:
        raise ValueError("a period is whole minutes, 1m or more: nothing finer is collected")
    return length


Period = Annotated[Duration, AfterValidator(_whole_minutes)]


class Datapoints(Strict):
    """How many of how many points must breach."""

    m: int = Field(default=1, ge=1, description="So many points must breach …")
    n: int = Field(default=1, ge=1, description="… of the last so many.")

    @model_validator(mode="after")
    def _m_is_within_n(self) -> Datapoints:
        if self.m > self.n:
            raise ValueError(f"m is {self.m} and n is {self.n}: of {self.n} points at most {self.n} can breach")
        return self


class MetricRule(BaseRule):
    """A metric beyond a limit in M of the last N periods."""

    kind: Literal["metric"]
    metric: MetricSelector = Field(description="What is measured.")
    condition: Condition = Field(description="What breaches.")
    period: Period = Field(
        default=MINUTE, description="What one point sums up; a series with a longer step of its own keeps that."
    )
    datapoints: Datapoints = Field(default_factory=Datapoints, description="M of N points.")
    missing: Missing = Field(
        default=Missing.MISSING, description="What missing points mean: missing, ignore, breaching or not_breaching."
    )

    @model_validator(mode="after")
    def _not_too_long(self) -> MetricRule:
        if self.period * self.datapoints.n > LONGEST:
            raise ValueError("n periods are more than 7d: CloudWatch's alarms and these rules look back no further")
        return self

    @cached_property
    def period_seconds(self) -> int:
        """The period in seconds."""
        return round(self.period.total_seconds())


name = "metric"
model: type[BaseRule] = MetricRule
continuous = True


def subjects(rule: MetricRule, readings: Readings, /) -> Iterator[Subject]:
    """Each series of the metric."""
    return watched(rule, rule.metric, readings)


def needs(rule: MetricRule, subject: Subject, first: int, last: int, /) -> Iterator[Need]:
    """The evaluation ranges of the slots."""
    start, _ = _range(rule, subject, first)
    _, end = _range(rule, subject, last)
    yield Need(subject.series_id or "", start, end)


def judge(rule: MetricRule, subject: Subject, slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Sum up the points of the range and let M of N decide, for the most severe limit first."""
    step = subject.step or 60
    period = period_of(rule.period_seconds, step)
    if period != step and not can_sum_up(rule.metric.stat):
        return Verdict(Outcome.ERROR, _cannot_sum_up(rule.metric.stat, period, step))
    start, end = _range(rule, subject, slot)
    points = readings.points(subject.series_id or "", start, end)
    values = summed(points, start, period, rule.datapoints.n + SPARE, rule.metric.stat)
    m, n, holds = rule.datapoints.m, rule.datapoints.n, rule.condition.holds
    for severity, limit in rule.condition.limits:  # noqa: B007  the last one stands
        places = [None if value is None else holds(value, limit) for value in values]
        decision = decide(places, m, n, rule.missing)
        if decision.outcome is Outcome.BREACH:
            break
    return _verdict(rule, subject, _Seen(values, places, start, period), decision, limit, severity)


def faults(rule: MetricRule, _stack: Stack, /) -> Iterable[tuple[str, str, str]]:
    """A period that a statistic cannot have with any series."""
    longest = 86400
    if rule.period_seconds > longest and not can_sum_up(rule.metric.stat):
        yield ("period", f"{rule.metric.stat} cannot be made from finer values", "use a period of 1d or less")


def _range(rule: MetricRule, subject: Subject, slot: int) -> tuple[int, int]:
    step = subject.step or 60
    return range_of(slot, period_of(rule.period_seconds, step), step, rule.datapoints.n + SPARE)


class _Seen:
    """The windows of one judgement: their values, whether they breach, where they begin and how long they are."""

    __slots__ = ("period", "places", "start", "values")

    def __init__(self, values: Sequence[float | None], places: Sequence[bool | None], start: int, period: int) -> None:
        self.values, self.places, self.start, self.period = values, places, start, period

    def newest(self, *, breaching: bool) -> float | None:
        """The newest value; the newest that breaches, if that is asked for and there is one."""
        if breaching and True in self.places:
            return self.values[len(self.places) - 1 - list(reversed(self.places)).index(True)]
        return next((value for value in reversed(self.values) if value is not None), None)

    def window(self, decision: Decision, policy: Missing) -> list[WindowPoint]:
        """The places that the decision rests on, oldest first: real ones, and the newest missing ones as filled."""
        points: list[WindowPoint] = []
        real, filled = decision.counted, decision.filled
        for place in range(len(self.values) - 1, -1, -1):
            time, value = self.start + place * self.period, self.values[place]
            if value is not None and real:
                real -= 1
                points.append(WindowPoint(time, value, self.places[place]))
            elif value is None and (filled or real):
                points.append(WindowPoint(time, None, filled=policy.value if filled else ""))
                filled = max(0, filled - 1)
        return points[::-1]


def _verdict(  # noqa: PLR0913, PLR0917  all that a judgement knows
    rule: MetricRule, subject: Subject, seen: _Seen, decision: Decision, limit: float, severity: Severity | None
) -> Verdict:
    breaches = decision.outcome is Outcome.BREACH
    value = seen.newest(breaching=breaches)
    why = Why(
        seen.window(decision, rule.missing),
        _clears_when(rule, beyond(rule.condition.op, limit, subject.unit)) if breaches else "",
    )
    reason = _reason(rule, subject, decision, value, limit)
    return Verdict(decision.outcome, reason, value, limit, why, severity if breaches else None)


def _reason(rule: MetricRule, subject: Subject, decision: Decision, value: float | None, limit: float) -> Sentence:
    name, m, n = rule.metric.name, rule.datapoints.m, rule.datapoints.n
    if not decision.counted:
        return _nothing_known(rule, decision.outcome)
    shown, limited = figure(value, subject.unit), beyond(rule.condition.op, limit, subject.unit)
    if decision.early:
        return Message(
            "%(metric)s was %(value)s, %(limited)s, and nothing newer is known",
            metric=name,
            value=shown,
            limited=limited,
        )
    if decision.outcome is Outcome.KEEP:
        return Message(
            "%(metric)s was %(value)s, %(limited)s, but too few points are known to say more",
            metric=name,
            value=shown,
            limited=limited,
        )
    if n == 1:
        return _one_point(name, shown, limited, breaches=decision.outcome is Outcome.BREACH)
    filled = decision.filled if rule.missing is Missing.BREACHING else 0
    if filled:
        return Message(
            "%(metric)s was %(value)s: with %(filled)s missing points taken as breaching, %(count)s of the last %(n)s "
            "were %(limited)s (%(m)s are needed)",
            metric=name,
            value=shown,
            filled=filled,
            count=decision.breaching + filled,
            n=n,
            m=m,
            limited=limited,
        )
    return Message(
        "%(metric)s was %(value)s: %(count)s of the last %(n)s points were %(limited)s (%(m)s are needed)",
        metric=name,
        value=shown,
        count=decision.breaching,
        n=n,
        m=m,
        limited=limited,
    )


def _one_point(metric: str, value: str, limited: Sentence, *, breaches: bool) -> Sentence:
    if breaches:
        return Message("%(metric)s was %(value)s, %(limited)s", metric=metric, value=value, limited=limited)
    return Message("%(metric)s was %(value)s, not %(limited)s", metric=metric, value=value, limited=limited)


def _nothing_known(rule: MetricRule, outcome: Outcome) -> Sentence:
    if outcome is Outcome.BREACH:
        return Message("%(metric)s has no points, which counts as breaching", metric=rule.metric.name)
    if outcome is Outcome.CLEAR:
        return Message("%(metric)s has no points, which counts as fine", metric=rule.metric.name)
    return Message("%(metric)s has no points", metric=rule.metric.name)


def _clears_when(rule: MetricRule, limited: Sentence) -> Sentence:
    m, n = rule.datapoints.m, rule.datapoints.n
    if n == 1:
        return Message("a point is no longer %(limited)s", limited=limited)
    return Message("fewer than %(m)s of the last %(n)s points are %(limited)s", m=m, n=n, limited=limited)


def _cannot_sum_up(stat: str, period: int, step: int) -> Sentence:
    return Message(
        "%(stat)s over %(period)s cannot be made from values over %(step)s: set period to %(step)s",
        stat=stat,
        period=figure(period, "s"),
        step=figure(step, "s"),
    )
