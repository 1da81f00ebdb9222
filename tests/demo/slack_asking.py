"""How the tests of Demo Slack speak to it: slack_sdk's own clients, without its retries."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from service.demo.slack.launch import EmbeddedSlack

OPS = "C0DEMO0OPS"
PROD = "C0DEMOPROD"
ON_CALL = "U0ONCALL01"
PNG = b"\x89PNG\r\n\x1a\n" + b"a small picture"


def web(slack: EmbeddedSlack, token: str | None = None, timeout: int = 10) -> WebClient:
    """A client as an app has it; what goes wrong is seen at once."""
    return WebClient(slack.bot_token if token is None else token, slack.api_url, timeout, retry_handlers=[])


def refusal(call: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401 - slack_sdk's own arguments
    """The answer with which Slack refuses a call, its HTTP status and Retry-After among it."""
    try:
        call(**arguments)
    except SlackApiError as refused:
        answer = dict(refused.response.data)
        return answer | {"status": refused.response.status_code, "wait": refused.response.headers.get("Retry-After")}
    raise AssertionError("it was not refused")


def section(text: str = "text") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action: str, text: str = "Press", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - slack_sdk's own arguments
    return {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": text}, **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def fetch(
    url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, method: str | None = None
) -> tuple[int, bytes, Mapping[str, str]]:
    """Status, body and headers of a plain HTTP call."""
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read(), refused.headers


@dataclass(slots=True)
class App:
    """An app in Socket Mode: what reached it. `answer` is its acknowledgement; `silent` acknowledges nothing."""

    client: SocketModeClient
    seen: list[SocketModeRequest] = field(default_factory=list)
    answer: Mapping[str, Any] | None = None
    silent: bool = False

    def on_request(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.seen.append(request)
        if not self.silent:
            payload = dict(self.answer) if self.answer else None
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))


@contextmanager
def connected(slack: EmbeddedSlack, **options: Any) -> Iterator[App]:  # noqa: ANN401 - slack_sdk's own arguments
    """A connected app."""
    client = SocketModeClient(slack.app_token, web_client=web(slack), ping_interval=0.2, **options)
    app = App(client)
    client.socket_mode_request_listeners.append(app.on_request)
    try:
        client.connect()
        until(lambda: slack.control.connections() > 0)
        yield app
    finally:
        # A client waits for seconds on a connection that is still there.
        client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
        slack.control.call("POST", "sockets", {"break": True})
        client.close()


def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.02)
