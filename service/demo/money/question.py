"""What a request to Cost Explorer asks for, checked as AWS checks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from service.demo.money.expression import KEYS, check
from service.demo.money.refresh import earliest, midnight, moment, months_from
from service.demo.source import AwsError

METRICS = {
    "AmortizedCost": "AMORTIZED_COST",
    "BlendedCost": "BLENDED_COST",
    "NetAmortizedCost": "NET_AMORTIZED_COST",
    "NetUnblendedCost": "NET_UNBLENDED_COST",
    "NormalizedUsageAmount": "NORMALIZED_USAGE_AMOUNT",
    "UnblendedCost": "UNBLENDED_COST",
    "UsageQuantity": "USAGE_QUANTITY",
}
_GROUPS = 2
_HOURLY_DAYS = 14
_HOUR_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A time period: its ends as they are written and in epoch seconds."""

    start: str
    end: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Question:
    """A checked request. `groups` are (TAG or DIMENSION, key)."""

    buckets: Sequence[Bucket]
    groups: Sequence[tuple[str, str]]
    metrics: Sequence[str]
    filter: Mapping[str, Any]


def invalid(message: str) -> AwsError:
    """A ValidationException."""
    return AwsError("ValidationException", message)


def read_question(params: Mapping[str, Any], now: float, *, hourly: bool) -> Question:
    """Read and check a request. Raises AwsError: ValidationException, BillExpirationException."""
    period, granularity = params.get("TimePeriod", {}), params.get("Granularity", "")
    buckets = read_buckets(period, granularity, now, hourly=hourly)
    metrics = tuple(_metric(name) for name in params.get("Metrics") or ())
    if not metrics:
        raise invalid("At least one metric is required.")
    groups = tuple(_group(one) for one in params.get("GroupBy") or ())
    if len(groups) > _GROUPS:
        raise invalid("GroupBy has too many entries: at most 2 are allowed.")
    if len(set(groups)) < len(groups):
        raise invalid("GroupBy has the same key twice.")
    wanted = params.get("Filter") or {}
    check(wanted)
    return Question(buckets, groups, tuple(dict.fromkeys(metrics)), wanted)


def read_buckets(period: Mapping[str, str], granularity: str, now: float, *, hourly: bool) -> list[Bucket]:
    """The time periods that are asked for."""
    if granularity not in {"DAILY", "MONTHLY", "HOURLY"}:
        raise invalid(f"Granularity {granularity!r} is not one of DAILY, MONTHLY, HOURLY.")
    first, last = (read_time(period.get(name, ""), granularity) for name in ("Start", "End"))
    if first >= last:
        raise invalid("Start date (and hour) should be before end date (and hour)")
    today = moment(now).date()
    if last.date() > months_from(today, 1) or (last.date() == months_from(today, 1) and last.hour):
        raise invalid("end date past the beginning of next month")
    if last.date() <= earliest(now):
        raise AwsError("BillExpirationException", "The requested report expired. Update the date interval.")
    if first.date() < earliest(now):
        raise invalid("You haven't enabled historical data beyond 14 months")
    if granularity == "HOURLY":
        if not hourly:
            raise invalid("Hourly granularity is not enabled: opt in on the preferences page of Cost Explorer.")
        if first < moment(now) - timedelta(days=_HOURLY_DAYS):
            raise invalid("Start date is more than 14 days ago for hourly granularity.")
    return cut(first, last, granularity)


def cut(first: datetime, last: datetime, granularity: str) -> list[Bucket]:
    """The periods of a stretch; months begin and end where the stretch does."""
    found, form = [], _HOUR_FORM if granularity == "HOURLY" else "%Y-%m-%d"
    at = first
    while at < last:
        if granularity == "MONTHLY":
            following = moment(midnight(months_from(at.date(), 1)))
        else:
            following = at + (timedelta(hours=1) if granularity == "HOURLY" else timedelta(days=1))
        until = min(following, last)
        found.append(Bucket(at.strftime(form), until.strftime(form), int(at.timestamp()), int(until.timestamp())))
        at = until
    return found


def read_time(text: str, granularity: str) -> datetime:
    """A day, or an hour where hours are asked for. Raises AwsError(ValidationException)."""
    try:
        if granularity == "HOURLY" and "T" in text:
            return datetime.strptime(text, _HOUR_FORM).replace(tzinfo=UTC)
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise invalid(f"Invalid date {text!r}: dates are written as yyyy-MM-dd.") from None
    return day


def _metric(name: str) -> str:
    for word, shouted in METRICS.items():
        if name in {word, shouted}:
            return word
    raise invalid(f"The metric {name!r} is not one of {', '.join(METRICS)}.")


def _group(one: Mapping[str, str]) -> tuple[str, str]:
    kind, key = one.get("Type", "DIMENSION"), one.get("Key", "")
    if kind == "TAG" and key:
        return kind, key
    if kind == "DIMENSION" and key in KEYS:
        return kind, key
    raise invalid(f"Group Definition dimension {key!r} of type {kind!r} is invalid.")
