"""The page of one firing: why, the chart with its limit, the timeline, who was told, and what else fired."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from store import Store
from store.alerting import Severity
from tests.dashboards.cloudmart import EPOCH, FAILING_SINCE, NOW
from tests.dashboards.incident import E_OVER, E_QUIET, E_SLOW, RULES, alert_of, episode_of

PAGE = f"/alerts/{E_SLOW.id}"


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], incident: Store) -> FlaskClient:
    assert incident
    return client_of(rules=lambda: RULES)


def words(client: FlaskClient, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


def test_it_says_how_it_is_and_what_users_feel(client: FlaskClient) -> None:
    said = words(client)
    assert "Page Firing prod backend Response time is 842 ms" in said
    assert "Customers wait for the checkout. It has fired for 12 minutes. Since 02:52 . It came back once." in said
    over = words(client, f"/alerts/{E_OVER.id}")
    assert "Resolved" in over
    assert "It is over. It fired for 60 minutes; nobody acknowledged it." in over
    assert "Acknowledge cpu-high" not in over


def test_it_says_why_with_the_points_and_what_was_filled_in(client: FlaskClient) -> None:
    said = words(client)
    assert "Rule response-time version 3f9c2a" in said
    assert "It clears when a point is no longer above 500 ms" in said
    assert "02:52 842 ms beyond the limit 02:51 — missing, taken as breaching 02:50 210 ms fine" in said
    assert 'burn {"1h": 14.4}' in said
    assert "Worst value 910 ms" in said


def test_the_timeline_begins_where_the_condition_did(client: FlaskClient) -> None:
    said = words(client)
    assert said.index("Firing It is slow. This has held for 3m.") < said.index("Pending It is slow. 02:49")


def test_it_tells_who_was_told_what_with_the_receipt(client: FlaskClient) -> None:
    said = words(client)
    assert "ops route told that it fires component=backend, environment=prod" in said
    assert "Sent Firing ops channel C0123 ts 1795.0001" in said
    assert "Told ops first Something new fires." in said
    quiet = words(client, f"/alerts/{E_QUIET.id}")
    assert "Not told ops muted Everything that fires is muted. It is silenced by minji." in quiet


def test_the_chart_has_the_limit_the_firing_and_what_happened(client: FlaskClient) -> None:
    answer: dict[str, Any] = client.get(f"{PAGE}/points?x=1").get_json()
    [drawn] = answer["charts"]
    assert answer["limit"] == [0.5, "limit 500\N{NO-BREAK SPACE}ms"]
    assert answer["spans"] == [[int(FAILING_SINCE.timestamp()), EPOCH, "firing"]]
    assert [title for _, title in answer["events"]] == ["Deploy backend 2026.11.24-1", "Slow answers"]
    assert answer["from"] <= int(FAILING_SINCE.timestamp()) - 3600
    assert max(value for value in drawn["values"][0] if value is not None) > 0.5


def test_its_links_freeze_the_times(client: FlaskClient) -> None:
    page = client.get(PAGE).get_data(as_text=True)
    [link] = re.findall(rf'<a class="plain" href="({PAGE}\?from=[^"]+)"', page)
    frozen = client.get(unescape(link)).get_data(as_text=True)
    span = re.compile(r'data-from="(\d+)" data-to="(\d+)" data-range=""')
    assert span.findall(frozen) == span.findall(page)


def test_only_web_links_become_runbooks(client: FlaskClient, incident: Store) -> None:
    assert 'href="https://wiki.example.com/slow"' in client.get(PAGE).get_data(as_text=True)
    for at, link in enumerate(("javascript:alert(1)", "data:text/html,x", "//evil", "https://", "http://[", "x")):
        alert = alert_of("r", Severity.INFO, ("prod", "redis"), NOW - timedelta(minutes=at + 1), runbook=link)
        incident.alerts.commit_round(episodes=[episode_of(alert)])
        page = client.get(f"/alerts/{alert.episode}").get_data(as_text=True)
        assert "Runbook" not in page, link
        assert "javascript:" not in page


def test_looking_is_noted_by_the_pages_script_only(client: FlaskClient, incident: Store) -> None:
    page = client.get(PAGE).get_data(as_text=True)
    found = re.search(r'data-opened="([^"]+)" data-token="([^"]+)"', page)
    assert found
    assert client.post(found[1], data={}).status_code == 400
    assert client.post(found[1], data={"csrf_token": found[2]}).status_code == 204
    episode = incident.alerts.episode(E_SLOW.id)
    assert episode is not None
    assert episode.opened_at == NOW


def test_what_else_fired_there_is_listed(client: FlaskClient, incident: Store) -> None:
    alert = alert_of("queue", Severity.INFO, ("prod", "backend"), NOW - timedelta(minutes=20))
    incident.alerts.commit_round(episodes=[episode_of(alert)])
    said = words(client)
    assert "queue" in said[said.index("What else fired here at the time") :]
    assert "What else fired here" not in words(client, f"/alerts/{E_QUIET.id}")


def test_an_alert_without_a_series_has_no_chart(client: FlaskClient) -> None:
    page = client.get(f"/alerts/{E_QUIET.id}").get_data(as_text=True)
    assert 'id="charts"' not in page
    assert client.get(f"/alerts/{E_QUIET.id}/points?x=1").get_json()["charts"] == []


def test_the_table_is_there_without_script(client: FlaskClient) -> None:
    assert re.search(r"<td class=\"num\">\d+\N{NO-BREAK SPACE}ms</td>", client.get(f"{PAGE}?view=table").text)
