"""Unusual costs: told once they are dear enough, explained ones never, over when they are as expected again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from alerts.engine.readings import StoreReadings
from alerts.rules import cost_anomaly
from alerts.rules.base import Outcome, Verdict
from alerts.rules.cost_anomaly import CostAnomalyRule
from store import Store
from store.alerting import Alert, AlertState, fingerprint
from store.money import CostAnomaly
from tests.alerts.rules.readings import STACK, PlainReadings, a_cost_anomaly

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FOUND = a_cost_anomaly()


def a_rule(**changes: object) -> CostAnomalyRule:
    return CostAnomalyRule.model_validate({"id": "c", "kind": "cost_anomaly"} | changes)


def verdicts(rule: CostAnomalyRule, *found: CostAnomaly, alerts: list[Alert] | None = None) -> list[Verdict]:
    plain = PlainReadings(cost_anomalies=found, of_rules={"c": alerts or []}, now=NOW)
    slot = int(NOW.timestamp())
    return [cost_anomaly.judge(rule, one, slot, plain, None) for one in cost_anomaly.subjects(rule, plain)]


def an_alert() -> Alert:
    labels = {"anomaly": "a1", "environment": "prod", "component": "network", "rule": "c"}
    return Alert(fingerprint("c", labels), "c", labels, AlertState.FIRING)


def test_an_open_anomaly_fires_and_says_why_what_was_expected_and_how_far_the_costs_reach() -> None:
    [verdict] = verdicts(a_rule(), FOUND)
    assert verdict.outcome is Outcome.BREACH
    assert [str(line) for line in verdict.why.lines] == [
        "Likely cause: More was sent through the NAT gateway (APN2-NatGateway-Bytes)",
        "Spent $21.50, expected $4.30 (3.10-5.60)",
        "Impact so far: $17.20",
        "Costs as of 2026-11-23",
    ]
    assert str(verdict.reason) == "$17.20 beyond what was expected since 2026-11-21"


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ({}, {"muted": "load test"}),
        ({}, {"open": False}),
        ({"minimum": "17.21"}, {}),
        ({"environments": ["dev"]}, {}),
        ({"components": ["backend"]}, {}),
        ({"services": ["Amazon Relational*"]}, {}),
        ({"drifts": ["new"]}, {}),
        ({"sources": ["aws"]}, {}),
    ],
)
def test_what_is_explained_over_too_little_or_elsewhere_is_not_told(
    rule: dict[str, object], changes: dict[str, Any]
) -> None:
    assert verdicts(a_rule(**rule), replace(FOUND, **changes)) == []


def test_at_the_minimum_exactly_it_is_told() -> None:
    [verdict] = verdicts(a_rule(minimum="17.20", services=["EC2*"], drifts=["jump"], sources=["lamplighter"]), FOUND)
    assert verdict.outcome is Outcome.BREACH


@pytest.mark.parametrize("changes", [None, {"open": False}, {"muted": "load test"}, {"impact": Decimal(1)}])
def test_an_alert_is_over_when_the_anomaly_closes_or_is_explained(changes: dict[str, Any] | None) -> None:
    found = [] if changes is None else [replace(FOUND, **changes)]
    [verdict] = verdicts(a_rule(), *found, alerts=[an_alert()])
    assert verdict.outcome is Outcome.CLEAR
    assert verdict.reason


def test_an_alert_and_its_anomaly_are_one_subject() -> None:
    rule, plain = a_rule(), PlainReadings(cost_anomalies=[FOUND], of_rules={"c": [an_alert()]}, now=NOW)
    [subject] = cost_anomaly.subjects(rule, plain)
    assert (subject.environment, subject.component, subject.unit) == ("prod", "network", "USD")


def test_the_engine_reads_open_anomalies_from_the_store(sqlite_store: Store) -> None:
    sqlite_store.anomalies.upsert([FOUND, replace(FOUND, id="a2", open=False)])
    readings = StoreReadings(sqlite_store, STACK, lambda _rule: [], NOW)
    readings.begin(NOW)
    assert list(readings.anomalies()) == [FOUND]
