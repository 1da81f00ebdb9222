"""The shipped rules: each watches what is collected, says it in both languages, and fires when it should."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.rules import budget
from alerts.rules.base import BaseRule, Outcome, Verdict, severity_of
from alerts.rules.burn_rate import BurnRateRule
from alerts.rules.config import RulesConfig
from alerts.rules.health import HealthRule
from alerts.rules.loading import load_rules, shipped_rules
from alerts.rules.metric import MetricRule
from alerts.rules.ruleset import RuleSet
from alerts.rules.selector import MetricSelector, selectors_of
from collectors.catalogue import MATH, Entry, shipped
from store.alerting import BudgetReading, Severity
from store.vocabulary import HealthObservation, HealthState, Job, Series, SeriesKey, Status
from tests.alerts.rules.readings import STACK, START, PlainReadings, a_cost_anomaly, at

CATALOGUE = shipped().entries
KNOWN = {(MATH if e.expression else e.namespace, e.metric, stat) for e in CATALOGUE for stat in e.stats}
HANGUL = range(0xAC00, 0xD7A4)

# By rule: a value on a good day, and one that it is there for; in the unit that the catalogue gives the metric.
METRICS: dict[str, tuple[float, float, Severity]] = {
    "backend-5xx-share": (0.2, 7.2, Severity.PAGE),
    "backend-latency-p95": (0.25, 1.4, Severity.WARNING),
    "backend-latency-p99": (0.8, 6, Severity.WARNING),
    "alb-5xx": (0, 60, Severity.PAGE),
    "targets-unhealthy": (0, 1, Severity.WARNING),
    "targets-none-healthy": (2, 0, Severity.PAGE),
    "cdn-5xx": (0.05, 3, Severity.WARNING),
    "cdn-4xx": (3, 40, Severity.WARNING),
    "instance-check": (0, 1, Severity.WARNING),
    "instance-cpu": (35, 97, Severity.WARNING),
    "instance-credits": (200, 4, Severity.WARNING),
    "instance-memory": (60, 96, Severity.WARNING),
    "instance-disk": (40, 97, Severity.PAGE),
    "volume-burst": (100, 3, Severity.WARNING),
    "container-cpu": (30, 95, Severity.WARNING),
    "database-cpu": (20, 98, Severity.WARNING),
    "database-storage": (12e9, 0.5e9, Severity.PAGE),
    "database-memory": (250e6, 20e6, Severity.WARNING),
    "database-connections": (25, 104, Severity.WARNING),
    "database-replica-lag": (0.4, 300, Severity.WARNING),
    "database-burst": (99, 2, Severity.WARNING),
    "database-transaction-ids": (2e8, 1.2e9, Severity.WARNING),
    "cache-memory": (45, 93, Severity.WARNING),
    "cache-evictions": (0, 80, Severity.WARNING),
    "cache-cpu": (12, 97, Severity.WARNING),
    "nat-ports": (0, 12, Severity.WARNING),
    "nat-drops": (0, 90, Severity.WARNING),
    "notifications-failed": (0, 1, Severity.WARNING),
}
HEALTH: dict[str, list[tuple[str, Status, Severity]]] = {
    "site-down": [("http", Status.CRITICAL, Severity.PAGE), ("tcp", Status.CRITICAL, Severity.PAGE)],
    "tls-expiry": [("tls", Status.WARN, Severity.WARNING), ("tls", Status.CRITICAL, Severity.PAGE)],
    "health-critical": [(kind, Status.CRITICAL, Severity.PAGE) for kind in ("target", "group", "service")],
    "group-below-desired": [("group", Status.WARN, Severity.WARNING)],
    "database-down": [("database", Status.WARN, Severity.WARNING), ("database", Status.CRITICAL, Severity.PAGE)],
    "cache-down": [("cache", Status.WARN, Severity.WARNING), ("cache", Status.CRITICAL, Severity.PAGE)],
}
OTHERS = {
    *("backend-error-budget", "database-storage-shrinking", "collection-silent", "budget-actual", "budget-forecast"),
    *("environment-stops-soon", "environment-stop-failed", "environment-wake-failed", "environment-held-up"),
    *("environment-runs-by-hand", "environment-answers-asleep", "cost-anomaly"),
}


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules(RulesConfig(), STACK, known_metrics=KNOWN)


def the_rule(rules: RuleSet, name: str) -> Any:  # noqa: ANN401  of whichever kind
    rule = rules.rule(name)
    assert rule is not None
    return rule


def entries_of(selector: MetricSelector) -> list[Entry]:
    return [
        entry
        for entry in CATALOGUE
        if (MATH if entry.expression else entry.namespace, entry.metric) == (selector.namespace, selector.name)
        and selector.stat in entry.stats
        and not set(selector.without) & {name for name, _ in entry.dimensions}
    ]


def series_of(selector: MetricSelector, environment: str = "prod") -> Series:
    """A series as the collector would make it of the catalogue's entry."""
    entry = entries_of(selector)[0]
    dimensions = entry.dimensions or (("TopicName", "orders"),)
    pairs = tuple(sorted((name, f"{name.lower()}-1" if value[:1] == "{" else value) for name, value in dimensions))
    key = SeriesKey("main", "ap-northeast-2", selector.namespace, selector.name, pairs, selector.stat)
    return Series(key, entry.period.seconds, entry.absent, entry.unit, entry.title_en, None, environment, "backend")


