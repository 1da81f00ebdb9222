"""Interactivity by HTTP: a signed POST to the app's request URL (x-slack-signature, version v0)."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the app answered. `payload` is its JSON, or its text as a message."""

    status: int
    payload: Mapping[str, Any]


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of x-slack-signature: HMAC-SHA256 over `v0:timestamp:body`."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def post(url: str, body: bytes, secret: str, timestamp: str, seconds: float) -> HttpAnswer:
    """Post a form. Raises OSError (also TimeoutError) when no answer comes within so many seconds."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Slackbot 1.0 (demo)",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }
    request = urllib.request.Request(url, data=body, method="POST", headers=headers)  # noqa: S310 - control checked it
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds) as answer:
            return HttpAnswer(answer.status, _payload(answer.read()))
    except urllib.error.HTTPError as refused:
        with refused:
            return HttpAnswer(refused.code, {})


def _payload(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {"text": body.decode(errors="replace")}
    return value if isinstance(value, dict) else {}
