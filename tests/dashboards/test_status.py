"""The status page: what fails now, what changed before, what sleeps, what is not known."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.pages import status
from dashboards.web import create_app
from store import Store
from store.alerting import Matcher, Severity, Silence
from store.vocabulary import Event, JobOutcome
from tests.dashboards.cloudmart import NOW, REGION, SECRET, observations, site_of
from tests.dashboards.incident import E_SLOW, RULES, alert_of, episode_of


@pytest.fixture
def page(app: Flask) -> Callable[..., str]:
    def get(path: str = "/live", language: str = "en") -> str:
        answer = app.test_client().get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    return get


def client_at(store: Store, **changes: object) -> FlaskClient:
    return create_app(site_of(store, **changes), WebSettings(), SECRET).test_client()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_what_fails_now_comes_first_with_value_reason_and_since(page: Callable[..., str]) -> None:
    said = words(page())
    first, second = said.index("prod backend Healthy targets"), said.index("staging backend Home page")
    assert first < second
    assert "2 targets 4 of 6 targets answer 502 (Target.ResponseCodeMismatch) Since 02:52" in said


def test_the_last_change_before_the_failure_is_named(page: Callable[..., str]) -> None:
    assert "Last change before it: Deploy backend 2026.11.24-1 , 02:34 (18 minutes earlier)" in words(page())


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "dev"},
        {"component": "redis"},
        {"at": NOW},
        {"at": NOW - timedelta(hours=9)},
        {"kind": "login.failed"},
        {"kind": "alert.fired"},
        {"kind": "silence.added"},
    ],
)
def test_a_change_elsewhere_later_or_long_ago_is_not_blamed(cloudmart: Store, change: dict[str, object]) -> None:
    event = Event("x", NOW - timedelta(minutes=13), "deploy.started", "The wrong one", "x", "prod", "backend")
    cloudmart.events.add(replace(event, **change))  # type: ignore[arg-type]
    assert "The wrong one" not in client_at(cloudmart).get("/live").get_data(as_text=True)


def test_tiles_are_worst_first_and_the_sleeping_environment_comes_last(page: Callable[..., str]) -> None:
    order = re.findall(r'id="t-(\w+)-(\w+)"', page())
    assert order[0] == ("prod", "backend")
    assert [environment for environment, _ in order] == ["prod"] * 6 + ["staging"] * 6 + ["dev"] * 6


def test_a_sleeping_environment_is_asleep_and_draws_nothing(page: Callable[..., str]) -> None:
    dev = page("/live?env=dev")
    assert "Asleep" in dev
    assert "spark" not in dev


def test_what_nothing_checks_is_never_green(page: Callable[..., str]) -> None:
    tile = re.search(r'<li class="tile (\w+)">(?:(?!</li>).)*id="t-prod-storage".*?</li>', page(), re.DOTALL)
    assert tile
    assert tile[1] == "unchecked"
    assert "Not checked" in tile[0]


def test_only_one_environment_is_shown_when_asked(page: Callable[..., str]) -> None:
    shown = page("/live?env=staging")
    assert "t-staging-redis" in shown
    assert "t-prod-redis" not in shown


def test_a_gap_stays_a_gap_on_a_tile(page: Callable[..., str]) -> None:
    tile = re.search(r'id="t-prod-postgres".*?<path d="([^"]+)"', page(), re.DOTALL)
    assert tile
    assert tile[1].count("M") == 2


def test_every_status_is_a_word_too(page: Callable[..., str]) -> None:
    for found in re.findall(r'<span class="word[^"]*">(.*?)</span>', page(language="ko")):
        assert found.strip()


def test_korean_tiles_use_the_catalogues_korean_titles(page: Callable[..., str]) -> None:
    assert "응답 시간 p95" in page(language="ko")


def test_nothing_is_called_fine_when_the_answers_are_old(cloudmart: Store) -> None:
    later = client_at(cloudmart, clock=lambda: NOW + timedelta(hours=2)).get("/live").get_data(as_text=True)
    assert not re.search(r'class="(verdict|tile) ok"', later)
    assert "No fresh answer" in later


def test_a_newcomer_is_told_what_happens_next(sqlite_store: Store) -> None:
    sqlite_store.jobs.declare([(f"inventory:main/{REGION}", 600), (f"metrics:main/{REGION}", 300)], NOW)
    said = words(client_at(sqlite_store).get("/live").get_data(as_text=True))
    assert "What happens next" in said
    assert "Find the resources" in said


def test_a_first_step_that_failed_says_why(sqlite_store: Store) -> None:
    name = f"inventory:main/{REGION}"
    sqlite_store.jobs.declare([(name, 600)], NOW - timedelta(minutes=1))
    claim = sqlite_store.jobs.claim(name, NOW, "w", 60)
    assert claim
    sqlite_store.jobs.finish(claim, JobOutcome("failed", "AccessDenied. Run: lamplighter doctor"), NOW)
    assert "AccessDenied. Run: lamplighter doctor" in client_at(sqlite_store).get("/live").get_data(as_text=True)


def test_the_progress_of_the_history_is_told(page: Callable[..., str]) -> None:
    assert "Bringing in 15 days of history: 43%" in words(page())


def test_an_unchanged_page_costs_a_poll_nothing(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/live")
    again = client.get("/live", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_new_observation_changes_the_page_once_the_shared_reading_is_old(cloudmart: Store) -> None:
    at = [NOW]
    client = client_at(cloudmart, clock=lambda: at[0])
    before = client.get("/live").headers["ETag"]
    at[0] = NOW + timedelta(seconds=10)
    cloudmart.health.record([replace(each, observed_at=at[0]) for each in observations(at_start=True)])
    after = client.get("/live")
    assert after.headers["ETag"] != before
    assert "4 of 6 targets" not in after.get_data(as_text=True)


def test_the_page_of_cloudmart_is_small_on_the_wire(app: Flask) -> None:
    answer = app.test_client().get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 20 * 1024
    assert len(gzip.decompress(answer.data)) > 8000


def test_more_failing_checks_than_fit_are_counted(cloudmart: Store) -> None:
    [failing] = [each for each in observations(at_start=False) if each.check_id == "target:prod/backend"]
    cloudmart.health.record([replace(failing, check_id=f"target:x{at}") for at in range(status.SHOWN + 1)])
    page = client_at(cloudmart).get("/live").get_data(as_text=True)
    assert page.count('class="trouble critical"') == status.SHOWN
    assert "And 3 more" in words(page)


def test_what_fires_comes_first_with_its_buttons_and_each_trouble_once(incident: Store) -> None:
    live = client_at(incident, rules=lambda: RULES).get("/live?env=prod").get_data(as_text=True)
    said = words(live)
    assert said.index("Response time is 842 ms") < said.index("CPU of postgres") < said.index("Healthy targets")
    assert f'action="/alerts/{E_SLOW.id}/acknowledge"' in live
    assert "1 acknowledged" in said
    targets = alert_of("targets", Severity.PAGE, ("prod", "backend"), NOW - timedelta(minutes=11))
    incident.alerts.commit_round(alerts=[targets], episodes=[episode_of(targets)])
    later = client_at(incident, rules=lambda: RULES).get("/live?env=prod").get_data(as_text=True)
    assert "Healthy targets" not in words(later)
    assert re.search(r'class="verdict critical"', later)


def test_a_silence_changes_nothing_of_the_verdict(incident: Store) -> None:
    before = words(client_at(incident).get("/live").get_data(as_text=True))
    everything = Silence("s-all", (Matcher("severity", "=~", ".*"),), NOW, NOW + timedelta(hours=1), "minji")
    incident.silences.add(everything)
    after = words(client_at(incident).get("/live").get_data(as_text=True))
    assert "prod backend is failing." in before
    assert "prod backend is failing." in after
    assert "3 silenced" in after