def judged(rules: RuleSet, rule: BaseRule, readings: PlainReadings, slot: int) -> Verdict:
    """The verdict on the one thing that is watched, having said it in both languages without a slip."""
    kind = rules.kind_of(rule)
    (subject,) = kind.subjects(rule, readings)
    verdict = kind.judge(rule, subject, slot, readings, None)
    said = rules.render(rule, subject, verdict, at(0))
    assert said.problem == ""
    for text in (said.title, said.summary, said.impact):
        assert set(text) == {"en", "ko"}
        assert not any("  " in each or "{" in each or "None" in each for each in text.values())
    if verdict.outcome is Outcome.BREACH:
        assert "- " not in said.summary["en"].removeprefix(f"{subject.environment or '-'} ")
    return verdict


def test_the_rules_are_known_to_this_test_and_the_other_way_round(rules: RuleSet) -> None:
    assert {rule.id for rule in rules.rules} == set(METRICS) | set(HEALTH) | OTHERS
    assert not rules.disabled
    assert len(shipped_rules()) == len(rules.rules)


def test_each_speaks_english_and_korean(rules: RuleSet) -> None:
    for rule in rules.rules:
        for text in (rule.title, rule.summary, rule.impact):
            assert set(text) == {"en", "ko"}, rule.id
            assert any(ord(letter) in HANGUL for letter in text["ko"]) or text["ko"].isupper(), rule.id
            assert not any(ord(letter) in HANGUL for letter in text["en"]), rule.id


def test_each_watches_one_thing_once(rules: RuleSet) -> None:
    """A load balancer's metrics and its target groups' have one name: a rule that took both would alert twice."""
    for rule in rules.rules:
        for _, selector in selectors_of(rule):
            owners = {entry.resource for entry in entries_of(selector)}
            assert len(owners) == 1, (rule.id, owners)


def test_no_period_is_longer_than_a_percentile_allows(rules: RuleSet) -> None:
    for rule in rules.rules:
        if isinstance(rule, MetricRule) and rule.metric.stat not in ("Average", "Sum", "Minimum", "Maximum"):
            assert rule.period == timedelta(minutes=1), rule.id


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_rule_is_quiet_on_a_good_day_and_fires_in_its_scenario(rules: RuleSet, name: str) -> None:
    rule = the_rule(rules, name)
    good, bad, severity = METRICS[name]
    readings = PlainReadings()
    series = readings.add(series_of(rule.metric), [good] * 40 + [bad] * 40)
    quiet = judged(rules, rule, readings, START + 39 * series.period)
    fires = judged(rules, rule, readings, START + 79 * series.period)
    assert (quiet.outcome, fires.outcome) == (Outcome.CLEAR, Outcome.BREACH)
    assert severity_of(rule, "prod", fires) is severity
    assert severity_of(rule, "dev", fires).rank <= Severity.WARNING.rank


@pytest.mark.parametrize("name", METRICS)
def test_one_bad_minute_wakes_nobody(rules: RuleSet, name: str) -> None:
    rule = the_rule(rules, name)
    good, bad, _ = METRICS[name]
    readings = PlainReadings()
    series = readings.add(series_of(rule.metric), [good] * 20 + [bad] + [good] * 20)
    said = [judged(rules, rule, readings, START + slot * series.period) for slot in range(18, 41)]
    paged = [each for each in said if each.outcome is Outcome.BREACH and severity_of(rule, "prod", each) == "page"]
    assert not paged


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name, cases in HEALTH.items() for case in range(len(cases))]
)
def test_a_health_rule_is_quiet_when_all_is_well_and_fires_in_its_scenario(
    rules: RuleSet, name: str, case: int
) -> None:
    rule: HealthRule = the_rule(rules, name)
    kind, status, severity = HEALTH[name][case]

    def seen(found: Status, consecutive: int) -> Verdict:
        latest = HealthObservation(
            f"{kind}:web", kind, "web", found, "as seen", at(0), "prod", "backend", value=1, unit="days"
        )
        readings = PlainReadings(health_states=[HealthState(latest, at(0), consecutive)])
        return judged(rules, rule, readings, START)

    assert seen(Status.OK, 9).outcome is Outcome.CLEAR
    assert seen(Status.ASLEEP, 9).outcome is Outcome.CLEAR
    bad = seen(status, rule.failures)
    assert bad.outcome is Outcome.BREACH
    assert severity_of(rule, "prod", bad) is severity
    assert severity_of(rule, "dev", bad) is Severity.WARNING


