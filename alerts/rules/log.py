"""The rows of a saved Logs Insights query: how many there are, or what stands in a column.

The contract with the collector: it writes the rows of each stretch of time as one `QueryRows`, and writes a stretch
again when late log events changed it (`complete` is False as long as they still may). Stretches that were read in the
same run as the newest one are judged with it, so that what came late is not overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from math import fsum, isfinite
from typing import Literal

from pydantic import Field, model_validator

from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.condition import Condition, beyond
from alerts.rules.figures import figure
from alerts.rules.present import is_firing, labels_of, moment, no_faults, no_needs, own_alerts, placed
from store.alerting import Alert, QueryRows, Severity
from store.durations import Duration
from store.messages import Message, Sentence

LONGEST_LABEL = 200
"""Characters of a row's value that tell alerts apart: a whole stack trace is no name."""
MOST_GROUPS = 100
"""Groups of one answer that are judged: a column with a request id in it would make an alert of each row."""
GROWING = (">", ">=")

_TAKEN: dict[str, Callable[[Sequence[float]], float]] = {
    "max": max,
    "min": min,
    "sum": fsum,
    "average": lambda values: fsum(values) / len(values),
}


class LogRule(BaseRule):
    """The rows of a saved Logs Insights query: how many there are, or what stands in a column."""

    kind: Literal["log"]
    query: str = Field(min_length=1, description="The id of the saved query.")
    take: Literal["count", "max", "min", "sum", "average"] = Field(
        default="count", description="What is judged: the number of rows, or this of a column."
    )
    column: str = Field(default="", description="The column that max, min, sum and average are taken of.")
    by: list[str] = Field(default_factory=list, description="Columns that tell alerts apart: one alert for each value.")
    condition: Condition = Field(description="What breaches.")
    stale_after: Duration = Field(
        default=timedelta(minutes=30), description="An answer that ends longer ago says nothing any more."
    )

    @model_validator(mode="after")
    def _a_column_is_named(self) -> LogRule:
        if (self.take == "count") == bool(self.column):
            raise ValueError("count needs no column; max, min, sum and average need one")
        return self


name = "log"
model: type[BaseRule] = LogRule
continuous = False
needs = no_needs
faults = no_faults

Key = frozenset[tuple[str, str]]


def subjects(rule: LogRule, readings: Readings, /) -> Iterator[Subject]:
    """Each group of rows in the newest answers, and those whose alert is open; without `by` the query by itself."""
    answers = readings.rows(rule.query)
    if not answers and not rule.by:
        yield Subject({"query": rule.query}, title=rule.query)
    found: dict[Key, dict[str, str]] = {}
    for answer in _looked_at(answers):
        if rule.covers(answer.environment, answer.component):
            found |= _groups(rule, answer)
    for alert in own_alerts(rule, readings):
        labels = labels_of(rule, alert)
        found.setdefault(frozenset(labels.items()), labels)
    for labels in found.values():
        title = ", ".join(labels[column] for column in rule.by if column in labels) or rule.query
        yield Subject(labels, labels.get("environment"), labels.get("component"), title=title)


def judge(rule: LogRule, subject: Subject, slot: int, readings: Readings, before: Alert | None, /) -> Verdict:
    """Judge the newest answer and those that were read again with it: the worst of them counts."""
    answers = readings.rows(rule.query)
    if not answers or moment(slot) - answers[0].end > rule.stale_after:
        return Verdict(Outcome.NO_DATA, Message("the query %(query)s has no new answer", query=rule.query))
    judged: list[Verdict] = []
    for answer in _looked_at(answers):
        if not answer.complete and rule.condition.op not in GROWING:
            continue  # it may still grow: that it is too little is not known yet
        rows = [row for row in answer.rows if _is_of(rule, subject, answer, row)]
        judged.append(_judge_answer(rule, answer, rows))
    worst = max(judged, key=_rank, default=None)
    if worst is None:
        return Verdict(Outcome.KEEP, Message("the newest answer is not complete yet"))
    if worst.outcome is Outcome.CLEAR and is_firing(before) and not answers[0].complete:
        return Verdict(Outcome.KEEP, Message("the newest answer is not complete yet"), worst.value, worst.limit)
    return worst


