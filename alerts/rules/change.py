"""A metric that changes: by how much since the same time some while ago, or how fast it goes up or down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from math import fsum
from typing import Literal

from pydantic import Field, model_validator

from alerts.rules.base import BaseRule, Need, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.condition import Condition, beyond
from alerts.rules.figures import figure
from alerts.rules.metric import MINUTE, Period
from alerts.rules.missing import Missing
from alerts.rules.selector import MetricSelector, watched
from alerts.rules.windows import can_sum_up, period_of, range_of, summed
from store.alerting import Alert
from store.durations import Duration
from store.messages import Message, Sentence
from store.stack import Stack

HOUR = 3600
FEWEST = 3
"""Points that a rate is made of at least: two make a line of any noise."""


class ChangeRule(BaseRule):
    """A metric that changes: `percent` or `absolute` against some while `ago`, or its `rate` `over` a time."""

    kind: Literal["change"]
    metric: MetricSelector = Field(description="What is measured.")
    measure: Literal["percent", "absolute", "rate"] = Field(
        default="percent", description="The difference in percent or in the metric's unit, or its rate per hour."
    )
    ago: Duration | None = Field(default=None, description="What percent and absolute compare with, such as 7d.")
    over: Duration | None = Field(default=None, description="The time that a rate is taken over, such as 6h.")
    period: Period = Field(default=MINUTE * 5, description="What is summed up now and then, for percent and absolute.")
    condition: Condition = Field(description="What breaches; a fall is below zero.")
    missing: Missing = Field(default=Missing.MISSING, description="What it means when there is nothing to compare.")

    @model_validator(mode="after")
    def _has_its_length(self) -> ChangeRule:
        needed, other = ("over", "ago") if self.measure == "rate" else ("ago", "over")
        length: timedelta | None = getattr(self, needed)
        if length is None or getattr(self, other) is not None:
            raise ValueError(f"{self.measure} needs {needed} and not {other}")
        if length < MINUTE or length % MINUTE:
            raise ValueError(f"{needed} must be whole minutes, 1m or more")
        return self


name = "change"
model: type[BaseRule] = ChangeRule
continuous = True


def subjects(rule: ChangeRule, readings: Readings, /) -> Iterator[Subject]:
    """Each series of the metric."""
    return watched(rule, rule.metric, readings)


def needs(rule: ChangeRule, subject: Subject, first: int, last: int, /) -> Iterable[Need]:
    """The windows now and then, or the stretch that a rate is taken over."""
    name = subject.series_id or ""
    if rule.measure == "rate":
        return (Need(name, _over(rule, subject, first)[0], _over(rule, subject, last)[1]),)
    start, _ = _now(rule, subject, first)
    _, end = _now(rule, subject, last)
    back = _ago(rule, subject)
    return (Need(name, start - back, end - back), Need(name, start, end))


def judge(rule: ChangeRule, subject: Subject, slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Judge the difference or the rate, for the most severe limit first."""
    if rule.measure == "rate":
        return _judge_rate(rule, subject, slot, readings)
    step, stat = subject.step or 60, rule.metric.stat
    period = period_of(round(rule.period.total_seconds()), step)
    if period != step and not can_sum_up(stat):
        reason = Message(
            "%(stat)s cannot be made from finer values: set period to %(step)s", stat=stat, step=figure(step, "s")
        )
        return Verdict(Outcome.ERROR, reason)
    start, end = _now(rule, subject, slot)
    back, name = _ago(rule, subject), subject.series_id or ""
    now = summed(readings.points(name, start, end), start, period, 1, stat)[0]
    then = summed(readings.points(name, start - back, end - back), start - back, period, 1, stat)[0]
    if now is None or then is None or (rule.measure == "percent" and not then):
        return _unknown(rule, now, then)
    difference = now - then if rule.measure == "absolute" else 100 * (now - then) / abs(then)
    unit = "percent" if rule.measure == "percent" else subject.unit
    what = Message(
        "%(metric)s was %(now)s, and %(then)s %(ago)s before",
        metric=rule.metric.name,
        now=figure(now, subject.unit),
        then=figure(then, subject.unit),
        ago=figure(back, "s"),
    )
    return _judged(rule, difference, unit, what, {"now": now, "then": then, "ago": back})


