"""A receiver over real HTTP that counts what arrives, knows keys that came before, and misbehaves as it is told."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do with one request. `effect`: it counts as received. `reset`: the connection is cut, not answered."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    delay: float = 0.0
    reset: bool = False
    effect: bool = True


OK = Answer()
RESET = Answer(reset=True, effect=False)
RESET_AFTER_EFFECT = Answer(reset=True)


def busy(seconds: str | None, status: int = 429) -> Answer:
    return Answer(status, {"Retry-After": seconds} if seconds is not None else {}, b"slow down", effect=False)


def refused(status: int, body: bytes = b"no") -> Answer:
    return Answer(status, body=body, effect=False)


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")

    def json(self) -> Any:  # noqa: ANN401  JSON
        return json.loads(self.body)


class Receiver:
    """The server; `plan` is worked off request by request, then `otherwise` holds."""

    def __init__(self) -> None:
        self.plan: deque[Answer] = deque()
        self.otherwise = OK
        self.requests: list[Request] = []
        self.arrived: Counter[str] = Counter()
        self._changed = threading.Condition()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                owner.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a sender that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._changed:
            answer = self.plan.popleft() if self.plan else self.otherwise
            request = Request(handler.path, headers, body, time.monotonic())
            self.requests.append(request)
            if answer.effect:
                self.arrived[request.key] += 1
            self._changed.notify_all()
        time.sleep(answer.delay)
        if answer.reset:
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            handler.close_connection = True
            return
        with suppress(OSError):
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer.body)))
            handler.end_headers()
            handler.wfile.write(answer.body)

    def wait(self, count: int, seconds: float = 15) -> None:
        """Until so many requests came."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, seconds)
        assert came, f"{len(self.requests)} of {count} requests came"

    def statuses(self) -> list[str]:
        return [request.json()["status"] for request in self.requests]

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