def _judge_answer(rule: LogRule, answer: QueryRows, rows: Sequence[Mapping[str, str]]) -> Verdict:
    value, problem = _value(rule, rows)
    if problem:
        return Verdict(Outcome.ERROR, problem)
    facts = {
        "start": answer.start.isoformat(),
        "end": answer.end.isoformat(),
        "rows": len(rows),
        "complete": answer.complete,
    }
    if value is None:
        return Verdict(Outcome.CLEAR, Message("there are no rows"), why=Why(facts=facts))
    for severity, limit in rule.condition.limits:  # noqa: B007  the last one stands
        if breaches := rule.condition.holds(value, limit):
            break
    limited = beyond(rule.condition.op, limit)
    if not breaches:
        return Verdict(Outcome.CLEAR, _reason(rule, value, limited), value, limit, Why(facts=facts))
    why = Why((), Message("an answer of the query is no longer %(limited)s", limited=limited), facts, _sample(rows))
    return Verdict(Outcome.BREACH, _reason(rule, value, limited), value, limit, why, severity)


def _value(rule: LogRule, rows: Sequence[Mapping[str, str]]) -> tuple[float | None, Sentence]:
    if rule.take == "count":
        return float(len(rows)), ""
    if not rows:
        return None, ""
    if not any(rule.column in row for row in rows):
        known = ", ".join(sorted({column for row in rows for column in row})[:10])
        return None, Message("no row has the column %(column)s; there are: %(known)s", column=rule.column, known=known)
    numbers = [made for row in rows if (made := _number(row.get(rule.column, ""))) is not None]
    if not numbers:
        return None, Message("the column %(column)s holds no numbers", column=rule.column)
    return _TAKEN[rule.take](numbers), ""


def _reason(rule: LogRule, value: float, limited: Sentence) -> Sentence:
    if rule.take == "count":
        return Message(
            "the query %(query)s found %(count)s rows (the alert is for %(limited)s)",
            query=rule.query,
            count=figure(value),
            limited=limited,
        )
    return Message(
        "%(column)s in the rows of %(query)s is %(value)s (the alert is for %(limited)s)",
        column=f"{rule.take}({rule.column})",
        query=rule.query,
        value=figure(value),
        limited=limited,
    )


def _looked_at(answers: Sequence[QueryRows]) -> list[QueryRows]:
    """The newest answer, and the older ones that the same run read again."""
    return [answer for answer in answers if answer is answers[0] or answer.read_at >= answers[0].read_at]


def _groups(rule: LogRule, answer: QueryRows) -> dict[Key, dict[str, str]]:
    """The labels of the groups of an answer: those furthest beyond the condition, where there are very many."""
    labels: dict[Key, dict[str, str]] = {}
    rows: dict[Key, list[Mapping[str, str]]] = {}
    for row in answer.rows if rule.by else ({},):
        made = _labels(rule, answer, row)
        key = frozenset(made.items())
        labels[key] = made
        rows.setdefault(key, []).append(row)
    if len(labels) <= MOST_GROUPS:
        return labels
    values = {key: _value(rule, some)[0] or 0.0 for key, some in rows.items()}
    worst = sorted(labels, key=lambda key: values[key], reverse=rule.condition.op in GROWING)[:MOST_GROUPS]
    return {key: labels[key] for key in worst}


def _labels(rule: LogRule, answer: QueryRows, row: Mapping[str, str]) -> dict[str, str]:
    labels = {column: row[column][:LONGEST_LABEL] for column in rule.by if row.get(column)}
    return placed({"query": rule.query, **labels}, answer.environment, answer.component)


def _is_of(rule: LogRule, subject: Subject, answer: QueryRows, row: Mapping[str, str]) -> bool:
    labels = subject.labels
    if any(row.get(column, "")[:LONGEST_LABEL] != labels.get(column, "") for column in rule.by):
        return False
    return (answer.environment, answer.component) == (labels.get("environment"), labels.get("component"))


def _sample(rows: Sequence[Mapping[str, str]]) -> list[Sentence]:
    """The first row, as a line for the notice."""
    if not rows:
        return []
    shown = "  ".join(f"{column}={value}" for column, value in rows[0].items() if not column.startswith("@ptr"))
    return [shown[:300]]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _rank(verdict: Verdict) -> tuple[int, int]:
    order = [Outcome.CLEAR, Outcome.ERROR, Outcome.BREACH]
    return order.index(verdict.outcome), (verdict.severity or Severity.INFO).rank
