"""Cuts the results of GetMetricData into pages, in the middle of a series where need be."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.demo.source import AwsError


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a page starts: `skip` points into the results; `now` is the instant all pages are answered at."""

    skip: int
    now: float


def fingerprint(params: Mapping[str, Any]) -> str:
    """What a token is bound to: the request without its token."""
    rest = {name: value for name, value in params.items() if name != "NextToken"}
    return hashlib.sha256(json.dumps(rest, default=str, sort_keys=True).encode()).hexdigest()[:16]


def read_token(token: str, bound_to: str) -> Cut:
    """The place that a token stands for. Raises AwsError(InvalidNextToken) when it is not one for this request."""
    try:
        content = json.loads(base64.urlsafe_b64decode(token.encode()))
        owner, cut = content["for"], Cut(int(content["skip"]), float(content["now"]))
    except (ValueError, KeyError, TypeError):
        owner, cut = None, Cut(0, 0.0)
    if owner != bound_to:
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return cut


def write_token(cut: Cut, bound_to: str) -> str:
    """A token that `read_token` understands."""
    content = json.dumps({"for": bound_to, "skip": cut.skip, "now": cut.now})
    return base64.urlsafe_b64encode(content.encode()).decode()


def page(results: Sequence[dict[str, Any]], skip: int, size: int) -> tuple[list[dict[str, Any]], bool]:
    """The results of one page, and whether there are more.

    A result whose points go on on the next page says PartialData here, as CloudWatch does when it gives a token;
    a result without a point stands on the page where its turn comes.
    """
    shown: list[dict[str, Any]] = []
    at, until = 0, skip + size
    for result in results:
        length = len(result["Values"])
        first, last = max(skip - at, 0), min(until - at, length)
        if at >= until and (length or shown):
            return shown, True
        if at + length > skip or (length == 0 and at >= skip and (skip == 0 or at > skip)):
            shown.append(_slice(result, first, last))
            if last < length:
                return shown, True
        at += length
    return shown, False


def _slice(result: Mapping[str, Any], first: int, last: int) -> dict[str, Any]:
    """A stretch of one result's points."""
    length = len(result["Values"])
    if first == 0 and last == length:
        return dict(result)
    cut = {"Timestamps": result["Timestamps"][first:last], "Values": result["Values"][first:last]}
    return dict(result) | cut | ({"StatusCode": "PartialData"} if last < length else {})
