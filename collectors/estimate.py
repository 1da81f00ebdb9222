"""What collecting costs: the price of a plan before it is switched on, and the difference to another one."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from collectors.cap import Level, Rhythm, degradation
from collectors.metrics.planner import CHUNK, Reach
from collectors.metrics.queries import MAX_QUERIES, billed
from collectors.series import Wanted

DOLLARS_PER_METRIC = Decimal("0.00001")
"""GetMetricData's price of one metric in one request (CloudWatch's price list, November 2026)."""
DAYS_A_MONTH = 30
_MONTH = DAYS_A_MONTH * 86_400
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Line:
    """The part of a plan for one namespace in one environment. Dollars are a month's, low and high."""

    namespace: str
    environment: str
    series: int
    metrics_a_month: int
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a configuration asks of CloudWatch, and what that costs.

    `first_start` is what the last day and the backfill behind it cost, once. `at_level` is the price of a month at
    each level of degradation, `level` the one that the cap would bring about.
    """

    series: int
    metrics_a_month: int
    calls_a_day: int
    low: Decimal
    high: Decimal
    first_start_low: Decimal
    first_start_high: Decimal
    cap: Decimal | None
    level: int
    level_words: str
    at_level: Mapping[str, Decimal] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values; dollars are strings with all their digits."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


@dataclass(frozen=True, slots=True)
class Difference:
    """How an estimate differs from a previous one: positive is more."""

    series: int
    calls_a_day: int
    low: Decimal
    high: Decimal
    added: tuple[Line, ...]
    removed: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values; dollars are strings with all their digits."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def estimate(wanted: Sequence[Wanted], rhythm: Rhythm, reach: Reach) -> Estimate:
    """The price of collecting these series as configured."""
    prices = price_at(wanted, rhythm)
    low, high = prices[Level.FULL]
    level = degradation(Decimal(0), {level: most for level, (_, most) in prices.items()}, rhythm.bill.monthly_cap)
    once_low, once_high = _first_start(wanted, reach)
    return Estimate(
        series=len(wanted),
        metrics_a_month=sum(line.metrics_a_month for line in _lines(wanted, rhythm)),
        calls_a_day=_calls_a_day(wanted, rhythm),
        low=low,
        high=high,
        first_start_low=once_low,
        first_start_high=once_high,
        cap=rhythm.bill.monthly_cap,
        level=int(level),
        level_words=level.words,
        at_level={each.name.lower(): most for each, (_, most) in prices.items()},
        lines=_lines(wanted, rhythm),
    )


def difference(after: Estimate, before: Estimate) -> Difference:
    """What changes from one configuration to another."""
    old, new = set(before.lines), set(after.lines)
    return Difference(
        series=after.series - before.series,
        calls_a_day=after.calls_a_day - before.calls_a_day,
        low=after.low - before.low,
        high=after.high - before.high,
        added=tuple(line for line in after.lines if line not in old),
        removed=tuple(line for line in before.lines if line not in new),
    )


def price_at(wanted: Iterable[Wanted], rhythm: Rhythm) -> dict[Level, tuple[Decimal, Decimal]]:
    """US dollars a month of 30 days, low and high, at each level."""
    together = _together(wanted)
    prices = {}
    for level in Level:
        low = high = Decimal(0)
        for series in together:
            for interval, polled in _by_interval(series, rhythm, level).items():
                fewest, most = billed(polled)
                low += fewest * _polls(interval) * DOLLARS_PER_METRIC
                high += most * _polls(interval) * DOLLARS_PER_METRIC
        prices[level] = (low, high)
    return prices


def month_left(now: datetime) -> Decimal:
    """The part of a month of 30 days that is left of the calendar month (UTC)."""
    at = now.astimezone(UTC)
    end = at.replace(day=monthrange(at.year, at.month)[1], hour=0, minute=0, second=0, microsecond=0) + timedelta(
        days=1
    )
    return Decimal(int((end - at).total_seconds())) / Decimal(_MONTH)


def _lines(wanted: Iterable[Wanted], rhythm: Rhythm) -> tuple[Line, ...]:
    groups: dict[tuple[str, str], list[Wanted]] = {}
    for one in wanted:
        # An expression stands with the metrics that it is made of, whose queries it shares.
        namespace = one.inputs[0][1].namespace if one.inputs else one.series.key.namespace
        groups.setdefault((namespace, one.series.environment or ""), []).append(one)
    lines = []
    for (namespace, environment), series in sorted(groups.items()):
        metrics = 0
        for together in _together(series):
            for interval, polled in _by_interval(together, rhythm, Level.FULL).items():
                metrics += billed(polled)[1] * _polls(interval)
        low, high = price_at(series, rhythm)[Level.FULL]
        lines.append(Line(namespace, environment, len(series), metrics, low, high))
    return tuple(lines)


def _together(wanted: Iterable[Wanted]) -> list[list[Wanted]]:
    groups: dict[str, list[Wanted]] = {}
    for one in wanted:
        groups.setdefault(one.together, []).append(one)
    return list(groups.values())


def _by_interval(series: Iterable[Wanted], rhythm: Rhythm, level: Level) -> dict[int, list[Wanted]]:
    groups: dict[int, list[Wanted]] = {}
    for one in series:
        interval = rhythm.interval(one, level)
        if interval is not None:
            groups.setdefault(interval, []).append(one)
    return groups


def _polls(interval: int) -> int:
    return _MONTH // interval


def _calls_a_day(wanted: Iterable[Wanted], rhythm: Rhythm) -> int:
    """GetMetricData requests a day: full ones, and each interval has its own."""
    counts: dict[tuple[str, str, int], int] = {}
    for one in wanted:
        interval = rhythm.interval(one, Level.FULL)
        if interval is not None:
            place = (one.series.key.account, one.series.key.region, interval)
            counts[place] = counts.get(place, 0) + 1
    return sum(-(-count // MAX_QUERIES) * (86_400 // interval) for (_, _, interval), count in counts.items())


def _first_start(wanted: Iterable[Wanted], reach: Reach) -> tuple[Decimal, Decimal]:
    """What the first reading and the backfill chunks cost, once."""
    low = high = Decimal(0)
    for series in _together(wanted):
        period = series[0].series.period
        chunks = 1 + -(-max(0, reach.backfill - reach.first) // (CHUNK * period))
        fewest, most = billed(series)
        low += fewest * chunks * DOLLARS_PER_METRIC
        high += most * chunks * DOLLARS_PER_METRIC
    return low, high


def _plain(value: Any) -> Any:  # noqa: ANN401  JSON is any value
    if isinstance(value, Decimal):
        return str(value.quantize(_CENT / 100))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
