"""Error budgets by Google's windows, strictly and in decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.rules import burn_rate
from alerts.rules.base import Outcome, Verdict
from alerts.rules.burn_rate import BurnRateRule, workbook
from store.alerting import Severity
from store.vocabulary import Absent
from tests.alerts.rules.readings import START, PlainReadings, a_series

ELB = "AWS/ApplicationELB"
TOTAL = {"namespace": ELB, "name": "RequestCount", "stat": "Sum"}
ERRORS = TOTAL | {"name": "HTTPCode_Target_5XX_Count"}
PAIR = {"long": "1h", "short": "5m", "factor": 14.4, "severity": "page"}


def a_rule(**changes: object) -> BurnRateRule:
    values = {"id": "slo", "kind": "burn_rate", "objective": 99.9, "total": TOTAL, "errors": ERRORS}
    return BurnRateRule.model_validate(values | {"windows": [PAIR]} | changes)


def judged(rule: BurnRateRule, totals: list[float | None], errors: list[float | None]) -> Verdict:
    readings = PlainReadings()
    selectors = ((rule.total, totals), (rule.counted, errors))
    for selector, values in selectors:
        series = a_series(selector.name, "Sum", namespace=ELB, dimensions={"LoadBalancer": "app/1"}, absent=Absent.ZERO)
        readings.add(series, values)
    (subject,) = burn_rate.subjects(rule, readings)
    return burn_rate.judge(rule, subject, START + 60 * (len(totals) - 1), readings, None)


def test_exactly_the_factor_is_not_above_it() -> None:
    """14.4 times 0.1 % of 1,000: in floats 1 - 0.999 would make this burn."""
    assert judged(a_rule(), [1000.0] * 60, [14.4] * 60).outcome is Outcome.CLEAR
    assert judged(a_rule(), [1000.0] * 60, [14.5] * 60).outcome is Outcome.BREACH


def test_both_windows_must_be_above() -> None:
    fine_now = judged(a_rule(), [1000.0] * 60, [20.0] * 55 + [0.0] * 5)
    fine_before = judged(a_rule(), [1000.0] * 60, [0.0] * 55 + [20.0] * 5)
    assert (fine_now.outcome, fine_before.outcome) == (Outcome.CLEAR, Outcome.CLEAR)


def test_good_events_count_as_well_as_bad_ones() -> None:
    rule = a_rule(errors=None, good=ERRORS | {"name": "Good"})
    assert judged(rule, [1000.0] * 60, [980.0] * 60).outcome is Outcome.BREACH
    assert judged(rule, [1000.0] * 60, [1000.0] * 60).outcome is Outcome.CLEAR


def test_no_traffic_burns_nothing_and_no_points_are_no_data() -> None:
    assert judged(a_rule(), [0.0] * 60, [0.0] * 60).outcome is Outcome.CLEAR
    readings = PlainReadings()
    for selector in (TOTAL, ERRORS):
        readings.add(a_series(selector["name"], "Sum", namespace=ELB, dimensions={"LoadBalancer": "app/1"}), [1])
    (subject,) = burn_rate.subjects(a_rule(), readings)
    verdict = burn_rate.judge(a_rule(), subject, START + 7200, readings, None)
    assert verdict.outcome is Outcome.NO_DATA


def test_the_most_severe_pair_that_holds_counts_and_all_are_told() -> None:
    slow = {"long": "30m", "short": "2m", "factor": 1, "severity": "warning"}
    low = judged(a_rule(windows=[PAIR, slow]), [1000.0] * 60, [2.0] * 60)
    assert (low.severity, low.limit, low.value) == (Severity.WARNING, 1, 2)
    high = judged(a_rule(windows=[slow, PAIR]), [1000.0] * 60, [20.0] * 60)
    assert (high.severity, high.limit, high.value) == (Severity.PAGE, 14.4, 20)
    assert [each["severity"] for each in high.why.facts["windows"]] == ["warning", "page"]


def test_the_windows_are_googles() -> None:
    assert [(each.long.total_seconds() / 3600, each.factor) for each in workbook()] == [
        (1, Decimal("14.4")),
        (6, 6),
        (24, 3),
        (72, 1),
    ]
    for each in workbook():  # the short window is a twelfth of the long one
        assert each.short * 12 == each.long


def test_what_is_needed_is_both_series_over_the_longest_window() -> None:
    readings = PlainReadings()
    for selector in (TOTAL, ERRORS):
        readings.add(a_series(selector["name"], "Sum", namespace=ELB), [1])
    rule = a_rule(windows=[PAIR, {"long": "3d", "short": "6h", "factor": 1, "severity": "info"}])
    (subject,) = burn_rate.subjects(rule, readings)
    needs = list(burn_rate.needs(rule, subject, START, START + 60))
    assert {need.series_id for need in needs} == {series.id for series in readings.kept}
    assert {(need.start, need.end) for need in needs} == {(START + 60 - 3 * 86400, START + 120)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"objective": 100},
        {"objective": 0},
        {"errors": None},
        {"good": ERRORS},
        {"total": TOTAL | {"stat": "Average"}},
        {"windows": []},
        {"windows": [PAIR | {"short": "2h"}]},
        {"windows": [PAIR | {"factor": 0}]},
    ],
)
def test_what_makes_no_budget_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_rule(**wrong)


@settings(max_examples=50)
@given(st.integers(1, 10_000), st.integers(0, 500))
def test_it_burns_exactly_when_the_share_of_errors_is_above_the_factor(total: int, errors: int) -> None:
    verdict = judged(a_rule(), [float(total)] * 60, [float(errors)] * 60)
    assert (verdict.outcome is Outcome.BREACH) == (errors * 10_000 > 144 * total)
