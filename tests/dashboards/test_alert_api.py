"""Alerts in the API: they are asked for by JSON, carried out by the worker, and never by another site's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from store import Store
from tests.dashboards.incident import E_OVER, E_QUIET, E_SLOW, E_TAKEN, RULES

Json = Any


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], incident: Store) -> FlaskClient:
    assert incident
    return client_of(rules=lambda: RULES)


def ids(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/alerts{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return [each["id"] for each in answer.json["items"]]


def test_what_fires_comes_worst_first(client: FlaskClient) -> None:
    assert ids(client) == [E_SLOW.id, E_TAKEN.id, E_QUIET.id]
    assert ids(client, "?severity=warning&environment=staging") == [E_QUIET.id]
    assert ids(client, "?state=all&rule=cpu-high") == [E_TAKEN.id, E_QUIET.id, E_OVER.id]


def test_the_history_is_walked_page_by_page(client: FlaskClient) -> None:
    seen = []
    address: str | None = "/api/v1/alerts?state=all&limit=3"
    while address:
        page = client.get(address).json
        assert page is not None
        assert page["total"] == 4
        seen += [each["id"] for each in page["items"]]
        address = page["next"]
    assert seen == [E_SLOW.id, E_TAKEN.id, E_QUIET.id, E_OVER.id]
    assert client.get("/api/v1/alerts?state=all&after=nonsense").status_code == 400


def test_an_alert_tells_its_whole_story(client: FlaskClient) -> None:
    story = client.get(f"/api/v1/alerts/{E_SLOW.id}").json
    assert story is not None
    assert [each["after"] for each in story["transitions"]] == ["firing", "pending"]
    assert story["deliveries"][0]["receipt"] == {"channel": "C0123", "ts": "1795.0001"}
    assert (story["alert"]["value"], story["alert"]["limit"], story["alert"]["flaps"]) == (0.842, 0.5, 1)
    assert story["why"]["window"][0][1] == 0.21


@pytest.mark.parametrize(
    ("path", "body", "kind", "payload"),
    [
        (f"/alerts/{E_SLOW.id}/acknowledge", {}, "alert.acknowledge", {"episode": E_SLOW.id}),
        (
            "/silences",
            {"alert": E_SLOW.id, "seconds": 60, "comment": "x"},
            "alert.silence",
            {"episode": E_SLOW.id, "seconds": 60, "comment": "x"},
        ),
        (
            "/silences",
            {"matchers": ["environment=dev"]},
            "alert.silence",
            {"matchers": [{"label": "environment", "op": "=", "value": "dev"}], "seconds": 3600, "comment": ""},
        ),
    ],
)
def test_a_wish_becomes_an_intent(  # noqa: PLR0913, PLR0917  a table's columns
    client: FlaskClient, incident: Store, path: str, body: Json, kind: str, payload: Json
) -> None:
    answer = client.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json is not None
    [intent] = incident.intents.open(kind)
    assert (answer.json["intent"], dict(intent.payload)) == (intent.id, payload)
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    schema = {"$ref": "#/components/schemas/Asked", "components": document["components"]}
    Draft202012Validator(schema).validate(answer.json)


def test_a_silence_is_ended(client: FlaskClient, incident: Store) -> None:
    assert client.delete("/api/v1/silences/s-1").status_code == 202
    assert [dict(each.payload) for each in incident.intents.open("silence.expire")] == [{"id": "s-1"}]
    assert client.delete("/api/v1/silences/s-0").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"alert": E_SLOW.id, "matchers": ["a=b"]},
        {"matchers": ["nonsense"]},
        {"matchers": [" "]},
        {"matchers": ["a=~("]},
        {"matchers": ["a=b"] * 21},
        {"alert": "../../etc"},
        {"alert": E_SLOW.id, "seconds": 0},
        {"alert": E_SLOW.id, "seconds": 10**12},
        {"alert": E_SLOW.id, "comment": "x" * 501},
        {"alert": E_SLOW.id, "nonsense": 1},
        [],
    ],
)
def test_a_wish_that_cannot_be_is_refused(client: FlaskClient, incident: Store, body: Json) -> None:
    answer = client.post("/api/v1/silences", json=body)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert incident.intents.recent() == []


def test_broken_json_is_refused(client: FlaskClient) -> None:
    for body in (b"{", b"\xff", b'{"comment": "\\ud800"}', b"[" * 60_000):
        answer = client.post("/api/v1/silences", data=body, content_type="application/json")
        assert answer.status_code == 400, body[:20]


def test_another_sites_form_or_script_cannot_ask(client: FlaskClient, incident: Store) -> None:
    path = f"/api/v1/alerts/{E_SLOW.id}/acknowledge"
    assert client.post(path, data={"x": "y"}).status_code == 415
    assert client.post(path, data="{}", content_type="text/plain").status_code == 415
    assert client.post(path, json={}, headers={"Origin": "https://evil.example"}).status_code == 400
    assert client.post(path, json={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert client.delete("/api/v1/silences/s-1", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert incident.intents.recent() == []


def test_rules_come_with_evaluation_and_score(client: FlaskClient) -> None:
    answer = client.get("/api/v1/rules").json
    assert answer is not None
    by_id = {each["id"]: each for each in answer["items"]}
    assert by_id["targets"]["evaluation"] == "error"
    assert by_id["targets"]["problem"] == "health was not read"
    assert by_id["errors-in-the-log"]["evaluation"] is None
    assert (by_id["cpu-high"]["fired"], by_id["cpu-high"]["acknowledged"]) == (3, 1)


def test_dead_deliveries_can_be_asked_for(client: FlaskClient) -> None:
    answer = client.get("/api/v1/deliveries?state=dead").json
    assert answer is not None
    [dead] = answer["items"]
    assert dead["receiver"] == "mail"
    assert dead["error"].startswith("SNS refused the topic")
    assert client.get("/api/v1/deliveries?state=lost").status_code == 400


def test_prometheus_reads_what_fires_waits_and_is_owed(client: FlaskClient) -> None:
    text = client.get("/metrics").get_data(as_text=True)
    for line in (
        'lamplighter_alerts{severity="page",state="firing"} 1.0',
        'lamplighter_alerts{severity="warning",state="firing"} 1.0',
        'lamplighter_alerts{severity="warning",state="acknowledged"} 1.0',
        'lamplighter_alerts{severity="info",state="firing"} 0.0',
        "lamplighter_alerts_pending 1.0",
        'lamplighter_outbox_waiting{receiver="hook"} 1.0',
        'lamplighter_outbox_oldest_seconds{receiver="hook"} 300.0',
        'lamplighter_outbox_dead{receiver="mail"} 1.0',
        "lamplighter_alert_obligations 0.0",
        'lamplighter_rule_evaluation_age_seconds{rule="cpu-high"} 0.0',
        'lamplighter_rule_failing{rule="targets"} 1.0',
    ):
        assert line in text, line
