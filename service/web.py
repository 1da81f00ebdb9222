"""Serving the page from a thread of this process, and swapping the application under it on a reload."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from cheroot.wsgi import Server

from dashboards.config import parse_listen
from service.errors import CannotListen
from service.patience import PatientConnection

_log = structlog.get_logger(__name__)

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_THREADS = 40
"""More than a handful of slow clients can hold at once; a thread that waits costs next to nothing."""
_IDLE_SECONDS = 20
_DRAIN_SECONDS = 3
_LARGEST_HEADERS = 32_768
"""Bytes: the longest that browsers and proxies send; without a bound one request could fill the memory."""
_LARGEST_BODY = 1_000_000
"""Bytes: far above any form of the pages."""


@dataclass(slots=True)
class WebServer:
    """An HTTP server in a thread. Assign `app` to answer from another application from the next request on."""

    app: WsgiApp
    listen: str
    _server: Any = None
    _thread: threading.Thread | None = field(default=None)

    def start(self) -> str:
        """Bind and begin to answer; returns the address as a URL, with the port that was given for port 0.

        Raises:
            CannotListen: the address is taken, is not this machine's, or needs a privilege.
        """
        host, port = parse_listen(self.listen)

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            return self.app(environ, start_response)

        server = Server(
            (host, port),
            answer,
            numthreads=_THREADS,
            timeout=_IDLE_SECONDS,
            shutdown_timeout=_DRAIN_SECONDS,
            server_name="lamplighter",  # not the version of what serves
        )
        server.ConnectionClass = PatientConnection
        server.max_request_header_size = _LARGEST_HEADERS
        server.max_request_body_size = _LARGEST_BODY
        server.error_log = _log_server_error  # type: ignore[method-assign]
        try:
            server.prepare()
        except OSError as error:
            remedy = "Choose another address with web.listen or --listen HOST:PORT."
            raise CannotListen(f"cannot listen on {self.listen}: {error}. {remedy}") from None
        self._server = server
        self._thread = threading.Thread(target=server.serve, name="web", daemon=True)
        self._thread.start()
        bound = server.bind_addr[1]
        return f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    def stop(self) -> None:
        """Answer what is under way, then close the socket."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._thread is not None:
            self._thread.join(_DRAIN_SECONDS)
            self._thread = None


def _log_server_error(msg: str = "", level: int = 20, traceback: bool = False) -> None:  # noqa: FBT001, FBT002  cheroot's signature
    """Write what the HTTP server says to our log; broken connections are the client's matter."""
    _log.log(level, "web.server", message=msg.strip(), exc_info=traceback)
