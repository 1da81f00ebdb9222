"""An error budget that is used up too fast: Google's multiwindow, multi-burn-rate alerts.

Source: Google, The Site Reliability Workbook, chapter 5, "6: Multiwindow, Multi-Burn-Rate Alerts". A rate of 1 uses the
budget of 30 days up in exactly 30 days. An alert needs the long window, which says that it matters, and the short one,
which says that it still goes on: both strictly above. Decimals: 1 - 0.999 is not 0.001 in floats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from math import fsum
from typing import Any, Literal

from pydantic import Field, model_validator

from alerts.rules.base import BaseRule, Need, Outcome, Readings, Strict, Subject, Verdict, Why
from alerts.rules.figures import duration, number
from alerts.rules.metric import MINUTE
from alerts.rules.present import no_faults
from alerts.rules.selector import MetricSelector, chosen, partners, subject_of
from store.alerting import Alert, Severity
from store.durations import Duration
from store.messages import Message, Sentence

HUNDRED = Decimal(100)


class Window(Strict):
    """A long and a short window, the rate that both must exceed, and how severe that is."""

    long: Duration = Field(description="The window that says that it matters.")
    short: Duration = Field(description="The window that says that it still goes on.")
    factor: Decimal = Field(gt=0, description="So many times as fast as the budget allows.")
    severity: Severity = Field(description="page, warning or info.")

    @model_validator(mode="after")
    def _short_is_shorter(self) -> Window:
        if self.short >= self.long:
            raise ValueError("short must be shorter than long")
        if any(length < MINUTE or length % MINUTE for length in (self.long, self.short)):
            raise ValueError("windows are whole minutes, 1m or more")
        return self


def workbook() -> list[Window]:
    """The windows that the workbook recommends for a budget of 30 days: 2 %, 5 %, 10 % and 10 % of it."""
    return [
        Window(long=hours(1), short=MINUTE * 5, factor=Decimal("14.4"), severity=Severity.PAGE),
        Window(long=hours(6), short=MINUTE * 30, factor=Decimal(6), severity=Severity.PAGE),
        Window(long=hours(24), short=hours(2), factor=Decimal(3), severity=Severity.WARNING),
        Window(long=hours(72), short=hours(6), factor=Decimal(1), severity=Severity.WARNING),
    ]


def hours(count: int) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


class BurnRateRule(BaseRule):
    """An error budget that is used up too fast. Either `errors` or `good` is counted, of `total`."""

    kind: Literal["burn_rate"]
    objective: Decimal = Field(gt=0, lt=100, description="What must be good, in percent: 99.9.")
    total: MetricSelector = Field(description="What is counted: a Sum, with the same dimensions as the other.")
    errors: MetricSelector | None = Field(default=None, description="Those that failed …")
    good: MetricSelector | None = Field(default=None, description="… or those that did not.")
    windows: list[Window] = Field(
        default_factory=workbook, min_length=1, description="Pairs of windows; those of Google's workbook by default."
    )

    @model_validator(mode="after")
    def _one_of_the_two(self) -> BurnRateRule:
        if (self.errors is None) == (self.good is None):
            raise ValueError("name either errors or good")
        for selector in (self.total, self.counted):
            if selector.stat not in ("Sum", "SampleCount"):
                raise ValueError(f"{selector.stat} of {selector.name} counts nothing: use Sum or SampleCount")
        return self

    @property
    def counted(self) -> MetricSelector:
        """What is counted beside the total."""
        return self.errors or self.good or self.total

    @property
    def budget(self) -> Decimal:
        """The percentage that may fail."""
        return HUNDRED - self.objective


name = "burn_rate"
model: type[BaseRule] = BurnRateRule
continuous = True
faults = no_faults


def subjects(rule: BurnRateRule, readings: Readings, /) -> Iterator[Subject]:
    """Each series of the total of which the other is kept too."""
    others = partners(chosen(rule, rule.counted, readings))
    for series in chosen(rule, rule.total, readings):
        other = others.get((series.key.account, series.key.region, series.key.dimensions))
        if other is not None:
            made = subject_of(series)
            yield Subject(
                made.labels,
                made.environment,
                made.component,
                made.resource_id,
                other.id,
                "x",
                made.title,
                max(series.period, other.period),
                (series.id,),
            )


def needs(rule: BurnRateRule, subject: Subject, first: int, last: int, /) -> Iterable[Need]:
    """The longest window of both series."""
    longest = max(_seconds(window.long) for window in rule.windows)
    start, end = _end(subject, first) - longest, _end(subject, last)
    return [Need(each, start, end) for each in (subject.series_id or "", *subject.others)]


def judge(rule: BurnRateRule, subject: Subject, slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Judge the pairs of windows, the most severe that holds first."""
    end = _end(subject, slot)
    seen = [_Pair(window, *_burnt(rule, subject, window, end, readings)) for window in rule.windows]
    held = [pair for pair in seen if pair.holds]
    facts = {"objective": str(rule.objective), "windows": [pair.as_json() for pair in seen]}
    if held:
        worst = max(held, key=lambda pair: (pair.window.severity.rank, pair.window.factor))
        rate = worst.short if worst.long is None else worst.long
        return Verdict(
            Outcome.BREACH,
            _reason(rule, worst),
            _float(rate),
            float(worst.window.factor),
            Why((), _clears_when(worst), facts),
            worst.window.severity,
        )
    if all(pair.short is None for pair in seen):
        return Verdict(Outcome.NO_DATA, Message("nothing was counted of late"), why=Why(facts=facts))
    first = seen[0]
    reason = Message("the error budget is not used up too fast (objective %(objective)s)", objective=_objective(rule))
    return Verdict(Outcome.CLEAR, reason, _float(first.short), float(first.window.factor), Why(facts=facts))


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair of windows and their rates; `long` is None where the short one settles it, both where nothing counts."""

    window: Window
    short: Decimal | None
    long: Decimal | None

    @property
    def holds(self) -> bool:
        return (
            self.short is not None
            and self.long is not None
            and self.short > self.window.factor
            and self.long > self.window.factor
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "long": _seconds(self.window.long),
            "short": _seconds(self.window.short),
            "factor": float(self.window.factor),
            "long_rate": _float(self.long),
            "short_rate": _float(self.short),
            "severity": self.window.severity.value,
        }


def _burnt(
    rule: BurnRateRule, subject: Subject, window: Window, end: int, readings: Readings
) -> tuple[Decimal | None, Decimal | None]:
    short = _rate(rule, subject, end - _seconds(window.short), end, readings)
    if short is None or short <= window.factor:
        return short, None
    return short, _rate(rule, subject, end - _seconds(window.long), end, readings)


def _rate(rule: BurnRateRule, subject: Subject, start: int, end: int, readings: Readings) -> Decimal | None:
    """How many times as fast as allowed the budget was used: errors / total / (1 - objective); None if unknown."""
    totals = readings.points(subject.others[0], start, end)
    counts = readings.points(subject.series_id or "", start, end)
    if not totals or (rule.good is not None and not counts):
        return None
    total, counted = _sum(totals), _sum(counts)
    errors = counted if rule.good is None else max(Decimal(0), total - counted)
    if total <= 0:
        return Decimal(0)
    return errors * HUNDRED / (total * rule.budget)


def _sum(points: Iterable[tuple[int, float]]) -> Decimal:
    return Decimal(repr(fsum(value for _, value in points)))


def _reason(rule: BurnRateRule, pair: _Pair) -> Sentence:
    rate = pair.long or Decimal(0)
    return Message(
        "the error budget of %(objective)s is used up %(rate)s times as fast as it lasts: above %(factor)s over "
        "%(long)s and over %(short)s; at this rate 30 days of it last %(left)s",
        objective=_objective(rule),
        rate=number(float(rate), 1),
        factor=number(float(pair.window.factor), 1),
        long=duration(_seconds(pair.window.long)),
        short=duration(_seconds(pair.window.short)),
        left=duration(round(30 * 86400 / float(rate), -2)),
    )


def _clears_when(pair: _Pair) -> Sentence:
    return Message(
        "the rate over %(short)s is %(factor)s or less",
        short=duration(_seconds(pair.window.short)),
        factor=number(float(pair.window.factor), 1),
    )


def _objective(rule: BurnRateRule) -> str:
    return f"{rule.objective} %"


def _float(rate: Decimal | None) -> float | None:
    return None if rate is None else float(rate)


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())


def _end(subject: Subject, slot: int) -> int:
    step = subject.step or 60
    return slot // step * step + step
