"""The component page: charts whose values are the store's, gaps told, tables without script, addresses that hold."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from store import Store
from tests.dashboards.cloudmart import EPOCH, GAP, series_of, value_at


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def points(client: FlaskClient, component: str = "backend", words: str = "") -> dict[str, Any]:
    answer = client.get(f"/components/{component}/points?env=prod{words}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def chart(answer: dict[str, Any], part: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in answer["charts"] if part in each["key"])
    return found


def test_the_values_of_a_chart_are_the_stores(client: FlaskClient) -> None:
    found = chart(points(client), "requestcount")
    [series] = [each for each in series_of("prod", "backend") if each.key.metric == "RequestCount"]
    times = range(found["start"], found["start"] + 60 * len(found["values"][0]), 60)
    known = [(time, value) for time, value in zip(times, found["values"][0], strict=True) if value is not None]
    assert len(known) > 170
    assert all(value == value_at(series, time) for time, value in known)


def test_all_charts_of_the_page_come_in_one_answer(client: FlaskClient) -> None:
    answer = points(client)
    page = client.get("/components/backend?env=prod").get_data(as_text=True)
    assert [each["key"] for each in answer["charts"]] == re.findall(r'data-key="([^"]+)"', page)


def test_a_gap_is_null_and_named(client: FlaskClient) -> None:
    found = chart(points(client, "postgres"), "cpuutilization")
    times = range(found["start"], found["start"] + 60 * len(found["values"][0]), 60)
    inside = [value for time, value in zip(times, found["values"][0], strict=True) if GAP.start <= time < GAP.end]
    assert inside
    assert set(inside) == {None}
    assert [GAP.start, GAP.end, GAP.reason] in found["gaps"]
    assert "No data from 02:04 to 02:20: CloudWatch refused GetMetricData (Throttling)." in found["caption"]


def test_what_happened_comes_with_the_charts(client: FlaskClient) -> None:
    titles = [title for _, title in points(client)["events"]]
    assert titles == ["Deploy backend 2026.11.24-1"]


def test_no_chart_is_sent_more_points_than_it_can_show(client: FlaskClient) -> None:
    for words in ("&range=24h", "&range=15d", "&range=63d", "&from=0"):
        for found in points(client, words=words)["charts"]:
            assert max(len(line) for line in found["values"]) <= 601


def test_a_zoom_is_an_address_with_fixed_times(client: FlaskClient) -> None:
    answer = points(client, words="&from=2026-11-23T17:00Z&to=2026-11-23T17:30Z")
    assert (answer["to"] - answer["from"], answer["range"]) == (1800, "")


def test_the_table_needs_no_script(client: FlaskClient) -> None:
    page = client.get("/components/backend?env=prod&view=table").get_data(as_text=True)
    assert "charts.js" not in page
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert body
    assert 20 < body[1].count("<tr>") <= 96
    assert "ms</td>" in body[1]


def test_the_csv_that_the_page_links_holds_every_value_of_the_store(client: FlaskClient, cloudmart: Store) -> None:
    page = client.get("/components/redis?env=prod").get_data(as_text=True)
    found = re.search(r'href="(/api/v1/series/(s\w+)/points\.csv\?[^"]+)"', page)
    assert found
    answer = client.get(found[1].replace("&amp;", "&"))
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True))))[1:]
    stored = cloudmart.samples.read([found[2]], EPOCH // 60 * 60 - 10800, EPOCH // 60 * 60)[found[2]].pairs()
    assert [float(row[-1]) for row in rows] == [value for _, value in stored]


def test_checks_resources_and_history_stand_below(client: FlaskClient) -> None:
    page = client.get("/components/backend?env=prod").get_data(as_text=True)
    assert "cloudmart-prod-backend" in page
    assert "elbv2:loadbalancer" in page
    assert "What changed in the last 7 days" in page


def test_the_environments_keep_the_range(client: FlaskClient) -> None:
    page = client.get("/components/backend?env=prod&range=24h").get_data(as_text=True)
    assert 'href="/components/backend?env=staging&amp;range=24h"' in page


def test_without_an_environment_the_one_that_people_use_is_shown(client: FlaskClient) -> None:
    assert "<title>backend prod" in client.get("/components/backend").get_data(as_text=True)


def test_an_unknown_component_is_not_found(client: FlaskClient) -> None:
    assert client.get("/components/nothing").status_code == 404
    assert client.get("/components/nothing/points").status_code == 404


def test_a_component_without_metrics_says_so(sqlite_store: Store) -> None:
    from dashboards.config import WebSettings  # noqa: PLC0415  this test only
    from dashboards.web import create_app  # noqa: PLC0415
    from tests.dashboards.cloudmart import SECRET, site_of  # noqa: PLC0415

    client = create_app(site_of(sqlite_store), WebSettings(), SECRET).test_client()
    page = client.get("/components/backend").get_data(as_text=True)
    assert "No metrics are kept of this component yet." in page


def test_an_environment_that_is_not_there_is_said(client: FlaskClient) -> None:
    for path in ("", "/points", "/now"):
        answer = client.get(f"/components/backend{path}?env=nope")
        assert answer.status_code == 404
        assert "There is no environment nope; there is prod, staging, dev." in answer.text
    assert client.get("/components/backend?env=dev").status_code == 200
