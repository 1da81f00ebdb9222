"""Socket Mode: WebSockets by which clicks and commands reach an app that has no address of its own."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from service.demo.slack.model import APP

_MOST_CONNECTIONS = 10
_CONNECTION_SECONDS = 18_060
_HOST = "127.0.0.1"


@dataclass(slots=True)
class Pending:
    """An envelope on its way: `payload` is what the app acknowledged it with."""

    done: Event = field(default_factory=Event)
    payload: Mapping[str, Any] | None = None


class Sockets:
    """The WebSocket server and the connections it has. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tickets: set[str] = set()
        self._connections: list[ServerConnection] = []
        self._pending: dict[str, Pending] = {}
        self._turn = 0
        self._server: Server | None = None
        self.port = 0

    def start(self) -> None:
        """Listen, on a free port of the loopback."""
        listener = socket.create_server((_HOST, 0))
        self.port = listener.getsockname()[1]
        # No page of any site may open one: an app sends no Origin.
        self._server = serve(self._serve, sock=listener, process_request=self._admit, origins=[None], compression=None)
        Thread(target=self._server.serve_forever, name="sockets", daemon=True).start()

    def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.shutdown()

    def ticket(self) -> str:
        """An address that one connection may be opened at."""
        key = secrets.token_hex(16)
        with self._lock:
            self._tickets.add(key)
        return f"ws://{_HOST}:{self.port}/link/?ticket={key}&app_id={APP}"

    def count(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def deliver(
        self, kind: str, payload: Mapping[str, Any], seconds: float, attempt: int = 0
    ) -> Mapping[str, Any] | None:
        """Send an envelope by one of the connections, in turn; what the app answered, or None when it did not in time.

        Raises ConnectionError when no app is connected.
        """
        envelope, pending = secrets.token_hex(16), Pending()
        body: dict[str, Any] = {"envelope_id": envelope, "type": kind, "payload": payload}
        body["accepts_response_payload"] = kind == "slash_commands"
        if attempt:
            body |= {"retry_attempt": attempt, "retry_reason": "timeout"}
        with self._lock:
            self._pending[envelope] = pending
        try:
            self._send(json.dumps(body))
            return pending.payload or {} if pending.done.wait(seconds) else None
        finally:
            with self._lock:
                self._pending.pop(envelope, None)

    def disconnect(self, reason: str = "refresh_requested", *, warn: bool = True) -> int:
        """Close all connections, as Slack does every few hours; without `warn` they just break. How many there were.

        The reason `warning` announces it and closes nothing yet.
        """
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if warn:
                _say(connection, {"type": "disconnect", "reason": reason, "debug_info": {"host": "demo"}})
            else:
                connection.socket.shutdown(socket.SHUT_RDWR)
            if warn and reason != "warning":
                connection.close()
        return len(connections)

    def reset(self) -> None:
        """Close all connections and forget all addresses."""
        with self._lock:
            self._tickets.clear()
            connections = list(self._connections)
        for connection in connections:
            connection.close()

    def _admit(self, _connection: ServerConnection, request: Request) -> Response | None:
        """Only with a fresh ticket, and only by a name of this machine."""
        hosts = {host.rsplit(":", 1)[0] for host in request.headers.get_all("Host")}
        key = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._lock:
            known = key in self._tickets
            self._tickets.discard(key)
        if known and hosts and hosts <= {_HOST, "localhost"}:
            return None
        return Response(401, "Unauthorized", Headers([("Content-Length", "0")]), b"")

    def _serve(self, connection: ServerConnection) -> None:
        """One connection's life."""
        with self._lock:
            full = len(self._connections) >= _MOST_CONNECTIONS
            if not full:
                self._connections.append(connection)
        if full:
            _say(connection, {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "demo"}})
            return
        try:
            _say(connection, self._hello())
            for message in connection:
                self._acknowledged(message)
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._connections.remove(connection)

    def _hello(self) -> dict[str, Any]:
        debug = {"host": "demo", "build_number": 1, "approximate_connection_time": _CONNECTION_SECONDS}
        about = {"connection_info": {"app_id": APP}, "debug_info": debug}
        return {"type": "hello", "num_connections": len(self._connections)} | about

    def _acknowledged(self, message: str | bytes) -> None:
        try:
            answer = json.loads(message)
            pending = self._pending.get(answer["envelope_id"])
        except (ValueError, KeyError, TypeError):
            return
        if pending is not None:
            payload = answer.get("payload")
            pending.payload = payload if isinstance(payload, dict) else {}
            pending.done.set()

    def _send(self, text: str) -> None:
        """By the next connection that takes it."""
        with self._lock:
            connections = list(self._connections)
            self._turn += 1
            first = self._turn
        for offset in range(len(connections)):
            try:
                connections[(first + offset) % len(connections)].send(text)
            except (ConnectionClosed, OSError):
                continue
            return
        raise ConnectionError("no app is connected")


def _say(connection: ServerConnection, message: Mapping[str, Any]) -> None:
    try:
        connection.send(json.dumps(message))
    except (ConnectionClosed, OSError):
        return
