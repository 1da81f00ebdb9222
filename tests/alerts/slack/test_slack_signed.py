"""Signed HTTP: only Slack's fresh calls act, and nothing in a request raises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.slack.actions import Workspace
from alerts.slack.commands import Command, Reply
from alerts.slack.interactivity import Interactivity
from alerts.slack.signed import LARGEST, handle
from service.demo.slack.launch import EmbeddedSlack
from service.demo.slack.signing import signature
from store.vocabulary import Intent
from tests.alerts.slack.samples import NOW, delivery, notice, voice
from tests.alerts.slack.test_slack_actions import answer, click
from tests.alerts.slack.test_slack_bot import bot, told

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  the example of Slack's documentation


class Taken:
    """Keeps intents as the store does: one of a known id stays as it was."""

    def __init__(self) -> None:
        self.intents: dict[str, Intent] = {}

    def add(self, intent: Intent) -> None:
        self.intents.setdefault(intent.id, intent)


def desk(taken: Taken, **more: Any) -> Interactivity:  # noqa: ANN401  any field
    return Interactivity(taken.add, answer, voice(), lambda: NOW, **more)


def sign(body: bytes, at: datetime = NOW, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body)}


def form(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


def test_a_signed_click_is_taken_down_once_however_often_it_comes() -> None:
    taken, body = Taken(), form(click())
    for _ in range(3):
        assert handle(sign(body), body, NOW, [SECRET], desk(taken)) == (200, "")
    (intent,) = taken.intents.values()
    assert intent.kind == "alert.acknowledge"


@pytest.mark.parametrize("seconds", [301, -301, 86_400])
def test_an_old_call_is_refused(seconds: int) -> None:
    taken, body = Taken(), form(click())
    headers = sign(body, NOW - timedelta(seconds=seconds))
    assert handle(headers, body, NOW, [SECRET], desk(taken)) == (401, "")
    assert not taken.intents


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=0"},
        {**sign(form(click())), "X-Slack-Request-Timestamp": "soon"},
        {**sign(form(click())), "X-Slack-Request-Timestamp": "٣٤"},
        {**sign(form(click())), "X-Slack-Request-Timestamp": "9" * 5000},
        {**sign(form(click())), "X-Slack-Request-Timestamp": "-1"},
        {**sign(form(click())), "X-Slack-Signature": "v0=é한\ud800"},
        sign(form(click()), secret="another"),  # noqa: S106  the wrong one on purpose
        sign(form(click("lamplighter.silence"))),
        [*sign(form(click())).items(), ("x-slack-signature", "v0=1")],
        [*sign(form(click())).items(), *sign(form(click())).items()],
    ],
)
def test_what_is_not_signed_well_is_refused(headers: Any) -> None:  # noqa: ANN401  headers of every kind
    taken = Taken()
    assert handle(headers, form(click()), NOW, [SECRET], desk(taken)) == (401, "")
    assert not taken.intents


def test_without_a_secret_nothing_is_taken() -> None:
    body = form(click())
    assert handle(sign(body, secret=""), body, NOW, [""], desk(Taken())) == (401, "")
    assert handle(sign(body), body, NOW, [], desk(Taken())) == (401, "")


def test_any_of_several_apps_may_call() -> None:
    body = form(click())
    assert handle(sign(body), body, NOW, ["another", SECRET], desk(Taken())) == (200, "")


def test_too_large_a_call_is_refused_unread() -> None:
    body = b"x" * (LARGEST + 1)
    assert handle(sign(body), body, NOW, [SECRET], desk(Taken())) == (413, "")


def test_the_address_is_verified() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    assert handle(sign(body), body, NOW, [SECRET], desk(Taken())) == (200, '{"challenge": "3eZbrw1aB"}')


def test_a_command_is_answered_at_once() -> None:
    body = urlencode({"command": "/lamplighter", "text": "status prod", "team_id": "T1"}).encode()
    status, said = handle(sign(body), body, NOW, [SECRET], desk(Taken()))
    assert status == 200
    assert json.loads(said)["text"] == "status of prod in en"


def test_a_command_of_another_workspace_is_not_answered() -> None:
    body = urlencode({"command": "/lamplighter", "text": "status", "team_id": "T2"}).encode()
    _, said = handle(sign(body), body, NOW, [SECRET], desk(Taken(), workspace=lambda: Workspace("T1")))
    assert "another workspace" in said


def test_a_fault_while_answering_is_told_calmly() -> None:
    def broken(command: Command, speaker: object) -> Reply:
        raise ZeroDivisionError(command.word, speaker)

    body = urlencode({"command": "/lamplighter", "text": "status"}).encode()
    status, said = handle(sign(body), body, NOW, [SECRET], Interactivity(print, broken, voice(), lambda: NOW))
    assert status == 200
    assert "try again" in said


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: urlencode({"payload": text}).encode()))
def test_rubbish_that_is_signed_never_raises(body: bytes) -> None:
    status, _ = handle(sign(body), body, NOW, [SECRET], desk(Taken()))
    assert status in {200, 400}


@pytest.fixture
def app(demo_slack: EmbeddedSlack) -> Iterator[tuple[str, Taken]]:
    """The product's side of signed HTTP, at an address of its own."""
    taken = Taken()
    acting = desk(taken, api_url=demo_slack.api_url)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, said = handle(
                list(self.headers.items()), body, datetime.now(UTC), [demo_slack.signing_secret], acting
            )
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/slack/interactivity", taken
        server.shutdown()
        thread.join()


def test_clicks_in_the_demos_slack_arrive_signed(demo_slack: EmbeddedSlack, app: tuple[str, Taken]) -> None:
    url, taken = app
    demo_slack.control.request_url(url)
    bot(demo_slack).send(delivery(notice()), notice())
    (message,) = told(demo_slack)
    twice = demo_slack.control.click(message, "lamplighter.acknowledge", times=2)
    assert [each["state"] for each in twice] == ["answered", "answered"]
    old = demo_slack.control.click(message, "lamplighter.silence", signed_seconds_ago=400)
    forged = demo_slack.control.click(message, "lamplighter.silence", bad_signature=True)
    assert [old[0]["status"], forged[0]["status"]] == [401, 401]
    (intent,) = taken.intents.values()
    assert (intent.kind, intent.actor) == ("alert.acknowledge", "slack:U0ONCALL01 (oncall)")


def test_a_command_in_the_demos_slack_is_answered_to_its_sender(
    demo_slack: EmbeddedSlack, app: tuple[str, Taken]
) -> None:
    demo_slack.control.request_url(app[0])
    demo_slack.control.command("/lamplighter alerts")
    (message,) = demo_slack.control.messages("ops")
    assert message["seen_by"] == "U0ONCALL01"
    assert message["text"] == "alerts of all in en"
