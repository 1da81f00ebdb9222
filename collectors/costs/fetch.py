"""Asks Cost Explorer: every page by hand, from the start when the answer changes meanwhile, throttles waited out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from collectors.caller import Caller
from collectors.costs.answer import Nonsense, Told, understood
from collectors.costs.views import Grouping
from collectors.errors import AccessDenied, AwsError, Call, CallFailed, MalformedAnswer, Throttled
from collectors.metrics.fetch import Patience
from collectors.translate import build
from store.messages import Message, Sentence

RESTARTS = 3
"""How often a reading starts over when the data change between its pages: each page is billed again."""
TRIES = 4
"""How often a page is asked for that is throttled or fails within AWS, beside botocore's own quick retries."""
TOKEN = "NextPageToken"  # noqa: S105  no secret
MOST_PAGES = 200
NO_DATA = Message(
    "Cost Explorer has no costs of this account: it is not switched on, or the account is younger than a day. Open "
    "Billing and Cost Management, Cost Explorer, and switch it on; the first costs are there within 24 hours. It is "
    "asked again tomorrow."
)
_LONGEST_WAIT = 30.0
_CHANGED = frozenset({"RequestChangedException", "InvalidNextTokenException"})
_INTERNAL = frozenset({"InternalFailure", "InternalServerException", "ServiceUnavailable", "500", "503"})
_UNAVAILABLE = "DataUnavailableException"
_NOT_ENABLED = "not enabled for cost explorer"
"""AWS's words in an AccessDeniedException: "User not enabled for cost explorer access"."""


@dataclass(frozen=True, slots=True)
class Pages:
    """All pages of one answer; `asked` counts those as well that were thrown away when the data changed."""

    pages: list[dict[str, Any]]
    asked: int


def unavailable(error: AwsError) -> bool:
    """Whether Cost Explorer is not switched on, or has nothing yet."""
    if error.code == _UNAVAILABLE:
        return True
    return isinstance(error, AccessDenied) and _NOT_ENABLED in error.detail.lower()


def too_old(error: AwsError) -> bool:
    """Whether AWS refuses days that lie too far back."""
    return isinstance(error, CallFailed) and error.code in {"BillExpirationException", "ValidationException"}


def read_view(
    caller: Caller, grouping: Grouping, days: tuple[date, date], now: datetime, patience: Patience
) -> tuple[Told, int]:
    """One whole reading of a view over the days [start, end), and how many pages were asked for.

    Raises:
        AwsError: it could not be had, or what came is no answer.
    """
    period = {"Start": days[0].isoformat(), "End": days[1].isoformat()}
    found = all_pages(caller, "get_cost_and_usage", patience, {"TimePeriod": period, **grouping.arguments()})
    try:
        return understood(found.pages, grouping, days, caller.scope.account, now), found.asked
    except Nonsense as error:
        raise malformed(caller, "GetCostAndUsage", str(error)) from error


def all_pages(
    caller: Caller, operation: str, patience: Patience, arguments: dict[str, object], token: str = TOKEN
) -> Pages:
    """Every page of a call of Cost Explorer, for which botocore has no paginator.

    Raises:
        AwsError: a page could not be had, or the data changed again and again.
    """
    asked = 0
    for again in range(RESTARTS + 1):
        pages: list[dict[str, Any]] = []
        try:
            for page in _pages(caller, operation, patience, token, arguments):
                asked += 1
                pages.append(page)
        except AwsError as error:
            asked += 1
            if error.code not in _CHANGED or again == RESTARTS or not patience.wait(_backoff(again)):
                raise
            continue
        return Pages(pages, asked)
    raise AssertionError("unreachable: the last restart raises")


def _pages(caller: Caller, operation: str, patience: Patience, token: str, arguments: dict[str, object]) -> Any:  # noqa: ANN401  a generator of pages
    seen: set[str] = set()
    following: dict[str, object] = {}
    for _ in range(MOST_PAGES):
        page = _patiently(caller, operation, patience, arguments | following)
        yield page
        mark = page.get(token)
        if not mark:
            return
        if mark in seen:
            raise malformed(caller, operation, Message("the same page came twice"))
        seen.add(mark)
        following = {token: mark}
    raise malformed(caller, operation, Message("the answer does not end"))


def _patiently(caller: Caller, operation: str, patience: Patience, arguments: dict[str, object]) -> dict[str, Any]:
    for again in range(TRIES):
        try:
            return caller.call("ce", operation, **arguments)
        except AwsError as error:
            passing = isinstance(error, Throttled) or (isinstance(error, CallFailed) and error.code in _INTERNAL)
            if not passing or again == TRIES - 1 or not patience.wait(_backoff(again)):
                raise
    raise AssertionError("unreachable: the last try raises")


def _backoff(again: int) -> float:
    """Full jitter, from a second on: Cost Explorer's rates are a few calls a second for a whole account."""
    return random.uniform(0.2, 1) * min(_LONGEST_WAIT, 1.0 * (1 << again))  # noqa: S311  no secret hangs on it


def malformed(caller: Caller, operation: str, detail: Sentence) -> AwsError:
    """The error of an answer that is none."""
    asked = Call(caller.scope.account, caller.scope.region, operation)
    return build(MalformedAnswer, asked, "MalformedAnswer", detail)
