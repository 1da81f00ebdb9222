"""The read API: every answer fits the OpenAPI document, and every value equals what is kept."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate as validate_openapi

from dashboards.api.routes import ENDPOINTS
from dashboards.api.times import in_order, parse_time
from dashboards.errors import BadParameter
from store import Store
from store.vocabulary import Absent, Series, SeriesKey
from tests.dashboards.incident import E_SLOW, RULES

NOW = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
Json = Any


@pytest.fixture
def cloudmart(incident: Store) -> Store:
    """CloudMart with the alerts of its night, so that every address has something to tell."""
    assert incident.series.find()
    return incident


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], cloudmart: Store) -> FlaskClient:
    assert cloudmart.series.find()
    return client_of(rules=lambda: RULES)


@pytest.fixture
def series(cloudmart: Store) -> Series:
    (found,) = cloudmart.series.find(environment="prod", component="backend", metric="TargetResponseTime", stat="p95")
    return found


EMPTY = {"/obligations", "/costs/budgets", "/costs/anomalies", "/costs/restatements", "/power"}
"""What has nothing to tell of this store; costs have a test file of their own."""


def fault_of(client: FlaskClient, path: str) -> Json:
    answer = client.get(path)
    assert answer.status_code == 400, answer.text
    return answer.json


def checked(document: Mapping[str, Json], path: str, answer: Json, status: str = "200", method: str = "get") -> None:
    """Hold an answer against the schema that the document gives for it."""
    content = document["paths"][path][method]["responses"][status]["content"]
    kind = "application/json" if status.startswith("2") else "application/problem+json"
    schema = {**content[kind]["schema"], "components": document["components"]}
    Draft202012Validator(schema).validate(answer)


def test_the_document_is_valid_openapi(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    validate_openapi(document)
    assert document["openapi"].startswith("3.1")
    assert sum(len(methods) for methods in document["paths"].values()) == len(ENDPOINTS)


def test_every_answer_fits_the_document(client: FlaskClient, cloudmart: Store, series: Series) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    words = {
        "{resource_id}": quote(cloudmart.resources.find()[0].id),
        "{series_id}": series.id,
        "{name}": "health:main/ap-northeast-2",
        "{alert_id}": E_SLOW.id,
    }
    for path in (path for path, methods in document["paths"].items() if "get" in methods):
        address = re.sub(r"\{\w+\}", lambda found: words[found[0]], path)
        answer = client.get(f"/api/v1{address}")
        assert answer.status_code == 200, (path, answer.text)
        if not path.endswith(".csv"):
            checked(document, path, answer.json)
            empty = {"items": [], "total": 0, "next": None}
            assert (answer.json in ({}, empty)) == (path in EMPTY), path


def test_every_refusal_fits_the_document(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    for path in (path for path, methods in document["paths"].items() if "get" in methods):
        address = re.sub(r"\{\w+\}", "nothing", path)
        checked(document, path, fault_of(client, f"/api/v1{address}?nonsense=1"), "400")
        if "{" in path:
            missing = client.get(f"/api/v1{address}")
            assert missing.status_code == 404
            checked(document, path, missing.json, "404")


def test_the_points_of_a_series_are_those_that_are_kept(client: FlaskClient, cloudmart: Store, series: Series) -> None:
    end = int(client.application.extensions["lamplighter.site"].clock().timestamp())
    start = end - 7200
    answer = client.get(f"/api/v1/series/{series.id}/points?from={start}&to={end}").json
    assert answer is not None
    assert list(answer) == ["series", "points", "gaps"]
    kept = cloudmart.samples.read([series.id], start, end)[series.id].pairs()
    assert [tuple(point) for point in answer["points"]] == kept
    assert len(kept) > 100
    assert answer["series"]["id"] == series.id
    assert answer["series"]["dimensions"] == dict(series.key.dimensions)


def test_a_gap_is_told_as_a_gap(client: FlaskClient, cloudmart: Store) -> None:
    (holed,) = cloudmart.series.find(environment="prod", component="postgres", metric="CPUUtilization")
    answer = client.get(f"/api/v1/series/{holed.id}/points?from=-2h").json
    assert answer is not None
    assert answer["gaps"]
    for start, end in answer["gaps"]:
        assert not any(start <= time < end for time, _ in answer["points"])


def test_csv_holds_the_same_values_to_the_last_digit(client: FlaskClient, series: Series) -> None:
    points = client.get(f"/api/v1/series/{series.id}/points?from=-2h").json
    assert points is not None
    by_name = client.get(f"/api/v1/series/{series.id}/points.csv?from=-2h")
    by_header = client.get(f"/api/v1/series/{series.id}/points?from=-2h", headers={"Accept": "text/csv"})
    assert by_name.data == by_header.data
    assert by_name.headers["Content-Disposition"] == f'attachment; filename="{series.id}.csv"'
    rows = list(csv.DictReader(io.StringIO(by_name.text)))
    assert [[int(row["epoch_seconds"]), float(row["value"])] for row in rows] == points["points"]
    first = datetime.fromisoformat(rows[0]["time"])
    assert int(first.timestamp()) == points["points"][0][0]


def test_a_step_gathers_points(client: FlaskClient, cloudmart: Store) -> None:
    (requests,) = cloudmart.series.find(environment="prod", metric="RequestCount")
    end = int(client.application.extensions["lamplighter.site"].clock().timestamp()) // 3600 * 3600
    address = f"/api/v1/series/{requests.id}/points?from={end - 3600}&to={end}"
    fine, coarse = client.get(address).json, client.get(f"{address}&step=3600").json
    assert fine is not None
    assert coarse is not None
    assert coarse["points"] == [[end - 3600, pytest.approx(sum(value for _, value in fine["points"]))]]


@pytest.mark.parametrize(
    ("query", "parameter", "words"),
    [
        ("from=yesterday", "from", "ISO 8601"),
        ("from=-3h&to=-4h", "from", "before"),
        ("to=1795402800000", "to", "in seconds"),
        ("step=0", "step", "less than 1"),
        ("step=abc", "step", "whole number"),
        ("from=-455d", "step", "ask for step="),
        ("from=-600d", "from", "at most 460"),
        ("form=-3h", "form", "from, to, step"),
        ("from=-3h&from=-4h", "from", "more than once"),
    ],
)
def test_a_refused_parameter_is_named(
    query: str, parameter: str, words: str, client: FlaskClient, series: Series
) -> None:
    fault = fault_of(client, f"/api/v1/series/{series.id}/points?{query}")
    assert fault["parameter"] == parameter
    assert words in fault["detail"]


def test_the_step_that_is_asked_for_is_enough(client: FlaskClient, series: Series) -> None:
    fault = fault_of(client, f"/api/v1/series/{series.id}/points?from=-455d")
    found = re.search(r"step=(\d+)", fault["detail"])
    assert found
    assert client.get(f"/api/v1/series/{series.id}/points?from=-455d&step={found[1]}").status_code == 200


def test_pages_follow_each_other_through_all_series(client: FlaskClient, cloudmart: Store) -> None:
    seen, address = [], "/api/v1/series?environment=prod&limit=7"
    while address:
        page = client.get(address).json
        assert page is not None
        seen += [item["id"] for item in page["items"]]
        address = page["next"]
    assert seen == [one.id for one in cloudmart.series.find(environment="prod")]


@pytest.mark.parametrize(
    ("query", "metric"),
    [("environment=prod&metric=RequestCount", "RequestCount"), ("namespace=AWS/RDS&stat=p90", "ReadLatency")],
)
def test_series_are_found_by_what_is_asked(query: str, metric: str, client: FlaskClient) -> None:
    page = client.get(f"/api/v1/series?{query}").json
    assert page is not None
    assert 0 < page["total"] < 10
    assert metric in {item["metric"] for item in page["items"]}


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "many"])
def test_a_page_has_bounds(limit: str, client: FlaskClient) -> None:
    assert fault_of(client, f"/api/v1/series?limit={limit}")["parameter"] == "limit"


def test_the_status_says_what_fails_worst_first(client: FlaskClient) -> None:
    status = client.get("/api/v1/status").json
    assert status is not None
    assert status["status"] == "critical"
    assert status["sentence"] == "prod backend is failing."
    assert status["components"][0]["component"] == "backend"
    assert "502" in status["components"][0]["reason"]
    korean = client.get("/api/v1/status", headers={"Accept-Language": "ko"}).json
    assert korean is not None
    assert korean["sentence"] == "구성 요소 1개 장애: prod backend"


def test_health_is_judged_as_of_now(client: FlaskClient, clock: Callable[[], object]) -> None:
    fresh = client.get("/api/v1/health?environment=prod").json
    assert fresh is not None
    assert fresh["items"][0]["status"] == "critical"
    clock.forward(minutes=30)  # type: ignore[attr-defined]
    stale = client.get("/api/v1/health?environment=prod").json
    assert stale is not None
    assert {item["status"] for item in stale["items"]} == {"unknown"}
    assert {item["observed_status"] for item in stale["items"]} == {"critical", "ok"}


def test_transitions_tell_when_it_broke(client: FlaskClient) -> None:
    page = client.get("/api/v1/health/transitions?environment=prod&component=backend&from=-1h").json
    assert page is not None
    assert [(item["before"], item["after"]) for item in page["items"]] == [("ok", "critical")]


def test_the_bill_adds_up(client: FlaskClient, cloudmart: Store) -> None:
    bill = client.get("/api/v1/bill").json
    assert bill is not None
    clock = client.application.extensions["lamplighter.site"].clock
    low, high = cloudmart.meter.total(datetime(2026, 11, 1, tzinfo=UTC), clock())
    assert (bill["cost_low"], bill["cost_high"]) == (str(low), str(high))
    assert bill["monthly_cap"] == "30"
    assert bill["lines"][0]["api"] == "GetMetricData"


def test_a_resource_is_found_by_its_arn(client: FlaskClient, cloudmart: Store) -> None:
    (resource,) = cloudmart.resources.find(environment="prod", component="postgres")
    answer = client.get(f"/api/v1/resources/{resource.id}").json
    assert answer is not None
    assert (answer["id"], answer["type"]) == (resource.id, "rds:db")


def test_events_are_told_by_kind(client: FlaskClient) -> None:
    page = client.get("/api/v1/events?from=-1d&kinds=deploy.started,deploy.ended").json
    assert page is not None
    assert [item["kind"] for item in page["items"]] == ["deploy.started"]


def test_the_page_for_people_lists_every_address(client: FlaskClient) -> None:
    text = client.get("/api/docs").text
    for endpoint in ENDPOINTS:
        assert escape("/api/v1" + re.sub("<(?:path:)?([a-z_]+)>", r"{\1}", endpoint.path)) in text


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-23T03:00:00Z", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        ("2026-11-23T12:00:00+09:00", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        ("2026-11-23T12:00:00 09:00", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("1795402800", datetime.fromtimestamp(1795402800, UTC)),
        ("now", NOW),
        ("-3h", NOW - timedelta(hours=3)),
        ("-1d12h", NOW - timedelta(days=1, hours=12)),
    ],
)
def test_times_are_read_in_every_form(text: str, when: datetime) -> None:
    assert parse_time(text, NOW, "from") == when


@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC)), st.timezones())  # noqa: DTZ001  bounds are naive
def test_an_iso_time_of_any_zone_is_read_back_to_the_instant(when: datetime, zone: tzinfo) -> None:
    assert parse_time(when.astimezone(zone).isoformat(), NOW, "from") == when


@given(st.text(max_size=30))
def test_any_other_text_is_refused_by_name(text: str) -> None:
    try:
        when = parse_time(text, NOW, "from")
    except BadParameter as error:
        assert error.parameter == "from"  # noqa: PT017  either way is right
    else:
        assert when.tzinfo is not None


def test_a_range_must_not_be_empty() -> None:
    with pytest.raises(BadParameter, match="does not lie before"):
        in_order(NOW, NOW)


def test_an_absent_value_of_a_zero_series_is_told_as_zero(
    sqlite_store: Store, client_of: Callable[..., FlaskClient]
) -> None:
    key = SeriesKey("main", "r", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", (("LoadBalancer", "x"),), "Sum")
    sqlite_store.series.upsert([Series(key, 60, Absent.ZERO)])
    answer = client_of().get(f"/api/v1/series/{key.id}").json
    assert answer is not None
    assert answer["absent"] == "zero"
