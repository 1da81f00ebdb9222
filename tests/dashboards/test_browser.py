"""The pages in a real Chromium: no fault in the console, axe clean, keys, zoom, table, PNG, phone, no script."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from werkzeug.serving import make_server

from dashboards.charts.units import format_value
from dashboards.config import WebSettings
from dashboards.web import create_app
from store import open_store
from tests.dashboards.cloudmart import SECRET, site_of

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
BACKEND = "/components/backend?env=prod"
PAGES = ("/", BACKEND, f"{BACKEND}&view=table", "/collectors", "/settings", "/api/docs")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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
def address(cloudmart_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = shutil.copy(cloudmart_file, tmp_path_factory.mktemp("browser") / "store.db")
    with open_store(f"sqlite:///{path}") as store:
        server = make_server("127.0.0.1", 0, create_app(site_of(store), WebSettings(), SECRET), threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)
        server.server_close()


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Browser, address: str) -> Opened:
    """Opens a page; when it is left, nothing may have gone wrong on it."""

    @contextmanager
    def visit(path: str, *, faults_allowed: bool = False, **words: Any) -> Iterator[Page]:  # noqa: ANN401  playwright's own
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
        assert faults_allowed or not faults, faults

    return visit


def drawn(page: Page, times: int = 1) -> None:
    # Not wait_for_function: it evaluates strings, which the page's own policy forbids.
    expect(page.locator("#charts")).to_have_attribute("data-drawn", str(times))


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-US"), ("dark", "ko-KR")])
def test_axe_finds_nothing(opened: Opened, theme: str, locale: str) -> None:
    with opened("/", color_scheme=theme, locale=locale) as page:
        for path in PAGES:
            page.goto(path)
            if path == BACKEND:
                drawn(page)
            result = Axe().run(page, options=RULES)
            assert result.violations_count == 0, f"{path}: {result.generate_report()}"


def test_the_help_dialog_is_reachable_and_clean(opened: Opened) -> None:
    with opened("/") as page:
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        assert Axe().run(page, options=RULES).violations_count == 0
        page.keyboard.press("Escape")
        expect(page.locator("#keys")).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_phone_never_scrolls_sideways_and_every_target_is_large(opened: Opened, locale: str) -> None:
    with opened("/", viewport=PHONE, locale=locale, has_touch=True, is_mobile=True) as page:
        for path in PAGES:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            small = page.evaluate(
                """() => [...document.querySelectorAll("nav a, button, .actions a, select, summary")]
                    .filter((each) => each.offsetParent && !each.closest("noscript") && each.offsetHeight < 44)
                    .map((each) => each.outerHTML.slice(0, 80))"""
            )
            assert small == [], path


def test_ages_count_by_themselves(opened: Opened) -> None:
    with opened("/") as page:
        time = page.locator(".verdict time")
        assert re.fullmatch(r"\d+ \w+ ago|in \d+ \w+", time.inner_text())
        assert time.get_attribute("title") == "03:04:00"


def test_keys_walk_the_page_and_go_to_places(opened: Opened) -> None:
    with opened("/") as page:
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.id") == "now-1"
        page.keyboard.press("j")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.id") == "now-1"
        page.keyboard.press("g")
        page.keyboard.press("c")
        page.wait_for_url("**/collectors")
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url(lambda url: urlsplit(url).path == "/")


def test_the_page_renews_itself_and_owns_up_to_silence(opened: Opened) -> None:
    with opened("/", faults_allowed=True) as page:
        with page.expect_response("**/live*") as answer:
            page.evaluate("htmx.trigger('#live', 'refresh')")
        assert answer.value.status in {200, 304}
        expect(page.locator("#stale")).to_be_hidden()
        page.route("**/live*", lambda route: route.abort())
        page.evaluate("htmx.trigger('#live', 'refresh')")
        expect(page.locator("#stale")).to_be_visible()
        expect(page.locator("#t-prod-backend")).to_be_visible()
        page.unroute("**/live*")
        page.evaluate("htmx.trigger('#live', 'refresh')")
        expect(page.locator("#stale")).to_be_hidden()


def test_nothing_on_the_status_page_shifts(opened: Opened) -> None:
    with opened("/", viewport=PHONE) as page:
        page.wait_for_timeout(300)
        shift = page.evaluate(
            """() => new Promise((done) => {
                let sum = 0;
                new PerformanceObserver((list) => list.getEntries().forEach((each) => { sum += each.value; }))
                    .observe({ type: "layout-shift", buffered: true });
                setTimeout(() => done(sum), 300);
            })"""
        )
        assert shift < 0.02


def test_dragging_over_a_chart_zooms_into_an_address_that_can_be_shared(opened: Opened) -> None:
    with opened(BACKEND) as page:
        drawn(page)
        box = page.locator(".u-over").first.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 60, steps=4)
        page.mouse.up()
        drawn(page, 2)
        words = parse_qs(urlsplit(page.url).query)
        assert words["from"][0] < words["to"][0]
        assert "from=" in (page.locator("[data-table]").get_attribute("href") or "")
        shared = page.url
        page.go_back()
        drawn(page, 3)
        assert "from=" not in page.url
        page.goto(shared)
        drawn(page)
        assert page.locator("[data-range][aria-current]").count() == 0


def test_one_cursor_moves_on_every_chart_and_arrow_keys_say_the_values(opened: Opened) -> None:
    with opened(BACKEND) as page:
        drawn(page)
        page.locator(".plot").first.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        said = page.locator("#cursor").inner_text()
        assert re.search(r"\d\d:\d\d: p99 [\d.]+\N{NO-BREAK SPACE}m?s, p95 ", said)
        moved = page.evaluate(
            "[...document.querySelectorAll('.u-cursor-x')].filter((each) => each.style.transform).length"
        )
        assert moved == page.locator("figure[data-key]").count()


def test_a_range_is_chosen_without_a_new_page(opened: Opened) -> None:
    with opened(BACKEND) as page:
        drawn(page)
        page.evaluate("window.kept = true")
        page.locator('[data-range="24h"]').click()
        drawn(page, 2)
        assert page.evaluate("window.kept")
        assert "range=24h" in page.url
        expect(page.locator('[data-range="24h"]')).to_have_attribute("aria-current", "true")


def test_t_shows_the_table_and_back(opened: Opened) -> None:
    with opened(BACKEND) as page:
        drawn(page)
        page.keyboard.press("t")
        page.wait_for_url("**view=table*")
        expect(page.locator(".tall table").first).to_be_visible()
        page.keyboard.press("t")
        page.wait_for_url(lambda url: "view=table" not in url)


def test_a_chart_becomes_a_png(opened: Opened, tmp_path: Path) -> None:
    with opened(BACKEND) as page:
        drawn(page)
        with page.expect_download() as download:
            page.locator("[data-png]").first.click()
        assert download.value.suggested_filename == "backend-prod-response-time.png"
        download.value.save_as(tmp_path / "chart.png")
        picture = (tmp_path / "chart.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 5000


def test_the_theme_can_be_switched_by_hand(opened: Opened) -> None:
    with opened("/", color_scheme="light") as page:
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(15, 18, 22)"


def test_script_and_server_write_values_alike(opened: Opened) -> None:
    cases = [
        (value, unit)
        for unit in ("Percent", "Seconds", "Milliseconds", "Bytes", "Bytes/Second", "Count", "")
        for value in (0, 0.00042, 0.042, 0.5, 0.9996, 1, 7.25, 9.951, 42.42, 99.46, 1023.7, 9999.4, 12345, 1234567, 5e9)
    ]
    with opened(BACKEND) as page:
        written = page.evaluate(
            """async (cases) => {
                const { formatValue } = await import("/static/js/format.js");
                return cases.map(([value, unit]) => formatValue(value, unit));
            }""",
            [list(case) for case in cases],
        )
    assert written == [format_value(value, unit) for value, unit in cases]


def test_everything_works_with_script_off(opened: Opened) -> None:
    with opened("/", java_script_enabled=False, viewport=PHONE) as page:
        expect(page.locator(".verdict time")).to_have_text("03:04:00")
        page.locator("#t-prod-backend").click()
        expect(page.locator("svg.still path").first).to_be_visible()
        page.locator("[data-table]").click()
        expect(page.locator(".tall table").first).to_be_visible()
        page.goto("/collectors")
        page.get_by_role("button", name="Run now Health").first.click()
        expect(page.locator(".notice.ok")).to_have_text("Health will run now.")