def test_the_error_budget_pages_when_one_request_in_twenty_fails(rules: RuleSet) -> None:
    rule: BurnRateRule = the_rule(rules, "backend-error-budget")
    readings = PlainReadings()
    readings.add(series_of(rule.total), [1000.0] * 120)
    readings.add(series_of(rule.counted), [0.0] * 60 + [50.0] * 60)
    assert judged(rules, rule, readings, START + 59 * 60).outcome is Outcome.CLEAR
    bad = judged(rules, rule, readings, START + 119 * 60)
    assert (bad.outcome, severity_of(rule, "prod", bad)) == (Outcome.BREACH, Severity.PAGE)


def test_storage_that_shrinks_by_a_gigabyte_an_hour_is_told(rules: RuleSet) -> None:
    rule = the_rule(rules, "database-storage-shrinking")
    readings = PlainReadings()
    readings.add(series_of(rule.metric), [15e9] * 360 + [15e9 - 1e9 / 60 * minute for minute in range(360)])
    assert judged(rules, rule, readings, START + 359 * 60).outcome is Outcome.CLEAR
    assert judged(rules, rule, readings, START + 719 * 60).outcome is Outcome.BREACH


@pytest.mark.parametrize("job", ["metrics:main/ap-northeast-2", "health:main/ap-northeast-2", "retention"])
def test_a_job_of_lamplighters_own_that_stops_is_told(rules: RuleSet, job: str) -> None:
    rule = the_rule(rules, "collection-silent")
    readings = PlainReadings(known_jobs=[Job(job, 300, at(300), last_success=at(0))])
    assert judged(rules, rule, readings, START + 300).outcome is Outcome.CLEAR
    assert judged(rules, rule, readings, START + 1800).outcome is Outcome.BREACH


@pytest.mark.parametrize(("name", "actual", "forecast"), [("budget-actual", 850, 900), ("budget-forecast", 100, 1200)])
def test_a_budget_that_is_passed_is_told(rules: RuleSet, name: str, actual: int, forecast: int) -> None:
    rule = the_rule(rules, name)
    now = datetime(2026, 11, 20, tzinfo=UTC)
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)

    def read(spent: int, expected: int) -> PlainReadings:
        reading = BudgetReading(
            "prod", "Production", start, end, Decimal(1000), "USD", Decimal(spent), now, now, Decimal(expected)
        )
        return PlainReadings(budget_readings=[reading], now=now)

    assert not list(budget.subjects(rule, read(300, 800)))
    verdict = judged(rules, rule, read(actual, forecast), int(now.timestamp()))
    assert (verdict.outcome, severity_of(rule, None, verdict)) == (Outcome.BREACH, Severity.WARNING)


@pytest.mark.parametrize(
    ("day", "headline", "korean"),
    [
        (date(2026, 11, 27), "Budget Production will pass 100 % on Nov 27", "예산 Production이(가) 11월 27일에 100%를"),
        (None, "Budget Production will pass 100 %: $1,200.00 expected by the end", "예산 Production이(가) 100%를"),
    ],
)
def test_a_budget_says_on_which_day_it_will_be_passed(
    rules: RuleSet, day: date | None, headline: str, korean: str
) -> None:
    rule, now = the_rule(rules, "budget-forecast"), datetime(2026, 11, 20, tzinfo=UTC)
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    spent, limit = Decimal(700), Decimal(1000)
    reading = BudgetReading(
        "prod", "Production", start, end, limit, "USD", spent, now, now, Decimal(1200), passes_on=day
    )
    readings = PlainReadings(budget_readings=[reading], now=now)
    [subject] = budget.subjects(rule, readings)
    verdict = budget.judge(rule, subject, int(now.timestamp()), readings, None)
    said = rules.render(rule, subject, verdict, now)
    assert said.problem == ""
    assert said.summary["en"] == headline
    assert said.summary["ko"].startswith(korean)


def test_an_unusual_cost_is_told(rules: RuleSet) -> None:
    rule = the_rule(rules, "cost-anomaly")
    verdict = judged(rules, rule, PlainReadings(cost_anomalies=[a_cost_anomaly()]), START)
    assert (verdict.outcome, severity_of(rule, "prod", verdict)) == (Outcome.BREACH, Severity.WARNING)
