"""The page of costs: every figure ties out to the cent and says how final it is."""

from __future__ import annotations

import csv
import io
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from dashboards.config import Login, User, WebSettings
from dashboards.site import CostFacts
from dashboards.web import create_app
from store import Store, open_store
from store.money import CostRead, View
from store.vocabulary import JobOutcome
from tests.dashboards import expenses
from tests.dashboards.cloudmart import NOW, SECRET, site_of
from tests.dashboards.expenses import ACCOUNT, END, MONTH, READ_AT, fill_costs, observed, record, total

CENT = Decimal("0.01")
FACTS = CostFacts(tags=("Team",))
TABLE = r"<caption><span[^>]*>([^<]+)</span>.*?</caption>.*?<tbody>(.*?)</tbody>\s*<tfoot>(.*?)</tfoot>"
"""Of the page: its title, its rows, its last line."""


@pytest.fixture(scope="module")
def expenses_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("expenses") / "store.db"
    with open_store(f"sqlite:///{path}") as store:
        store.migrate()
        fill_costs(store)
    return path


@pytest.fixture
def store(expenses_file: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(expenses_file, tmp_path / "store.db")
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def client_of(store: Store, settings: WebSettings | None = None, **changes: object) -> FlaskClient:
    site = site_of(store, **{"costs": FACTS, **changes})
    return create_app(site, settings or WebSettings(), SECRET).test_client()


@pytest.fixture(scope="module")
def client(expenses_file: Path) -> Iterator[FlaskClient]:
    """Of a store that nobody writes to: an application takes a while to make."""
    with open_store(f"sqlite:///{expenses_file}") as opened:
        yield client_of(opened)


def text_of(html: str) -> str:
    """What stands there, with plain signs in place of typographic ones."""
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()
    return text.replace("\N{EN DASH}", "-").replace("\N{MULTIPLICATION SIGN}", "x").replace("\N{MINUS SIGN}", "-")


def page(client: FlaskClient, address: str = "/cost") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def dollars(text: str) -> Decimal:
    found = re.search("(\N{MINUS SIGN}?)" r"\$([\d,]+\.\d\d)", text)
    assert found, text
    return Decimal(found[2].replace(",", "")) * (-1 if found[1] else 1)


def tables(html: str) -> dict[str, tuple[list[Decimal], Decimal]]:
    """By title: the costs of its rows, and the total below them."""
    found = {}
    for title, head, foot in re.findall(TABLE, html, re.DOTALL):
        rows = [re.findall(r'<td class="num">(.*?)</td>', row)[0] for row in head.split("<tr")[1:]]
        found[title] = ([dollars(row) if "&lt;" not in row else Decimal(0) for row in rows], dollars(foot))
    return found


# Every figure ties out


@pytest.mark.parametrize(
    "address",
    [
        "/cost",
        "/cost?month=2026-10",
        "/cost?environment=prod",
        "/cost?component=backend",
        "/cost?charges=usage",
        "/cost?basis=net",
        "/cost?tag=Team:shop",
        "/cost?service=EC2+-+Other",
        "/cost?component=storage&environment=dev",
    ],
)
def test_the_rows_of_each_table_add_up_to_its_total_and_that_of_the_page(client: FlaskClient, address: str) -> None:
    html = page(client, address)
    figure = re.search(r"<dt>(?:Month to date|The month)</dt><dd>(.*?)</dd>", html)
    assert figure
    for title, (rows, sum_) in tables(html).items():
        assert sum(rows) == sum_ == dollars(figure[1]), title


def test_page_store_api_and_csv_say_the_same(client: FlaskClient, store: Store) -> None:
    truth = total()
    kept = sum(line.unblended for line in store.costs.lines(MONTH, END, view=View.TOTAL.value))
    api = client.get("/api/v1/costs?from=2026-11-01&to=2026-11-25&by=usage_type").json
    sheet = client.get("/api/v1/costs.csv?from=2026-11-01&to=2026-11-25&by=component&daily=true").text
    assert api is not None
    [told] = api["currencies"]
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert kept == truth == Decimal(told["total"])
    assert sum(Decimal(each["amount"]) for each in told["groups"]) == truth
    assert sum(Decimal(row["amount"]) for row in rows) == truth
    assert tables(page(client))["Component"][1] == truth.quantize(CENT)


def test_every_link_to_csv_answers_with_the_same_total(client: FlaskClient) -> None:
    for address in ("/cost", "/cost?environment=prod&month=2026-10", "/cost?charges=usage"):
        html = page(client, address)
        links = {unescape(link) for link in re.findall(r'href="(/api/v1/costs\.csv[^"]*)"', html)}
        assert len(links) > 2
        sums = set()
        for link in links:
            rows = csv.DictReader(io.StringIO(client.get(link).text))
            sums.add(sum((Decimal(row["amount"]) for row in rows), Decimal(0)).quantize(CENT))
        assert sums == {sum_ for _, sum_ in tables(html).values()}


def test_what_came_after_the_groups_stands_apart_until_they_follow(store: Store) -> None:
    later = [replace(one, unblended=one.unblended + 3, observed_at=NOW) for one in observed(View.TOTAL.value)[-1:]]
    record(store, View.TOTAL.value, [*observed(View.TOTAL.value)[:-1], *later], at=NOW)
    html = page(client_of(store))
    assert "Not told apart yet" in html
    assert "Does not tie out" not in html
    for rows, sum_ in tables(html).values():
        assert sum(rows) == sum_


def test_what_does_not_tie_out_is_said_loudly(store: Store) -> None:
    rows = [one for one in observed(View.COMPONENT.value) if one.keys[0] != "postgres"]
    left = (("USD", "unblended", Decimal("43.21")),)
    record(store, View.COMPONENT.value, rows, at=READ_AT + timedelta(minutes=1), residuals=left, tied=False)
    said = text_of(page(client_of(store)))
    assert (
        "Does not tie out. The total of main and its groups by Component x Service differ by $43.21 (unblended)" in said
    )
    assert "What was read does not tie out" in said


def test_currencies_are_never_added_up(store: Store) -> None:
    usd = observed(View.TOTAL.value)
    krw = [replace(one, currency="KRW", unblended=Decimal(25_000)) for one in usd if one.day == date(2026, 11, 2)]
    record(store, View.TOTAL.value, [*(replace(one, observed_at=NOW) for one in usd), *krw], at=NOW)
    html = page(client_of(store))
    assert html.count('class="block"') == 2
    assert "₩25,000 so far in November" in html
    assert f"${total():,.2f} so far in November" in html


# What it says


def test_the_first_sentence_says_what_is_spent_and_expected_and_how_final_it_is(client: FlaskClient) -> None:
    said = text_of(page(client))
    assert f"${total():,.2f} so far in November; forecast $592 ($575 - $612)" in said
    assert "Final to Oct 31; " in said
    assert "of it is still estimated" in said
    assert "Scored on 40 past forecasts: half of them were off by 2.1% or less." in said
    assert "Today so far" in said


def test_budgets_come_with_what_becomes_of_them_the_worst_first(client: FlaskClient) -> None:
    html = page(client)
    titles = re.findall(r'<li class="budget (\w+)">\s*<h3>(?:<a[^>]*>)?<bdi>(\w+)', html)
    assert titles == [("critical", "empty"), ("warn", "prod"), ("ok", "all")]
    assert "Budget prod will pass 100 % on Nov 27." in html
    assert "of $0.00" in html
    assert re.search(r'<section class="verdict critical"', html)


def test_only_budgets_of_the_chosen_place_are_shown(client: FlaskClient) -> None:
    html = page(client, "/cost?environment=prod&component=")
    assert re.findall(r'<li class="budget \w+">\s*<h3>(?:<a[^>]*>)?<bdi>(\w+)', html) == ["prod"]


def test_what_grew_is_held_against_the_same_days_of_the_month_before(client: FlaskClient) -> None:
    said = text_of(page(client))
    assert "What grew Change: Nov 1 - 21 against Oct 1 - 21." in said
    assert re.search(r"APN2-NatGateway-Bytes \+\$1\d\.\d\d", said)


def test_anomalies_and_deployments_stand_on_one_timeline(client: FlaskClient) -> None:
    html = page(client)
    drawn = unescape(re.search(r'data-bars="([^"]*)"', html)[1])  # type: ignore[index]
    assert "Deploy network 7" in drawn
    assert "+$52.35 network in prod" in drawn
    assert "Deploy network 7" in page(client, "/cost?view=table")


def test_untagged_and_unactivated_stand_apart(client: FlaskClient) -> None:
    html = page(client)
    assert re.search(r'<tr class="apart"><th scope="row"><bdi>Without this tag', html)
    assert "The tag Team is not activated for billing" in html
    assert "The tag Component is not activated" not in html


def test_tax_and_credits_can_be_left_out_of_the_whole_bill(client: FlaskClient) -> None:
    mine = (each[-1] for each in expenses.charges() if each[-2] == "Usage" and each[0] >= MONTH)
    usage = sum(mine, Decimal(0))
    assert f"<dd>${usage:,.2f}</dd>" in page(client)
    assert tables(page(client, "/cost?charges=usage"))["Kind of charge"][1] == usage.quantize(CENT)


def test_the_forecast_of_aws_stands_beside_ours_and_commitments_are_shown(client: FlaskClient) -> None:
    said = text_of(page(client))
    assert "Nov 2026 AWS $588 $578 - $603" in said
    assert "Seasonal naive $601" in said
    assert "Savings Plans main Oct 24 - Nov 22 42% 97% $210.10 $3.20" in said


def test_a_month_that_is_over_has_no_forecast_and_no_today(client: FlaskClient) -> None:
    said = text_of(page(client, "/cost?month=2026-10"))
    assert "October 2026 cost $" in said
    assert "Final: AWS calls none of it estimated." in said
    assert "forecast" not in said.lower()
    assert "Today so far" not in said


def test_what_was_told_differently_later_has_a_log(store: Store) -> None:
    changed = [
        replace(one, unblended=one.unblended + 2, observed_at=NOW) if one.day == date(2026, 11, 5) else one
        for one in observed(View.TOTAL.value)
    ]
    record(store, View.TOTAL.value, changed, at=NOW)
    said = text_of(page(client_of(store)))
    assert "AWS told one day differently later" in said
    assert "2026-11-05" in said
    assert "+$2.00" in said


def test_unusual_costs_lead_to_their_days(client: FlaskClient) -> None:
    html = page(client, "/cost/anomalies")
    assert 'href="/cost?component=network&amp;environment=prod#daily"' in html
    assert text_of(html).index("network in prod") < text_of(html).index("Muted: Black Friday")
    assert "Nothing costs more than expected." in page(client, "/cost/anomalies?environment=dev")


def test_slack_links_lead_to_the_place(client: FlaskClient) -> None:
    html = page(client, "/cost?environment=prod&component=backend")
    assert "forecast $592" in html
    assert "remove this filter" in html


def test_it_is_all_said_in_korean_too(client: FlaskClient) -> None:
    said = text_of(page(client, "/cost?lang=ko"))
    assert "11월 현재까지" in said
    assert not re.search(r"Budget|Forecast|estimated|What grew|Without|Total", said)


# What is refused, and what is not there


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("month=2026-13", "is no month"),
        ("month=2027-01", "has not begun"),
        ("month=0001-01", "outside of the years"),
        ("basis=blended", "is not one of unblended, amortized, net"),
        ("by=region", "is not one of component"),
        ("charges=none", "is not one of all, usage"),
        ("view=pie", "is not one of charts, table"),
        ("tag=Team", "write KEY:VALUE"),
        ("environment=prod%00", "not to be printed"),
        (f"component={'x' * 300}", "longer than 200"),
        ("environment=prod&component=backend&service=Tax", "two things at once"),
        ("charges=usage&environment=prod", "for the whole bill only"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(client: FlaskClient, query: str, why: str) -> None:
    answer = client.get(f"/cost?{query}")
    assert answer.status_code == 400
    assert why in unescape(answer.text)


@pytest.mark.parametrize(
    ("facts", "outcome", "said"),
    [
        (CostFacts(enabled=False), None, "collect.costs.enabled is false"),
        (CostFacts(), None, "lamplighter serve"),
        (CostFacts(), JobOutcome("", ""), "is being asked for the last 13 months"),
        (CostFacts(), JobOutcome("failed", "Cost Explorer is not enabled"), "Cost Explorer is not enabled"),
    ],
)
def test_without_costs_it_says_why_and_what_to_do(
    sqlite_store: Store, facts: CostFacts, outcome: JobOutcome | None, said: str
) -> None:
    if outcome is not None:
        sqlite_store.jobs.declare([("costs:main", 28_800)], NOW)
    if outcome is not None and outcome.outcome:
        claim = sqlite_store.jobs.claim("costs:main", NOW, "test", 60)
        assert claim is not None
        sqlite_store.jobs.finish(claim, outcome, NOW)
    html = page(client_of(sqlite_store, costs=facts))
    assert said in html
    assert outcome is None or outcome.outcome != "failed" or "lamplighter doctor" in html


def test_a_young_account_has_been_read_and_has_nothing(sqlite_store: Store) -> None:
    sqlite_store.costs.record(CostRead(ACCOUNT, "", MONTH, END, READ_AT, 1), [])
    assert "A new account has its first ones after a day." in page(client_of(sqlite_store))


def test_old_costs_are_shown_with_their_age(store: Store) -> None:
    html = page(client_of(store, clock=lambda: NOW + timedelta(days=2)))
    assert "Costs are older than they should be" in html
    assert "so far in November" in html


def test_a_place_that_cost_nothing_says_so(client: FlaskClient) -> None:
    assert "Nothing of this cost anything" in page(client, "/cost?environment=nowhere")


def test_nobody_reads_costs_without_logging_in(store: Store) -> None:
    hash_ = "scrypt:32768:8:1$salt$00"
    client = client_of(store, WebSettings(login=Login(users=[User(name="an", password_hash=SecretStr(hash_))])))
    for address in ("/cost", "/cost/anomalies"):
        assert client.get(address).status_code in {302, 303}
    for address in ("/api/v1/costs", "/api/v1/costs.csv", "/api/v1/costs/summary"):
        assert client.get(address).status_code == 401


def test_the_page_answers_at_once(client: FlaskClient) -> None:
    page(client)
    began = time.perf_counter()
    page(client)
    assert time.perf_counter() - began < 1.0


def test_moments_of_the_page_are_utc_days(store: Store) -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=NOW.tzinfo)
    assert "so far in November" in page(client_of(store, clock=lambda: late))
