"""A metric that changes: against some while ago, or its rate."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from alerts.rules import change
from alerts.rules.base import Outcome, Verdict
from alerts.rules.change import ChangeRule
from tests.alerts.rules.readings import START, PlainReadings, a_series

REQUESTS = {"namespace": "AWS/EC2", "name": "Requests", "stat": "Sum"}


def a_rule(**changes: object) -> ChangeRule:
    values = {
        "id": "c",
        "kind": "change",
        "metric": REQUESTS,
        "condition": {"op": "<", "threshold": -50},
        "ago": "1h",
        "period": "5m",
    }
    return ChangeRule.model_validate(values | changes)


def judged(rule: ChangeRule, values: list[float | None], unit: str = "requests") -> Verdict:
    readings = PlainReadings()
    readings.add(a_series("Requests", rule.metric.stat, unit=unit), values)
    (subject,) = change.subjects(rule, readings)
    return change.judge(rule, subject, START + 60 * (len(values) - 1), readings, None)


def test_a_fall_in_percent_against_an_hour_ago() -> None:
    verdict = judged(a_rule(), [100.0] * 60 + [40.0] * 5)
    assert (verdict.outcome, verdict.value, verdict.limit) == (Outcome.BREACH, -60, -50)
    assert str(verdict.reason) == (
        "Requests was 200 requests, and 500 requests 1h before: -60 % (the alert is for below -50 %)"
    )
    assert judged(a_rule(), [100.0] * 60 + [50.0] * 5).outcome is Outcome.CLEAR


def test_a_difference_in_the_metrics_own_unit() -> None:
    rule = a_rule(measure="absolute", condition={"op": ">", "threshold": {"warning": 100, "page": 400}})
    verdict = judged(rule, [100.0] * 60 + [150.0] * 5)
    assert (verdict.value, verdict.severity) == (250, "warning")


def test_against_nothing_or_zero_no_percentage_is_known() -> None:
    assert judged(a_rule(), [None] * 60 + [40.0] * 5).outcome is Outcome.NO_DATA
    assert judged(a_rule(), [0.0] * 60 + [40.0] * 5).outcome is Outcome.NO_DATA
    assert judged(a_rule(), [100.0] * 60 + [None] * 5).outcome is Outcome.NO_DATA
    assert judged(a_rule(missing="breaching"), [100.0] * 60 + [None] * 5).outcome is Outcome.BREACH
    assert judged(a_rule(missing="ignore"), [100.0] * 60 + [None] * 5).outcome is Outcome.KEEP


def a_rate(**changes: object) -> ChangeRule:
    return a_rule(ago=None, measure="rate", over="1h", **{"metric": REQUESTS | {"stat": "Average"}} | changes)


def test_a_rate_is_the_slope_per_hour() -> None:
    verdict = judged(a_rate(), [1000.0 - place for place in range(60)])
    assert verdict.value == pytest.approx(-60)
    assert verdict.outcome is Outcome.BREACH
    assert judged(a_rate(), [1000.0] * 60).outcome is Outcome.CLEAR


def test_a_rate_needs_points_over_half_of_its_time() -> None:
    assert judged(a_rate(), [None] * 45 + [1.0] * 15).outcome is Outcome.NO_DATA
    assert judged(a_rate(), [1.0, None, None, *[None] * 56, 1.0]).outcome is Outcome.NO_DATA


def test_one_outlier_does_not_make_a_rate() -> None:
    values: list[float | None] = [1000.0] * 59 + [900.0]
    assert judged(a_rate(), values).outcome is Outcome.CLEAR


def test_a_percentile_is_compared_at_its_own_step_only() -> None:
    p95 = {"metric": REQUESTS | {"stat": "p95"}}
    assert judged(a_rule(**p95), [100.0] * 60 + [40.0] * 5).outcome is Outcome.ERROR
    assert judged(a_rule(**p95, period="1m"), [100.0] * 60 + [40.0]).outcome is Outcome.BREACH


def test_what_is_needed_is_now_and_then() -> None:
    readings = PlainReadings()
    readings.add(a_series("Requests", "Sum"), [1])
    (subject,) = change.subjects(a_rule(), readings)
    then, now = change.needs(a_rule(), subject, START, START)
    assert (now.start, now.end) == (START - 240, START + 60)
    assert (then.start, then.end) == (START - 240 - 3600, START + 60 - 3600)


@pytest.mark.parametrize("wrong", [{"ago": None}, {"over": "1h"}, {"measure": "rate"}, {"ago": "30s"}])
def test_each_measure_has_its_length(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_rule(**wrong)
