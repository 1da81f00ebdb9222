"""How long one request may take to arrive: a client that sends a byte a second must not keep a thread for hours.

Cheroot bounds the wait for each byte, not for all of them; here the clock runs from a request's first byte to its last.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from cheroot.makefile import MakeFile
from cheroot.server import HTTPConnection

ARRIVAL_SECONDS = 5.0
"""From the first byte of a request to its last: heads and forms here are a few hundred bytes."""
_TIMED_OUT = "timed out"
"""Cheroot tells a timeout by this word, and answers 408."""


class PatientSocket:
    """A socket whose reads end `seconds` after `begin`; everything else is the socket's own."""

    def __init__(self, sock: Any, seconds: float) -> None:  # noqa: ANN401  cheroot's sockets have no common type
        self._socket = sock
        self._seconds = seconds
        self._deadline = monotonic() + seconds

    def begin(self) -> None:
        """A request begins to arrive now."""
        self._deadline = monotonic() + self._seconds

    def recv_into(self, buffer: Any, *rest: int) -> int:  # noqa: ANN401  any writable buffer
        """Read what is there into the buffer; after the deadline only what has already come.

        Raises:
            TimeoutError: the request has not arrived in its time.
        """
        usual = self._socket.gettimeout()
        left = max(0.0, self._deadline - monotonic())
        self._socket.settimeout(left if usual is None else min(left, usual))
        try:
            return int(self._socket.recv_into(buffer, *rest))
        except BlockingIOError:
            raise TimeoutError(_TIMED_OUT) from None
        finally:
            self._socket.settimeout(usual)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the socket has
        return getattr(self._socket, name)


class PatientConnection(HTTPConnection):
    """A connection whose every request must arrive within ARRIVAL_SECONDS."""

    def __init__(self, server: Any, sock: Any, makefile: Any = MakeFile) -> None:  # noqa: ANN401  cheroot's signature
        self._patient = PatientSocket(sock, ARRIVAL_SECONDS)

        def file_of(plain: Any, mode: str, size: int) -> Any:  # noqa: ANN401
            return makefile(self._patient if "r" in mode else plain, mode, size)

        super().__init__(server, sock, file_of)

    def communicate(self) -> bool:
        """Read a request and answer it; returns whether the connection stays open."""
        self._patient.begin()
        return bool(super().communicate())  # type: ignore[no-untyped-call]
