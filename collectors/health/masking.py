"""Addresses as they may be shown: without the credentials that stand in them."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from store.messages import Message, Sentence

MASK = "***"
SECRET_NAMES = re.compile(
    r"(?i)(pass|pwd|secret|token|auth|credential|session|signature|api[-_.]?key|access[-_.]?key|private|jwt)"
    r"|(?:^|[-_.])(?:key|sig|code|sas|sid|otp|pin)$"
)
"""What a parameter is called whose value nobody else should read; better one too many."""


def mask(url: str) -> Sentence:
    """The address without user, password, fragment, and the values of parameters that sound like secrets."""
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:
        return Message("an address that cannot be read")
    user = f"{MASK}@" if "@" in parts.netloc else ""
    return urlunsplit((parts.scheme, user + host, parts.path, _masked_query(parts.query), ""))


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{parts.port}" if parts.port is not None else shown


def _masked_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    if query and not pairs:
        return MASK
    # A parameter without a value may be a secret itself: ?s3cr3t
    shown = [(name, MASK if SECRET_NAMES.search(name) else value) if value else (MASK, "") for name, value in pairs]
    return urlencode(shown, quote_via=lambda text, *_: quote(text, safe="*/:,"))
