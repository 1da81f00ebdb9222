"""Savings and their ledger, plan against actual, unit cost: what the pages say, and what a decision becomes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from dashboards.config import Login, User, WebSettings
from dashboards.web import create_app
from store import Store, open_store
from store.messages import Message
from store.money import (
    Allocation,
    Basis,
    LedgerEntry,
    PlanLine,
    PlanReport,
    Saving,
    SavingState,
    Share,
    UnitCost,
    UnitCostDay,
)
from tests.dashboards.cloudmart import NOW, SECRET, site_of

ONE = Decimal(1)
TODAY = NOW.date()
MONTH = TODAY.replace(day=1)
GP3 = Saving(
    "gp2-to-gp3:vol-1",
    "gp2-to-gp3",
    Message("the volume %(name)s could be gp3", name="<b>vol-1</b>"),
    Decimal("2.28"),
    "USD",
    "low",
    "low",
    (Message("%(size)s GiB of %(kind)s", size=100, kind="gp2"),),
    "how",
    "remedy",
    NOW,
    NOW,
    environment="dev",
    prices_of=date(2025, 6, 1),
)
ACCEPTED = Saving(
    "idle:i-1",
    "idle-instance",
    "idle",
    Decimal(73),
    "USD",
    "low",
    "high",
    ("x",),
    "how",
    "remedy",
    NOW,
    NOW,
    SavingState.VERIFIED,
    environment="prod",
    decided_by="kim",
    decided_at=NOW - timedelta(days=20),
    comment="with the release",
    verified=Decimal("11.11"),
    verified_to=TODAY - timedelta(days=2),
)
ENTRIES = (
    LedgerEntry("a", MONTH, "shutdown", "dev", "USD", Decimal("4.10"), NOW, Decimal("3.90"), "dev"),
    LedgerEntry("b", MONTH + timedelta(days=1), "shutdown", "dev", "USD", Decimal("4.20"), NOW, None, "dev"),
)
PLAN = PlanReport(
    "shop",
    MONTH,
    (MONTH + timedelta(days=32)).replace(day=1),
    TODAY,
    "USD",
    Basis.UNBLENDED,
    (
        PlanLine("backend", ONE * 90, ONE * 60, ONE * 75, ONE * 100, ONE * 110, ONE * 5, ONE * 8, ONE * 2, ("note",)),
        PlanLine("", ONE * 0, ONE * 0, ONE * 7, scope=ONE * 7),
    ),
)
UNITS = UnitCost(
    "requests",
    "prod",
    "USD",
    tuple(UnitCostDay(MONTH + timedelta(days=number), ONE * 12, ONE * 400_000, Decimal("0.03")) for number in range(3)),
)
SHARED = Allocation(
    MONTH,
    TODAY,
    "USD",
    Basis.UNBLENDED,
    Message("nothing is shared"),
    (Share("backend", ONE * 30, ONE * 6, ONE * 36),),
    ONE * 45,
    ONE * 4,
    ONE * 5,
    ("Team",),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        opened.migrate()
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    store.savings.put([GP3, ACCEPTED])
    store.ledger.record(ENTRIES)
    store.reports.put("shop", PLAN, NOW)
    store.reports.put("requests", UNITS, NOW)
    store.reports.put("month", SHARED, NOW)
    return store


def client_of(store: Store, settings: WebSettings | None = None) -> FlaskClient:
    return create_app(site_of(store), settings or WebSettings(), SECRET).test_client()


def read(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\N{MINUS SIGN}", "-")


def decide(client: FlaskClient, decision: str, name: str = GP3.id, **more: str) -> int:
    token = re.search(r'name="csrf_token" value="([^"]+)"', read(client, "/cost/savings"))
    assert token
    form = {"csrf_token": token[1], "id": name, "decision": decision, "comment": " soon ", **more}
    return client.post("/cost/savings/decide", data=form).status_code


def sheet(client: FlaskClient, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(client, address))))


def test_recommendations_stand_with_their_grounds_and_nothing_of_them_is_markup(filled: Store) -> None:
    html = read(client_of(filled), "/cost/savings")
    text = text_of(html)
    assert "<b>vol-1</b>" not in html
    for words in ("$2.28", "100 GiB of gp2", "effort low, risk low", "compare them with AWS's page first"):
        assert words in text
    assert "Verified by the bill $11.11" in text
    assert "kim" in text
    assert "with the release" in text
    assert "net of growth; $43.20 was expected" in text


def test_the_ledger_adds_up_and_says_what_is_not_known(filled: Store) -> None:
    client = client_of(filled)
    text = text_of(read(client, "/cost/savings"))
    assert "Together USD $8.30 $3.90 $4.20 waits for the bill" in text
    assert "not known yet" in text_of(read(client, f"/cost/savings?ledger={MONTH:%Y-%m}"))
    assert "$3.90" in text_of(read(client, f"/cost/savings?ledger={MONTH}"))
    rows = sheet(client, "/cost/ledger.csv")
    assert [(row["expected"], row["billed"], row["verified"]) for row in rows] == [
        ("4.10", "3.90", "yes"),
        ("4.20", "", "no"),
    ]


def test_a_decision_becomes_one_intent_however_often_it_is_clicked(filled: Store) -> None:
    client = client_of(filled)
    assert decide(client, "accept") == 303
    assert decide(client, "accept") == 303
    [intent] = filled.intents.open("saving.accept")
    assert dict(intent.payload) == {"id": GP3.id, "comment": "soon"}
    assert "Accepting it is asked for and being done." in text_of(read(client, "/cost/savings"))


def test_what_cannot_be_decided_asks_for_nothing(filled: Store) -> None:
    client = client_of(filled)
    assert decide(client, "accept", ACCEPTED.id) == 303
    assert decide(client, "delete") == 400
    assert decide(client, "accept", "nothing") == 404
    assert client.post("/cost/savings/decide", data={"id": GP3.id, "decision": "accept"}).status_code == 400
    assert filled.intents.open() == []


def test_a_decision_goes_back_to_this_site_only(filled: Store) -> None:
    client = client_of(filled)
    token = re.search(r'name="csrf_token" value="([^"]+)"', read(client, "/cost/savings"))
    assert token
    form = {"csrf_token": token[1], "id": GP3.id, "decision": "dismiss", "next": "https://evil.example/"}
    assert client.post("/cost/savings/decide", data=form).headers["Location"] == "/cost/savings"


def test_nobody_decides_without_a_login_where_there_is_one(filled: Store) -> None:
    password = "scrypt:32768:8:1$salt$00"  # noqa: S105  nobody's
    settings = WebSettings(login=Login(users=[User(name="kim", password_hash=SecretStr(password))]))
    answer = client_of(filled, settings).get("/cost/savings")
    assert answer.status_code in {302, 303}
    assert "/login" in answer.headers["Location"]


def test_the_plan_stands_with_its_parts_and_its_total(filled: Store) -> None:
    client = client_of(filled)
    text = text_of(read(client, "/cost/plan"))
    assert "$90.00 $100.00 $110.00 $75.00 $60.00 +$15.00 +$5.00 +$8.00 +$2.00" in text
    assert "without a tag" in text
    assert "Together $90.00 \u2014 \u2014 $82.00 $60.00 +$22.00 +$5.00 +$8.00 +$9.00" in text
    assert client.get("/cost/plan?plan=nothing").status_code == 404
    for row in sheet(client, "/cost/plan.csv"):
        parts = sum(Decimal(row[name]) for name in ("price", "usage", "scope"))
        assert parts == Decimal(row["actual"]) - Decimal(row["planned_to_date"])


def test_unit_cost_is_drawn_listed_and_downloaded(filled: Store) -> None:
    client = client_of(filled)
    text = text_of(read(client, "/cost/unit"))
    assert "A thousand requests" in text
    assert "$0.0300" in text
    assert "400,000" in text_of(read(client, "/cost/unit?view=table"))
    assert [row["per_thousand"] for row in sheet(client, "/cost/unit.csv")] == ["0.03"] * 3


def test_who_bears_the_costs_ties_out_and_names_tags_that_are_not_activated(filled: Store) -> None:
    client = client_of(filled)
    text = text_of(read(client, "/cost/unit"))
    assert "$30.00 $6.00 $36.00 80%" in text
    assert "The tag Team is not activated for billing" in text
    rows = sheet(client, "/cost/allocation.csv")
    parts = [Decimal(row["total"]) for row in rows if row["kind"] != "total"]
    assert sum(parts) == Decimal(rows[-1]["total"])


@pytest.mark.parametrize("address", ["/cost/savings", "/cost/plan", "/cost/unit"])
def test_before_anything_is_known_each_page_says_what_to_do(store: Store, address: str) -> None:
    client = client_of(store)
    words = ("Nothing is recommended", "No plan is held against the costs", "No unit cost is known yet")
    assert any(word in text_of(read(client, address)) for word in words)


@pytest.mark.parametrize("query", ["ledger=2026-13", "ledger=yesterday", "ledger=2026-11-31"])
def test_a_day_that_is_none_is_told(filled: Store, query: str) -> None:
    assert client_of(filled).get(f"/cost/savings?{query}").status_code == 400


@pytest.mark.parametrize("address", ["/cost/savings", "/cost/plan", "/cost/unit"])
def test_each_page_speaks_korean(filled: Store, address: str) -> None:
    client = client_of(filled)
    answer = client.get(address, headers={"Accept-Language": "ko"})
    text = text_of(answer.text.partition("<main")[2].partition("</main>")[0])
    for word in ("Recommended", "Accept", "Ledger", "Usage", "Together", "thousand", "Shared"):
        assert not re.search(rf"\b{word}\b", text), word
