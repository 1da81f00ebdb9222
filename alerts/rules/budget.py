"""A budget that is, or is expected to be, used up beyond some of its percentages.

Strictly more than limit x percent. What was spent alerts once a period for each percentage, also if a credit takes the
total down and up again; a forecast that dips alerts again when it exceeds. Percentages that are exceeded between two
readings are one alert, which names all. It is labelled with the lowest of them (`threshold`), the last to be left.
A new period begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.figures import money, rough
from alerts.rules.present import labels_of, moment, no_faults, no_needs, own_alerts, placed
from store.alerting import Alert, BudgetReading, Severity
from store.durations import Duration
from store.messages import Message, Sentence, joined

_ALL = 100
MOVERS = 3
"""How many of what grew most stand in the message (interface.md)."""


def _by_percent(value: object) -> object:
    return dict.fromkeys(value) if isinstance(value, list | tuple) else value


Percents = Annotated[dict[Decimal, Severity | None], BeforeValidator(_by_percent)]
"""Percentages of the limit, each with its severity or the rule's own: [50, 80, 100] or {80: warning, 100: page}."""


class BudgetRule(BaseRule):
    """A budget that is, or is expected to be, used up beyond some of its percentages."""

    kind: Literal["budget"]
    budget: str = Field(default="*", min_length=1, description="Which budgets, by name; may use * and ?.")
    actual: Percents = Field(default_factory=dict, description="Percentages for what was spent.")
    forecast: Percents = Field(default_factory=dict, description="Percentages for what is expected by the end.")
    stale_after: Duration = Field(default=timedelta(days=4), description="Costs older than this say nothing any more.")

    @model_validator(mode="after")
    def _some_are_named(self) -> BudgetRule:
        if not self.actual and not self.forecast:
            raise ValueError("name percentages: actual: [50, 80, 100] or forecast: [100]")
        if any(percent <= 0 for percent in (*self.actual, *self.forecast)):
            raise ValueError("percentages are above 0")
        return self

    def percents(self, basis: str) -> Mapping[Decimal, Severity | None]:
        """The percentages of `actual` or `forecast`."""
        return self.actual if basis == "actual" else self.forecast


name = "budget"
model: type[BaseRule] = BudgetRule
continuous = False
needs = no_needs
faults = no_faults


def subjects(rule: BudgetRule, readings: Readings, /) -> Iterator[Subject]:
    """The open alerts, and for each budget and basis one more for percentages that no open alert names."""
    mine = [(labels_of(rule, alert), alert) for alert in own_alerts(rule, readings)]
    current = _current(rule, readings)
    for reading in current:
        for basis in ("actual", "forecast"):
            place = _labels(reading, basis)
            named = {percent for labels, alert in mine if place.items() <= labels.items() for percent in _named(alert)}
            new = [percent for percent in _news(rule, reading, basis) if percent not in named]
            if new:
                yield _subject(reading, {**place, "threshold": f"{min(new)}"})
    places = {(reading.budget, reading.start.date().isoformat()): reading for reading in current}
    for labels, alert in mine:
        known = places.get((labels.get("budget", ""), labels.get("period", "")))
        yield _subject(known, labels) if known is not None else Subject(labels, alert.environment, alert.component)


