"""The rule pages: evaluation, score with a verdict, the rule as it is in force, and trying one over history."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from dashboards.errors import BacktestRefused
from dashboards.pages.rules.scores import judge
from dashboards.site import BacktestFacts
from store import Store
from store.alerting import Score
from store.messages import Message
from tests.dashboards.cloudmart import NOW
from tests.dashboards.incident import E_SLOW, RULES, backtest

ClientOf = Callable[..., FlaskClient]
DAYS = {"from": "2026-11-17", "to": "2026-11-23"}
Asked = list[tuple[str, datetime, datetime]]


@pytest.fixture
def asked() -> Asked:
    return []


@pytest.fixture
def client(client_of: ClientOf, incident: Store, asked: Asked) -> FlaskClient:
    assert incident

    def tried(rule: str, start: datetime, end: datetime) -> BacktestFacts:
        asked.append((rule, start, end))
        return backtest(rule, start, end)

    return client_of(rules=lambda: RULES, backtest=tried)


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/rules").get_data(as_text=True))
    assert token
    return client.post(path, data={"csrf_token": token[1], **form})


@pytest.mark.parametrize(
    ("score", "word", "sentence"),
    [
        (None, "Quiet", "It did not fire."),
        (Score("r", fired=10, self_resolved=9), "Noisy", "9 of 10 resolved themselves unseen."),
        (Score("r", fired=10, self_resolved=9, opened=6), "Mixed", "Somebody acknowledged 0 of 10."),
        (Score("r", fired=3, self_resolved=3), "Too early to say", "Somebody acknowledged 0 of 3."),
        (Score("r", fired=10, acknowledged=8), "Useful", "Somebody acknowledged 8 of 10."),
        (Score("r", fired=5, flaps=9), "Flapping", "It came back 9 times after it had ended."),
    ],
)
def test_a_score_becomes_a_verdict(score: Score | None, word: str, sentence: str) -> None:
    said = judge(score)
    assert (said.word, said.sentence) == (word, sentence)


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_a_rule_is_never_called_noisy_for_what_people_looked_at(numbers: list[int]) -> None:
    fired, resolved, opened, flaps = numbers
    said = judge(Score("r", fired=fired, self_resolved=min(resolved, fired), opened=min(opened, fired), flaps=flaps))
    assert said.word != "Noisy" or opened < fired


def test_rules_that_fire_or_fail_come_first(client: FlaskClient) -> None:
    said = words(client.get("/rules"))
    order = [said.index(name) for name in ("cpu-high", "Slow answers", "Targets answer", "errors-in-the-log")]
    assert order == sorted(order)
    assert "Health, everywhere. Error 1 instance health was not read" in said
    assert "Metric, backend. Evaluated 2 instances, 1 pending" in said
    assert "Log, everywhere. Switched off" in said


def test_a_rule_is_told_as_it_is_in_force(client: FlaskClient) -> None:
    page = client.get("/rules/response-time")
    assert "condition: {op: &#39;&gt;&#39;, threshold: 0.5}" in page.get_data(as_text=True)
    assert f'href="/alerts/{E_SLOW.id}"' in page.get_data(as_text=True)
    assert client.get("/rules/nothing").status_code == 404


def test_a_rule_is_tried_over_whole_days_of_the_readers_zone(client: FlaskClient, asked: Asked) -> None:
    answer = post(client, "/rules/response-time/backtest", **DAYS)
    assert answer.status_code == 200
    said = words(answer)
    assert "It would have fired 2 times from Nov 17, 2026 to Nov 24, 2026" in said
    assert "cpu-high 1 firing in common" in said
    assert "10 minutes 900 ms component=backend, environment=prod" in said
    [(rule, start, end)] = asked
    assert rule == "response-time"
    assert (start.isoformat(), end.isoformat()) == ("2026-11-16T15:00:00+00:00", "2026-11-23T15:00:00+00:00")


def test_a_typed_rule_is_tried_and_kept_in_the_form(client: FlaskClient, asked: Asked) -> None:
    text = "id: mine\nkind: metric\n</textarea><script>alert(1)</script>"
    answer = post(client, "/rules/backtest", rule=text, **DAYS)
    assert asked[0][0] == text
    assert "<script>alert" not in answer.get_data(as_text=True)
    assert "id: mine" in answer.get_data(as_text=True)
    assert post(client, "/rules/backtest", rule="mine", **DAYS).status_code == 400


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ({"from": "2026-11-01", "to": "2026-11-23"}, "At most 15 days are tried at once; choose fewer."),
        ({"from": "2026-11-20", "to": "2026-11-10"}, "The first day must lie before the last."),
        ({"from": "2027-11-20", "to": "2027-11-21"}, "The first day must lie before the last."),
    ],
)
def test_a_range_that_cannot_be_tried_is_refused(
    client: FlaskClient, asked: Asked, days: dict[str, str], why: str
) -> None:
    answer = post(client, "/rules/response-time/backtest", **days)
    assert answer.status_code == 400
    assert why in words(answer)
    assert asked == []


def test_a_broken_rule_says_what_is_wrong(client_of: ClientOf, incident: Store) -> None:
    assert incident

    def refuse(*_: object) -> BacktestFacts:
        raise BacktestRefused(Message("%(path)s: unknown kind", path="rules[0].kind"))

    answer = post(client_of(rules=lambda: RULES, backtest=refuse), "/rules/backtest", rule="kind: x", **DAYS)
    assert answer.status_code == 400
    assert "rules[0].kind: unknown kind" in words(answer)


def test_one_try_runs_at_a_time(client_of: ClientOf, incident: Store) -> None:
    assert incident
    begun, go = Event(), Event()

    def slow(rule: str, start: datetime, end: datetime) -> BacktestFacts:
        begun.set()
        go.wait(10)
        return backtest(rule, start, end)

    client = client_of(rules=lambda: RULES, backtest=slow)
    other = client.application.test_client()
    first = Thread(target=post, args=(client, "/rules/response-time/backtest"), kwargs=DAYS)
    first.start()
    assert begun.wait(10)
    assert post(other, "/rules/response-time/backtest", **DAYS).status_code == 429
    go.set()
    first.join(10)
    assert post(other, "/rules/response-time/backtest", **DAYS).status_code == 200


def test_without_a_backtest_the_page_names_the_command(client_of: ClientOf, incident: Store) -> None:
    assert incident
    assert "lamplighter rules backtest" in words(client_of(rules=lambda: RULES).get("/rules/response-time"))


def test_a_newcomer_is_told_where_rules_stand(client_of: ClientOf) -> None:
    assert "They stand under alerts.rules" in words(client_of().get("/rules"))


def test_the_week_before_now_is_offered(client: FlaskClient) -> None:
    week = (NOW - timedelta(days=7)).date()
    assert week.isoformat() <= "2026-11-17"
    assert 'name="from" value="2026-11-17"' in client.get("/rules").get_data(as_text=True)
