"""Socket Mode: clicks and commands over a WebSocket that we open, so that Lamplighter needs no inbound address."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from threading import Event, Thread
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from alerts.slack.api import SLACK_URL, new_client
from alerts.slack.interactivity import Interactivity

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 0.5
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_PING_SECONDS = 5
_CALL_SECONDS = 5
"""How long asking for a connection may take: stopping waits for it."""
_WORKERS = 4


class _Client(SocketModeClient):
    """slack_sdk's client, which would sleep in its own threads when Slack asks to wait."""

    def issue_new_wss_url(self) -> str:
        """The address of a new connection. Raises SlackApiError."""
        return str(self.web_client.apps_connections_open(app_token=self.app_token)["url"])


class SocketMode:
    """The connection of one app. It comes back by itself for as long as it is started."""

    def __init__(self, app_token: str, desk: Interactivity, api_url: str = SLACK_URL) -> None:
        self._token, self._desk, self._api_url = app_token, desk, api_url
        self._stopping = Event()
        self._client: _Client | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Connect, in a thread of its own: that Slack is out of reach keeps nothing from starting."""
        if self._thread is not None:
            return
        self._stopping.clear()
        quiet = logging.getLogger("lamplighter.slack_sdk")
        quiet.setLevel(logging.CRITICAL)  # what matters of it is logged here
        self._client = _Client(
            self._token,
            logger=quiet,
            web_client=new_client("", self._api_url, _CALL_SECONDS),
            auto_reconnect_enabled=False,
            ping_interval=_PING_SECONDS,
            concurrency=_WORKERS,
        )
        self._client.socket_mode_request_listeners.append(self._received)
        self._thread = Thread(target=self._keep_connected, args=(self._client,), name="slack-socket", daemon=True)
        self._thread.start()

    def is_connected(self) -> bool:
        """Whether clicks arrive now."""
        return self._client is not None and self._client.is_connected()

    def stop(self) -> None:
        """Disconnect and end all threads; what is being handled is finished. Safe to call twice."""
        self._stopping.set()
        thread, client = self._thread, self._client
        if thread is None or client is None:
            return
        thread.join()
        # A reader waits in recv for up to 3 s and holds the lock that closing needs: end its wait.
        held = client.current_session.sock if client.current_session is not None else None
        if held is not None:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
        client.close()
        self._thread = self._client = None

    def _keep_connected(self, client: _Client) -> None:
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            if client.is_connected():
                _drop_if_dead(client)
                self._stopping.wait(_LOOK_SECONDS)
                continue
            try:
                client.connect_to_new_endpoint()
            except (SlackClientError, OSError, ValueError) as error:
                _log.warning("slack.socket_refused", error=_words(error), wait_seconds=wait)
            if client.is_connected():
                _log.info("slack.socket_connected")
                wait = _FIRST_WAIT
                continue
            self._stopping.wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def _received(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledge at once, then act: Slack waits for 3 s."""
        payload: dict[str, Any] = request.payload or {}
        answer = self._desk.commanded(payload) if request.type == "slash_commands" else None
        try:
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=answer))
        except (SlackClientError, OSError):
            # The person sees a warning and may click again; acting twice does no harm.
            _log.warning("slack.acknowledgement_lost", kind=request.type)
        if request.type == "interactive":
            self._desk.clicked(payload)


def _drop_if_dead(client: _Client) -> None:
    """Close a connection whose other end has gone: slack_sdk would read nothing from it, busily, for half a minute."""
    session = client.current_session
    held = session.sock if session is not None else None
    if session is None or held is None:
        return
    try:
        # Another handle of the same connection: TLS sockets cannot be peeked at.
        with socket.socket(fileno=os.dup(held.fileno())) as peeking:
            gone = peeking.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return
    except OSError:
        gone = True
    if gone:
        session.disconnect()


def _words(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return str(error.response.get("error") or error.response.status_code)
    return " ".join(str(error).split())[:200]
