"""Cuts the results of GetMetricData into pages, in the middle of a series where need be."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from service.demo.source import AwsError


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page starts: a result and the point in it; `now` is the instant that all pages are answered at."""

    result: int
    point: int
    now: float


def fingerprint(params: Mapping[str, Any]) -> str:
    """What a token is bound to: the request without its token."""
    rest = {name: value for name, value in params.items() if name != "NextToken"}
    return hashlib.sha256(json.dumps(rest, default=str, sort_keys=True).encode()).hexdigest()[:16]


def read_token(token: str, bound_to: str) -> Cut:
    """The place that a token stands for. Raises AwsError(InvalidNextToken) when it is not one for this request."""
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        owner, cut = content["for"], Cut(int(content["result"]), int(content["point"]), float(content["now"]))
    except (ValueError, KeyError, TypeError):
        owner, cut = None, Cut(0, 0, 0.0)
    if owner != bound_to:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return cut


def write_token(cut: Cut, bound_to: str) -> str:
    """A token that `read_token` understands."""
    content = json.dumps({"for": bound_to, **asdict(cut)})
    return base64.urlsafe_b64encode(content.encode()).decode()


def page(results: Sequence[dict[str, Any]], cut: Cut, size: int) -> tuple[list[dict[str, Any]], Cut | None]:
    """The results of the page of `size` points that starts at a cut, and where the next page starts, if there is one.

    A result whose points go on on the next page says PartialData here, as CloudWatch does when it gives a token.
    """
    shown: list[dict[str, Any]] = []
    room, first = size, cut.point
    for number in range(cut.result, len(results)):
        result = results[number]
        length = len(result["Values"])
        if length - first > room:
            if room:
                shown.append(_slice(result, first, first + room))
            return shown, Cut(number, first + room, cut.now)
        shown.append(_slice(result, first, length))
        room, first = room - (length - first), 0
    return shown, None


def _slice(result: Mapping[str, Any], first: int, last: int) -> dict[str, Any]:
    """A stretch of one result's points."""
    length = len(result["Values"])
    if first == 0 and last == length:
        return dict(result)
    stretch = {"Timestamps": result["Timestamps"][first:last], "Values": result["Values"][first:last]}
    return dict(result) | stretch | ({"StatusCode": "PartialData"} if last < length else {})
