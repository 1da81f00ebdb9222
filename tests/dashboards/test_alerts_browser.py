"""The alert pages in a real Chromium: axe clean, large targets, two taps, the chart's limit, keys, no script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from werkzeug.serving import make_server

from dashboards.config import WebSettings
from dashboards.web import create_app
from store import Store, open_store
from store.alerting import Severity
from tests.dashboards.cloudmart import NOW, SECRET, site_of
from tests.dashboards.incident import E_SLOW, RULES, alert_of, backtest, episode_of

pytestmark = [
    pytest.mark.browser,
    # The browser's driver leaves sockets to the collector when its loop ends; nothing of ours is opened there.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
ALERT = f"/alerts/{E_SLOW.id}"
PAGES = ("/", "/alerts", ALERT, f"{ALERT}?view=table", f"{ALERT}/silence", "/rules", "/rules/response-time")
E_NEW = episode_of(alert_of("something-new", Severity.INFO, ("prod", "redis"), NOW))
RULES_OF_AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if os.environ.get("LAMPLIGHTER_SKIP_BROWSER") == "1":
        pytest.skip("LAMPLIGHTER_SKIP_BROWSER=1")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("No Chromium here. Run: apt-get install chromium (or set LAMPLIGHTER_SKIP_BROWSER=1)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, headless=True, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def kept(incident_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = shutil.copy(incident_file, tmp_path_factory.mktemp("browser") / "store.db")
    with open_store(f"sqlite:///{path}") as store:
        yield store


@pytest.fixture(scope="module")
def address(kept: Store) -> Iterator[str]:
    begun = monotonic()
    # A clock that runs: what was read is shared for three seconds.
    site = site_of(
        kept, rules=lambda: RULES, backtest=backtest, clock=lambda: NOW + timedelta(seconds=monotonic() - begun)
    )
    server = make_server("127.0.0.1", 0, create_app(site, WebSettings(), SECRET), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def opened(browser: Browser, address: str) -> Opened:
    """Opens a page; when it is left, nothing may have gone wrong on it."""

    @contextmanager
    def visit(path: str, **words: Any) -> Iterator[Page]:  # noqa: ANN401  playwright's own
        words.setdefault("viewport", DESK)
        context = browser.new_context(base_url=address, locale=words.pop("locale", "en-US"), **words)
        context.set_default_timeout(10_000)
        page = context.new_page()
        faults: list[str] = []

        def hear(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                faults.append(message.text)

        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path)
        yield page
        context.close()
        assert not faults, faults

    return visit


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-US"), ("dark", "ko-KR")])
def test_axe_finds_nothing(opened: Opened, theme: str, locale: str) -> None:
    with opened("/", color_scheme=theme, locale=locale) as page:
        for path in PAGES:
            page.goto(path)
            page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
            result = Axe().run(page, options=RULES_OF_AXE)
            assert result.violations_count == 0, f"{path}: {result.generate_report()}"


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_phone_never_scrolls_sideways_and_every_target_is_large(opened: Opened, locale: str) -> None:
    with opened("/", viewport=PHONE, locale=locale, has_touch=True, is_mobile=True) as page:
        for path in PAGES:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            small = page.evaluate(
                """() => [...document.querySelectorAll("nav a, button, a.button, select, summary, input")]
                    .filter((each) => each.offsetParent && !each.closest("noscript") && each.offsetHeight < 44)
                    .map((each) => each.outerHTML.slice(0, 80))"""
            )
            assert small == [], path


def test_a_phone_acknowledges_in_two_taps_and_sees_it_done(opened: Opened, kept: Store) -> None:
    with opened("/", viewport=PHONE, has_touch=True, is_mobile=True) as page:
        page.get_by_role("button", name="Acknowledge Response time is 842 ms").tap()
        expect(page.locator("[data-asked]")).to_have_text("The acknowledgement is asked for and being done.")
        [intent] = kept.intents.open("alert.acknowledge")
        kept.alerts.acknowledge([E_SLOW.id], intent.actor, NOW)
        kept.intents.settle(intent.id, "done", "")
        expect(page.locator("[data-asked]")).to_have_count(0)
        expect(page.locator("[data-row]").first).to_contain_text("Acknowledged page (no login)")
        kept.alerts.unacknowledge([E_SLOW.id], "test", NOW)


def test_everything_works_with_script_off(opened: Opened, kept: Store) -> None:
    with opened(f"{ALERT}/silence", java_script_enabled=False, viewport=PHONE) as page:
        page.get_by_role("button", name="Make it quiet").click()
        expect(page.locator(".notice.ok")).to_have_text("The silence is asked for and being done.")
        expect(page.locator("svg.still path").first).to_be_visible()
        [intent] = kept.intents.open("alert.silence")
        kept.intents.settle(intent.id, "done", "")
    found = kept.alerts.episode(E_SLOW.id)
    assert found is not None


def test_the_chart_shows_limit_and_firing(opened: Opened) -> None:
    with opened(ALERT) as page:
        expect(page.locator("#charts")).to_have_attribute("data-drawn", "1")
        red = page.evaluate(
            """() => {
                const canvas = document.querySelector("canvas"), ctx = canvas.getContext("2d");
                const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
                let line = 0, tint = 0;
                for (let at = 0; at < data.length; at += 4) {
                    if (data[at] > 140 && data[at + 1] < 40 && data[at + 2] < 60) line += 1;
                    if (data[at] === 255 && data[at + 1] === 225 && data[at + 2] === 227) tint += 1;
                }
                return [line, tint];
            }"""
        )
        assert red[0] > 200
        assert red[1] > 2000


def test_looking_is_noted_once(opened: Opened, kept: Store) -> None:
    with opened(ALERT) as page, page.expect_response("**/opened") as answer:
        page.reload()
    assert answer.value.status == 204
    found = kept.alerts.episode(E_SLOW.id)
    assert found is not None
    assert found.opened_at is not None


def test_keys_go_to_alerts_and_acknowledge_the_chosen_one(opened: Opened, kept: Store) -> None:
    with opened("/collectors") as page:
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url("**/alerts")
        page.keyboard.press("a")
        assert kept.intents.open("alert.acknowledge") == []
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.id") == "now-1"
        with page.expect_navigation():
            page.keyboard.press("a")
        [intent] = kept.intents.open("alert.acknowledge")
        assert dict(intent.payload) == {"episode": E_SLOW.id}
        kept.intents.settle(intent.id, "done", "")


def test_a_rule_is_tried_by_its_form(opened: Opened) -> None:
    with opened("/rules/response-time", viewport=PHONE) as page:
        page.get_by_role("button", name="Try it over history").click()
        expect(page.locator(".tried h3")).to_contain_text("It would have fired 2 times")


def test_what_was_unfolded_stays_so_when_the_page_renews_itself(opened: Opened, kept: Store) -> None:
    with opened("/alerts") as page:
        page.locator("#pending > summary").click()
        kept.alerts.commit_round(episodes=[E_NEW])
        page.wait_for_timeout(3100)
        page.evaluate("htmx.trigger('#live', 'refresh')")
        expect(page.locator("#live")).to_contain_text("something-new")
        expect(page.locator("#pending")).to_have_attribute("open", "")
