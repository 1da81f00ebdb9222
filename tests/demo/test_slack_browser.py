"""In a real browser: a message is seen, a button clicked, the app hears of it, and the edit shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.demo.slack.launch import EmbeddedSlack
from tests.demo.slack_asking import OPS, PNG, PROD, actions, button, connected, section, until, web

pytestmark = [pytest.mark.demo, pytest.mark.browser]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}


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
def page(browser: Browser, demo_slack: EmbeddedSlack) -> Iterator[Page]:
    """The page of the on-call engineer. What the console says is a failure."""
    opened = browser.new_page(viewport=SIZES["desktop"])  # type: ignore[arg-type]
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(demo_slack.url)
    yield opened
    opened.close()
    assert said == []


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def _alert(slack: EmbeddedSlack, *elements: dict[str, Any]) -> str:
    blocks = [section("*backend* is down"), actions(*(elements or (button("ack", "Acknowledge", value="e1"),)))]
    return str(web(slack).chat_postMessage(channel=OPS, text="backend is down", blocks=blocks)["ts"])


def test_a_click_reaches_the_app_and_its_edit_shows(demo_slack: EmbeddedSlack, page: Page) -> None:
    ts = _alert(demo_slack)
    with connected(demo_slack) as app:
        page.get_by_role("button", name="Acknowledge").click()
        until(lambda: len(app.seen) == 1)
        (click,) = app.seen
        assert (click.payload["actions"][0]["value"], click.payload["user"]["id"]) == ("e1", "U0ONCALL01")
        edited = [section(f"Acknowledged by <@{click.payload['user']['id']}>")]
        web(demo_slack).chat_update(channel=OPS, ts=ts, text="acknowledged", blocks=edited)
        expect(page.get_by_text("Acknowledged by @oncall")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(page.get_by_text("(edited) · 2 versions")).to_be_visible()


def test_a_confirmation_is_asked_first(demo_slack: EmbeddedSlack, page: Page) -> None:
    confirm = {
        "title": _plain("Sure?"),
        "text": _plain("No alerts then."),
        "confirm": _plain("Yes"),
        "deny": _plain("No"),
    }
    _alert(demo_slack, button("silence", "Silence 1 h", confirm=confirm))
    with connected(demo_slack) as app:
        page.get_by_role("button", name="Silence 1 h").click()
        page.get_by_role("button", name="No", exact=True).click()
        page.get_by_role("button", name="Silence 1 h").click()
        assert app.seen == []
        page.get_by_role("button", name="Yes").click()
        until(lambda: len(app.seen) == 1)
        assert [request.payload["actions"][0]["action_id"] for request in app.seen] == ["silence"]


def test_a_click_that_nobody_answers_is_said(demo_slack: EmbeddedSlack, page: Page) -> None:
    _alert(demo_slack)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("alert")).to_contain_text("The app is not connected.")


def test_a_command_is_answered_to_whoever_gave_it(demo_slack: EmbeddedSlack, page: Page) -> None:
    with connected(demo_slack) as app:
        app.answer = {"text": "all is `well`"}
        page.get_by_label("Message or command").fill("/lamplighter status")
        page.get_by_label("Message or command").press("Enter")
        expect(page.get_by_text("all is well")).to_be_visible()
        expect(page.get_by_text("Only visible to you")).to_be_visible()
    page.get_by_label("You are").select_option(label="Developer")
    expect(page.get_by_text("all is well")).to_have_count(0)


def test_a_link_button_leads_away_and_tells_the_app(demo_slack: EmbeddedSlack, page: Page) -> None:
    _alert(demo_slack, button("open", "Open", url="https://lamplighter.example/alerts/1"))
    link = page.get_by_role("link", name="Open")
    expect(link).to_have_attribute("href", "https://lamplighter.example/alerts/1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_threads_pictures_and_other_channels_are_drawn(demo_slack: EmbeddedSlack, page: Page) -> None:
    client = web(demo_slack)
    file = client.files_upload_v2(content=PNG, filename="c.png")["files"][0]["id"]
    picture = {"type": "image", "slack_file": {"id": file}, "alt_text": "errors of an hour"}
    parent = client.chat_postMessage(channel=OPS, text="down", blocks=[section("down"), picture])["ts"]
    client.chat_postMessage(channel=OPS, text="worse now", thread_ts=parent)
    client.chat_postMessage(channel=PROD, text="elsewhere")
    expect(page.get_by_alt_text("errors of an hour")).to_have_count(1)
    expect(page.get_by_text("worse now")).to_have_count(0)
    page.get_by_role("link", name="1 reply").click()
    expect(page.get_by_role("complementary", name="Thread").get_by_text("worse now")).to_be_visible()
    page.get_by_role("link", name="prod-alerts").click()
    expect(page.get_by_text("elsewhere")).to_be_visible()
    expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()


_SAID = [
    ("*bold* _it_ ~no~ `x*y*`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>x*y*</code>"),
    ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    ("a &lt;b&gt; &amp;amp;", "a &lt;b&gt; &amp;amp;"),
    ("<https://a.example/?x=1&amp;y=2|here>", '<a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener'),
    ("<javascript:alert(1)|here>", "&lt;javascript:alert(1)|here&gt;"),
    ("<@U0ONCALL01> <!here>", '<span class="mention">@oncall</span> <span class="mention">@here</span>'),
    ("<#C0DEMOPROD>", '<a class="mention" href="#C0DEMOPROD">#prod-alerts</a>'),
    ("<!date^1795000000^{date_short}|then>", ">Nov 18, 2026</time>"),
    ("<!date^junk^{date}|then>", "then"),
    (":fire: :no_such:", "🔥 :no_such:"),
    ("&gt; quoted\nnot", "<blockquote>quoted</blockquote>not"),
    ("```\n*raw* <b>\n```", "<pre>*raw* &lt;b&gt;</pre>"),
    ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    ("ㄱ *굵게* 는", "ㄱ <strong>굵게</strong> 는"),
]  # fmt: skip


def test_mrkdwn_is_drawn_and_never_becomes_markup(demo_slack: EmbeddedSlack, page: Page) -> None:
    demo_slack.control.limits(enabled=False)
    client = web(demo_slack)
    for text, _ in _SAID:
        client.chat_postMessage(channel=OPS, text=text, blocks=[section(text)])
    expect(page.locator("article.message")).to_have_count(len(_SAID))
    drawn = page.locator("article .b-body > div").evaluate_all("nodes => nodes.map(node => node.innerHTML)")
    for (text, wanted), got in zip(_SAID, drawn, strict=True):
        assert wanted in got, f"{text!r} became {got!r}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_reachable_on_a_phone(browser: Browser, demo_slack: EmbeddedSlack, scheme: str) -> None:
    _alert(demo_slack, *[button(str(number), "A rather long label") for number in range(3)])
    page = browser.new_page(viewport=SIZES["phone"], color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(demo_slack.url)
    pressed = page.get_by_role("button", name="A rather long label").first
    expect(pressed).to_be_visible()
    box = pressed.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("link", name="budget")).to_be_hidden()
    page.get_by_role("button", name="Channels").click()
    page.get_by_role("link", name="budget").click()
    expect(page.get_by_role("heading", name="# budget")).to_be_visible()
    expect(page.get_by_role("link", name="budget")).to_be_hidden()
    page.close()
