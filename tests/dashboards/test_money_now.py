"""Money where it is not the subject: a line on the status and component pages, and gauges for Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboards.config import WebSettings
from dashboards.web import create_app
from store import Store, open_store
from store.alerting import BudgetReading
from store.money import Basis, CostAnomaly, CostObservation, CostRead, Drift, Forecast, View
from tests.dashboards.cloudmart import NOW, SECRET, site_of

TODAY = NOW.date()
FIRST = TODAY.replace(day=1)
END = (FIRST + timedelta(days=32)).replace(day=1)


def forecast(scope: str, total: str) -> Forecast:
    one = Decimal(total)
    days = (FIRST, END, max(TODAY, FIRST + timedelta(days=1)))
    return Forecast(scope, Basis.UNBLENDED, "USD", *days, NOW, one, one - 9, one + 9, "profile", spent=Decimal("12.34"))


@pytest.fixture
def store(cloudmart: Store) -> Store:
    places = ((("backend", "prod"), Decimal("5.25")), (("", ""), Decimal("1.00")))
    lines = [CostObservation("main", View.PLACE, FIRST, keys, "USD", cost, cost, cost, NOW) for keys, cost in places]
    read = CostRead("main", View.PLACE, FIRST, TODAY + timedelta(days=1), NOW - timedelta(hours=2), 1)
    cloudmart.costs.record(read, lines)
    for scope, total in (("", "1305"), ("environment:prod", "900"), ("place:backend,prod", "400")):
        cloudmart.reports.put(f"month:{scope}", forecast(scope, total), NOW)
    one = Decimal(1)
    anomaly = CostAnomaly("a1", "", Drift.JUMP, FIRST, TODAY, "USD", one * 9, one, one, one, one * 8, "NAT", NOW)
    cloudmart.anomalies.upsert([anomaly])
    start, end = NOW.replace(day=1), NOW + timedelta(days=20)
    cloudmart.budgets.record([BudgetReading("all", "", start, end, one * 100, "USD", one * 80, NOW, NOW, one * 110)])
    return cloudmart


def client_of(store: Store) -> FlaskClient:
    return create_app(site_of(store), WebSettings(), SECRET).test_client()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_the_status_page_says_what_it_costs_in_one_line(store: Store) -> None:
    client = client_of(store)
    html = client.get("/").text
    assert re.search(r"Costs : \$12\.34 this month up to .*, about \$1,305 expected by its end\.", text_of(html))
    assert "One cost is unusual" in html
    assert "about $900 expected" in text_of(client.get("/?env=prod").text)
    assert "expected by its end" not in client.get("/?env=dev").text


def test_the_page_of_a_component_has_its_own_line(store: Store) -> None:
    html = client_of(store).get("/components/backend?env=prod").text
    assert "about $400 expected" in text_of(html)
    assert "/cost?environment=prod&amp;component=backend" in html


def test_prometheus_reads_costs_budgets_and_how_old_they_are(store: Store) -> None:
    text = client_of(store).get("/metrics").text
    for line in (
        'lamplighter_stack_cost_month{basis="unblended",component="backend",currency="USD",environment="prod"} 5.25',
        'lamplighter_stack_cost_month{basis="unblended",component="",currency="USD",environment=""} 1.0',
        'lamplighter_stack_cost_forecast{bound="expected",currency="USD",scope=""} 1305.0',
        'lamplighter_budget_spent_ratio{budget="all"} 0.8',
        'lamplighter_budget_forecast_ratio{budget="all"} 1.1',
        "lamplighter_cost_anomalies 1.0",
        'lamplighter_cost_read_age_seconds{account="main"} 7200.0',
    ):
        assert line in text


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'empty.db'}") as opened:
        opened.migrate()
        yield opened


def test_before_costs_are_read_nothing_is_said_of_them(empty: Store) -> None:
    client = client_of(empty)
    assert "lamplighter_stack_cost" not in client.get("/metrics").text
    assert "expected by its end" not in client.get("/").text
