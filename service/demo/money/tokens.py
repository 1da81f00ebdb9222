"""The tokens by which the pages of Cost Explorer follow each other: bound to a request and to a refresh."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from service.demo.source import AwsError

_LASTS = 3_600.0
_REPORT_LASTS = 86_400.0


def fingerprint(params: Mapping[str, Any]) -> str:
    """What a token is bound to: the request without its token."""
    rest = {name: value for name, value in params.items() if name not in {"NextPageToken", "NextToken"}}
    return hashlib.sha256(json.dumps(rest, default=str, sort_keys=True).encode()).hexdigest()[:16]


def write_token(params: Mapping[str, Any], version: tuple[float, int], row: int, now: float) -> str:
    """A token that `read_token` understands."""
    content = {"for": fingerprint(params), "version": list(version), "row": row, "made": now}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def read_token(token: str | None, params: Mapping[str, Any], version: tuple[float, int], now: float) -> int:
    """The row at which the page begins.

    Raises AwsError: InvalidNextTokenException (none of ours, or an hour old), BillExpirationException (a day old),
    RequestChangedException (another request, or new data came in between).
    """
    if not token:
        return 0
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        row, made = int(content["row"]), float(content["made"])
        bound, then = content["for"], tuple(content["version"])
    except (ValueError, KeyError, TypeError):
        raise AwsError("InvalidNextTokenException", "Invalid pagination token.") from None
    if bound != fingerprint(params):
        raise AwsError("RequestChangedException", "Your request parameters changed between pages.")
    if now - made > _REPORT_LASTS:
        raise AwsError("BillExpirationException", "The requested report expired. Update the date interval.")
    if then != version:
        raise AwsError("RequestChangedException", "The data was refreshed between pages: begin anew.")
    if now - made > _LASTS:
        raise AwsError("InvalidNextTokenException", "The pagination token has expired.")
    return row
