"""What Lamplighter's own calls to AWS have cost this month, and what the month will come to at this pace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from store.vocabulary import MeterEntry

PACE = timedelta(days=7)
"""How far back the pace of the bill is measured: one whole week, so that quiet nights count in their share."""


@dataclass(frozen=True, slots=True)
class Range:
    """US dollars, from the least to the most it may be."""

    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Share:
    """One row of the bill."""

    name: str
    calls: int
    errors: int
    throttles: int
    cost: Range


@dataclass(frozen=True, slots=True)
class Bill:
    """This month so far (in UTC, as AWS bills), its projection (None within the first hour), and who caused it."""

    so_far: Range
    projection: Range | None
    by_api: tuple[Share, ...]
    by_account: tuple[Share, ...]


def month_start(now: datetime) -> datetime:
    """The first instant of the UTC month, which is AWS's."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """The first instant of the UTC month after."""
    return month_start(month_start(now) + timedelta(days=32))


def bill_of(entries: Sequence[MeterEntry], now: datetime) -> Bill:
    """Add up this month and project it: so far, plus the pace of the last seven days for what is left of the month."""
    month = [entry for entry in entries if entry.hour >= month_start(now)]
    so_far = _sum(month)
    return Bill(so_far, _projection(entries, so_far, now), _shares(month, lambda e: e.api), _shares(month, _place))


def _place(entry: MeterEntry) -> str:
    return f"{entry.account} {entry.region}".strip()


def _sum(entries: Iterable[MeterEntry]) -> Range:
    low = high = Decimal(0)
    for entry in entries:
        low, high = low + entry.cost_low, high + entry.cost_high
    return Range(low, high)


def _projection(entries: Sequence[MeterEntry], so_far: Range, now: datetime) -> Range | None:
    recent = [entry for entry in entries if entry.hour >= now - PACE]
    if not recent:
        return None
    seconds = (now - min(entry.hour for entry in recent)).total_seconds()
    if seconds < timedelta(hours=1).total_seconds():
        return None
    left = Decimal((next_month(now) - now).total_seconds())
    pace, measured = _sum(recent), Decimal(seconds)
    return Range(so_far.low + pace.low * left / measured, so_far.high + pace.high * left / measured)


def _shares(entries: Iterable[MeterEntry], name: Callable[[MeterEntry], str]) -> tuple[Share, ...]:
    grouped: dict[str, list[MeterEntry]] = defaultdict(list)
    for entry in entries:
        grouped[name(entry)].append(entry)
    shares = [
        Share(
            key,
            sum(entry.calls for entry in group),
            sum(entry.errors for entry in group),
            sum(entry.throttles for entry in group),
            _sum(group),
        )
        for key, group in grouped.items()
    ]
    return tuple(sorted(shares, key=lambda share: (-share.cost.high, -share.calls, share.name)))
