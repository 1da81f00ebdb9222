"""A metric beyond a limit in M of the last N periods."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.rules import metric
from alerts.rules.base import Outcome, Verdict, severity_of
from alerts.rules.metric import MetricRule
from store.alerting import Severity
from store.vocabulary import Absent
from tests.alerts.rules.readings import START, PlainReadings, a_series

CPU = {"namespace": "AWS/EC2", "name": "CPUUtilization", "stat": "Average"}


def a_rule(**changes: object) -> MetricRule:
    values = {"id": "cpu", "kind": "metric", "metric": CPU, "condition": {"op": ">", "threshold": 50}}
    return MetricRule.model_validate(values | changes)


def verdicts(rule: MetricRule, readings: PlainReadings, slots: range | list[int]) -> list[Verdict]:
    (subject,) = metric.subjects(rule, readings)
    return [metric.judge(rule, subject, START + 60 * slot, readings, None) for slot in slots]


def outcomes(rule: MetricRule, *values: float | None, **series: object) -> str:
    readings = PlainReadings()
    readings.add(a_series(rule.metric.name, rule.metric.stat, **series), values)
    letters = {Outcome.BREACH: "X", Outcome.CLEAR: "-", Outcome.NO_DATA: "N", Outcome.KEEP: "K", Outcome.ERROR: "E"}
    return "".join(letters[verdict.outcome] for verdict in verdicts(rule, readings, range(len(values))))


def test_the_issues_example_breaches_while_it_must_and_has_no_data_three_missing_points_later() -> None:
    # 75 85 70 70 10x5 _x3 in promtool's notation; states PFFFR-------N with for and keep_firing_for of a minute.
    assert outcomes(a_rule(), 75, 85, 70, 70, *[10] * 6, None, None, None) == "XXXX--------N"


@pytest.mark.parametrize(
    ("op", "said"), [(">", "--X"), (">=", "-XX"), ("<", "X--"), ("<=", "XX-"), ("==", "-X-"), ("!=", "X-X")]
)
def test_every_comparison_is_as_it_is_written(op: str, said: str) -> None:
    assert outcomes(a_rule(condition={"op": op, "threshold": 50}), 49, 50, 51) == said


def test_three_of_five_breaches_with_the_third() -> None:
    rule = a_rule(datapoints={"m": 3, "n": 5})
    assert outcomes(rule, 10, 90, 10, 90, 90, 10, 10, 10) == "----XX--"


def test_the_first_points_of_a_new_series_do_not_clear_or_breach_before_there_are_enough() -> None:
    assert outcomes(a_rule(datapoints={"m": 3, "n": 3}), 90, 90, 90) == "KKX"


@pytest.mark.parametrize(
    ("missing", "said"), [("missing", "XXXN"), ("ignore", "XXXK"), ("breaching", "XXXX"), ("not_breaching", "XXX-")]
)
def test_the_policy_counts_once_the_range_is_empty(missing: str, said: str) -> None:
    assert outcomes(a_rule(missing=missing), 90, None, None, None) == said


def test_no_point_of_a_series_whose_absence_means_zero_is_a_zero() -> None:
    rule = a_rule(metric=CPU | {"name": "Errors", "stat": "Sum"}, condition={"op": ">", "threshold": 0})
    assert outcomes(rule, 3, None, None, absent=Absent.ZERO) == "X--"


def test_the_most_severe_of_several_limits_counts() -> None:
    rule = a_rule(condition={"op": ">", "threshold": {"warn": 50, "page": 90}}, severity="info")
    readings = PlainReadings()
    readings.add(a_series(), [40, 60, 95])
    low, middle, high = verdicts(rule, readings, range(3))
    assert (low.outcome, low.severity, low.limit) == (Outcome.CLEAR, None, 50)
    assert (middle.outcome, middle.severity, middle.limit) == (Outcome.BREACH, Severity.WARNING, 50)
    assert (high.outcome, high.severity, high.limit) == (Outcome.BREACH, Severity.PAGE, 90)


def test_an_environment_may_cap_the_severity() -> None:
    rule = a_rule(severity="page", severity_at_most={"dev": "info"})
    assert [severity_of(rule, each) for each in ("prod", "dev", None)] == ["page", "info", "page"]


@pytest.mark.parametrize(
    ("stat", "limit", "said"),
    [
        ("Average", 50, "-XX-"),  # 0 100 | 50.1 on average over two minutes
        ("Sum", 100, "-XX-"),
        ("Maximum", 99, "-XX-"),
        ("SampleCount", 100, "-XX-"),
    ],
)
def test_a_longer_period_rolls_over_finer_points(stat: str, limit: float, said: str) -> None:
    rule = a_rule(metric=CPU | {"stat": stat}, period="2m", condition={"op": ">", "threshold": limit})
    assert outcomes(rule, 0, 100.2, 0, 0) == said


def test_the_minimum_of_a_longer_period_is_the_least() -> None:
    rule = a_rule(metric=CPU | {"stat": "Minimum"}, period="2m", condition={"op": "<", "threshold": 10})
    assert outcomes(rule, 50, 5, 50, 50) == "-XX-"


def test_windows_end_with_the_slot_and_do_not_overlap() -> None:
    rule = a_rule(period="2m", datapoints={"m": 2, "n": 2}, metric=CPU | {"stat": "Sum"})
    readings = PlainReadings()
    readings.add(a_series(stat="Sum"), [10, 20, 30, 40])
    verdict = verdicts(rule, readings, [3])[0]
    assert [(point.time - START, point.value) for point in verdict.why.window] == [(0, 30), (120, 70)]


def test_a_percentile_cannot_be_made_from_finer_values() -> None:
    rule = a_rule(metric=CPU | {"stat": "p95"}, period="5m")
    assert outcomes(rule, 1, 2, 3) == "EEE"
    assert outcomes(a_rule(metric=CPU | {"stat": "p95"}), 10, 90) == "-X"


def test_a_series_with_a_longer_step_keeps_it() -> None:
    readings = PlainReadings()
    readings.add(a_series(period=300), [10, 90])
    said = [verdict.outcome for verdict in verdicts(a_rule(), readings, range(10))]
    assert said == [Outcome.CLEAR] * 5 + [Outcome.BREACH] * 5


def test_what_is_needed_covers_what_is_read() -> None:
    readings = PlainReadings()
    rule = a_rule(datapoints={"m": 2, "n": 3}, period="5m")
    readings.add(a_series(), [1] * 60)
    (subject,) = metric.subjects(rule, readings)
    (need,) = metric.needs(rule, subject, START + 1800, START + 1920)
    assert (need.start, need.end) == (START + 1860 - 5 * 300, START + 1980)


def test_each_series_has_labels_of_its_own() -> None:
    readings = PlainReadings()
    for place in ("i-1", "i-2"):
        readings.add(a_series(dimensions={"InstanceId": place}), [1])
    found = [dict(subject.labels) for subject in metric.subjects(a_rule(), readings)]
    assert found == [
        {
            "InstanceId": place,
            "account": "main",
            "region": "ap-northeast-2",
            "environment": "prod",
            "component": "backend",
        }
        for place in ("i-1", "i-2")
    ]


def test_why_holds_the_window_what_was_filled_and_what_would_clear_it() -> None:
    rule = a_rule(datapoints={"m": 2, "n": 3}, missing="breaching")
    readings = PlainReadings()
    readings.add(a_series(), [10, None, 90, None, None])
    verdict = verdicts(rule, readings, [4])[0]
    assert verdict.value == 90
    assert [(point.value, point.breaching, point.filled) for point in verdict.why.window] == [
        (10, False, ""),
        (None, None, ""),
        (90, True, ""),
        (None, None, ""),
        (None, None, "breaching"),
    ]
    assert str(verdict.why.clears_when) == "fewer than 2 of the last 3 points are above 50 %"
    assert str(verdict.reason) == (
        "CPUUtilization was 90 %: with 1 missing points taken as breaching, 2 of the last 3 were above 50 % "
        "(2 are needed)"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"datapoints": {"m": 3, "n": 2}}, "m is 3 and n is 2"),
        ({"period": "90s"}, "whole minutes"),
        ({"period": "0s"}, "whole minutes"),
        ({"period": "1d", "datapoints": {"m": 1, "n": 8}}, "more than 7d"),
        ({"condition": {"op": "=>", "threshold": 1}}, "Input should be '>'"),
        ({"condition": {"op": ">", "threshold": {}}}, "names no severity"),
        ({"condition": {"op": ">", "threshold": {"warning": 90, "page": 80}}}, "must be higher"),
        ({"condition": {"op": "<", "threshold": {"warning": 10, "page": 20}}}, "must be lower"),
        ({"condition": {"op": "==", "threshold": {"warning": 10, "page": 20}}}, "need an order"),
        ({"condition": {"op": ">", "threshold": float("nan")}}, "finite"),
        ({"thresold": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_with_words(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        a_rule(**changes)


def test_ten_thousand_series_are_judged_in_well_under_two_seconds() -> None:
    readings = PlainReadings()
    for place in range(10_000):
        readings.add(a_series(dimensions={"InstanceId": f"i-{place}"}), [10, 20, 30, 40, 50])
    rule = a_rule(datapoints={"m": 2, "n": 3})
    began = time.process_time()
    for subject in metric.subjects(rule, readings):
        metric.judge(rule, subject, START + 240, readings, None)
    assert time.process_time() - began < 2
