"""The cost pages in a real Chromium: axe clean in both themes and languages, a phone, keys on the chart, no script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from werkzeug.serving import make_server

from dashboards.config import WebSettings
from dashboards.site import CostFacts
from dashboards.web import create_app
from store import open_store
from tests.dashboards.cloudmart import SECRET, site_of
from tests.dashboards.expenses import fill_costs

pytestmark = [
    pytest.mark.browser,
    # The browser's driver leaves sockets to the collector when its loop ends; nothing of ours is opened there.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PAGES = ("/cost", "/cost?view=table&environment=prod", "/cost/anomalies")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
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
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("costs") / "store.db"
    with open_store(f"sqlite:///{path}") as store:
        store.migrate()
        fill_costs(store)
        application = create_app(site_of(store, costs=CostFacts(tags=("Team",))), WebSettings(), SECRET)
        server = make_server("127.0.0.1", 0, application, threaded=True)
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
    with opened(PAGES[0], color_scheme=theme, locale=locale) as page:
        for path in PAGES if theme == "light" else PAGES[:1]:
            page.goto(path)
            page.evaluate("() => { for (const each of document.querySelectorAll('details')) each.open = true; }")
            result = Axe().run(page, options=RULES)
            assert result.violations_count == 0, f"{path}: {result.generate_report()}"


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_on_a_phone_neither_page_nor_navigation_scrolls_sideways_and_targets_are_large(
    opened: Opened, locale: str
) -> None:
    with opened(PAGES[0], viewport=PHONE, locale=locale, has_touch=True, is_mobile=True) as page:
        for path in PAGES:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            for name in (".top nav", ".within"):
                wide = page.evaluate("(name) => document.querySelector(name).scrollWidth", name)
                assert wide <= PHONE["width"], (path, name)
            cut = page.evaluate(
                """() => [...document.querySelectorAll(".top nav .name")]
                    .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"""
            )
            assert cut == []
            small = page.evaluate(
                """() => [...document.querySelectorAll("nav a, button, .actions a, summary, .chips a, a.csv")]
                    .filter((each) => each.offsetParent && !each.closest("noscript") && each.offsetHeight < 44)
                    .map((each) => each.outerHTML.slice(0, 80))"""
            )
            assert small == [], path


def test_the_days_are_drawn_and_arrow_keys_tell_them(opened: Opened) -> None:
    with opened("/cost") as page:
        figure = page.locator("figure[data-bars]")
        expect(figure).to_have_attribute("data-drawn", "1")
        spent = page.locator(".sums div", has_text="Month to date").locator("dd")
        assert page.locator(".legend .sum b").inner_text() == spent.inner_text()
        figure.locator(".plot").focus()
        page.keyboard.press("Home")
        expect(page.locator("#cursor")).to_contain_text("Sun, Nov 1: Total $")
        page.keyboard.press("End")
        expect(page.locator("#cursor")).to_have_text("Mon, Nov 30: $15.50 expected")
        page.keyboard.press("t")
        page.wait_for_url("**/cost?view=table#daily")
        expect(page.locator("#daily")).to_contain_text("Deploy network 7")


def test_without_script_the_days_are_a_picture(opened: Opened) -> None:
    with opened("/cost", java_script_enabled=False, viewport=PHONE) as page:
        box = page.locator(".still.bars").bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert page.locator(".still.bars path").count() > 3
