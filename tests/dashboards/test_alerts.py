"""The alert pages: what fires first, who took it, why nobody was told; what people ask for becomes an intent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from store import Store
from store.alerting import AlertState, Episode, Matcher, Severity, Silence, episode_id, fingerprint
from store.vocabulary import Intent
from tests.dashboards.clicking import token_of, words
from tests.dashboards.cloudmart import NOW
from tests.dashboards.incident import E_OVER, E_QUIET, E_SLOW, E_TAKEN, RULES, SLOW, alert_of, backtest, episode_of

ClientOf = Callable[..., FlaskClient]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> \u202e\ud800 %(x)s {{ 7*7 }}"
WRITABLE = HOSTILE.replace("\ud800", "").replace("\u202e", "")
"""What names and places may hold: they come from the configuration."""


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def client(client_of: ClientOf, incident: Store, woken: list[str]) -> FlaskClient:
    assert incident
    return client_of(rules=lambda: RULES, backtest=backtest, wake=woken.append)


def test_what_fires_is_listed_worst_first_with_all_that_one_must_know(client: FlaskClient) -> None:
    said = words(client.get("/alerts"))
    assert said.index("Response time is 842 ms") < said.index("CPU of postgres") < said.index("CPU of redis")
    assert "Page prod backend Response time is 842 ms 842 ms limit 500 ms" in said
    assert "Customers wait for the checkout." in said
    assert "Last change before it: Deploy backend 2026.11.24-1 , 02:34 (18 minutes earlier)" in said
    assert "Acknowledged minji , 02:34" in said
    assert "Nobody was told ops: It is silenced by minji." in said
    assert "3 fire 1 acknowledged 1 silenced" in said


def test_texts_are_in_the_readers_language(client: FlaskClient) -> None:
    said = words(client.get("/alerts", headers={"Accept-Language": "ko"}))
    assert "응답 시간이 842 ms입니다" in said
    assert "고객이 결제를 기다립니다." in said
    assert "CPU of postgres is 91.5 %" in said


def test_what_is_about_to_fire_waits_behind_a_fold(client: FlaskClient) -> None:
    page = client.get("/alerts").get_data(as_text=True)
    fold = re.search(r'<details id="pending">.*?</details>', page, re.DOTALL)
    assert fold
    assert "1 is about to fire" in fold[0]
    assert "It fires once this has held for 5m." in fold[0]


def test_the_promise_is_checked_and_what_is_stuck_is_named_with_its_remedy(client: FlaskClient) -> None:
    said = words(client.get("/alerts"))
    assert 'Everybody who was told "firing" was told "resolved": 0 owed.' in said
    assert "ops 1 message that is still open" in said
    assert "hook 1 delivery waits, since 02:59:09" in said
    assert "Set email.topic_arn to a topic that exists." in said


def test_a_broken_promise_is_told_as_one(client: FlaskClient, incident: Store) -> None:
    over = replace(E_SLOW, resolved_at=NOW - timedelta(minutes=9), resolved_noticed_at=NOW - timedelta(minutes=9))
    incident.alerts.commit_round(episodes=[over])
    with incident.database.writing() as connection:
        connection.exec_driver_sql("UPDATE notice_groups SET next_flush = NULL")
    assert len(incident.notices.obligations(NOW)) == 1
    assert '1 receiver was told "firing" and is owed "resolved".' in words(client.get("/alerts"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("env=staging", [E_QUIET]),
        ("component=postgres", [E_TAKEN]),
        ("rule=cpu-high", [E_TAKEN, E_QUIET, E_OVER]),
        ("severity=page", [E_SLOW]),
        ("from=2026-11-24&to=2026-11-24", [E_SLOW, E_TAKEN, E_QUIET]),
        ("to=2026-11-23", [E_OVER]),
        ("severity=nonsense&from=yesterday&after=x", [E_SLOW, E_TAKEN, E_QUIET, E_OVER]),
        ("env=mars", []),
    ],
)
def test_the_history_is_chosen_by_the_address(client: FlaskClient, query: str, shown: list[Episode]) -> None:
    page = client.get(f"/alerts?{query}").get_data(as_text=True)
    history = page[page.index('id="history"') :]
    assert set(re.findall(r'href="/alerts/(e[0-9a-f]{16})"', history)) == {each.id for each in shown}


def test_ten_thousand_alerts_are_counted_and_a_few_are_listed(client: FlaskClient, incident: Store) -> None:
    many = [
        alert_of("flood", Severity.INFO, ("prod", "backend"), NOW - timedelta(hours=1), labels={"n": str(number)})
        for number in range(10_000)
    ]
    incident.alerts.commit_round(alerts=many, episodes=[episode_of(one) for one in many])
    answer = client.get("/alerts")
    said = words(answer)
    assert "10003 fire" in said
    assert said.index("Response time is 842 ms") < said.index("flood")
    assert len(answer.data) < 300_000
    seen: set[str] = set()
    address: str | None = "/alerts?rule=flood"
    for _ in range(3):
        assert address
        page = client.get(address).get_data(as_text=True)
        found = re.findall(r'href="/alerts/(e[0-9a-f]{16})"', page[page.index('id="history"') :])
        assert len(found) == 50
        assert not seen & set(found)
        seen |= set(found)
        older = re.search(r'href="([^"]+)#history" rel="next"', page)
        address = older[1].replace("&amp;", "&") if older else None


def test_an_unchanged_list_costs_a_poll_nothing(client: FlaskClient) -> None:
    first = client.get("/alerts/live")
    again = client.get("/alerts/live", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_two_readers_of_one_rendered_piece_have_tokens_of_their_own(client: FlaskClient) -> None:
    other = client.application.test_client()
    mine, theirs = token_of(client, "/alerts/live"), token_of(other, "/alerts/live")
    assert mine != theirs
    refused = other.post(f"/alerts/{E_SLOW.id}/acknowledge", data={"csrf_token": mine})
    assert refused.status_code == 400
    assert other.post(f"/alerts/{E_SLOW.id}/acknowledge", data={"csrf_token": theirs}).status_code == 303


def test_an_acknowledgement_does_not_hold_for_what_got_worse(client: FlaskClient, incident: Store) -> None:
    worse = replace(E_TAKEN, severity=Severity.PAGE)
    incident.alerts.commit_round(episodes=[worse])
    said = words(client.get("/alerts"))
    assert "Worse since it was acknowledged minji" in said
    assert "acknowledged 1 silenced" not in said


def test_hostile_text_is_shown_as_text(client: FlaskClient, incident: Store) -> None:
    labels = {HOSTILE: HOSTILE, "rule": HOSTILE}
    alert = replace(
        SLOW,
        fingerprint=fingerprint("x", {}),
        episode=episode_id("x", NOW),
        rule_id=WRITABLE,
        labels=labels,
        summary={"en": HOSTILE + "long " * 20_000},
        impact={"en": HOSTILE},
        runbook="javascript:alert(1)",
        reason=HOSTILE,
        unit=HOSTILE,
        environment=WRITABLE,
        component=WRITABLE,
        rule_version=HOSTILE,
        why={"window": [["x"], None, {"time": 1e30}, [1, "NaN", 3, 4]], "clears_when": {"text": 3}, "facts": labels},
        state=AlertState.FIRING,
    )
    episode = episode_of(alert, fired_at=NOW)
    incident.alerts.commit_round(alerts=[alert], episodes=[episode])
    incident.alerts.acknowledge([episode.id], WRITABLE, NOW)
    incident.silences.add(
        Silence("s-x", (Matcher("a", "=", WRITABLE),), NOW, NOW + timedelta(hours=1), WRITABLE, WRITABLE)
    )
    incident.intents.add(Intent("i", "alert.silence", WRITABLE, NOW, {"episode": episode.id}, "refused", WRITABLE))
    for path in ("/", "/alerts", f"/alerts/{episode.id}", f"/alerts/{episode.id}/acknowledge", "/api/v1/alerts"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = answer.get_data(as_text=True)
        assert "<script>alert" not in page or path.startswith("/api")
        assert "<img src=x" not in page or path.startswith("/api")
        assert "javascript:" not in page
        assert "\u202e" not in page
        assert len(page) < 200_000, path
    assert client.get(f"/api/v1/alerts/{episode.id}").status_code == 200


def test_a_reader_who_must_log_in_sees_and_does_nothing(client_of: ClientOf, incident: Store) -> None:
    from dashboards.config import WebSettings  # noqa: PLC0415  only here
    from dashboards.security.passwords import hash_password  # noqa: PLC0415  the same

    user = {"name": "minji", "password_hash": hash_password("a long password of the tests")}
    client = client_of(WebSettings.model_validate({"login": {"users": [user]}}))
    for path in ("/alerts", f"/alerts/{E_SLOW.id}", "/rules"):
        assert client.get(path).status_code == 303
    assert "Response time" not in client.get("/login").get_data(as_text=True)
    assert 'class="count"' not in client.get("/login").get_data(as_text=True)
    answer = client.post("/api/v1/silences", json={"matchers": ["a=b"]})
    assert answer.status_code == 401
    assert incident.intents.recent() == []
