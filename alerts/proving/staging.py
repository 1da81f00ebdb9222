"""From what a test says to what its rules read: series and their points, checks, events, budgets, rows of queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from alerts.proving.form import RuleTest, TestSeries
from alerts.proving.notation import parse_values, parse_words
from alerts.rules.base import BaseRule
from alerts.rules.files import Fault
from alerts.rules.selector import MetricSelector, selectors_of
from store.alerting import BudgetReading, QueryRows
from store.durations import parse_duration
from store.health import step as observe
from store.money import CostAnomaly
from store.vocabulary import Event, HealthObservation, HealthState, Series, SeriesKey, Status

T = TypeVar("T")

ACCOUNT, REGION = "test", "test"


@dataclass(slots=True)
class Stage:
    """Everything that the rules of one test can read, over its whole length."""

    start: datetime
    step: int
    series: dict[str, Series] = field(default_factory=dict)
    samples: dict[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    checks: list[list[HealthObservation | None]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    budgets: list[BudgetReading] = field(default_factory=list)
    anomalies: list[CostAnomaly] = field(default_factory=list)
    rows: list[QueryRows] = field(default_factory=list)
    length: int = 0
    faults: list[Fault] = field(default_factory=list)

    def at(self, turn: int) -> datetime:
        """The moment of an evaluation."""
        return self.start + timedelta(seconds=self.step * turn)

    def health(self, turn: int, before: Mapping[str, HealthState]) -> dict[str, HealthState]:
        """The states of the checks once this turn's observations are in."""
        states = dict(before)
        for seen in self.checks:
            if turn < len(seen) and (one := seen[turn]) is not None:
                states[one.check_id], _ = observe(states.get(one.check_id), one)
        return states


def set_stage(test: RuleTest, number: int, rules: Sequence[BaseRule], start: datetime, interval: timedelta) -> Stage:
    """Make a test's story readable. Its faults are in the answer, each with its path."""
    stage = Stage(start, round(interval.total_seconds()))
    for index, one in enumerate(test.series):
        _add_series(stage, one, f"tests[{number}].series[{index}]", rules)
    for check in test.health:
        words = parse_words(check.statuses)
        stage.checks.append(
            [None if word is None else _seen(stage, check, turn, Status(word)) for turn, word in enumerate(words)]
        )
        stage.length = max(stage.length, len(words))
    for turn, event in enumerate(test.events):
        at = start + event.at
        stage.events.append(
            Event(f"test:{turn}", at, event.kind, event.title, "test", event.environment, event.component)
        )
    stage.budgets = list(_typed(stage, test.budgets, BudgetReading, f"tests[{number}].budgets", ("as_of", "read_at")))
    stage.anomalies = list(_typed(stage, test.anomalies, CostAnomaly, f"tests[{number}].anomalies", ("detected_at",)))
    stage.rows = list(_typed(stage, test.rows, QueryRows, f"tests[{number}].rows", ("end", "read_at")))
    stage.length = test.evaluations or stage.length or max(len(one.states) for one in test.expect)
    return stage


def _add_series(stage: Stage, given: TestSeries, path: str, rules: Sequence[BaseRule]) -> None:
    values = parse_values(given.values)
    first = int(stage.start.timestamp())
    points = [(first + turn * stage.step, value) for turn, value in enumerate(values) if value is not None]
    stage.length = max(stage.length, len(values))
    fed = {one.id: one for one in _fed(given, rules, stage.step)}
    if not fed:
        remedy = "check dimensions, metric, namespace, stat and rule: together they fit no metric of a rule"
        stage.faults.append((path, "no rule reads this series", remedy))
    for name, series in fed.items():
        if name in stage.series:
            what = f"{series.key.namespace} {series.key.metric} with these dimensions is given twice"
            stage.faults.append((path, what, "name the metric, stat or rule of each, or remove one"))
        stage.series[name] = series
        stage.samples[name] = points if given.absent.value == "unknown" else _filled(points, stage.step, first, values)


def _filled(
    points: Sequence[tuple[int, float]], step: int, first: int, values: Sequence[float | None]
) -> Sequence[tuple[int, float]]:
    """The points of a series whose absence means zero."""
    known = dict(points)
    return [(at, known.get(at, 0.0)) for at in range(first, first + step * len(values), step)]


def _fed(given: TestSeries, rules: Sequence[BaseRule], step: int) -> Iterator[Series]:
    for rule in rules:
        if given.rule in {None, rule.id}:
            for _, metric in selectors_of(rule):
                if _is_meant(given, metric):
                    dimensions = tuple(sorted(given.dimensions.items()))
                    key = SeriesKey(ACCOUNT, REGION, metric.namespace, metric.name, dimensions, metric.stat)
                    yield Series(
                        key,
                        step,
                        given.absent,
                        given.unit,
                        environment=given.environment,
                        component=given.component,
                    )


def _is_meant(given: TestSeries, metric: MetricSelector) -> bool:
    asked = ((given.namespace, metric.namespace), (given.metric, metric.name), (given.stat, metric.stat))
    return all(said is None or said == there for said, there in asked) and all(
        name in given.dimensions and fnmatchcase(given.dimensions[name], pattern)
        for name, pattern in metric.dimensions.items()
    )


def _seen(stage: Stage, check: Any, turn: int, status: Status) -> HealthObservation:  # noqa: ANN401  a TestCheck
    return HealthObservation(
        check.check,
        check.kind,
        check.title or check.check,
        status,
        f"the check says {status.value}",
        stage.at(turn),
        check.environment,
        check.component,
    )


def _typed(
    stage: Stage, given: Sequence[dict[str, Any]], kind: type[T], path: str, moments: Sequence[str]
) -> Iterator[T]:
    """Values of the store's own types. `at` (so long after t=0) stands for the moments that are not given."""
    adapter = TypeAdapter(kind)
    for index, values in enumerate(given):
        fields = {name: value for name, value in values.items() if name != "at"}
        try:
            at = stage.start + parse_duration(str(values.get("at", "0s")))
            made = adapter.validate_python({**dict.fromkeys(moments, at), **fields})
        except (ValidationError, ValueError) as error:
            told = (
                "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
                if isinstance(error, ValidationError)
                else str(error)
            )
            stage.faults.append((f"{path}[{index}]", told, "its keys are those of the stored reading, and `at`"))
        else:
            yield made
