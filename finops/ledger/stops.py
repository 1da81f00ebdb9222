"""Stretches of time in which something that costs by the hour was stopped, and what that was to save each UTC day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.series import DAY
from store.vocabulary import Resource, Status

if TYPE_CHECKING:
    from finops.prices.book import PriceBook
    from store.vocabulary import HealthTransition

LONGEST = timedelta(days=31)
"""What is stopped for longer is no shutdown any more: nobody would have let it run. It counts no further."""
LEFT_BEFORE, LEFT_AFTER = timedelta(minutes=30), timedelta(hours=3)
"""Around the moment at which a group was seen scaled to zero: when the inventory saw its instances go."""
COMPUTE = "Amazon Elastic Compute Cloud - Compute"
DATABASES = "Amazon Relational Database Service"
_CHECKS = ("instance:", "database:", "group:")
"""Health checks whose status is that of the resource itself, by the first word of their ids."""
_AWAKE = (Status.OK, Status.WARN, Status.CRITICAL)
_HOUR = Decimal(3600)
_EXACT = Decimal("0.0000000001")
"""Digits that amounts are kept to; Cost Explorer gives ten."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One resource was stopped in [`start`, `end`); `end` None: it still is. Who keeps a record of stops makes these.

    `usage_type` is what it no longer used, bare or as Cost Explorer writes it (`BoxUsage:t3.micro`), priced from the
    book; `hourly` overrules it. With neither the stop is told, and nothing is expected of it. `service` is as Cost
    Explorer writes it, and what the bill is held against.
    """

    resource_id: str
    environment: str
    service: str
    start: datetime
    end: datetime | None = None
    component: str | None = None
    region: str = ""
    usage_type: str = ""
    hourly: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StopBook:
    """The stops that somebody's own record told of, as the store keeps them."""

    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class StoppedDay:
    """What was stopped of a place's service on a UTC day: resource-hours, and what they were to save."""

    environment: str
    component: str
    service: str
    day: date
    currency: str
    hours: Decimal
    expected: Decimal
    resources: tuple[str, ...]
    unpriced: tuple[str, ...] = ()


def observed(transitions: Sequence[HealthTransition], resources: Sequence[Resource], now: datetime) -> list[Stop]:
    """The stops that the health checks saw, whoever stopped it. `resources`: closed ones too; `transitions` by time.

    Only what was seen awake before counts. A check that could not be read in between does not wake anything; one that
    cannot be read now counts until it could.
    """
    known = {one.id: one for one in resources}
    stops: list[Stop] = []
    for resource_id, start, end in _asleep(transitions):
        resource = known.get(resource_id)
        if resource is None or not resource.environment:
            continue
        gone = resource.closed_at
        until = gone if gone is not None and start < gone and (end is None or gone < end) else end
        if resource.type == "autoscaling:group":
            stops += _of_group(resource, resources, start, until)
        elif resource.type in {"rds:db", "ec2:instance"}:
            stops.append(_stop(resource, start, until))
    return [one for one in stops if one.start < (one.end or now)]


def merged(stops: Iterable[Stop]) -> list[Stop]:
    """The same without overlaps: a resource is stopped once, however many records tell of it. The first one's words."""
    by_resource: dict[tuple[str, str], list[Stop]] = defaultdict(list)
    for one in stops:
        by_resource[one.resource_id, one.service].append(one)
    result: list[Stop] = []
    for some in by_resource.values():
        joined: list[Stop] = []
        for one in sorted(some, key=lambda each: each.start):
            last = joined[-1] if joined else None
            if last is None or (last.end is not None and one.start > last.end):
                joined.append(one)
            elif last.end is not None:
                joined[-1] = replace(last, end=None if one.end is None else max(last.end, one.end))
        result += joined
    return sorted(result, key=lambda one: (one.start, one.resource_id))


def by_day(stops: Iterable[Stop], book: PriceBook, span: tuple[date, date], now: datetime) -> list[StoppedDay]:
    """What was to be saved on each UTC day of [start, end), by environment, component and service, by the second."""
    parts: dict[tuple[str, str, str, date], list[tuple[Stop, Decimal]]] = defaultdict(list)
    for one in merged(stops):
        for day, hours in _hours(one, now):
            if span[0] <= day < span[1]:
                parts[one.environment, one.component or "", one.service, day].append((one, hours))
    return [_stopped(key, some, book) for key, some in sorted(parts.items(), key=lambda each: each[0])]


