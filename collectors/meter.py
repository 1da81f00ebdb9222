"""The meter of Lamplighter's own AWS bill: it hangs on botocore's events, so that no call escapes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, Protocol

from store.vocabulary import MeterEntry

STAMP = "lamplighter"
"""The key under which a request's botocore context carries its `Stamp`."""

STATISTICS_PER_METRIC = 5
"""AWS's price list: up to five statistics of a metric in one request count as one metric. Bills that people report
count each statistic, so this is the lower bound and one per query the upper."""

_PER_METRIC = Decimal("0.00001")
_PER_CALL: Mapping[str, tuple[Decimal, Decimal]] = {
    # $0.01 per 1,000 beyond a million a month that accounts share with everything else in them: 0 up to the price.
    "cloudwatch:ListMetrics": (Decimal(0), Decimal("0.00001")),
    "cloudwatch:GetMetricStatistics": (Decimal(0), Decimal("0.00001")),
    "cloudwatch:GetDashboard": (Decimal(0), Decimal("0.00001")),
    "cloudwatch:ListDashboards": (Decimal(0), Decimal("0.00001")),
    "cloudwatch:PutMetricData": (Decimal(0), Decimal("0.00001")),
    # S3's request prices differ by region and kind: $0.005 per 1,000 lists is the highest of them.
    "s3:ListBuckets": (Decimal(0), Decimal("0.000005")),
    "s3:GetBucketTagging": (Decimal(0), Decimal("0.0000005")),
    "s3:GetBucketLocation": (Decimal(0), Decimal("0.0000005")),
}
_PREFIX_PER_CALL: Mapping[str, Decimal] = {"ce:": Decimal("0.01")}
_SERVER_ERROR = 500
_THROTTLE_WORDS = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "LimitExceeded")


