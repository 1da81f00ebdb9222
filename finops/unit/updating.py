"""What a thousand units cost, day by day: an environment's costs over what it served."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.forecast.updating import complete_to
from finops.scopes import everything, scope_of
from finops.series import Daily, daily
from store.money import Basis, UnitCost, UnitCostDay
from store.vocabulary import Absent, Cursor, Series

if TYPE_CHECKING:
    from finops.config import Unit
    from finops.round import Around
    from store import Store

BACK = timedelta(days=62)
"""How far back days are worked out: two months, beside each other on the page."""
COVERED = 0.95
"""A day of which less than this much was counted is not divided: cost over half its requests would look dear."""
_THOUSAND = Decimal(1000)
_PLACES = Decimal("0.00000001")
_HOUR = 3600
_DAY = 24 * _HOUR


def update(around: Around, now: datetime) -> None:
    """Work out each configured unit's report anew; its key is its name, and of a second currency `name:EUR`."""
    for unit in around.settings.unit:
        for number, (currency, costs) in enumerate(_costs(around, unit, now.date()).items()):
            days = _days(around.store, unit, costs, now)
            report = UnitCost(unit.name, unit.environment, currency, days, now)
            around.store.reports.put(unit.name if number == 0 else f"{unit.name}:{currency}", report, now)


def per_thousand(cost: Decimal, units: Decimal) -> Decimal | None:
    """What a thousand units cost; None where nothing was counted."""
    return (cost * _THOUSAND / units).quantize(_PLACES) if units > 0 else None


def _costs(around: Around, unit: Unit, today: date) -> dict[str, Daily]:
    """Its environment's complete days by currency, the one in which most was billed first."""
    scope = everything() if unit.environment is None else scope_of("environment", unit.environment)
    span = around.store.costs.span(scope.view)
    if span is None:
        return {}
    start = max(span[0], today - BACK)
    lines = scope.chosen(around.store.costs.lines(start, min(span[1], today), view=scope.view))
    until = complete_to(lines, span, today)
    found = daily([line for line in lines if line.day < until], (start, until), Basis(around.settings.basis))
    return dict(sorted(found.items(), key=lambda one: -one[1].total(start, until)))


def _days(store: Store, unit: Unit, costs: Daily, now: datetime) -> tuple[UnitCostDay, ...]:
    counted = _counted(store, unit, costs, now)
    found = []
    for number, cost in enumerate(costs.amounts):
        day = costs.start + timedelta(days=number)
        units = counted.get(day)
        if cost is not None and units is not None:
            found.append(UnitCostDay(day, cost, units, per_thousand(cost, units)))
    return tuple(found)


def _counted(store: Store, unit: Unit, costs: Daily, now: datetime) -> dict[date, Decimal]:
    """How many were counted on each day that was counted whole, over every series of the metric."""
    series = [one for one in store.series.find(environment=unit.environment) if _is_meant(one, unit)]
    start, end = _midnight(costs.start), min(_midnight(costs.end), int(now.timestamp()))
    ids = [one.id for one in series]
    hours, cursors = store.samples.hourly(ids, start, end), store.cursors.get(ids)
    sums: dict[date, Decimal] = {}
    for first in range(start, end - _DAY + 1, _DAY):
        parts = []
        for one in series:
            reach = cursors.get(one.id)
            if reach is not None and _lived(one, first) and reach.collected_from < first + _DAY:
                within = [hour.total for hour in hours[one.id] if first <= hour.time < first + _DAY]
                parts.append(_of_day(store, one, reach, within, first))
        known = [part for part in parts if part is not None]
        if known and len(known) == len(parts):
            sums[datetime.fromtimestamp(first, UTC).date()] = sum(known, Decimal(0))
    return sums


def _is_meant(series: Series, unit: Unit) -> bool:
    key = series.key
    whole = len(key.dimensions) <= 1  # a load balancer's own count, not that of each of its target groups on top
    return (key.namespace, key.metric, key.stat) == (unit.namespace, unit.metric, "Sum") and whole


def _lived(series: Series, first: int) -> bool:
    """Whether a series was there on a day: what was closed before it counts no more."""
    return series.closed_at is None or series.closed_at.timestamp() > first


def _of_day(store: Store, series: Series, reach: Cursor, within: Sequence[float], first: int) -> Decimal | None:
    """What was counted on a day, None where too little of it is known."""
    last = first + _DAY
    known = min(reach.collected_to, last) - max(reach.collected_from, first)
    if series.absent is Absent.ZERO:
        known -= sum(gap.end - gap.start for gap in store.samples.gaps(series.id, first, last))
    else:
        known = min(known, len(within) * _HOUR)
    return Decimal(repr(round(sum(within), 6))) if known >= COVERED * _DAY else None


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
