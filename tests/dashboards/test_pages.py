"""Every page answers in both languages, keeps the CSP, and says what it does not know."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import dashboards
from dashboards.config import WebSettings
from dashboards.language import read_translations
from dashboards.pages.frame import local_path
from dashboards.web import create_app
from store import Store
from tests.dashboards.cloudmart import NOW, SECRET, site_of

PAGES = (
    "/",
    "/?env=prod",
    "/components/backend?env=prod",
    "/components/postgres?env=prod&view=table",
    "/collectors",
    "/settings",
)
TEMPLATES = Path(dashboards.__file__).parent / "templates"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def text_of(client: FlaskClient, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_the_readers_language(client: FlaskClient, path: str, language: str) -> None:
    page = text_of(client, path, language)
    assert f'<html lang="{language}"' in page
    assert ("상태" in page) == (language == "ko")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_inline_script_or_style(client: FlaskClient, path: str) -> None:
    page = text_of(client, path)
    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", page)
    assert "hx-on" not in page


@pytest.mark.parametrize("path", PAGES)
def test_no_id_stands_twice_on_a_page(client: FlaskClient, path: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', text_of(client, path))
    assert len(ids) == len(set(ids))


def test_every_sentence_of_the_templates_has_korean() -> None:
    korean = read_translations("ko")
    missing = []
    for path in sorted(TEMPLATES.glob("*.html")):
        for quote, said in re.findall(r"_\((['\"])(.+?)\1[,)]", path.read_text()):
            del quote
            if korean.gettext(said) == said:
                missing.append((path.name, said))
    assert not missing


def test_places_that_do_not_exist_yet_are_absent_from_the_navigation(client: FlaskClient) -> None:
    page = text_of(client, "/")
    for href in re.findall(r'<a href="(/[^"]*)" ?[^>]*data-go', page):
        assert client.get(href).status_code == 200


def test_the_choice_of_language_appearance_and_zone_is_kept(client: FlaskClient) -> None:
    token = token_of(text_of(client, "/settings"))
    form = {"csrf_token": token, "language": "ko", "theme": "dark", "zone": "UTC", "next": "/settings"}
    answer = client.post("/settings/preferences", data=form)
    assert (answer.status_code, answer.location) == (303, "/settings")
    page = text_of(client, "/settings")
    assert '<html lang="ko" data-theme="dark">' in page
    assert "<option selected>UTC" in page


def test_an_unknown_choice_changes_nothing(client: FlaskClient) -> None:
    form = {"csrf_token": token_of(text_of(client, "/")), "language": "xx", "theme": "neon", "zone": "Mars/Base"}
    answer = client.post("/settings/preferences", data=form)
    assert not [
        cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith(("lang=", "theme=", "tz="))
    ]


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"]
)
def test_a_choice_never_leads_to_another_site(target: str) -> None:
    assert local_path(target) == "/"


def test_a_form_without_its_token_is_refused(client: FlaskClient, cloudmart: Store) -> None:
    assert client.post("/collectors/run", data={"job": "probes"}).status_code == 400
    assert cloudmart.intents.open() == []


def test_run_now_writes_an_intent_and_wakes_the_worker(cloudmart: Store) -> None:
    woken: list[str] = []
    client = create_app(site_of(cloudmart, wake=woken.append), WebSettings(), SECRET).test_client()
    form = {"csrf_token": token_of(text_of(client, "/collectors")), "job": "probes"}
    answer = client.post("/collectors/run", data=form, follow_redirects=True)
    assert "Probes will run now." in answer.get_data(as_text=True)
    [intent] = cloudmart.intents.open("job.run")
    assert (dict(intent.payload), intent.created_at, woken) == ({"job": "probes"}, NOW, ["intents"])


def test_an_unknown_job_is_not_run(client: FlaskClient, cloudmart: Store) -> None:
    form = {"csrf_token": token_of(text_of(client, "/collectors")), "job": "rm -rf"}
    assert client.post("/collectors/run", data=form).status_code == 404
    assert cloudmart.intents.open() == []


def test_the_collectors_page_tells_outcome_remedy_coverage_and_progress(client: FlaskClient) -> None:
    page = text_of(client, "/collectors")
    assert "CloudWatch refused GetMetricData (AccessDenied). Run: lamplighter doctor" in page
    assert "62%" in page
    assert '<progress value="0.430" max="1" aria-label="Progress of History">' in page


def test_the_bill_is_a_range_beside_its_cap(client: FlaskClient) -> None:
    page = text_of(client, "/collectors")
    assert "$30.00" in page
    assert re.search(r"This month so far</dt><dd>\$\d+\.\d\d \N{EN DASH} \$\d+\.\d\d", page)
    assert "GetMetricData" in page


def test_what_is_collected_less_often_is_said(cloudmart: Store) -> None:
    site = site_of(
        cloudmart, cap_levels=("Everything.", "The backfill has stopped."), cap_level=lambda: 1, bill_cap=Decimal(1)
    )
    assert "The backfill has stopped." in text_of(create_app(site, WebSettings(), SECRET).test_client(), "/collectors")


def test_the_settings_page_escapes_what_stands_in_the_configuration(cloudmart: Store) -> None:
    site = site_of(cloudmart, effective_config=lambda: "name: <b>x</b>", config_problem=lambda: "line 3: <i>no</i>")
    page = text_of(create_app(site, WebSettings(), SECRET).test_client(), "/settings")
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "&lt;i&gt;no&lt;/i&gt;" in page
    assert "The last reload was refused" in page
