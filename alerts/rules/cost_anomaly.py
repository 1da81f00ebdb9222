"""A cost that is not as expected: an open anomaly of the money part, or AWS's own, that no planned event explains.

It fires once per anomaly, as soon as its impact reaches the minimum, and is over when the cost is as expected again.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from alerts.rules.base import BaseRule, Outcome, Readings, Subject, Verdict, Why
from alerts.rules.figures import money
from alerts.rules.present import labels_of, no_faults, no_needs, own_alerts, placed
from store.alerting import Alert
from store.messages import Message, Sentence
from store.money import CostAnomaly, Drift


class CostAnomalyRule(BaseRule):
    """A cost that is not as expected and has done some harm already."""

    kind: Literal["cost_anomaly"]
    minimum: Decimal = Field(
        default=Decimal(5),
        ge=0,
        description="The impact from which it alerts: what was spent beyond what was expected, in its currency.",
    )
    services: list[str] = Field(
        default_factory=list, description="Only these services, as Cost Explorer writes them; may use * and ?."
    )
    drifts: list[Drift] = Field(
        default_factory=list, description="Only these: jump, drift (slow growth) or new; all by default."
    )
    sources: list[Literal["lamplighter", "aws"]] = Field(
        default_factory=list, description="Only those found by lamplighter or by aws; both by default."
    )


name = "cost_anomaly"
model: type[BaseRule] = CostAnomalyRule
continuous = False
needs = no_needs
faults = no_faults


def subjects(rule: CostAnomalyRule, readings: Readings, /) -> Iterator[Subject]:
    """Each anomaly that is to be told, and those of the open alerts."""
    told = set()
    for one in readings.anomalies():
        if _is_meant(rule, one) and not one.muted and one.impact >= rule.minimum:
            told.add(one.id)
            yield _subject(one, placed({"anomaly": one.id}, one.environment, one.component))
    known = {one.id: one for one in readings.anomalies()}
    for alert in own_alerts(rule, readings):
        labels = labels_of(rule, alert)
        found = labels.get("anomaly", "")
        if found in known and found not in told:
            yield _subject(known[found], labels)
        elif found not in told:
            yield Subject(labels, alert.environment, alert.component)


def judge(rule: CostAnomalyRule, subject: Subject, _slot: int, readings: Readings, _before: Alert | None, /) -> Verdict:
    """Judge whether the anomaly is still open, unexplained and dear enough."""
    one = next((each for each in readings.anomalies() if each.id == subject.labels["anomaly"]), None)
    if one is None or not one.open:
        return Verdict(Outcome.CLEAR, Message("the cost is as expected again"))
    if one.muted:
        return Verdict(Outcome.CLEAR, Message("a planned event explains the cost: %(event)s", event=one.muted))
    if not _is_meant(rule, one) or one.impact < rule.minimum:
        return Verdict(Outcome.CLEAR, Message("the cost is too little beyond what was expected"))
    facts = {
        "scope": one.scope,
        "drift": one.kind.value,
        "currency": one.currency,
        "impact": money(one.impact, one.currency),
        "expected": money(one.expected, one.currency),
        "actual": money(one.actual, one.currency),
        "service": one.service or "",
        "usage_type": one.usage_type,
        "start": one.start.isoformat(),
    }
    why = Why((), Message("the cost is as expected again"), facts, lines(one))
    reason = Message("%(impact)s beyond what was expected since %(day)s", impact=facts["impact"], day=facts["start"])
    return Verdict(Outcome.BREACH, reason, float(one.actual), float(one.high), why)


def lines(one: CostAnomaly) -> list[Sentence]:
    """What the message says beside its headline: the cause, what was expected, the impact so far, the data's age."""
    band = f"{money(one.low, '')}-{money(one.high, '')}"
    spent, expected = money(one.actual, one.currency), money(one.expected, one.currency)
    return [
        Message("Likely cause: %(cause)s", cause=one.cause),
        Message("Spent %(spent)s, expected %(expected)s (%(range)s)", spent=spent, expected=expected, range=band),
        Message("Impact so far: %(impact)s", impact=money(one.impact, one.currency)),
        Message("Costs as of %(date)s", date=f"{one.end:%Y-%m-%d}"),
    ]


def _is_meant(rule: CostAnomalyRule, one: CostAnomaly) -> bool:
    service = one.service or ""
    return (
        one.open
        and rule.covers(one.environment, one.component)
        and (not rule.services or any(fnmatchcase(service, pattern) for pattern in rule.services))
        and (not rule.drifts or one.kind in rule.drifts)
        and (not rule.sources or one.source in rule.sources)
    )


def _subject(one: CostAnomaly, labels: dict[str, str]) -> Subject:
    place = " / ".join(part for part in (one.environment, one.component) if part)
    where = one.scope.partition(":")[2] if one.scope.startswith("service:") else place or one.scope.partition(":")[2]
    title = where or Message("the whole bill")
    return Subject(labels, one.environment, one.component, unit=one.currency, title=title)
