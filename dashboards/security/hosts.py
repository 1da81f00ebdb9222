"""Which host names requests may be addressed to, against DNS rebinding."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from dashboards.config import LOOPBACK_NAMES, WebSettings


def host_allowed(host: str, settings: WebSettings) -> bool:
    """Whether a Host header names us: an address, this machine's own names, `public_url`'s host, or one of `hosts`.

    A page of somebody else can point its own *name* at our address and read us through the browser; it cannot make the
    browser send another name, nor rebind an address. So any IP address is allowed, and of names only ours.
    """
    name = _name_of(host)
    if not name:
        return False
    try:
        ip_address(name)
    except ValueError:
        return name in {*LOOPBACK_NAMES, settings.public_host, *(known.lower() for known in settings.hosts)}
    return True


def sent_from_elsewhere(origin: str, fetch_site: str, host: str, settings: WebSettings) -> bool:
    """Whether a browser says, by Origin or Sec-Fetch-Site, that another site's page sent this request.

    Programs send neither. A proxy may have changed the Host, so the names that are ours by settings count too.
    """
    if fetch_site == "cross-site":
        return True
    if not origin:
        return False
    ours = {settings.public_host, *(known.lower() for known in settings.hosts)} - {""}
    place = origin.rpartition("//")[2]
    return place.lower() != host.lower() and _name_of(place) not in ours


def _name_of(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return "" if parts.username is not None or parts.path or parts.query else (parts.hostname or "").removesuffix(".")
