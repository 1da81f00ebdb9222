"""The pages of environments: what they say, and what a press of a button asks for."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.web import create_app
from store import Store
from store.money import LedgerEntry
from store.power import Condition, EnvironmentPower, Offer, Override, Planned, Power, ResourcePower
from store.vocabulary import Event
from tests.dashboards.clicking import post, words
from tests.dashboards.cloudmart import NOW, SECRET, site_of

HOUR = timedelta(hours=1)
STOPS = NOW + HOUR
DEV = EnvironmentPower(
    "dev",
    Power.RUNNING,
    "schedule office: mon-fri 09:00-20:00",
    STOPS,
    Condition.RUNNING,
    NOW - 5 * HOUR,
    NOW,
    timezone="Asia/Seoul",
    armed=True,
    hourly=Decimal("0.13"),
    resources=(
        ResourcePower(
            "i-1",
            "ec2:instance",
            "<b>tools</b>",
            "backend",
            Condition.RUNNING,
            Power.RUNNING,
            hourly=Decimal("0.104"),
        ),
        ResourcePower("lb", "elbv2:loadbalancer", "dev-alb", None, Condition.RUNNING, None, note="it stays"),
    ),
    planned=(Planned(NOW - 5 * HOUR, STOPS, Power.RUNNING, "office"), Planned(STOPS, None, Power.STOPPED, "night")),
    offers=(
        Offer("keep", 7200, STOPS + 2 * HOUR, Decimal(2), Decimal("0.26")),
        Offer("stop", None, STOPS + 13 * HOUR, Decimal(1), Decimal("-0.13")),
    ),
)


@pytest.fixture
def filled(sqlite_store: Store) -> Store:
    """A store with a dev that runs and stops in an hour."""
    sqlite_store.power.observe(replace(DEV, checked_at=NOW - 5 * HOUR))
    sqlite_store.power.observe(DEV)
    sqlite_store.events.add(
        Event("k", NOW - HOUR, "environment.kept", "dev is kept on", "=kim", "dev", None, {"why": "a demo"})
    )
    sqlite_store.events.add(Event("d", NOW - HOUR, "deploy.started", "a deploy", "ci", "dev"))
    return sqlite_store


def client_of(store: Store) -> FlaskClient:
    return create_app(site_of(store), WebSettings(), SECRET).test_client()


def test_the_list_says_what_each_is_what_comes_next_and_what_it_costs_to_change_that(filled: Store) -> None:
    filled.ledger.record(
        [LedgerEntry("a", NOW.date(), "shutdown", "dev", "USD", Decimal("4.10"), NOW, Decimal("3.90"), "dev")]
    )
    said = words(client_of(filled).get("/environments"))
    for expected in (
        "On",
        "Stops",
        "in 60 minutes",
        "Keep on 2 h · +$0.26",
        "Stop now",
        "$0.13 an hour while it is on",
    ):
        assert expected in said
    assert "That costs about $0.26 for 2 h beyond its schedule." in said
    assert "$4.10 expected, $3.90 of it borne out by the bill so far" in said
    assert "production never sleeps" in said


def test_the_page_of_one_shows_its_resources_and_what_happened_and_nothing_of_it_is_markup(filled: Store) -> None:
    answer = client_of(filled).get("/environments/dev")
    assert "<b>tools</b>" not in answer.text
    said = words(answer)
    for expected in ("<b>tools</b>", "dev-alb", "it stays", "$0.10", "dev is kept on", "a demo"):
        assert expected in said
    assert "a deploy" not in said
    rows = list(csv.DictReader(io.StringIO(client_of(filled).get("/environments/dev.csv").text)))
    assert [(row["kind"], row["by"], row["why"]) for row in rows] == [("environment.kept", "'=kim", "a demo")]


def test_a_press_of_a_button_asks_once_and_its_answer_is_told(filled: Store) -> None:
    client = client_of(filled)
    answer = post(client, "/environments/dev/ask", do="keep", seconds="7200", why=" a demo ", next="/environments/dev")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/environments/dev")
    [intent] = filled.intents.open()
    expected = {"environment": "dev", "source": "page", "do": "keep", "why": "a demo", "seconds": 7200}
    assert (intent.kind, dict(intent.payload)) == ("environment.override", expected)
    assert "not carried out yet" in words(client.get("/environments/dev"))
    filled.intents.settle(intent.id, "refused", "at most 12h at a time")
    assert "at most 12h at a time" in words(client.get("/environments"))


def test_what_was_asked_for_can_be_taken_back(filled: Store) -> None:
    client = client_of(filled)
    assert "By its schedule again" not in words(client.get("/environments/dev"))
    filled.power.ask(Override("o", "dev", Power.RUNNING, NOW, STOPS + HOUR, "kim", NOW, "a demo"))
    assert "By its schedule again" in words(client.get("/environments/dev"))
    assert post(client, "/environments/dev/ask", do="resume").status_code == 303
    assert [one.kind for one in filled.intents.open()] == ["environment.resume"]


def test_no_button_works_without_its_token_and_nothing_unknown_is_asked(filled: Store) -> None:
    client = client_of(filled)
    assert client.post("/environments/dev/ask", data={"do": "stop"}).status_code in {400, 403}
    assert post(client, "/environments/dev/ask", do="destroy").status_code == 400
    assert post(client, "/environments/nowhere/ask", do="stop").status_code == 404
    assert client.get("/environments/nowhere").status_code == 404
    assert filled.intents.open() == []


def test_an_old_look_is_not_told_as_the_present(filled: Store) -> None:
    filled.power.observe(replace(DEV, checked_at=NOW - timedelta(minutes=1), environment="staging"))
    site = replace(site_of(filled), clock=lambda: NOW + HOUR)
    said = words(create_app(site, WebSettings(), SECRET).test_client().get("/environments"))
    assert "nobody has looked since" in said


def test_a_day_with_a_change_of_the_clocks_is_drawn_whole(filled: Store) -> None:
    autumn = datetime(2026, 11, 1, 12, tzinfo=UTC)
    filled.power.observe(
        replace(
            DEV,
            environment="staging",
            timezone="America/New_York",
            checked_at=autumn,
            planned=(Planned(datetime(2026, 10, 26, 4, tzinfo=UTC), None, Power.RUNNING, "always"),),
        )
    )
    site = replace(site_of(filled), clock=lambda: autumn)
    html = create_app(site, WebSettings(), SECRET).test_client().get("/environments/staging").text
    assert html.count('class="on" x="0" y="0" width="1000"') == 7


def test_the_api_tells_the_same_and_takes_the_same_wishes(filled: Store) -> None:
    client = client_of(filled)
    [dev] = client.get("/api/v1/power").get_json()["items"]
    assert (dev["environment"], dev["desired"], dev["hourly"]) == ("dev", "running", "0.13")
    assert dev["offers"][0] | {"until": ""} == {
        "do": "keep",
        "seconds": 7200,
        "until": "",
        "hours": "2",
        "price": "0.26",
        "currency": "USD",
    }
    answer = client.post("/api/v1/power/dev/wishes", json={"do": "keep", "seconds": 7200, "why": "a demo"})
    assert answer.status_code in {200, 202}, answer.text
    [intent] = filled.intents.open()
    assert dict(intent.payload) == {
        "environment": "dev",
        "source": "api",
        "do": "keep",
        "why": "a demo",
        "seconds": 7200,
    }
    assert client.post("/api/v1/power/nowhere/wishes", json={"do": "keep"}).status_code == 404
    assert client.post("/api/v1/power/dev/wishes", json={"do": "keep", "seconds": 1}).status_code in {400, 422}
    assert client.post("/api/v1/power/dev/wishes", data={"do": "keep"}).status_code >= 400


def test_prometheus_reads_what_sleeps_and_what_that_saves(filled: Store) -> None:
    text = client_of(filled).get("/metrics").text
    for line in (
        'lamplighter_environment_desired_running{environment="dev"} 1.0',
        'lamplighter_environment_resources{condition="running",environment="dev"} 1.0',
        'lamplighter_environment_resources{condition="stopped",environment="dev"} 0.0',
        'lamplighter_environment_sleep_saves_per_hour{currency="USD",environment="dev"} 0.13',
        'lamplighter_environment_problem{environment="dev"} 0.0',
        'lamplighter_environment_checked_age_seconds{environment="dev"} 0.0',
    ):
        assert line in text
