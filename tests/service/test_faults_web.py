"""Hostile readers of the real page: slow ones, strangers, forgers, and names that are markup."""

from __future__ import annotations

import csv
import http.cookiejar
import json
import re
import socket
import sqlite3
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from http import HTTPStatus
from http.client import HTTPMessage
from pathlib import Path

import pytest
import yaml

from dashboards.security import hash_password
from service.demo.launch import EmbeddedAws
from service.jobs import JobRunner
from service.web import WebServer
from store import Store, open_store
from store.jobspec import JobContext, JobSpec
from store.vocabulary import Event, HealthObservation, JobOutcome, Resource, Series, SeriesKey, Status
from tests.service.test_serving import line_with, serving, wait_for

PASSWORD = "correct horse battery"  # noqa: S105  of a test
MARKS = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "'-alert(3)-'", "=cmd|'/C calc'!A0")


@dataclass
class Browser:
    """Keeps cookies, and follows no redirect."""

    url: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def open(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, HTTPMessage]:
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_args: object) -> None:
                return None

        sent = urllib.parse.urlencode(form).encode() if form is not None else None
        opener = urllib.request.build_opener(Stay(), urllib.request.HTTPCookieProcessor(self.jar))
        try:
            with opener.open(urllib.request.Request(self.url + path, sent, headers), timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode(), refused.headers

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open(path)[1])
        assert found, f"{path} has no form"
        return found[1]

    def log_in(self, password: str, where: str = "/") -> tuple[int, str, HTTPMessage]:
        form = {"name": "ops", "password": password, "next": where, "csrf_token": self.token("/login")}
        return self.open("/login", form)


@pytest.fixture
def slow_server() -> Iterator[str]:
    def answer(_environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "2")])  # type: ignore[operator]
        return [b"ok"]

    server = WebServer(answer, "127.0.0.1:0")
    yield server.start()
    server.stop()


def test_slow_clients_keep_nobody_from_the_page_and_are_let_go(slow_server: str) -> None:
    place = ("127.0.0.1", int(slow_server.rpartition(":")[2]))
    with ExitStack() as held:
        slow = [held.enter_context(socket.create_connection(place, timeout=10)) for _ in range(20)]
        began = time.monotonic()
        for letter in b"GE":
            for each in slow:
                each.send(bytes([letter]))
            time.sleep(0.2)
        asked = time.monotonic()
        assert Browser(slow_server).open("/")[0] == HTTPStatus.OK
        assert time.monotonic() - asked < 2
        ended = b""
        while time.monotonic() - began < 9 and not ended:
            try:
                slow[0].send(b"x")
                slow[0].settimeout(0.5)
                ended = slow[0].recv(200)
            except TimeoutError:
                continue
        assert b" 408 " in ended, "a request that takes so long to come is refused"


