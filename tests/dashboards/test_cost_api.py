"""The API of costs: exact decimals as text, one currency at a time, and refusals that say what to write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from dashboards.api.sheets import sheet
from dashboards.config import WebSettings
from dashboards.site import CostFacts
from dashboards.web import create_app
from store import Store, open_store
from tests.dashboards.cloudmart import SECRET, site_of
from tests.dashboards.expenses import fill_costs, total

Json = Any


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("cost-api") / "store.db"
    with open_store(f"sqlite:///{path}") as opened:
        opened.migrate()
        fill_costs(opened)
        yield opened


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    return create_app(site_of(store, costs=CostFacts(tags=("Team",))), WebSettings(), SECRET).test_client()


def got(client: FlaskClient, path: str) -> Json:
    answer = client.get(f"/api/v1/costs{path}")
    assert answer.status_code == 200, answer.text
    return answer.json


def fits(document: Mapping[str, Json], path: str, answer: Json) -> None:
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", ""),
        ("", "?by=component&daily=true&basis=net"),
        ("", "?by=tag:Team&from=2026-10-01&to=2026-11-01"),
        ("/summary", ""),
        ("/forecast", ""),
        ("/forecast", "?component=backend&environment=prod"),
        ("/budgets", "?environment=prod"),
        ("/anomalies", "?state=open&component=network"),
        ("/restatements", ""),
    ],
)
def test_every_answer_fits_the_document(client: FlaskClient, path: str, query: str) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document is not None
    fits(document, f"/costs{path}", got(client, f"{path}{query}"))


@pytest.mark.parametrize(
    "by", ["", "component", "environment", "service", "usage_type", "account", "charge_category", "tag:Team"]
)
def test_groups_add_up_to_the_total_exactly(client: FlaskClient, by: str) -> None:
    answer = got(client, f"?by={by}&from=2026-09-01")
    [told] = answer["currencies"]
    assert sum(Decimal(each["amount"]) for each in told["groups"]) == Decimal(told["total"])
    assert Decimal(told["not_told_apart"]) == 0
    assert answer["final_to"] == "2026-11-01"
    assert answer["tied_out"] is True


def test_amounts_are_text_without_an_exponent(client: FlaskClient) -> None:
    [told] = got(client, "?component=storage&environment=dev&daily=true")["currencies"]
    assert all("E" not in each["amount"] for each in told["groups"])
    assert told["groups"][0]["day"] == "2026-11-01"


def test_the_summary_says_how_the_month_stands(client: FlaskClient) -> None:
    answer = got(client, "/summary")
    [told] = answer["currencies"]
    assert Decimal(told["month"]) == Decimal(told["estimated"]) == total()
    assert told["yesterday"] is not None
    assert told["forecast"]["total"] == "592.40"
    assert [one["name"] for one in answer["budgets"]] == ["empty", "prod", "all"]
    assert answer["open_anomalies"] == 1


def test_unusual_costs_can_be_chosen_and_carry_their_cause(client: FlaskClient) -> None:
    assert [one["id"] for one in got(client, "/anomalies")["items"]] == ["nat", "sale"]
    [one] = got(client, "/anomalies?state=open")["items"]
    assert one["impact"] == "52.35"
    assert one["cause"].startswith("APN2-NatGateway-Bytes")
    assert got(client, "/anomalies?environment=dev")["items"] == []


@pytest.mark.parametrize("path", [".csv?by=service&daily=true", "/anomalies.csv", "/restatements.csv"])
def test_csv_has_a_name_and_a_header(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/costs{path}")
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(next(csv.reader(io.StringIO(answer.text)))) > 5


def test_no_cell_is_a_formula(client: FlaskClient) -> None:
    with client.application.app_context():
        text = sheet("a", ("name", "amount"), [("=1+1", Decimal("-0.0000000001")), (None, True)]).get_data(as_text=True)
    assert text == "name,amount\r\n'=1+1,-0.0000000001\r\n,true\r\n"


@pytest.mark.parametrize(
    ("query", "parameter", "why"),
    [
        ("?from=yesterday", "from", "write one such as 2026-11-24"),
        ("?from=2026-11-10&to=2026-11-10", "from", "does not lie before"),
        ("?from=2024-01-01", "from", "at most 460"),
        ("?by=region", "by", "is not one of component"),
        ("?by=tag:Owner", "by", "is not one of component"),
        ("?basis=billed", "basis", "is not one of unblended"),
        ("?environment=prod&component=backend&by=service", "by", "two things at once"),
        ("?charges=usage&environment=prod", "charges", "two things at once"),
        ("?tag=web", "tag", "KEY:VALUE"),
        ("/forecast?service=Tax&component=backend", "service", "no forecast"),
        ("/anomalies?state=past", "state", "is not one of open, all"),
    ],
)
def test_what_cannot_be_understood_is_refused(client: FlaskClient, query: str, parameter: str, why: str) -> None:
    answer = client.get(f"/api/v1/costs{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json is not None
    assert answer.json["parameter"] == parameter
    assert why in answer.json["detail"]
