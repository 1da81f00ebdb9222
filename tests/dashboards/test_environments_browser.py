"""The pages of environments in a real Chromium: axe clean, on a phone, and a press of a button that asks once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

from dashboards.config import WebSettings
from dashboards.web import create_app
from store import open_store
from tests.dashboards.cloudmart import SECRET, site_of
from tests.dashboards.test_cost_browser import ARGUMENTS, PHONE, RULES
from tests.dashboards.test_environments_page import DEV

pytestmark = [
    pytest.mark.browser,
    # The browser's driver leaves sockets to the collector when its loop ends; nothing of ours is opened there.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGES = ("/environments", "/environments/dev")


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


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        store.migrate()
        store.power.observe(DEV)
        server = make_server("127.0.0.1", 0, create_app(site_of(store), WebSettings(), SECRET), threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        assert len(store.intents.open()) <= 1, "one press, one wish"
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.mark.parametrize(("theme", "locale"), [("light", "en-US"), ("dark", "ko-KR")])
def test_axe_finds_nothing_and_a_phone_scrolls_only_down(
    browser: Browser, address: str, theme: str, locale: str
) -> None:
    with browser.new_context(
        base_url=address,
        locale=locale,
        color_scheme=theme,  # type: ignore[arg-type]
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        is_mobile=True,
    ) as context:
        page = context.new_page()
        for path in PAGES:
            page.goto(path)
            result = Axe().run(page, options=RULES)
            assert result.violations_count == 0, f"{path}: {result.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            small = page.evaluate(
                """() => [...document.querySelectorAll("main button")]
                    .filter((each) => each.offsetParent && each.offsetHeight < 44)
                    .map((each) => each.outerHTML.slice(0, 80))"""
            )
            assert small == [], path


@pytest.mark.parametrize("script", [True, False])
def test_keeping_it_on_says_its_price_before_the_press_and_what_came_of_it(
    browser: Browser, address: str, *, script: bool
) -> None:
    with browser.new_context(base_url=address, locale="en-US", java_script_enabled=script) as context:
        page = context.new_page()
        page.goto(PAGES[1])
        page.locator("main summary", has_text="Keep on 2 h · +$0.26").click()
        expect(page.locator("main")).to_contain_text("That costs about $0.26 for 2 h beyond its schedule.")
        page.locator("main details[open] button").first.click()
        expect(page.locator("main")).to_contain_text("not carried out yet")