def priced(one: Stop, book: PriceBook) -> Decimal | None:
    """What an hour of it costs in the book's currency; None if nobody knows."""
    if one.hourly is not None:
        return one.hourly
    price = book.get(one.region, one.service, one.usage_type) if one.usage_type else None
    return None if price is None or price.unit != "Hrs" else price.amount


def _stopped(key: tuple[str, str, str, date], some: Sequence[tuple[Stop, Decimal]], book: PriceBook) -> StoppedDay:
    rates = {one.resource_id: priced(one, book) for one, _ in some}
    expected = sum((hours * (rates[one.resource_id] or 0) for one, hours in some), Decimal(0))
    return StoppedDay(
        *key,
        currency=book.currency,
        hours=sum((hours for _, hours in some), Decimal(0)),
        expected=expected.quantize(_EXACT),
        resources=tuple(sorted(rates)),
        unpriced=tuple(sorted(name for name, rate in rates.items() if rate is None)),
    )


def _hours(one: Stop, now: datetime) -> Iterator[tuple[date, Decimal]]:
    """The hours of a stop by UTC day, up to now and no longer than `LONGEST`."""
    start = one.start.astimezone(UTC)
    end = min((one.end or now).astimezone(UTC), now, start + LONGEST)
    while start < end:
        midnight = datetime.combine(start.date() + DAY, time(), UTC)
        until = min(end, midnight)
        yield start.date(), Decimal(round((until - start).total_seconds())) / _HOUR
        start = until


def _asleep(transitions: Sequence[HealthTransition]) -> Iterator[tuple[str, datetime, datetime | None]]:
    seen_awake: set[str] = set()
    since: dict[str, datetime] = {}
    unread: dict[str, datetime] = {}
    for one in transitions:
        if not one.check_id.startswith(_CHECKS):
            continue
        resource_id = one.check_id.partition(":")[2]
        if one.before in _AWAKE:
            seen_awake.add(resource_id)
        if one.after in _AWAKE:
            seen_awake.add(resource_id)
            if resource_id in since:
                # Where it was not read meanwhile, nobody knows when it woke: it counts until it was seen asleep.
                yield resource_id, since.pop(resource_id), unread.pop(resource_id, one.at)
        elif one.after is Status.UNKNOWN and resource_id in since:
            unread[resource_id] = one.at
        elif one.after is Status.ASLEEP:
            unread.pop(resource_id, None)
            if resource_id in seen_awake:
                since.setdefault(resource_id, one.at)
    for resource_id, start in since.items():
        yield resource_id, start, unread.get(resource_id)


def _of_group(group: Resource, resources: Sequence[Resource], start: datetime, end: datetime | None) -> Iterator[Stop]:
    """The instances that a group let go when it was scaled to zero: it will launch as many again."""
    for one in resources:
        inside = one.type == "ec2:instance" and one.attributes.get("asg") == group.name and one.region == group.region
        if inside and one.closed_at is not None and start - LEFT_BEFORE <= one.closed_at <= start + LEFT_AFTER:
            placed = replace(one, environment=group.environment, component=one.component or group.component)
            yield _stop(placed, max(start, one.closed_at), end)


def _stop(resource: Resource, start: datetime, end: datetime | None) -> Stop:
    service, usage_type = _usage(resource.type, resource.attributes)
    return Stop(
        resource.id,
        resource.environment or "",
        service,
        start,
        end,
        component=resource.component,
        region=resource.region,
        usage_type=usage_type,
    )


def _usage(kind: str, attributes: Mapping[str, object]) -> tuple[str, str]:
    if kind == "rds:db":
        deployment = "Multi-AZUsage" if attributes.get("multi_az") else "InstanceUsage"
        return DATABASES, f"{deployment}:{attributes.get('class', '')}"
    return COMPUTE, f"BoxUsage:{attributes.get('instance_type', '')}"
