"""Whether a request comes from a program of this machine, and not from a web page that its browser shows."""

from __future__ import annotations

import ipaddress
from wsgiref.types import WSGIEnvironment


def is_from_here(environ: WSGIEnvironment) -> bool:
    """A loopback peer, a loopback Host (no rebound name), and no Origin (no page of another site)."""
    return "HTTP_ORIGIN" not in environ and is_local(environ)


def is_local(environ: WSGIEnvironment) -> bool:
    """A loopback peer and a loopback Host: a program of this machine, or a page that its browser opened here."""
    host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0].strip("[]")
    if not _is_loopback(environ.get("REMOTE_ADDR", "")):
        return False
    # boto3 addresses a bucket of http://localhost as bucket.localhost, which browsers too keep on this machine.
    return host == "localhost" or host.endswith(".localhost") or _is_loopback(host)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
