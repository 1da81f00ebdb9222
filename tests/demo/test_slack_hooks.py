"""Incoming webhooks, and interactivity by signed HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from service.demo.slack.launch import DemoSlackError, EmbeddedSlack
from tests.demo.slack_asking import OPS, actions, button, fetch, section, web

pytestmark = pytest.mark.demo


def test_a_webhook_posts_into_its_channel(demo_slack: EmbeddedSlack) -> None:
    answer = WebhookClient(demo_slack.webhook_url, retry_handlers=[]).send(text="down", blocks=[section("*down*")])
    (said,) = demo_slack.control.messages("ops")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert (said["via"], said["text"], said["subtype"]) == ("webhook", "down", "bot_message")


def test_a_webhook_takes_a_form_with_a_payload(demo_slack: EmbeddedSlack) -> None:
    assert fetch(demo_slack.webhook_url, b"payload=%7B%22text%22%3A%22x%22%7D")[:2] == (200, b"ok")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{not json", 400, b"invalid_payload"),
        (b"[]", 400, b"invalid_payload"),
        (b"{}", 400, b"no_text"),
        (b'{"text":"x","blocks":[{"type":"blink"}]}', 400, b"invalid_blocks"),
    ],
)
def test_a_webhook_refuses_in_plain_words(demo_slack: EmbeddedSlack, body: bytes, status: int, words: bytes) -> None:
    assert fetch(demo_slack.webhook_url, body)[:2] == (status, words)
    assert demo_slack.control.messages() == []


def test_a_webhook_that_is_gone_and_one_into_an_archived_channel(demo_slack: EmbeddedSlack) -> None:
    assert fetch(demo_slack.webhook_url + "x", b'{"text":"x"}')[:2] == (404, b"no_service")
    demo_slack.control.channel("ops", archived=True)
    assert fetch(demo_slack.webhook_url, b'{"text":"x"}')[:2] == (410, b"channel_is_archived")
    demo_slack.control.channel("ops", archived=False)
    demo_slack.control.revoke("hook")
    assert fetch(demo_slack.webhook_url, b'{"text":"x"}')[:2] == (404, b"no_service")


def test_a_bot_cannot_edit_what_a_webhook_said(demo_slack: EmbeddedSlack) -> None:
    fetch(demo_slack.webhook_url, b'{"text":"x"}')
    ts = demo_slack.control.messages("ops")[0]["ts"]
    body = f"token={demo_slack.bot_token}&channel={OPS}&ts={ts}&text=y".encode()
    assert b"cant_update_message" in fetch(f"{demo_slack.api_url}chat.update", body)[1]


@dataclass(slots=True)
class _Endpoint:
    """An app's request URL: the bodies that reached it, and whether slack_sdk takes their signature."""

    secret: str
    status: int = 200
    answer: bytes = b""
    bodies: list[str] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)
    url: str = ""


@contextmanager
def _endpoint(secret: str) -> Iterator[_Endpoint]:
    kept = _Endpoint(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept.bodies.append(body)
            kept.valid.append(SignatureVerifier(kept.secret).is_valid_request(body, dict(self.headers.items())))
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(kept.answer)))
            self.end_headers()
            self.wfile.write(kept.answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.url = f"http://127.0.0.1:{server.server_port}/slack"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


def _message(slack: EmbeddedSlack) -> dict[str, str]:
    web(slack).chat_postMessage(channel=OPS, text="down", blocks=[actions(button("ack"))])
    return slack.control.messages("ops")[0]


def test_a_click_by_http_is_signed(demo_slack: EmbeddedSlack) -> None:
    message = _message(demo_slack)
    with _endpoint(demo_slack.signing_secret) as endpoint:
        demo_slack.control.request_url(endpoint.url)
        (delivery,) = demo_slack.control.click(message, "ack")
    payload = json.loads(parse_qs(endpoint.bodies[0])["payload"][0])
    assert (delivery["state"], delivery["way"], delivery["status"]) == ("answered", "http", 200)
    assert (endpoint.valid, payload["actions"][0]["action_id"]) == ([True], "ack")


def test_old_and_false_signatures_can_be_made(demo_slack: EmbeddedSlack) -> None:
    message = _message(demo_slack)
    with _endpoint(demo_slack.signing_secret) as endpoint:
        demo_slack.control.request_url(endpoint.url)
        demo_slack.control.click(message, "ack", signed_seconds_ago=301)
        demo_slack.control.click(message, "ack", bad_signature=True)
        demo_slack.control.click(message, "ack", times=2)
    assert endpoint.valid == [False, False, True, True]
    assert endpoint.bodies[2] == endpoint.bodies[3]


def test_a_command_by_http_is_a_form_and_its_answer_is_shown(demo_slack: EmbeddedSlack) -> None:
    with _endpoint(demo_slack.signing_secret) as endpoint:
        endpoint.answer = b"all is well"
        demo_slack.control.request_url(endpoint.url)
        demo_slack.control.command("/lamplighter status")
    form = parse_qs(endpoint.bodies[0])
    assert (form["command"], form["text"], endpoint.valid) == (["/lamplighter"], ["status"], [True])
    assert demo_slack.control.messages("ops")[0]["text"] == "all is well"


def test_a_refused_click_and_an_endpoint_that_is_gone_are_told_apart(demo_slack: EmbeddedSlack) -> None:
    message = _message(demo_slack)
    with _endpoint(demo_slack.signing_secret) as endpoint:
        endpoint.status = 401
        demo_slack.control.request_url(endpoint.url)
        (refused,) = demo_slack.control.click(message, "ack")
    (gone,) = demo_slack.control.click(message, "ack")
    assert ((refused["state"], refused["status"]), gone["state"]) == (("refused", 401), "not_connected")


def test_a_request_url_is_on_this_machine(demo_slack: EmbeddedSlack) -> None:
    with pytest.raises(DemoSlackError, match="must be an address of this machine"):
        demo_slack.control.request_url("http://example.com/slack")