def judge(rule: BudgetRule, subject: Subject, slot: int, readings: Readings, before: Alert | None, /) -> Verdict:
    """Judge the percentages that this alert names against the newest reading of its period."""
    labels = subject.labels
    found = [each for each in readings.budgets() if each.budget == labels["budget"]]
    reading = next((each for each in _current(rule, readings) if each.budget == labels["budget"]), None)
    if reading is None or reading.start.date().isoformat() != labels["period"]:
        return Verdict(Outcome.CLEAR, Message("a new period has begun"))
    if len({each.currency for each in found}) > 1:
        shown = ", ".join(sorted({each.currency for each in found}))
        return Verdict(Outcome.ERROR, Message("the budget is told in several currencies: %(which)s", which=shown))
    if reading.limit < 0:
        return Verdict(Outcome.ERROR, Message("the budget's limit is below zero"))
    if moment(slot) - reading.as_of > rule.stale_after:
        outcome = Outcome.KEEP if before is not None and before.state.is_firing else Outcome.NO_DATA
        return Verdict(outcome, Message("the costs reach only to %(date)s", date=f"{reading.as_of:%Y-%m-%d}"))
    return _judge_reading(
        _Case(rule, reading, labels["basis"], Decimal(labels["threshold"]), _memory(before)), readings
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """What one alert is about: a budget's reading, a basis, the lowest percentage, and those it named before."""

    rule: BudgetRule
    reading: BudgetReading
    basis: str
    lowest: Decimal
    named: Sequence[Decimal]

    @property
    def amount(self) -> Decimal:
        return self.reading.actual if self.basis == "actual" else self.reading.forecast or Decimal(0)


def _judge_reading(case: _Case, readings: Readings) -> Verdict:
    rule, reading = case.rule, case.reading
    over = _exceeded(rule, reading, case.basis)
    if case.named:
        now = list(case.named) if case.basis == "actual" else [each for each in case.named if each in over]
    else:
        others = {
            percent
            for alert in own_alerts(rule, readings)
            if _labels(reading, case.basis).items() <= alert.labels.items()
            for percent in _named(alert)
        }
        now = [percent for percent in _news(rule, reading, case.basis) if percent not in others]
    top = max(now, default=case.lowest)
    limit = reading.limit * top / 100
    facts = {
        "thresholds": [str(percent) for percent in sorted(now)],
        "currency": reading.currency,
        "as_of": reading.as_of.isoformat(),
        **_passing(case, top),
        "on_course": reading.forecast is not None and max(reading.forecast, reading.actual) <= reading.limit,
        "percent": None if not reading.limit else float(round(case.amount * 100 / reading.limit, 1)),
    }
    why = Why((), _clears_when(case), facts, lines(reading)) if now else Why((), "", facts, lines(reading))
    reason = _reason(case, sorted(now), top)
    severity = max((rule.percents(case.basis).get(each) or rule.severity for each in now), default=None, key=_rank)
    outcome = Outcome.BREACH if now else Outcome.CLEAR
    return Verdict(outcome, reason, float(case.amount), float(limit), why, severity)


def _passing(case: _Case, top: Decimal) -> dict[str, Any]:
    """The day on which the forecast passes the limit, as templates write it; empty where it is not known."""
    day = case.reading.passes_on
    if day is None or case.basis != "forecast" or top != _ALL:
        return {"passes_on": "", "passes_month": "", "passes_day": ""}
    return {"passes_on": f"{day:%b} {day.day}", "passes_month": day.month, "passes_day": day.day}


def lines(reading: BudgetReading) -> list[Sentence]:
    """What the message about a budget says beside its headline: spent, forecast with its range, movers, age."""
    currency = reading.currency
    made: list[Sentence] = [_spent(reading)]
    if reading.forecast is not None:
        expected = rough(reading.forecast, currency)
        if reading.forecast_low is not None and reading.forecast_high is not None:
            span = f"{rough(reading.forecast_low, '')}-{rough(reading.forecast_high, '')}"
            made.append(Message("Forecast %(amount)s (%(range)s)", amount=expected, range=span))
        else:
            made.append(Message("Forecast %(amount)s", amount=expected))
    if reading.movers:
        moved: list[Sentence] = [
            f"{what} {'+' if difference > 0 else ''}{money(difference, currency)}"
            for what, difference in reading.movers[:MOVERS]
        ]
        made.append(Message("Grew most against the period before: %(movers)s", movers=joined(", ", moved)))
    made.append(Message("Costs as of %(date)s", date=f"{reading.as_of:%Y-%m-%d %H:%M} UTC"))
    return made


def _spent(reading: BudgetReading) -> Sentence:
    spent, limit = money(reading.actual, reading.currency), money(reading.limit, reading.currency)
    if not reading.limit:
        return Message("Spent %(spent)s of %(limit)s", spent=spent, limit=limit)
    percent = f"{reading.actual * 100 / reading.limit:,.0f}"
    return Message("%(spent)s of %(limit)s spent (%(percent)s %%)", spent=spent, limit=limit, percent=percent)


def _reason(case: _Case, now: Sequence[Decimal], top: Decimal) -> Sentence:
    reading = case.reading
    shown = {
        "budget": reading.title or reading.budget,
        "percents": ", ".join(f"{percent.normalize():f} %" for percent in now or [case.lowest]),
        "amount": money(case.amount, reading.currency),
        "limit": money(reading.limit * top / 100, reading.currency),
    }
    if not now:
        return Message("%(budget)s is not beyond %(percents)s: %(amount)s, limit %(limit)s", **shown)
    if case.basis == "actual":
        return Message("%(budget)s has passed %(percents)s: %(amount)s spent, limit %(limit)s", **shown)
    return Message("%(budget)s will pass %(percents)s: %(amount)s expected, limit %(limit)s", **shown)


def _clears_when(case: _Case) -> Sentence:
    if case.basis == "actual":
        return Message("a new period begins on %(date)s", date=f"{case.reading.end:%Y-%m-%d}")
    return Message("the forecast is no longer beyond %(percent)s", percent=f"{case.lowest.normalize():f} %")


def _current(rule: BudgetRule, readings: Readings) -> list[BudgetReading]:
    """The reading of each budget's newest period."""
    newest: dict[str, BudgetReading] = {}
    for reading in readings.budgets():
        meant = fnmatchcase(reading.budget, rule.budget) and rule.covers(reading.environment, reading.component)
        known = newest.get(reading.budget)
        if meant and (known is None or (reading.start, reading.read_at) > (known.start, known.read_at)):
            newest[reading.budget] = reading
    return list(newest.values())


def _exceeded(rule: BudgetRule, reading: BudgetReading, basis: str) -> list[Decimal]:
    amount = reading.actual if basis == "actual" else reading.forecast
    if amount is None or reading.limit < 0:
        return []
    return sorted(percent for percent in rule.percents(basis) if amount * 100 > reading.limit * percent)


def _news(rule: BudgetRule, reading: BudgetReading, basis: str) -> list[Decimal]:
    """Those exceeded that a new alert may name: what is spent already is not to be expected any more."""
    over = _exceeded(rule, reading, basis)
    if basis == "actual":
        return over
    return [percent for percent in over if reading.actual * 100 <= reading.limit * percent]


def _labels(reading: BudgetReading, basis: str) -> dict[str, str]:
    labels = {"budget": reading.budget, "basis": basis, "period": reading.start.date().isoformat()}
    return placed(labels, reading.environment, reading.component)


def _subject(reading: BudgetReading, labels: Mapping[str, str]) -> Subject:
    return Subject(
        labels, reading.environment, reading.component, unit=reading.currency, title=reading.title or reading.budget
    )


def _named(alert: Alert) -> list[Decimal]:
    """The percentages that an alert names, from what was kept of its last judgement."""
    facts: Mapping[str, Any] = alert.why.get("facts") or {}
    kept = facts.get("thresholds") or [alert.labels.get("threshold", "0")]
    return [Decimal(percent) for percent in kept]


def _memory(before: Alert | None) -> list[Decimal]:
    return _named(before) if before is not None and (before.state.is_firing or before.active_at) else []


def _rank(severity: Severity | None) -> int:
    return severity.rank if severity else -1