class Seen(HTMLParser):
    """What of a page a browser could run: scripts with a text, handlers, addresses that are code."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_script = tag == "script" and given.get("type") != "application/json"
        self.runs += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.runs += [f"{tag} {value}" for value in given.values() if value.strip().lower().startswith("javascript:")]
        self.runs += [f"{tag} {given['src']}" for _ in (1,) if given.get("src", "").startswith("x")]

    def handle_endtag(self, _tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.runs.append(f"script {data}")


def spoil(store: Store) -> str:
    """Fill a store with names that are markup; returns the id of a series."""
    now = datetime.now(UTC)
    ids = []
    for number, mark in enumerate(MARKS):
        place = {"environment": "prod", "component": "web"}
        arn = f"arn:{number}{mark}"
        resource = Resource(arn, "ec2:instance", mark, "main", f"r{number}", state=mark, tags={mark: mark}, **place)
        store.resources.replace("main", f"r{number}", ["ec2:instance"], [resource], now)
        key = SeriesKey("main", f"r{number}", mark, mark, ((mark, mark),), "Average")
        series = Series(key, 60, unit=mark, title=mark, resource_id=arn, **place)
        store.series.upsert([series])
        start = int(now.timestamp()) // 60 * 60
        store.samples.write({series.id: [(start - 60 * each, 1.0 + number) for each in range(1, 30)]})
        ids.append(series.id)
        for kind, where in (("deploy.started", place), (mark, place), ("deploy.started", {})):
            store.events.add(Event(f"{number}{kind}{where}", now - timedelta(minutes=5), kind, mark, mark, **where))
        store.health.record(
            [
                HealthObservation(
                    f"{kind}:{mark}{at}", kind, mark, status, mark, now, resource_id=arn, unit=mark, **here
                )
                for at, (kind, status, here) in enumerate(
                    (
                        ("http", Status.CRITICAL, place),
                        ("target", Status.WARN, {"environment": mark, "component": mark.replace("/", "")}),
                    )
                )
            ]
        )
    return ids[0]


def spoiled_config() -> str:
    web = {
        "listen": "127.0.0.1:0",
        "login": {"users": [{"name": "ops", "password_hash": hash_password(PASSWORD)}]},
    }
    return yaml.safe_dump(
        {
            "stack": {
                "name": MARKS[0],
                "environments": {"prod": {"title": MARKS[1]}},
                "components": {"web": {"title": MARKS[0]}},
            },
            "accounts": [{"name": "main", "regions": ["ap-northeast-2"]}],
            "web": web,
        }
    )


def test_strangers_forgers_and_markup(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    (tmp_path / "home").mkdir()
    with open_store(f"sqlite:///{tmp_path / 'home' / 'lamplighter.db'}") as store:
        store.migrate()
        series = spoil(store)
    config = spoiled_config()
    with serving(tmp_path, embedded_aws, config, "--role", "web") as process:
        browser = Browser(process.url)
        check_login(browser)
        check_forgery(browser)
        check_markup(browser)
        check_csv(browser, series)
        process.end()
    with serving(tmp_path, embedded_aws, config, "--role", "web") as process:
        browser.url = process.url
        assert browser.open("/settings")[0] == HTTPStatus.OK, "who is logged in stays so over a restart"
        process.end()
    assert "Traceback" not in process.log.read_text()


def check_login(browser: Browser) -> None:
    for path in ("/", "/settings", "/collectors", "/components/web?env=prod", "/api/docs"):
        status, _, headers = browser.open(path)
        assert (status, headers["Location"].partition("?")[0]) == (HTTPStatus.SEE_OTHER, "/login"), path
    assert browser.open("/api/v1/status")[0] == HTTPStatus.UNAUTHORIZED
    status, page, headers = browser.log_in("not this one")
    assert (status, "wrong" in page) == (HTTPStatus.UNAUTHORIZED, True)
    status, _, headers = browser.log_in(PASSWORD, "//evil.example/")
    assert (status, headers["Location"]) == (HTTPStatus.SEE_OTHER, "/")
    cookie = headers["Set-Cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "SameSite=Lax", "Path=/"))
    stranger = Browser(browser.url)
    refused = [stranger.log_in("not this one") for _ in range(10)][-1]
    assert (refused[0], "Wait a few minutes" in refused[1]) == (HTTPStatus.TOO_MANY_REQUESTS, True)
    assert refused[2]["Content-Security-Policy"]


def check_forgery(browser: Browser) -> None:
    assert browser.open("/settings")[0] == HTTPStatus.OK
    for path in ("/collectors/run", "/logout", "/login", "/settings/preferences"):
        status, page, given = browser.open(path, {"job": "probes", "name": "ops", "password": PASSWORD})
        assert (status, "did not come from this page" in page) == (HTTPStatus.BAD_REQUEST, True), path
        assert given["Content-Security-Policy"], path
    form = {"csrf_token": browser.token("/settings")}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        status, page, _ = browser.open("/logout", form, **headers)
        assert (status, "did not come from this page" in page) == (HTTPStatus.BAD_REQUEST, True), headers
    assert browser.open("/settings")[0] == HTTPStatus.OK, "the forged logout did nothing"


def check_markup(browser: Browser) -> None:
    odd = urllib.parse.quote(MARKS[1].replace("/", ""), safe="")
    where = urllib.parse.quote(MARKS[1], safe="")
    paths = ["/", "/live", "/collectors", "/settings", "/api/docs", f"/?env={where}", f"/live?env={where}"]
    paths += [f"/components/web{part}env=prod" for part in ("?", "?view=table&", "/now?", "?range=1h&")]
    paths += [f"/components/{odd}?env={where}", f"/components/{odd}?env=nope{where}", f"/components/nope{odd}"]
    paths += [f"/nope{odd}", f"/?lang={where}", f"/components/web?env=prod&from={where}", f"/login?next={where}"]
    met = 0
    for path in paths:
        status, page, headers = browser.open(path)
        assert status < HTTPStatus.INTERNAL_SERVER_ERROR, path
        assert headers["Content-Security-Policy"].startswith("default-src 'none'"), path
        seen = Seen()
        seen.feed(page)
        assert not seen.runs, path
        assert "<img src=x" not in page, path
        met += page.count("alert(")
    assert met > len(MARKS), "the names were on the pages"
    for path in ("/components/web/points?env=prod", "/api/v1/resources", "/api/v1/series", "/api/v1/events"):
        status, text, headers = browser.open(path)
        assert headers.get_content_type().endswith("json"), path
        assert (status, headers["X-Content-Type-Options"]) == (HTTPStatus.OK, "nosniff"), path
        json.loads(text)


def check_csv(browser: Browser, series: str) -> None:
    status, text, headers = browser.open(f"/api/v1/series/{series}/points.csv")
    assert status == HTTPStatus.OK
    assert headers.get_content_type() == "text/csv"
    assert re.fullmatch(r'attachment; filename="[\w.-]+"', headers["Content-Disposition"])
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) > 1
    assert all(cell[0].isdigit() for row in rows[1:] for cell in row)


def test_two_on_one_home_share_the_work(tmp_path: Path, embedded_aws: EmbeddedAws) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "home").symlink_to(tmp_path / "home")
    (tmp_path / "home").mkdir()
    with serving(tmp_path, embedded_aws) as one, serving(other, embedded_aws) as two:
        assert one.url != two.url
        wait_for(lambda: line_with(one.log, "inventory:main") or line_with(two.log, "inventory:main"))
        time.sleep(3)
        for each in (one, two):
            assert each.get("/")[0] == HTTPStatus.OK
            assert each.get("/readyz")[0] == HTTPStatus.OK
        assert one.end()[0] == two.end()[0] == 0
    logs = one.log.read_text(), two.log.read_text()
    assert not any(word in log for log in logs for word in ("Traceback", "lost_claim", "not_recorded", "tick.failed"))
    with closing(sqlite3.connect(tmp_path / "home" / "lamplighter.db")) as database:
        runs = database.execute("SELECT job, count(*) FROM job_runs WHERE job LIKE 'inventory:%' GROUP BY job")
        assert dict(runs) == {"inventory:main/ap-northeast-2": 1}
    ended = [line for log in logs for line in log.splitlines() if '"job": "inventory:main/ap-northeast-2"' in line]
    assert len(ended) == 1


def test_a_clock_set_back_an_hour_stops_no_job_and_repeats_no_slot(sqlite_store: Store) -> None:
    at = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    ran: list[datetime] = []

    def work(ctx: JobContext) -> JobOutcome:
        ran.append(ctx.claim.slot)
        return JobOutcome("ok")

    runner = JobRunner(sqlite_store, lambda: at[0], "test", [JobSpec("probes", timedelta(seconds=60), work)])
    sqlite_store.jobs.declare([("probes", 60)], at[0])

    def pass_minutes(count: int) -> None:
        for _ in range(count * 6):
            runner.tick()
            deadline = time.monotonic() + 5
            while runner.running() and time.monotonic() < deadline:
                time.sleep(0.005)
            at[0] += timedelta(seconds=10)

    pass_minutes(5)
    assert 4 <= len(ran) <= 6
    before = len(ran)
    at[0] -= timedelta(hours=1)
    pass_minutes(5)
    assert 4 <= len(ran) - before <= 6, "it goes on, at its pace"
    at[0] += timedelta(hours=1)
    pass_minutes(3)
    assert 2 <= len(ran) - before - 5 <= 5
    assert len(set(ran)) == len(ran), "a slot ran twice"
    assert {run.outcome for run in sqlite_store.jobs.runs("probes")} == {"ok"}