@dataclass(slots=True)
class Stamp:
    """What is known of a call before it is sent: AWS's name of it, for which job, and what it will be billed for."""

    api: str
    job: str = "session"
    units_low: int = 0
    units_high: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that went out, the first or a retry. `answered` is false where AWS may or may not have acted."""

    account: str
    region: str
    stamp: Stamp
    ok: bool
    throttled: bool = False
    answered: bool = True


class Recorder(Protocol):
    """What is told of every attempt; it must be quick, must not raise, and may be called by several threads."""

    def attempt(self, attempt: Attempt) -> None:
        """Take note of one request that went out."""


class Ledger(Protocol):
    """Where metered calls are kept: `store.meter`."""

    def add(self, entries: list[MeterEntry], /) -> None:
        """Add up calls per hour, account, region, api and job."""

    def total(self, start: datetime, end: datetime, /) -> tuple[Decimal, Decimal]:
        """US dollars in [start, end), low and high."""


def metrics_requested(queries: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """How many metrics GetMetricData bills for these queries, low and high; expressions themselves cost nothing."""
    stats: Counter[tuple[object, ...]] = Counter()
    for query in queries:
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            dimensions = tuple((pair["Name"], pair["Value"]) for pair in metric.get("Dimensions", ()))
            stats[metric.get("Namespace"), metric.get("MetricName"), dimensions] += 1
    low = sum(-(-count // STATISTICS_PER_METRIC) for count in stats.values())
    return low, stats.total()


def price(api: str, units_low: int = 0, units_high: int = 0) -> tuple[Decimal, Decimal]:
    """US dollars for one answered call, low and high. `api` reads `service:Operation`.

    Source: the price lists of CloudWatch, Cost Explorer and S3, November 2026. GetMetricData is never in the free
    tier; reading calls that are not listed are free.
    """
    if api == "cloudwatch:GetMetricData":
        return units_low * _PER_METRIC, units_high * _PER_METRIC
    for prefix, dollars in _PREFIX_PER_CALL.items():
        if api.startswith(prefix):
            return dollars, dollars
    return _PER_CALL.get(api, (Decimal(0), Decimal(0)))


def attach(events: Any, account: str, recorder: Recorder) -> None:  # noqa: ANN401  botocore has no types
    """Hang a recorder on a botocore session's event emitter; every client made by the session inherits it."""

    def stamp(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        made = context.setdefault(STAMP, Stamp(api=""))
        made.api = f"{model.service_model.service_name}:{model.name}"
        if model.name == "GetMetricData":
            low, made.units_high = metrics_requested(params.get("MetricDataQueries", ()))
            # Whether further pages of an answer are billed again is disputed: not in the lower bound.
            made.units_low = 0 if params.get("NextToken") else low

    def record(
        response_dict: Mapping[str, Any] | None,
        parsed_response: Mapping[str, Any] | None,
        context: Mapping[str, Any],
        **_: object,
    ) -> None:
        status = response_dict["status_code"] if response_dict else _SERVER_ERROR
        code = str(((parsed_response or {}).get("Error") or {}).get("Code") or "")
        # S3 answers 3xx to a call in the wrong region; that too is answered and is no error of ours.
        failed = status >= 400 or (response_dict is not None and parsed_response is None)  # noqa: PLR2004  HTTP
        recorder.attempt(
            Attempt(
                account=account,
                region=str(context.get("client_region") or ""),
                stamp=context.get(STAMP) or Stamp(api="unknown"),
                ok=not failed,
                throttled=failed and (status == 429 or any(word in code for word in _THROTTLE_WORDS)),  # noqa: PLR2004
                answered=status < _SERVER_ERROR,
            )
        )

    def record_unread(exception: Exception, context: Mapping[str, Any], **_: object) -> None:
        # An answer that cannot be parsed never becomes a response-received event; what was not sent, or was never
        # answered, either did not go out or was recorded above.
        if type(exception).__name__ == "ResponseParserError" or not type(exception).__module__.startswith("botocore"):
            stamp = context.get(STAMP) or Stamp(api="unknown")
            region = str(context.get("client_region") or "")
            recorder.attempt(Attempt(account, region, stamp, ok=False, answered=False))

    events.register_first("before-parameter-build", stamp)
    events.register("response-received", record)
    events.register("after-call-error", record_unread)


def name_job(events: Any, job: str) -> None:  # noqa: ANN401  botocore has no types
    """Make one client's calls count for a job."""

    def stamp(context: dict[str, Any], **_: object) -> None:
        context.setdefault(STAMP, Stamp(api="")).job = job

    events.register("before-parameter-build", stamp)


@dataclass(slots=True)
class _Tally:
    calls: int = 0
    errors: int = 0
    throttles: int = 0
    units: int = 0
    low: Decimal = field(default_factory=Decimal)
    high: Decimal = field(default_factory=Decimal)


class Meter:
    """Counts every attempt in memory, per hour, account, region, api and job, until `flush` writes it down.

    A refused call (4xx) is not billed; one that AWS may have carried out (5xx, no answer) counts in the upper bound.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._tallies: dict[tuple[datetime, str, str, str, str], _Tally] = {}

    def attempt(self, attempt: Attempt) -> None:
        """Take note of one request that went out."""
        hour = self._clock().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        stamp = attempt.stamp
        low, high = price(stamp.api, stamp.units_low, stamp.units_high)
        unsure = not attempt.ok and not attempt.answered
        with self._lock:
            tally = self._tallies.setdefault((hour, attempt.account, attempt.region, stamp.api, stamp.job), _Tally())
            tally.calls += 1
            tally.errors += not attempt.ok
            tally.throttles += attempt.throttled
            if attempt.ok:
                tally.units += stamp.units_high
                tally.low += low
            if attempt.ok or unsure:
                tally.high += high

    def pending(self) -> list[MeterEntry]:
        """What was counted and not yet flushed."""
        with self._lock:
            return _entries(self._tallies)

    def flush(self, ledger: Ledger) -> None:
        """Write down what was counted. When the ledger fails, nothing is lost: it is written at the next flush."""
        with self._lock:
            taken, self._tallies = self._tallies, {}
        if not taken:
            return
        try:
            ledger.add(_entries(taken))
        except BaseException:
            self._put_back(taken)
            raise

    def cost_this_month(self, ledger: Ledger, now: datetime) -> tuple[Decimal, Decimal]:
        """US dollars since the first of the month (UTC), low and high, with what is not yet flushed."""
        start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        following = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        low, high = ledger.total(start, following)
        mine = [entry for entry in self.pending() if entry.hour >= start]
        return low + sum(entry.cost_low for entry in mine), high + sum(entry.cost_high for entry in mine)

    def _put_back(self, taken: Mapping[tuple[datetime, str, str, str, str], _Tally]) -> None:
        with self._lock:
            for key, tally in taken.items():
                now = self._tallies.setdefault(key, _Tally())
                now.calls += tally.calls
                now.errors += tally.errors
                now.throttles += tally.throttles
                now.units += tally.units
                now.low += tally.low
                now.high += tally.high


def _entries(tallies: Mapping[tuple[datetime, str, str, str, str], _Tally]) -> list[MeterEntry]:
    return [
        MeterEntry(
            hour=hour,
            account=account,
            region=region,
            api=api,
            job=job,
            calls=tally.calls,
            errors=tally.errors,
            throttles=tally.throttles,
            units=Decimal(tally.units),
            cost_low=tally.low,
            cost_high=tally.high,
        )
        for (hour, account, region, api, job), tally in sorted(tallies.items())
    ]
