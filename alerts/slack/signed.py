"""Slack's calls by signed HTTP: the signature, its age, and what is answered. No request makes it raise."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from alerts.slack.interactivity import Interactivity

LARGEST = 1_000_000
"""Bytes of one call; far above any click, which brings the message's blocks along."""
MOST_SECONDS = 300
"""How old a call may be, and how far its clock ahead; Slack's own advice."""
_FIELDS = 50
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
Answer = tuple[int, str]
"""HTTP status, and JSON text or nothing."""


def handle(headers: Headers, body: bytes, now: datetime, secrets: Sequence[str], desk: Interactivity) -> Answer:
    """Answer one call of Slack's: 401 unless it is signed with one of the secrets within five minutes of `now`."""
    if len(body) > LARGEST:
        return 413, ""
    if not is_signed(headers, body, now, secrets):
        return 401, ""
    try:
        payload = _payload(body)
    except (ValueError, RecursionError):
        return 400, ""
    if payload.get("type") == "url_verification":
        return 200, json.dumps({"challenge": str(payload.get("challenge") or "")[:1000]})
    if "command" in payload:
        return 200, json.dumps(desk.commanded(payload), ensure_ascii=False)
    desk.clicked(payload)
    return 200, ""


def is_signed(headers: Headers, body: bytes, now: datetime, secrets: Sequence[str]) -> bool:
    """Whether a request carries exactly one good signature (version v0), made within five minutes of `now`.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack/
    """
    stamp, given = _only(headers, "x-slack-request-timestamp"), _only(headers, "x-slack-signature")
    if not _SECONDS.fullmatch(stamp) or abs(now.timestamp() - int(stamp)) > MOST_SECONDS:
        return False
    base = b"v0:" + stamp.encode() + b":" + body
    found = False
    for secret in secrets:
        right = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        # In bytes: compare_digest raises on text that is not ASCII.
        found |= bool(secret) and hmac.compare_digest(right.encode(), given.encode("utf-8", "backslashreplace"))
    return found


def _only(headers: Headers, name: str) -> str:
    """The value of a header; empty where there is none, or more than one."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    found = [value for key, value in pairs if key.lower() == name]
    return found[0] if len(found) == 1 else ""


def _payload(body: bytes) -> Mapping[str, Any]:
    """A form with a `payload`, a form that is a command, or JSON.

    Raises:
        ValueError: it is none of these.
    """
    text = body.decode()
    if text.lstrip().startswith("{"):
        return _object(text)
    form = {name: values[0] for name, values in parse_qs(text, max_num_fields=_FIELDS).items() if len(values) == 1}
    if "payload" in form:
        return _object(form["payload"])
    return form


def _object(text: str) -> Mapping[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  the caller catches what JSON raises
    return value
