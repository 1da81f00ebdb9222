"""What is told of environments that sleep: a stop to come, one that is late, one that is kept from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.rules import power
from alerts.rules.base import Outcome, Verdict
from alerts.rules.config import RulesConfig
from alerts.rules.loading import load_rules
from alerts.rules.power import PowerRule
from alerts.rules.ruleset import RuleSet
from store.alerting import Alert, AlertState
from store.power import Condition, EnvironmentPower, Offer, Planned, Power, ResourcePower
from store.vocabulary import HealthObservation, HealthState, Status
from tests.alerts.rules.readings import STACK, START, PlainReadings, at

HALF_AN_HOUR = 1800
STOPS = at(HALF_AN_HOUR)
WAKES = STOPS + timedelta(hours=13)


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    """The shipped rules."""
    return load_rules(RulesConfig(), STACK)


def dev(**changes: Any) -> EnvironmentPower:  # noqa: ANN401  any field
    """A dev that runs and stops in half an hour."""
    known = EnvironmentPower(
        "dev",
        Power.RUNNING,
        "schedule office: mon-fri 09:00-20:00",
        STOPS,
        Condition.RUNNING,
        at(-7200),
        at(0),
        timezone="Asia/Seoul",
        armed=True,
        hourly=Decimal("0.13"),
        desired_since=at(-7200),
        planned=(Planned(STOPS, WAKES, Power.STOPPED, "outside"),),
        offers=(Offer("keep", 7200, STOPS + timedelta(hours=2), Decimal(2), Decimal("0.26")),),
    )
    return replace(known, **changes)


def rule_of(rules: RuleSet, name: str) -> PowerRule:
    rule = rules.rule(name)
    assert isinstance(rule, PowerRule)
    return rule


def verdicts(
    rule: PowerRule, state: EnvironmentPower, seconds: float = 0, alerts: list[Alert] | None = None
) -> list[Verdict]:
    readings = PlainReadings(
        now=at(seconds),
        environments=[replace(state, checked_at=at(seconds))],
        of_rules={rule.id: alerts or []},
    )
    before = alerts[0] if alerts else None
    found = list(power.subjects(rule, readings))
    return [power.judge(rule, one, START + int(seconds), readings, before) for one in found]


def firing(rule: PowerRule, edge: str) -> Alert:
    labels = {"rule": rule.id, "power": "stops_soon", "edge": edge, "environment": "dev"}
    return Alert(
        rule_id=rule.id, fingerprint="f", labels=labels, state=AlertState.FIRING, environment="dev", active_at=at(0)
    )


def test_half_an_hour_before_it_stops_its_people_are_told_with_what_they_can_do(rules: RuleSet) -> None:
    rule = rule_of(rules, "environment-stops-soon")
    assert verdicts(rule, dev(until=at(HALF_AN_HOUR + 61)), 60) == []
    [verdict] = verdicts(rule, dev())
    assert verdict.outcome is Outcome.BREACH
    [choice] = verdict.why.facts["choices"]
    assert (choice["do"], choice["price"], choice["environment"]) == ("keep", "0.26", "dev")
    [line] = verdict.why.lines
    assert "$1.69" in str(line)
    [subject] = power.subjects(rule, PlainReadings(environments=[dev()]))
    said = rules.render(rule, subject, verdict, at(0))
    assert said.problem == ""
    assert said.summary["en"].startswith("dev stops at ")
    assert said.summary["en"].endswith(" KST")


def test_a_dry_run_tells_nobody(rules: RuleSet) -> None:
    for rule in rules.rules:
        if isinstance(rule, PowerRule):
            trouble = dev(armed=False, problem="denied", desired_since=at(-90_000), condition=Condition.PARTIAL)
            assert verdicts(rule, trouble) == []


def test_what_became_of_it_ends_the_notice(rules: RuleSet) -> None:
    rule = rule_of(rules, "environment-stops-soon")
    alert = firing(rule, STOPS.isoformat())
    kept = dev(until=STOPS + timedelta(hours=2), because="kept on by kim")
    [verdict] = verdicts(rule, kept, alerts=[alert])
    assert verdict.outcome is Outcome.CLEAR
    assert "kim" in str(verdict.reason)
    stopping = dev(desired=Power.STOPPED, until=WAKES, desired_since=STOPS, condition=Condition.STOPPING)
    [verdict] = verdicts(rule, stopping, HALF_AN_HOUR + 30, [alert])
    assert verdict.outcome is Outcome.BREACH
    [verdict] = verdicts(rule, replace(stopping, condition=Condition.STOPPED), HALF_AN_HOUR + 90, [alert])
    assert verdict.outcome is Outcome.CLEAR
    assert "$0.13" in str(verdict.reason)


@pytest.mark.parametrize(
    ("name", "wanted", "condition"),
    [
        ("environment-stop-failed", Power.STOPPED, Condition.STOPPING),
        ("environment-wake-failed", Power.RUNNING, Condition.STARTING),
    ],
)
def test_what_is_late_is_told_until_it_is_there(rules: RuleSet, name: str, wanted: Power, condition: Condition) -> None:
    rule = rule_of(rules, name)
    late = dev(desired=wanted, desired_since=at(0), condition=condition, until=WAKES)
    assert verdicts(rule, late, HALF_AN_HOUR - 60) == []
    [verdict] = verdicts(rule, late, HALF_AN_HOUR)
    assert verdict.outcome is Outcome.BREACH
    there = Condition.STOPPED if wanted is Power.STOPPED else Condition.RUNNING
    assert verdicts(rule, replace(late, condition=there), HALF_AN_HOUR + 60) == []


def test_what_somebody_started_by_hand_is_told_and_is_not_called_late(rules: RuleSet) -> None:
    server = ResourcePower("i-1", "ec2:instance", "tools", None, Condition.RUNNING, Power.STOPPED, by_hand=at(60))
    state = dev(
        desired=Power.STOPPED, desired_since=at(0), condition=Condition.RUNNING, resources=[server], until=WAKES
    )
    [verdict] = verdicts(rule_of(rules, "environment-runs-by-hand"), state, HALF_AN_HOUR * 2)
    assert verdict.outcome is Outcome.BREACH
    assert "tools" in str(verdict.reason)
    assert verdicts(rule_of(rules, "environment-stop-failed"), state, HALF_AN_HOUR * 2) == []


def test_what_sleeps_and_answers_all_the_same_is_told(rules: RuleSet) -> None:
    rule = rule_of(rules, "environment-answers-asleep")
    asleep, now = Power.STOPPED, HALF_AN_HOUR
    server = ResourcePower("i-1", "ec2:instance", "tools", "backend", Condition.STOPPED, asleep, since=at(60))
    database = ResourcePower("db", "rds:db", "db", "postgres", Condition.RUNNING, asleep, since=at(60))
    stays = ResourcePower("alb", "elbv2:loadbalancer", "alb", "frontend", Condition.RUNNING, None, since=at(60))
    state = dev(
        desired=asleep,
        desired_since=at(0),
        condition=Condition.STOPPED,
        checked_at=at(now),
        resources=[server, database, stays],
        until=WAKES,
    )

    def told(seconds: float = now, **changes: Any) -> list[Verdict]:  # noqa: ANN401  any field
        seen = HealthObservation("probe:dev/api", "http", "api", Status.OK, "200", at(now), "dev", "backend")
        readings = PlainReadings(
            now=at(seconds), environments=[state], health_states=[HealthState(replace(seen, **changes), at(-7200))]
        )
        return [
            power.judge(rule, subject, START + round(seconds), readings, None)
            for subject in power.subjects(rule, readings)
        ]

    [verdict] = told()
    assert verdict.outcome is Outcome.BREACH
    assert "api" in str(verdict.reason)
    assert told(status=Status.CRITICAL) == []
    assert told(component="postgres") == [], "it still runs, which is told otherwise"
    assert told(component="frontend") == [], "it does not sleep"
    assert told(kind="tls") == []
    assert told(environment="prod") == []
    assert told(120) == [], "just asleep: the check may have looked before"
    assert told(observed_at=at(now - 3600)) == []


def test_an_old_look_says_nothing_new(rules: RuleSet) -> None:
    rule = rule_of(rules, "environment-held-up")
    readings = PlainReadings(now=at(3600), environments=[dev(problem="denied", checked_at=at(0))])
    [subject] = power.subjects(rule, readings)
    assert power.judge(rule, subject, START + 3600, readings, None).outcome is Outcome.KEEP
