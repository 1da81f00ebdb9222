"""What a rule says to people, whatever happens."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerts.rules.base import Outcome, Subject, Verdict, Why
from alerts.rules.figures import duration, figure, number, size
from alerts.rules.metric import MetricRule
from alerts.rules.templates import Rendered, compile_texts, environment, names_of
from store.alerting import Severity
from store.messages import Message

SEOUL = ZoneInfo("Asia/Seoul")
SUBJECT = Subject({"InstanceId": "i-1"}, "prod", "backend", unit="percent", title="i-1")
VERDICT = Verdict(Outcome.BREACH, Message("CPU was high"), 85.25, 50, Why(facts={"thresholds": ["80", "100"]}))


def a_rule(**changes: object) -> MetricRule:
    values = {
        "id": "cpu",
        "kind": "metric",
        "metric": {"namespace": "AWS/EC2", "name": "CPUUtilization", "stat": "Average"},
        "condition": {"op": ">", "threshold": 50},
        "labels": {"team": "web"},
    }
    return MetricRule.model_validate(values | changes)


def rendered(summary: object, subject: Subject = SUBJECT, verdict: Verdict = VERDICT, **changes: object) -> Rendered:
    rule = a_rule(summary=summary, **changes)
    texts, faults = compile_texts(rule, environment())
    assert not faults
    since = datetime(2026, 11, 23, 18, 4, tzinfo=UTC)
    return texts.render(names_of(rule, subject, verdict, Severity.PAGE, since, SEOUL), verdict.reason)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ value }} (limit {{ limit }})", "85.25 % (limit 50 %)"),
        ("{{ value|number(0) }} {{ value|round }}", "85 85.0"),
        ("{{ labels.InstanceId }} of {{ labels.team }}", "i-1 of web"),
        ("{{ environment }} {{ component }} {{ resource }} {{ severity }} {{ rule }}", "prod backend i-1 page cpu"),
        ("since {{ since|time }}", "since 03:04"),
        ("{{ facts.thresholds|join(', ') }}", "80, 100"),
        ("{{ 0.07|percent }} {{ 1500|bytes }} {{ 90|duration }}", "7 % 1.5 kB 1m30s"),
        ("{% if value > limit %}over{% endif %}", "over"),
        ("two\n  lines", "two lines"),
    ],
)
def test_names_and_filters_are_as_documented(template: str, said: str) -> None:
    assert rendered(template).summary["en"] == said


def test_each_language_has_its_text_and_english_is_always_there() -> None:
    made = rendered(
        {"en": "CPU {{ value }}", "ko": "CPU가 {{ value }}입니다"}, title={"en": "High CPU", "ko": "높은 CPU"}
    )
    assert made.summary == {"en": "CPU 85.25 %", "ko": "CPU가 85.25 %입니다"}
    assert made.title == {"en": "High CPU", "ko": "높은 CPU"}
    assert rendered({}).summary == {"en": "cpu: CPU was high"}


def test_what_is_unknown_is_a_dash() -> None:
    nothing = Verdict(Outcome.BREACH, "", None, None)
    assert rendered("{{ value }} {{ value|number }} {{ environment }}", Subject({}), nothing).summary["en"] == "- - -"


def test_a_template_that_fails_loses_no_alert_and_is_told() -> None:
    made = rendered({"en": "on {{ labels.VolumeId }}", "ko": "{{ value }}"}, impact="{{ labels.Nope }}")
    assert made.summary == {"en": "cpu: CPU was high", "ko": "85.25 %"}
    assert made.impact == {}
    assert str(made.problem).startswith("the template impact.en of rule cpu failed:")


@pytest.mark.parametrize("word", ["가나다라", "абвг", "文字化け", "🔥🔥"])
def test_texts_of_100_kb_are_cut_at_characters(word: str) -> None:
    long = Subject({"InstanceId": word * 25_000}, title=word)
    summary = rendered("{{ labels.InstanceId }}", long).summary["en"]
    assert len(summary) == 300
    assert summary.startswith(word)
    assert summary.endswith("…")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ vlaue }}", "'vlaue' is undefined"),
        ("{{ value ", "unexpected end of template"),
        ("{{ value|filesize }}", "No filter named 'filesize'"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ 'x' * 1000000000 }}", "numbers only"),
        ("{{ 2 ** 100000000 }}", "not offered"),
        ("{% for a in range(100000000) %}{% endfor %}", "'range' is undefined"),
        ("x" * 5000, "4000 is the most"),
    ],
)
def test_a_template_that_cannot_work_is_found_when_it_is_loaded(template: str, told: str) -> None:
    _, faults = compile_texts(a_rule(summary=template), environment())
    ((path, wrong, _),) = faults
    assert path == "summary.en"
    assert told in wrong


def test_a_language_that_nobody_reads_and_a_missing_english_are_faults() -> None:
    _, faults = compile_texts(a_rule(summary={"fr": "x"}), environment())
    assert [path for path, _, _ in faults] == ["summary.fr", "summary"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (figure(85, "percent"), "85 %"),
        (figure(7.256, "percent"), "7.26 %"),
        (figure(0.34, "seconds"), "340 ms"),
        (figure(5400, "seconds"), "1h30m"),
        (figure(250, "Milliseconds"), "250 ms"),
        (figure(1.5e9, "bytes"), "1.5 GB"),
        (figure(12345, "requests"), "12,345 requests"),
        (figure(3, "count"), "3"),
        (figure(0, "seconds"), "0 s"),
        (figure(None, "percent"), "-"),
        (number(0.000123), "0.00012"),
        (number(1234.567), "1,234.6"),
        (number(float("nan")), "nan"),
        (size(0), "0 B"),
        (duration(-90), "-1m30s"),
    ],
)
def test_values_are_written_as_people_read_them(said: str, meant: str) -> None:
    assert said == meant
