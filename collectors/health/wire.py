"""Sockets that keep one deadline from resolving the name to the last byte, and what may be said when they fail."""

from __future__ import annotations

import errno
import http.client
import io
import ipaddress
import os
import socket
import ssl
import time
from dataclasses import dataclass
from typing import cast

from collectors.errors import CollectorError
from store.messages import Message, Sentence


class ProbeFailed(CollectorError):
    """A probe did not get what it should; the message says why and holds no secret.

    `of_certificate` tells that it was the certificate that was refused.
    """

    def __init__(self, reason: Sentence, *, of_certificate: bool = False) -> None:
        super().__init__(reason)
        self.of_certificate = of_certificate


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a probe gives up: `seconds` after `started`, on the monotonic clock."""

    started: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """A deadline that begins to run now."""
        return cls(time.monotonic(), seconds)

    def left(self) -> float:
        """The seconds that are left.

        Raises:
            TimeoutError: there are none.
        """
        left = self.started + self.seconds - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def elapsed_ms(self) -> float:
        """The milliseconds since it began."""
        return (time.monotonic() - self.started) * 1000


class Wire:
    """A connected socket as `http.client` uses one, under a deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, content: bytes) -> None:
        """Send everything within the deadline."""
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What is received, each byte within the deadline."""
        return io.BufferedReader(_Receiving(self._sock, self._deadline))

    def close(self) -> None:
        """Nothing: http.client closes at the headers' end, and whoever connected closes when the body is read."""


class _Receiving(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(cast("bytearray", buffer))


def connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address of the host that takes one. Time is shared between the addresses.

    Raises:
        OSError: none did; the error of the last.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    refused: OSError = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for index, (family, kind, protocol, _, address) in enumerate(found):
        share = deadline.left() / (len(found) - index)
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(share)
            sock.connect(address)
        except OSError as error:
            sock.close()
            refused = error
        else:
            return sock
    raise refused


def is_link_local(sock: socket.socket) -> bool:
    """Whether the peer is a link-local address, where clouds keep their metadata services."""
    peer = ipaddress.ip_address(sock.getpeername()[0].partition("%")[0])
    return (getattr(peer, "ipv4_mapped", None) or peer).is_link_local


def in_words(error: Exception, deadline: Deadline) -> ProbeFailed:  # noqa: PLR0911  one line a case, the first wins
    """What a failure means. Texts of exceptions are left out where they may repeat an address and its secrets."""
    if isinstance(error, ProbeFailed):
        return error
    if isinstance(error, TimeoutError):
        return ProbeFailed(Message("did not answer within %(seconds)s s", seconds=f"{deadline.seconds:g}"))
    if isinstance(error, ssl.SSLCertVerificationError):
        told = error.verify_message.rstrip(". ") or Message("it cannot be verified")
        return ProbeFailed(Message("its certificate is refused: %(told)s", told=told), of_certificate=True)
    if isinstance(error, ssl.SSLError):
        told = error.reason.replace("_", " ").lower() if error.reason else Message("no reason given")
        return ProbeFailed(Message("TLS failed: %(told)s", told=told))
    if isinstance(error, socket.gaierror):
        return ProbeFailed(Message("its name does not resolve"))
    if isinstance(error, ConnectionRefusedError):
        return ProbeFailed(Message("refused the connection: nothing listens there"))
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return ProbeFailed(Message("broke the connection off"))
    if isinstance(error, OSError):
        return ProbeFailed(Message("cannot be reached: %(told)s", told=error.strerror or type(error).__name__))
    if isinstance(error, ValueError):
        return ProbeFailed(Message("has an address or a header that cannot be sent"))
    return ProbeFailed(Message("answered something that is not HTTP (%(error)s)", error=type(error).__name__))
