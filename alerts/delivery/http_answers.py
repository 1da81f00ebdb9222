"""What an HTTP answer means for a delivery: success, how long to wait, and what to do about a refusal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from store.messages import Message, Sentence

BUSY_WAIT = 5.0
"""Seconds to wait after a 429 that does not say for how long."""
LONGEST_WAIT = 3600.0
"""Seconds at most, whatever a channel asks for: a date in the far future must not silence it for good."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_MOST = 200
_TOO_LARGE = 413


def is_success(status: int) -> bool:
    """Whether the receiver has it."""
    return 200 <= status < 300  # noqa: PLR2004  2xx


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, a number or an HTTP date (RFC 9110, 10.2.3); None without one."""
    if not value:
        return None
    text = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):  # some send fractions
        return min(float(text), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max((when - now).total_seconds(), 0.0), LONGEST_WAIT)


def excerpt(answer: bytes) -> str:
    """The beginning of an answer on one line, for people."""
    text = _CONTROL.sub(" ", answer[: 4 * _MOST].decode("utf-8", "replace")).strip()
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"


def refusal(status: int) -> Sentence:
    """What an operator does about a status that will not change by itself."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Message("give it what it asks for under headers")
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return Message("nothing takes webhooks at this address any more: correct url")
    if 300 <= status < 400:  # noqa: PLR2004  3xx
        return Message("it redirects, which is never followed: write the address that it leads to as url")
    if status == _TOO_LARGE:
        return Message("let it take requests of 256 KiB")
    return Message("look at its log: it does not take what Lamplighter posts")
