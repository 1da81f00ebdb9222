"""Budgets: strictly beyond a percentage, once a period, all that was crossed in one alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.rules import budget
from alerts.rules.base import Outcome, Subject, Verdict
from alerts.rules.budget import BudgetRule
from store.alerting import Alert, AlertState, BudgetReading, Severity, fingerprint
from tests.alerts.rules.readings import PlainReadings

NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_reading(actual: str, forecast: str | None = None, **changes: Any) -> BudgetReading:  # noqa: ANN401  any field
    made = BudgetReading(
        budget="prod",
        title="Production",
        start=NOVEMBER,
        end=DECEMBER,
        limit=Decimal(1000),
        currency="USD",
        actual=Decimal(actual),
        as_of=NOW - timedelta(hours=20),
        read_at=NOW,
        forecast=None if forecast is None else Decimal(forecast),
    )
    return replace(made, **changes)


class Life:
    """A rule over readings one after the other, its alerts kept between them as the engine keeps them."""

    def __init__(self, **changes: object) -> None:
        self.rule = BudgetRule.model_validate({"id": "b", "kind": "budget", "actual": [50, 80, 100]} | changes)
        self.open: dict[str, Alert] = {}

    def read(self, *readings: BudgetReading) -> list[str]:
        """The alerts that begin with these readings, as `actual: 50+80`, and those that end, as `-actual: 50`."""
        plain = PlainReadings(budget_readings=readings, of_rules={"b": list(self.open.values())}, now=NOW)
        told: list[str] = []
        for subject in list(budget.subjects(self.rule, plain)):
            name = fingerprint("b", subject.labels)
            before = self.open.get(name)
            verdict = budget.judge(self.rule, subject, int(NOW.timestamp()), plain, before)
            told += self._step(name, subject, verdict, before)
        return told

    def _step(self, name: str, subject: Subject, verdict: Verdict, before: Alert | None) -> list[str]:
        basis = subject.labels["basis"]
        if verdict.outcome is Outcome.BREACH:
            labels = {**subject.labels, "rule": "b"}
            self.open[name] = Alert(name, "b", labels, AlertState.FIRING, why=verdict.why.as_json())
            return [] if before else [f"{basis}: {'+'.join(verdict.why.facts['thresholds'])}"]
        if verdict.outcome is Outcome.CLEAR and before:
            del self.open[name]
            return [f"-{basis}: {subject.labels['threshold']}"]
        return [] if verdict.outcome is not Outcome.ERROR else [f"error: {verdict.reason}"]


def test_exactly_the_percentage_is_not_beyond_it() -> None:
    life = Life()
    assert life.read(a_reading("500")) == []
    assert life.read(a_reading("500.01")) == ["actual: 50"]


def test_a_percentage_alerts_once_a_period() -> None:
    life = Life()
    assert life.read(a_reading("600")) == ["actual: 50"]
    assert life.read(a_reading("700")) == []


def test_what_is_crossed_between_two_readings_is_one_alert_that_names_all() -> None:
    life = Life()
    assert life.read(a_reading("600")) == ["actual: 50"]
    assert life.read(a_reading("1050")) == ["actual: 80+100"]
    assert Life().read(a_reading("1050")) == ["actual: 50+80+100"]


def test_a_credit_that_takes_the_total_down_and_up_again_alerts_once() -> None:
    life = Life()
    assert life.read(a_reading("1050")) == ["actual: 50+80+100"]
    assert life.read(a_reading("400")) == []
    assert life.read(a_reading("1050")) == []


def test_a_new_period_begins_anew_and_ends_what_was_open() -> None:
    life = Life()
    life.read(a_reading("1050"))
    december = {"start": DECEMBER, "end": datetime(2027, 1, 1, tzinfo=UTC)}
    assert life.read(a_reading("10", **december), a_reading("1050")) == ["-actual: 50"]
    assert life.read(a_reading("600", **december), a_reading("1050")) == ["actual: 50"]


def test_a_forecast_that_dips_alerts_again_when_it_exceeds() -> None:
    life = Life(actual=[], forecast=[100])
    assert life.read(a_reading("10", "1001")) == ["forecast: 100"]
    assert life.read(a_reading("10", "1500")) == []
    assert life.read(a_reading("10", "1000")) == ["-forecast: 100"]
    assert life.read(a_reading("10", "1001")) == ["forecast: 100"]


def test_a_forecast_that_dips_below_the_higher_percentage_alerts_again_for_it_alone() -> None:
    life = Life(actual=[], forecast=[80, 100])
    assert life.read(a_reading("10", "1100")) == ["forecast: 80+100"]
    assert life.read(a_reading("10", "900")) == []
    assert life.read(a_reading("10", "1100")) == ["forecast: 100"]
    assert life.read(a_reading("10", "100")) == ["-forecast: 80", "-forecast: 100"]


def test_without_a_forecast_nothing_is_said_of_it() -> None:
    assert Life(actual=[], forecast=[100]).read(a_reading("5000")) == []


def test_any_spending_is_beyond_a_limit_of_zero() -> None:
    assert Life().read(a_reading("0", limit=Decimal(0))) == []
    assert Life().read(a_reading("0.01", limit=Decimal(0))) == ["actual: 50+80+100"]


def test_several_currencies_are_an_error() -> None:
    october = a_reading("900000", start=datetime(2026, 10, 1, tzinfo=UTC), end=NOVEMBER, currency="KRW")
    assert Life().read(a_reading("600"), october) == ["error: the budget is told in several currencies: KRW, USD"]


def test_the_highest_percentage_gives_the_severity() -> None:
    life = Life(actual={50: "info", 100: "page", 80: None}, severity="warning")
    plain = PlainReadings(budget_readings=[a_reading("900")], now=NOW)
    (subject,) = budget.subjects(life.rule, plain)
    assert budget.judge(life.rule, subject, int(NOW.timestamp()), plain, None).severity is Severity.WARNING


def test_the_message_tells_spending_forecast_range_movers_and_age() -> None:
    reading = a_reading(
        "1050.5",
        "1640",
        forecast_low=Decimal(1310),
        forecast_high=Decimal(1980),
        movers=[("EC2", Decimal("120.5")), ("NAT", Decimal(40)), ("RDS", Decimal(-3)), ("S3", Decimal(-5))],
    )
    assert [str(line) for line in budget.lines(reading)] == [
        "$1,050.50 of $1,000.00 spent (105 %)",
        "Forecast $1,640 (1,310-1,980)",
        "Grew most against the period before: EC2 +$120.50, NAT +$40.00, RDS -$3.00",
        "Costs as of 2026-11-19 16:00 UTC",
    ]


def test_a_budget_of_nothing_is_told_without_a_percentage() -> None:
    assert str(budget.lines(a_reading("3", limit=Decimal(0)))[0]) == "Spent $3.00 of $0.00"


def test_what_is_spent_already_is_not_said_to_be_expected() -> None:
    assert Life(actual=[80, 100], forecast=[100]).read(a_reading("1050", "1640")) == ["actual: 80+100"]
    life = Life(actual=[80, 100], forecast=[100])
    assert life.read(a_reading("700", "1640")) == ["forecast: 100"]
    assert life.read(a_reading("1050", "1640")) == ["actual: 80+100"], (
        "what was expected stays open until the period ends"
    )


def test_costs_that_are_too_old_say_nothing_new_and_end_nothing() -> None:
    life = Life()
    life.read(a_reading("600"))
    old = {"as_of": NOW - timedelta(days=5)}
    assert life.read(a_reading("600", **old)) == []
    assert len(life.open) == 1
    assert Life().read(a_reading("600", **old)) == []


@pytest.mark.parametrize("wrong", [{"actual": []}, {"actual": [0]}, {"actual": [-5]}, {"budget": ""}])
def test_a_budget_rule_names_percentages_above_zero(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Life(**wrong)


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12))
def test_whatever_the_totals_do_each_percentage_is_named_once_and_only_when_exceeded(totals: list[int]) -> None:
    life = Life()
    named: list[str] = []
    for total in totals:
        for said in life.read(a_reading(str(total))):
            named += said.removeprefix("actual: ").split("+")
    assert sorted(named, key=int) == [str(each) for each in (50, 80, 100) if max(totals) * 100 > 1000 * each]


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12))
def test_a_forecast_names_a_percentage_each_time_it_rises_above_it(totals: list[int]) -> None:
    life = Life(actual=[], forecast=[80, 100])
    named: list[str] = []
    for total in totals:
        for said in life.read(a_reading("0", str(total))):
            if not said.startswith("-"):
                named += said.removeprefix("forecast: ").split("+")
    pairs = list(zip([0, *totals], totals, strict=False))
    for percent, limit in (("80", 800), ("100", 1000)):
        assert named.count(percent) == sum(before <= limit < after for before, after in pairs)