def faults(rule: ChangeRule, _stack: Stack, /) -> Iterable[tuple[str, str, str]]:
    """A time that lies further back than what is kept."""
    longest = timedelta(days=455)
    if rule.ago and rule.ago > longest:
        yield ("ago", "nothing is kept for that long", "use 455d or less")


def _judge_rate(rule: ChangeRule, subject: Subject, slot: int, readings: Readings) -> Verdict:
    start, end = _over(rule, subject, slot)
    points = readings.points(subject.series_id or "", start, end)
    if len(points) < FEWEST or points[-1][0] - points[0][0] < (end - start) / 2:
        return _unknown(rule, points[-1][1] if points else None, None)
    rate = slope(points) * HOUR
    what = Message(
        "%(metric)s went from %(then)s to %(now)s within %(over)s",
        metric=rule.metric.name,
        now=figure(points[-1][1], subject.unit),
        then=figure(points[0][1], subject.unit),
        over=figure(end - start, "s"),
    )
    return _judged(rule, rate, subject.unit, what, {"now": points[-1][1], "then": points[0][1], "over": end - start})


def slope(points: Sequence[tuple[int, float]]) -> float:
    """The slope of the line of least squares through points, per second, as Prometheus's deriv()."""
    first, count = points[0][0], len(points)
    mean_time = fsum(time - first for time, _ in points) / count
    mean_value = fsum(value for _, value in points) / count
    spread = fsum((time - first - mean_time) ** 2 for time, _ in points)
    return fsum((time - first - mean_time) * (value - mean_value) for time, value in points) / spread


def _judged(rule: ChangeRule, value: float, unit: str, what: Sentence, facts: dict[str, float]) -> Verdict:
    condition = rule.condition
    for severity, limit in condition.limits:  # noqa: B007  the last one stands
        if breaches := condition.holds(value, limit):
            break
    limited = beyond(condition.op, limit, unit)
    if rule.measure == "rate":
        reason = Message(
            "%(what)s: %(change)s an hour (the alert is for %(limited)s)",
            what=what,
            change=_signed(value, unit),
            limited=limited,
        )
    else:
        reason = Message(
            "%(what)s: %(change)s (the alert is for %(limited)s)",
            what=what,
            change=_signed(value, unit),
            limited=limited,
        )
    cleared = Message("the change is no longer %(limited)s", limited=limited) if breaches else ""
    outcome = Outcome.BREACH if breaches else Outcome.CLEAR
    return Verdict(outcome, reason, value, limit, Why((), cleared, facts), severity if breaches else None)


def _unknown(rule: ChangeRule, now: float | None, then: float | None) -> Verdict:
    outcome = {
        Missing.MISSING: Outcome.NO_DATA,
        Missing.IGNORE: Outcome.KEEP,
        Missing.BREACHING: Outcome.BREACH,
        Missing.NOT_BREACHING: Outcome.CLEAR,
    }[rule.missing]
    if now is not None and then == 0:
        return Verdict(outcome, Message("it was 0 before, so there is no change in percent"))
    if now is None:
        return Verdict(outcome, Message("%(metric)s has no points now", metric=rule.metric.name))
    return Verdict(outcome, Message("%(metric)s has nothing to compare with", metric=rule.metric.name))


def _signed(value: float, unit: str) -> str:
    return f"{'+' if value > 0 else ''}{figure(value, unit)}"


def _now(rule: ChangeRule, subject: Subject, slot: int) -> tuple[int, int]:
    step = subject.step or 60
    return range_of(slot, period_of(round(rule.period.total_seconds()), step), step, 1)


def _over(rule: ChangeRule, subject: Subject, slot: int) -> tuple[int, int]:
    step = subject.step or 60
    return range_of(slot, period_of(round((rule.over or MINUTE).total_seconds()), step), step, 1)


def _ago(rule: ChangeRule, subject: Subject) -> int:
    return period_of(round((rule.ago or MINUTE).total_seconds()), subject.step or 60)
