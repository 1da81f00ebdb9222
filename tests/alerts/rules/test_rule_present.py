"""The kinds that judge the present: health, heartbeat, lifecycle, composite and log."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from alerts.rules import composite, health, heartbeat, lifecycle, log
from alerts.rules.base import Outcome, Verdict
from alerts.rules.composite import CompositeRule, faults_between, in_order
from alerts.rules.health import HealthRule
from alerts.rules.heartbeat import HeartbeatRule
from alerts.rules.lifecycle import LifecycleRule
from alerts.rules.log import LogRule
from alerts.rules.metric import MetricRule
from store.alerting import Alert, AlertState, QueryRows, Severity
from store.vocabulary import Event, HealthObservation, HealthState, Job, Status
from tests.alerts.rules.readings import STACK, START, PlainReadings, a_series, at

FIRING = Alert("a1", "r", {}, AlertState.FIRING)


def a_state(  # noqa: PLR0913  what a state has
    status: Status = Status.CRITICAL,
    *,
    check: str = "target:web",
    kind: str = "target",
    consecutive: int = 1,
    seconds: float = 0,
    environment: str = "prod",
    value: float | None = None,
) -> HealthState:
    seen = HealthObservation(
        check, kind, "web", status, f"it is {status}", at(seconds), environment, "backend", value=value
    )
    return HealthState(seen, at(seconds), consecutive)


def of_health(state: HealthState, before: Alert | None = None, slot: int = START, **changes: object) -> Verdict:
    rule = HealthRule.model_validate({"id": "h", "kind": "health"} | changes)
    readings = PlainReadings(health_states=[state])
    (subject,) = health.subjects(rule, readings)
    return health.judge(rule, subject, slot, readings, before)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("critical", {"ok": "clear", "asleep": "clear", "warn": "clear", "unknown": "no_data", "critical": "breach"}),
        ("warn", {"ok": "clear", "asleep": "clear", "warn": "breach", "unknown": "no_data", "critical": "breach"}),
        ("unknown", {"ok": "clear", "asleep": "clear", "warn": "clear", "unknown": "breach", "critical": "clear"}),
    ],
)
def test_each_status_says_what_it_should(asked: str, said: dict[str, str]) -> None:
    assert {status.value: of_health(a_state(status), status=asked).outcome for status in Status} == said


def test_a_status_may_have_a_severity_of_its_own() -> None:
    statuses = {"warn": "info", "critical": "page"}
    assert of_health(a_state(Status.WARN), status=statuses).severity is Severity.INFO
    assert of_health(a_state(Status.CRITICAL), status=statuses).severity is Severity.PAGE
    assert of_health(a_state(Status.CRITICAL), status={"warn": "info"}).severity is Severity.INFO


def test_it_breaches_only_after_so_many_failures_and_ends_only_after_so_many_successes() -> None:
    rule = {"failures": 3, "successes": 2}
    assert of_health(a_state(consecutive=2), **rule).outcome is Outcome.CLEAR
    assert of_health(a_state(consecutive=3), **rule).outcome is Outcome.BREACH
    assert of_health(a_state(consecutive=1), FIRING, **rule).outcome is Outcome.KEEP
    assert of_health(a_state(Status.OK, consecutive=1), FIRING, **rule).outcome is Outcome.KEEP
    assert of_health(a_state(Status.OK, consecutive=2), FIRING, **rule).outcome is Outcome.CLEAR
    assert of_health(a_state(Status.OK, consecutive=1), None, **rule).outcome is Outcome.CLEAR


def test_a_stale_observation_is_no_data_whatever_it_said() -> None:
    for status in (Status.OK, Status.CRITICAL):
        assert of_health(a_state(status), slot=START + 600).outcome is not Outcome.NO_DATA
        assert of_health(a_state(status), slot=START + 601).outcome is Outcome.NO_DATA


def test_a_check_that_is_gone_is_no_data() -> None:
    rule = HealthRule.model_validate({"id": "h", "kind": "health"})
    (subject,) = health.subjects(rule, PlainReadings(health_states=[a_state()]))
    assert health.judge(rule, subject, START, PlainReadings(), FIRING).outcome is Outcome.NO_DATA


def test_only_the_checks_that_are_meant_are_watched() -> None:
    states = [a_state(), a_state(check="tls:shop", kind="tls"), a_state(check="target:dev", environment="dev")]
    readings = PlainReadings(health_states=states)

    def watched(**changes: object) -> list[str]:
        rule = HealthRule.model_validate({"id": "h", "kind": "health"} | changes)
        return [subject.labels["check"] for subject in health.subjects(rule, readings)]

    assert watched(checks=["tls"]) == ["tls:shop"]
    assert watched(names=["t*:dev"]) == ["target:dev"]
    assert watched(environments=["prod"]) == ["target:web", "tls:shop"]


def a_job(name: str = "metrics:main", **changes: Any) -> Job:  # noqa: ANN401  any field
    return Job(name, 60, at(60), **{"outcome": "ok", "last_started": at(0), "last_success": at(0)} | changes)


def of_job(job: Job | None, slot: int, **changes: object) -> Verdict:
    rule = HeartbeatRule.model_validate({"id": "b", "kind": "heartbeat", "job": "metrics:main"} | changes)
    readings = PlainReadings(known_jobs=[job] if job else [])
    (subject,) = heartbeat.subjects(rule, readings)
    return heartbeat.judge(rule, subject, START + slot, readings, None)


def test_a_job_must_succeed_within_its_time() -> None:
    assert of_job(a_job(), 300, within="5m").outcome is Outcome.CLEAR
    assert of_job(a_job(), 301, within="5m").outcome is Outcome.BREACH


def test_without_a_time_a_job_has_three_of_its_intervals() -> None:
    hourly = Job("metrics:main", 3600, at(0), last_success=at(0))
    assert of_job(hourly, 3 * 3600).outcome is Outcome.CLEAR
    assert of_job(hourly, 3 * 3600 + 60).outcome is Outcome.BREACH


def test_a_job_that_never_succeeded_is_no_data_until_it_has_failed() -> None:
    assert of_job(a_job(last_success=None), 9999).outcome is Outcome.NO_DATA
    failed = of_job(a_job(last_success=None, failures=1, message="AWS refused"), 60)
    assert failed.outcome is Outcome.BREACH
    assert "AWS refused" in str(failed.reason)


def test_a_job_that_is_not_there_breaches_but_a_pattern_without_jobs_is_nothing() -> None:
    assert of_job(None, 0).outcome is Outcome.BREACH
    rule = HeartbeatRule.model_validate({"id": "b", "kind": "heartbeat", "job": "metrics:*"})
    assert not list(heartbeat.subjects(rule, PlainReadings()))


def test_a_series_must_have_a_point_within_its_time() -> None:
    selector = {"namespace": "AWS/EC2", "name": "CPUUtilization", "stat": "Average"}
    rule = HeartbeatRule.model_validate({"id": "b", "kind": "heartbeat", "metric": selector, "within": "3m"})
    readings = PlainReadings()
    readings.add(a_series(), [1, 2, 3, None, None, None])
    (subject,) = heartbeat.subjects(rule, readings)
    said = [heartbeat.judge(rule, subject, START + 60 * slot, readings, None).outcome for slot in (2, 4, 5, 20)]
    assert said == [Outcome.CLEAR, Outcome.CLEAR, Outcome.BREACH, Outcome.NO_DATA]


def test_an_event_must_happen_within_its_time() -> None:
    rule = HeartbeatRule.model_validate(
        {"id": "b", "kind": "heartbeat", "event": "backup.*", "within": "1d", "environments": ["prod"]}
    )
    event = Event("k", at(0), "backup.done", "Backup made", environment="prod")
    readings = PlainReadings(happened=[event])
    (subject,) = heartbeat.subjects(rule, readings)
    said = [heartbeat.judge(rule, subject, START + 3600 * hours, readings, None).outcome for hours in (24, 25)]
    assert said == [Outcome.CLEAR, Outcome.BREACH]


@pytest.mark.parametrize("wrong", [{}, {"job": "x", "event": "y"}, {"event": "y"}, {"job": "x", "within": "0s"}])
def test_a_heartbeat_names_one_thing_and_how_long(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HeartbeatRule.model_validate({"id": "b", "kind": "heartbeat"} | wrong)


def an_event(kind: str, seconds: float, environment: str = "dev", **detail: str) -> Event:
    return Event(
        f"{kind}-{seconds}", at(seconds), kind, f"{environment}: {kind}", environment=environment, detail=detail
    )


STOP = {
    "id": "l",
    "kind": "lifecycle",
    "opened_by": ["environment.stop_failed"],
    "cleared_by": ["environment.stopped"],
}


def of_events(*events: Event, slot: int = 600, **changes: object) -> dict[str | None, Outcome]:
    rule = LifecycleRule.model_validate(STOP | changes)
    readings = PlainReadings(happened=events, now=at(slot))
    return {
        subject.environment: lifecycle.judge(rule, subject, START + slot, readings, None).outcome
        for subject in lifecycle.subjects(rule, readings)
    }


def test_a_failure_opens_and_the_success_of_the_same_place_closes() -> None:
    failed = an_event("environment.stop_failed", 0)
    assert of_events(failed) == {"dev": Outcome.BREACH}
    assert of_events(failed, an_event("environment.stopped", 60)) == {"dev": Outcome.CLEAR}
    assert of_events(failed, an_event("environment.stopped", 60, "staging")) == {"dev": Outcome.BREACH}
    again = an_event("environment.stop_failed", 120)
    assert of_events(failed, an_event("environment.stopped", 60), again) == {"dev": Outcome.BREACH}


def test_a_success_before_the_failure_closes_nothing() -> None:
    assert of_events(an_event("environment.stopped", 0), an_event("environment.stop_failed", 60)) == {
        "dev": Outcome.BREACH
    }


def test_what_is_older_than_the_memory_opens_nothing() -> None:
    assert of_events(an_event("environment.stop_failed", 0), slot=3601, memory="1h") == {}


def test_an_open_alert_is_judged_until_it_is_over_even_when_its_event_is_forgotten() -> None:
    rule = LifecycleRule.model_validate(STOP | {"memory": "1h", "labels": {"team": "ops"}})
    mine = Alert("a1", "l", {"environment": "dev", "rule": "l", "team": "ops"}, AlertState.FIRING, environment="dev")
    readings = PlainReadings(now=at(7200), of_rules={"l": [mine]})
    (subject,) = lifecycle.subjects(rule, readings)
    assert dict(subject.labels) == {"environment": "dev"}
    assert lifecycle.judge(rule, subject, START + 7200, readings, mine).outcome is Outcome.CLEAR


def an_alert(rule: str, state: AlertState = AlertState.FIRING, **labels: str) -> Alert:
    return Alert(f"{rule}{labels}", rule, {**labels, "rule": rule}, state)


def of_members(when: object, *alerts: Alert, by: list[str] | None = None) -> dict[str, Outcome]:
    rule = CompositeRule.model_validate({"id": "c", "kind": "composite", "when": when, "by": by or ["component"]})
    by_rule: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_rule.setdefault(alert.rule_id, []).append(alert)
    readings = PlainReadings(of_rules=by_rule)
    return {
        subject.labels.get("component", ""): composite.judge(rule, subject, START, readings, None).outcome
        for subject in composite.subjects(rule, readings)
    }


def test_all_needs_every_rule_on_the_same_labels() -> None:
    both = {"all": ["slow", "failing"]}
    assert of_members(both, an_alert("slow", component="web"), an_alert("failing", component="web")) == {
        "web": Outcome.BREACH
    }
    assert of_members(both, an_alert("slow", component="web"), an_alert("failing", component="db")) == {
        "web": Outcome.CLEAR,
        "db": Outcome.CLEAR,
    }


def test_any_and_not_nest() -> None:
    when = {"all": [{"any": ["slow", "failing"]}, {"not": "deploying"}]}
    slow, deploying = an_alert("slow", component="web"), an_alert("deploying", component="web")
    assert of_members(when, slow) == {"web": Outcome.BREACH}
    assert of_members(when, slow, deploying) == {"web": Outcome.CLEAR}


def test_pending_is_not_firing_and_recovering_is() -> None:
    assert of_members("slow", an_alert("slow", AlertState.PENDING, component="web")) == {"web": Outcome.CLEAR}
    assert of_members("slow", an_alert("slow", AlertState.RECOVERING, component="web")) == {"web": Outcome.BREACH}


def composites(**rules: object) -> list[tuple[str, CompositeRule | MetricRule]]:
    made: list[tuple[str, CompositeRule | MetricRule]] = [
        (name, CompositeRule.model_validate({"id": name, "kind": "composite", "when": when}))
        for name, when in rules.items()
    ]
    selector = {"namespace": "N", "name": "M", "stat": "Sum"}
    values = {"id": "slow", "kind": "metric", "metric": selector, "condition": {"op": ">", "threshold": 1}}
    return [*made, ("slow", MetricRule.model_validate(values))]


def test_circles_and_strangers_are_faults() -> None:
    assert not list(faults_between(composites(a={"all": ["b", "slow"]}, b="slow")))
    told = [wrong for _, wrong, _ in faults_between(composites(a={"any": ["b"]}, b={"all": ["c"]}, c="a"))]
    assert told == [
        "this goes round in a circle: a → b → c → a",
        "this goes round in a circle: b → c → a → b",
        "this goes round in a circle: c → a → b → c",
    ]
    assert next(faults_between(composites(a="a")))[1] == "this goes round in a circle: a → a"
    assert next(faults_between(composites(a="slwo")))[1:] == ("there is no rule 'slwo'", "did you mean 'slow'?")


def test_members_come_before_their_composite() -> None:
    rules = [rule for _, rule in composites(a={"all": ["b", "slow"]}, b="slow")]
    assert [rule.id for rule in in_order(rules)] == ["slow", "b", "a"]


def test_what_holds_while_nothing_fires_is_a_fault() -> None:
    rule = CompositeRule.model_validate({"id": "c", "kind": "composite", "when": {"not": "slow"}})
    assert [path for path, _, _ in composite.faults(rule, STACK)] == ["when"]


@pytest.mark.parametrize("when", [{"all": []}, {"both": ["a"]}, 3, {"any": ["a"], "all": ["b"]}])
def test_what_is_no_expression_is_refused(when: object) -> None:
    with pytest.raises(ValidationError):
        CompositeRule.model_validate({"id": "c", "kind": "composite", "when": when})


def an_answer(*rows: dict[str, str], end: float = 300, complete: bool = True, read: float | None = None) -> QueryRows:
    moment = at(end if read is None else read)
    return QueryRows("errors", at(end - 300), at(end), rows, moment, complete, "prod", "backend")


def of_rows(*answers: QueryRows, before: Alert | None = None, slot: int = 300, **changes: object) -> dict[str, Outcome]:
    values = {"id": "g", "kind": "log", "query": "errors", "condition": {"op": ">", "threshold": 1}}
    rule = LogRule.model_validate(values | changes)
    readings = PlainReadings(answers={"errors": answers}, of_rules={"g": [before] if before else []})
    return {
        str(subject.title): log.judge(rule, subject, START + slot, readings, before).outcome
        for subject in log.subjects(rule, readings)
    }


def test_the_rows_are_counted() -> None:
    assert of_rows(an_answer({"m": "a"}, {"m": "b"})) == {"errors": Outcome.BREACH}
    assert of_rows(an_answer({"m": "a"})) == {"errors": Outcome.CLEAR}
    assert of_rows(an_answer()) == {"errors": Outcome.CLEAR}


def test_a_columns_value_is_taken_and_groups_are_alerts_of_their_own() -> None:
    rows = ({"path": "/a", "n": "5"}, {"path": "/b", "n": "1"}, {"path": "/a", "n": "2"})
    changes = {"take": "sum", "column": "n", "by": ["path"], "condition": {"op": ">", "threshold": 5}}
    assert of_rows(an_answer(*rows), **changes) == {"/a": Outcome.BREACH, "/b": Outcome.CLEAR}
    assert of_rows(an_answer(*rows), **changes | {"take": "max"}) == {"/a": Outcome.CLEAR, "/b": Outcome.CLEAR}


def test_a_group_whose_rows_are_gone_clears() -> None:
    labels = {"query": "errors", "path": "/a", "environment": "prod", "component": "backend", "rule": "g"}
    mine = Alert("a1", "g", labels, AlertState.FIRING)
    assert of_rows(an_answer(), before=mine, by=["path"]) == {"/a": Outcome.CLEAR}


def test_an_incomplete_answer_may_raise_an_alarm_but_not_end_one() -> None:
    labels = {"query": "errors", "environment": "prod", "component": "backend", "rule": "g"}
    mine = Alert("a1", "g", labels, AlertState.FIRING)
    assert of_rows(an_answer({}, {}, complete=False)) == {"errors": Outcome.BREACH}
    assert of_rows(an_answer(complete=False), before=mine) == {"errors": Outcome.KEEP}
    assert of_rows(an_answer(complete=True), before=mine) == {"errors": Outcome.CLEAR}


def test_too_few_rows_are_known_only_once_the_answer_is_complete() -> None:
    few = {"op": "<", "threshold": 1}
    assert of_rows(an_answer(complete=False), condition=few) == {"errors": Outcome.KEEP}
    assert of_rows(an_answer(), condition=few) == {"errors": Outcome.BREACH}


def test_what_came_late_for_the_stretch_before_is_judged_with_the_newest() -> None:
    newest = an_answer(end=600, read=700)
    assert of_rows(newest, an_answer({}, {}, end=300, read=700), slot=660) == {"errors": Outcome.BREACH}
    assert of_rows(newest, an_answer({}, {}, end=300, read=400), slot=660) == {"errors": Outcome.CLEAR}


def test_an_old_answer_or_none_is_no_data() -> None:
    assert of_rows(an_answer({}, {}), slot=300 + 1801) == {"errors": Outcome.NO_DATA}
    assert of_rows() == {"errors": Outcome.NO_DATA}


def test_a_column_that_is_different_in_each_row_makes_a_hundred_alerts_at_most_the_worst() -> None:
    rows = [{"id": f"r{place}", "n": str(place)} for place in range(5000)]
    said = of_rows(an_answer(*rows), by=["id"], take="max", column="n", condition={"op": ">", "threshold": 4000})
    assert len(said) == 100
    assert set(said.values()) == {Outcome.BREACH}
    assert "r4999" in said


@pytest.mark.parametrize("rows", [({"n": "many"},), ({"m": "1"},)])
def test_a_column_that_is_not_there_or_holds_no_numbers_is_an_error(rows: tuple[dict[str, str], ...]) -> None:
    assert of_rows(an_answer(*rows), take="max", column="n") == {"errors": Outcome.ERROR}


def test_the_value_of_a_label_is_bounded() -> None:
    rule = LogRule.model_validate(
        {"id": "g", "kind": "log", "query": "errors", "by": ["m"], "condition": {"op": ">", "threshold": 0}}
    )
    readings = PlainReadings(answers={"errors": [an_answer({"m": "가" * 100_000})]}, now=at(300))
    (subject,) = log.subjects(rule, readings)
    assert len(subject.labels["m"]) == 200
    assert log.judge(rule, subject, START + 300, readings, None).outcome is Outcome.BREACH
