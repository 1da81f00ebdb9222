"""HTTP, TCP and TLS probes against real servers, polite and rude."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.config import Probe
from collectors.health.attempts import Attempt
from collectors.health.http_probe import probe_http
from collectors.health.tcp_probe import probe_tcp
from tests.collectors.probe_servers import certificate, listening, server_side, serving, trusting

NOW = datetime.now(UTC)


def _fetch(url: str, trust: ssl.SSLContext | None = None, **options: Any) -> Attempt:  # noqa: ANN401  a probe's fields
    return probe_http(Probe(url=url, **{"timeout": "5s", **options}), trust or ssl.create_default_context())


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_an_answer_as_expected_has_a_latency_and_no_fault() -> None:
    with serving() as server:
        attempt = _fetch(f"http://127.0.0.1:{server.port}/health")
    assert attempt.fault == ""
    assert attempt.latency is not None
    assert attempt.told == f"http://127.0.0.1:{server.port}/health answered 200 in {attempt.latency:.0f} ms"
    assert server.seen[0][1]["user-agent"] == "lamplighter-probe"


def test_another_status_is_a_fault_unless_it_is_expected() -> None:
    with serving() as server:
        url = f"http://127.0.0.1:{server.port}/status/503"
        assert _fetch(url).fault == "expected 200"
        assert _fetch(url, expect_status=[200, 503]).fault == ""


def test_the_expected_text_must_stand_in_the_body() -> None:
    with serving() as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert _fetch(url, expect_text="안녕하세요").fault == ""
        assert _fetch(url, expect_text="goodbye").fault == "the expected text is not in the body"


def test_no_more_of_a_body_is_read_than_64_kib() -> None:
    with serving() as server:
        attempt = _fetch(f"http://127.0.0.1:{server.port}/big", expect_text="the end")
    assert attempt.fault == "the expected text is not in the body"


def test_a_head_request_asks_for_no_body() -> None:
    with serving() as server:
        assert _fetch(f"http://127.0.0.1:{server.port}/", method="HEAD").fault == ""


def test_a_redirect_is_judged_itself_unless_it_is_to_be_followed() -> None:
    with serving() as server:
        url = f"http://127.0.0.1:{server.port}/to?/status/204"
        assert _fetch(url, expect_status=302).fault == ""
        assert _fetch(url).fault == "expected 200"
        followed = _fetch(url, follow_redirects=True, expect_status=204)
    assert followed.fault == ""
    assert "/status/204 answered 204" in followed.told


def test_redirects_without_end_are_given_up() -> None:
    with serving() as server:
        attempt = _fetch(f"http://127.0.0.1:{server.port}/loop", follow_redirects=True)
    assert attempt.fault == "redirects more than 5 times"
    assert len(server.seen) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x", "javascript:alert(1)"])
def test_a_redirect_to_anything_but_http_is_never_followed(target: str) -> None:
    with serving() as server:
        attempt = _fetch(f"http://127.0.0.1:{server.port}/to?{target}", follow_redirects=True)
    assert attempt.fault == f"redirects to {target.partition(':')[0]}:, which a probe never follows"


def test_credentials_go_to_their_own_host_only_and_into_no_message() -> None:
    with serving() as other, serving() as server:
        address = f"http://user:hunter2@127.0.0.1:{server.port}/to?http://localhost:{other.port}/x"
        attempt = _fetch(address, follow_redirects=True, headers={"X-Api-Key": "s3cr3t"})
    assert attempt.fault == ""
    assert server.seen[0][1]["authorization"].startswith("Basic ")
    assert server.seen[0][1]["x-api-key"] == "s3cr3t"
    assert {"authorization", "x-api-key"}.isdisjoint(other.seen[0][1])
    assert "hunter2" not in repr(attempt)


def test_no_failure_repeats_a_secret_of_the_address() -> None:
    port = _closed_port()
    attempt = _fetch(f"http://user:hunter2@127.0.0.1:{port}/a?token=s3cr3t&page=2")
    assert attempt.told == f"http://***@127.0.0.1:{port}/a?token=***&page=2"
    assert attempt.fault == "refused the connection: nothing listens there"
    assert attempt.latency is None


def test_a_name_that_does_not_exist_is_said_so() -> None:
    assert _fetch("http://nowhere.invalid/").fault == "its name does not resolve"


def _stall(peer: socket.socket, over: threading.Event) -> None:
    peer.recv(1000)
    over.wait()


def _drip(peer: socket.socket, over: threading.Event) -> None:
    peer.recv(1000)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.wait(0.05):
        peer.sendall(b"X-Slow: yes\r\n")


def _drip_body(peer: socket.socket, over: threading.Event) -> None:
    peer.recv(1000)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while not over.wait(0.05):
        peer.sendall(b"x")


@pytest.mark.parametrize("talk", [None, _stall, _drip, _drip_body])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_time_limit_holds_for_the_whole_however_slowly_bytes_come(talk: Any, scheme: str) -> None:  # noqa: ANN401
    with listening(talk) as port:
        begun = time.monotonic()
        attempt = _fetch(f"{scheme}://127.0.0.1:{port}/", timeout="0.5s")
        took = time.monotonic() - begun
    if scheme == "http":
        assert attempt.fault == "did not answer within 0.5 s"
    assert attempt.fault
    assert took < 3


@pytest.mark.parametrize(
    ("bytes_sent", "reason"),
    [
        (b"", "broke the connection off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "answered something that is not HTTP (BadStatusLine)"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothex\r\n", "answered something that is not HTTP"),
    ],
)
def test_what_is_no_http_is_a_fault_in_words(bytes_sent: bytes, reason: str) -> None:
    def talk(peer: socket.socket, _over: threading.Event) -> None:
        peer.recv(1000)
        peer.sendall(bytes_sent)

    with listening(talk) as port:
        assert reason in _fetch(f"http://127.0.0.1:{port}/").fault


def test_a_certificate_tells_when_it_ends(tmp_path: Path) -> None:
    ends = (NOW + timedelta(days=40)).replace(microsecond=0)
    pem = certificate(tmp_path, ends)
    with serving(server_side(pem)) as server:
        attempt = _fetch(f"https://localhost:{server.port}/", trusting(pem))
    assert attempt.fault == ""
    assert attempt.certificate is not None
    assert attempt.certificate.ends == ends


@pytest.mark.parametrize(
    ("names", "left", "trusted", "reason"),
    [
        (("localhost",), 40, False, "self-signed certificate"),
        (("elsewhere.test",), 40, True, "Hostname mismatch"),
        (("localhost",), -1, True, "certificate has expired"),
    ],
)
def test_a_certificate_that_is_not_in_order_is_refused_with_the_reason(
    tmp_path: Path,
    names: tuple[str, ...],
    left: int,
    trusted: bool,  # noqa: FBT001  a column of a table
    reason: str,
) -> None:
    pem = certificate(tmp_path, NOW + timedelta(days=left), names=names)
    with serving(server_side(pem)) as server:
        attempt = _fetch(f"https://localhost:{server.port}/", trusting(pem) if trusted else None)
    assert attempt.fault.startswith("its certificate is refused: ")
    assert reason.lower() in attempt.fault.lower()
    assert attempt.certificate is not None
    assert attempt.certificate.fault == attempt.fault
    assert server.seen == []


def test_a_plain_server_where_tls_is_expected_is_a_fault_without_a_certificate() -> None:
    with serving() as server:
        attempt = _fetch(f"https://localhost:{server.port}/")
    assert attempt.fault.startswith("TLS failed: ")
    assert attempt.certificate is None


def test_a_port_that_takes_connections_is_up() -> None:
    with listening() as port:
        attempt = probe_tcp(Probe(tcp=f"127.0.0.1:{port}"))
    assert attempt.fault == ""
    assert attempt.latency is not None


def test_a_port_that_nobody_listens_at_is_down() -> None:
    attempt = probe_tcp(Probe(tcp=f"127.0.0.1:{_closed_port()}"))
    assert (attempt.fault, attempt.latency) == ("refused the connection: nothing listens there", None)
