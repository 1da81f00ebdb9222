"""Makes the pictures in docs/images from a running demo, best during an incident.

Run: python docs/screenshots.py http://127.0.0.1:8080 [--slack http://127.0.0.1:8081] [--browser /usr/bin/chromium]
Slack's emoji need a font that has them (Debian: fonts-noto-color-emoji).
"""

# ruff: noqa: INP001  a script beside what it writes

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent / "images"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: which page, on what screen, in which appearance and language."""

    name: str
    path: str
    width: int
    height: int
    theme: str
    locale: str
    ready: str
    link: str = ""
    """What is clicked first: the page behind it is meant."""


PICTURES = (
    Picture("status", "/", 1280, 980, "light", "en-US", ".tile"),
    Picture("status-phone", "/", 390, 844, "dark", "ko-KR", ".tile"),
    Picture("component", "/components/backend?env=prod", 1280, 980, "dark", "en-US", "#charts[data-drawn]"),
    Picture("alert-phone", "/alerts", 390, 844, "light", "en-US", "h1", link='main a[href^="/alerts/"]'),
)
SLACK = Picture("slack", "/", 1100, 760, "light", "en-US", "#messages img")


def take(browser: Browser, address: str, picture: Picture) -> Path:
    """Open the page, wait until it is drawn, and save it at one pixel a dot."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.theme == "dark" else "light",
        locale=picture.locale,
        device_scale_factor=1,
    )
    try:
        page = context.new_page()
        page.goto(address.rstrip("/") + picture.path)
        if picture.link:
            page.goto(address.rstrip("/") + str(page.locator(picture.link).first.get_attribute("href")))
        page.wait_for_selector(picture.ready)
        page.wait_for_timeout(500)
        target = FOLDER / f"{picture.name}.png"
        page.screenshot(path=target)
        return target
    finally:
        context.close()


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--slack", default="")
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures; all by default")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.browser, args=list(ARGUMENTS))
        wanted = [(chosen.address, one) for one in PICTURES] + ([(chosen.slack, SLACK)] if chosen.slack else [])
        for address, picture in wanted:
            if chosen.only and picture.name not in chosen.only:
                continue
            target = take(browser, address, picture)
            print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")  # noqa: T201  a command says what it wrote
        browser.close()


if __name__ == "__main__":
    main()
