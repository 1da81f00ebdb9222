"""Asks CloudWatch one request: every page, partial results again, throttles waited out, bad values refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from threading import Event, Lock
from typing import Any

from collectors.aws import call, scope_of
from collectors.errors import AwsError, Call, CallFailed, MalformedAnswer, Throttled
from collectors.metrics.planner import Request
from collectors.metrics.queries import Queries, build_queries
from collectors.translate import build
from store.messages import Message, Sentence

REQUESTS_A_SECOND = 50
POINTS_A_SECOND_RECENT = 180_000
POINTS_A_SECOND = 396_000
"""CloudWatch's limits per account and region; the lower one holds where the start lies within three hours."""
_RECENT = 3 * 3600

TRIES = 5
"""How often a request is made that AWS throttles or fails to carry out, beside botocore's own quick retries."""
RETRIES_OF_PARTIAL = 2
"""How often series are asked for again whose result is partial: each time is billed."""
MOST_PAGES = 200
_LONGEST_WAIT = 20.0
_INTERNAL = frozenset(
    {
        "InternalServiceFault",
        "InternalServiceError",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailable",
        "500",
        "503",
    }
)
_COMPLETE = "Complete"

Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request brought: points per series id, oldest first, for the series that were answered in full.

    `failed` tells for each other series why; `refused` counts values that were no numbers.
    """

    points: Mapping[str, list[Point]]
    failed: Mapping[str, str] = field(default_factory=dict)
    refused: int = 0


class Pacer:
    """Keeps the jobs of one account and region under CloudWatch's rates. `monotonic` is a clock in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._free_at = 0.0

    def delay(self, request: Request, now: int) -> float:
        """Seconds to wait before this request may go out; its share of the rate is taken."""
        recent = now - request.start <= _RECENT
        rate = POINTS_A_SECOND_RECENT if recent else POINTS_A_SECOND
        with self._lock:
            at = self._monotonic()
            begin = max(at, self._free_at)
            self._free_at = begin + max(1 / REQUESTS_A_SECOND, request.points / rate)
            return begin - at


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a run may wait: until it is asked to stop, or until `deadline` on the monotonic clock."""

    stopping: Event
    deadline: float
    monotonic: Callable[[], float]

    def wait(self, seconds: float) -> bool:
        """Wait; false at once when the run is to stop or there is no time for it."""
        if self.monotonic() + seconds >= self.deadline:
            return False
        return not self.stopping.wait(seconds)

    @property
    def over(self) -> bool:
        """Whether the run is to end."""
        return self.stopping.is_set() or self.monotonic() >= self.deadline


@dataclass(slots=True)
class _Collected:
    points: dict[str, dict[int, float]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    refused: int = 0


def fetch(client: Any, request: Request, patience: Patience) -> Answer:  # noqa: ANN401  boto3 has no types
    """Make one request and merge its pages; series with partial results are asked for again, a bounded number of times.

    Raises:
        AwsError: the whole request could not be had.
    """
    queries = build_queries(request.wanted, request.step)
    collected = _Collected()
    _ask(client, queries, request, patience, collected)
    for again in range(RETRIES_OF_PARTIAL):
        incomplete = {name for name, status in collected.status.items() if status != _COMPLETE}
        if not incomplete or not patience.wait(_backoff(again)):
            break
        rest = [one for one in request.wanted if one.id in incomplete]
        try:
            _ask(client, build_queries(rest, request.step), request, patience, collected)
        except AwsError:
            break  # what the first time brought is not lost to the second; the partial series say so themselves
    answered = {name for name, status in collected.status.items() if status == _COMPLETE}
    return Answer(
        points={name: sorted(collected.points.get(name, {}).items()) for name in answered},
        failed={
            one.id: collected.status.get(one.id, Message("no result came back"))
            for one in request.wanted
            if one.id not in answered
        },
        refused=collected.refused,
    )


def _ask(client: Any, queries: Queries, request: Request, patience: Patience, into: _Collected) -> None:  # noqa: ANN401
    arguments: dict[str, Any] = {
        "MetricDataQueries": queries.queries,
        "StartTime": datetime.fromtimestamp(request.start, UTC),
        "EndTime": datetime.fromtimestamp(request.end, UTC),
        "ScanBy": "TimestampAscending",
    }
    fresh = _Collected(refused=into.refused)
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = _patiently(client, arguments, patience)
        _merge(client, page, queries, request, fresh)
        token = page.get("NextToken")
        if not token:
            break
        if token in seen:
            raise _malformed(client, Message("the same page came twice"))
        seen.add(token)
        arguments["NextToken"] = token
    into.points |= fresh.points
    into.status |= fresh.status
    into.refused = fresh.refused


def _patiently(client: Any, arguments: dict[str, Any], patience: Patience) -> dict[str, Any]:  # noqa: ANN401
    for again in range(TRIES):
        try:
            return call(client, "get_metric_data", **arguments)
        except AwsError as error:
            passing = isinstance(error, Throttled) or (isinstance(error, CallFailed) and error.code in _INTERNAL)
            if not passing or again == TRIES - 1 or not patience.wait(_backoff(again)):
                raise
    raise AssertionError("unreachable: the last try raises")


def _backoff(again: int) -> float:
    """Full jitter: several workers that were throttled together must not come back together."""
    return random.uniform(0.1, 1) * min(_LONGEST_WAIT, 0.5 * (1 << again))  # noqa: S311  no secret hangs on it


def _merge(client: Any, page: Mapping[str, Any], queries: Queries, request: Request, into: _Collected) -> None:  # noqa: ANN401
    """Add a page's points. A later page's status of a series is the newer one."""
    results = page.get("MetricDataResults")
    if not isinstance(results, list):
        raise _malformed(client, Message("the answer has no %(key)s", key="MetricDataResults"))
    for result in results:
        if not isinstance(result, Mapping):
            raise _malformed(client, Message("a result is a %(kind)s", kind=type(result).__name__))
        name = queries.series.get(str(result.get("Id")))
        if name is None:
            continue
        into.status[name] = str(result.get("StatusCode") or _COMPLETE)
        points = into.points.setdefault(name, {})
        try:
            into.refused += _add(points, result.get("Timestamps") or [], result.get("Values") or [], request)
        except (TypeError, ValueError, AttributeError):
            # One series of nonsense must not cost the others their points.
            into.status[name] = Message("its timestamps and values are no times and numbers")


def _add(points: dict[int, float], times: list[datetime], values: list[float], request: Request) -> int:
    """Add the points that lie in the window on their bucket's start; returns how many values were no numbers."""
    refused = 0
    for moment, value in zip(times, values, strict=True):
        time = int(moment.timestamp())
        time -= time % request.step
        if isinstance(value, bool) or not isfinite(value):
            refused += 1
        elif request.start <= time < request.end:
            points[time] = float(value)
    return refused


def _malformed(client: Any, detail: Sentence) -> AwsError:  # noqa: ANN401  boto3 has no types
    scope = scope_of(client)
    return build(MalformedAnswer, Call(scope.account, scope.region, "GetMetricData"), "MalformedAnswer", detail)
