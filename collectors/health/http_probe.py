"""One HTTP request under one deadline: redirects, status, text, latency, and the certificate on the way."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from collectors.config import Probe
from collectors.health.attempts import Attempt, Certificate
from collectors.health.masking import mask
from collectors.health.wire import Deadline, ProbeFailed, Wire, connect, in_words, is_link_local
from store.messages import Message, Sentence

REDIRECTS = 5
BODY_LIMIT = 64 * 1024
"""Bytes of a body that are read; the text that is expected must stand in them."""

AGENT = "lamplighter-probe"
AS_THEY_ARE = "/?%:=&~+!$,;'@()*[]"
"""What stays in a request's target; anything else, such as a space, is quoted."""

FOLLOWED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    location: str
    body: bytes


def probe_http(probe: Probe, trust: ssl.SSLContext) -> Attempt:
    """Fetch the probe's address and say how it went. Never raises for what the other side does."""
    deadline = Deadline.after(probe.timeout.total_seconds())
    first = probe.url or ""
    certificates: list[Certificate] = []
    try:
        answer, url = _follow(probe, trust, deadline, certificates)
    except (OSError, http.client.HTTPException, ValueError, ProbeFailed) as error:
        failed = in_words(error, deadline)
        if failed.of_certificate and not certificates:
            certificates.append(Certificate(fault=failed.message))
        return Attempt(mask(first), failed.message, certificate=next(iter(certificates), None))
    latency = deadline.elapsed_ms()
    told = Message("%(url)s answered %(status)s in %(ms)s ms", url=mask(url), status=answer.status, ms=f"{latency:.0f}")
    return Attempt(told, _fault(probe, answer), latency, next(iter(certificates), None))


def _fault(probe: Probe, answer: _Answer) -> Sentence:
    if answer.status not in probe.expect_status:
        return Message("expected %(statuses)s", statuses=reduce(_either, map(str, probe.expect_status)))
    if probe.expect_text and probe.expect_text not in answer.body.decode("utf-8", "replace"):
        return Message("the expected text is not in the body")
    return ""


def _either(first: Sentence, second: Sentence) -> Sentence:
    return Message("%(first)s or %(second)s", first=first, second=second)


def _follow(
    probe: Probe, trust: ssl.SSLContext, deadline: Deadline, certificates: list[Certificate]
) -> tuple[_Answer, str]:
    url = probe.url or ""
    headers = _headers(probe)
    for hop in range(REDIRECTS + 1):
        with closing(_open(urlsplit(url), trust, deadline, certificates, redirected=hop > 0)) as sock:
            answer = _ask(sock, probe.method, urlsplit(url), headers, deadline)
        leads_on = answer.status in FOLLOWED and answer.location and answer.status not in probe.expect_status
        if not (probe.follow_redirects and leads_on):
            return answer, url
        target = urljoin(url, answer.location)
        if urlsplit(target).scheme not in {"http", "https"}:
            scheme = urlsplit(target).scheme
            raise ProbeFailed(Message("redirects to %(scheme)s:, which a probe never follows", scheme=scheme))
        if _origin(urlsplit(target)) != _origin(urlsplit(url)):
            headers = {"User-Agent": AGENT}  # what was meant for one host is not told to another
        url = target
    raise ProbeFailed(Message("redirects more than %(number)s times", number=REDIRECTS))


def _headers(probe: Probe) -> dict[str, str]:
    parts = urlsplit(probe.url or "")
    headers = {"User-Agent": AGENT, **probe.headers}
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers.setdefault("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
    return headers


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port if parts.port is not None else {"https": 443}.get(parts.scheme, 80)


def _open(
    parts: SplitResult, trust: ssl.SSLContext, deadline: Deadline, certificates: list[Certificate], *, redirected: bool
) -> socket.socket:
    """A connection to the address's host, encrypted for https; its certificate is added to `certificates`."""
    host = parts.hostname or ""
    sock = connect(host, _port(parts), deadline)
    try:
        if redirected:
            _refuse_link_local(sock)
        if parts.scheme == "https":
            sock.settimeout(deadline.left())
            sock = trust.wrap_socket(sock, server_hostname=host)
            certificates += _certificate(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def _refuse_link_local(sock: socket.socket) -> None:
    """A page must not lead a probe to the metadata service of the machine that it runs on."""
    if is_link_local(sock):
        raise ProbeFailed(Message("redirects to a link-local address, which a probe never follows"))


def _ask(
    sock: socket.socket, method: str, parts: SplitResult, headers: Mapping[str, str], deadline: Deadline
) -> _Answer:
    host, port = parts.hostname or "", _port(parts)
    secure = parts.scheme == "https"
    client = http.client.HTTPSConnection(host, port) if secure else http.client.HTTPConnection(host, port)
    client.sock = Wire(sock, deadline)  # http.client needs no more of a socket
    client.request(method, _target(parts), headers=dict(headers))
    with closing(client.getresponse()) as response:
        body = response.read(BODY_LIMIT) or b""
        return _Answer(response.status, response.headers.get("Location") or "", body)


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe=AS_THEY_ARE)


def _certificate(sock: ssl.SSLSocket) -> list[Certificate]:
    """The certificate; none where it was not verified, for then Python does not read it."""
    ends = (sock.getpeercert() or {}).get("notAfter")
    return [Certificate(datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC))] if isinstance(ends, str) else []
