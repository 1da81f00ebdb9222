"""Unusual costs of everything that the costs know, told once each at the most telling place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.anomalies.causes import BEFORE, Cause, Growth, cause_of, grown
from finops.anomalies.detecting import Limits, Stretch, find
from finops.drawn import newest_days
from finops.forecast.updating import complete_to, scoped
from finops.scopes import EVERYTHING
from finops.series import DAY, Daily, daily
from store.money import Basis, CostAnomaly, CostObservation, DailyCosts, View

if TYPE_CHECKING:
    from finops.config import Planned
    from finops.round import Around

LOOK_BACK = timedelta(days=62)
"""Stretches that ended before this are history and stay as they were told."""
JUDGED = 200
"""Days that are gone through: the two months looked back at, and more than the model learns from before them."""
NOT_JUDGED = (EVERYTHING, "service:Tax")
"""What is unusual in all is unusual in a service, which says more; and taxes follow what they are for."""
_SHARE = Decimal("0.6")
"""A narrower scope speaks for a wider one if it explains at least this share of its impact."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Found:
    scope: str
    currency: str
    stretch: Stretch
    series: Daily
    complete: date

    @property
    def narrowness(self) -> int:
        kind = self.scope.partition(":")[0]
        return ("", "environment", "component", "service", "place").index(kind)


def update(around: Around, now: datetime) -> None:
    """Find what is unusual and keep it; what is as expected again is closed."""
    store, settings = around.store, around.settings
    limits = Limits(settings.anomalies.sensitivity, settings.anomalies.history, float(settings.anomalies.minimum))
    today, basis = now.date(), Basis(settings.basis)
    since = today - LOOK_BACK
    everything = [one for one in _all(around, limits, basis, today) if one.stretch.end > since]
    span = (since - BEFORE, today + DAY)
    usage = store.costs.lines(*span, view=View.USAGE.value)
    telling = most_telling(everything)
    told = [_told(around, one, usage, basis, now) for one in telling]
    still = {one.id for one in told}
    closed = [
        replace(one, open=False)
        for one in store.anomalies.find(open_only=True)
        if one.source == "lamplighter" and one.id not in still
    ]
    store.anomalies.upsert([*told, *closed])
    for anomaly, one in zip(told, telling, strict=True):
        if anomaly.open:
            usual = anomaly.expected / max((anomaly.end - anomaly.start).days, 1)
            places = " / ".join(part for part in (anomaly.environment, anomaly.component) if part)
            what = places or one.scope.partition(":")[2]
            days = newest_days(one.series, one.complete, what, usual)
            store.reports.put(DailyCosts.key_of(anomaly=anomaly.id), days, now)
    for anomaly in closed:
        store.reports.drop(DailyCosts, DailyCosts.key_of(anomaly=anomaly.id))


def _all(around: Around, limits: Limits, basis: Basis, today: date) -> Iterator[_Found]:
    for scope, lines, span in scoped(around, today):
        if scope.text in NOT_JUDGED:
            continue
        end = complete_to(lines, span, today)
        for currency, series in daily(lines, span, basis).items():
            days = [(day, amount) for day, amount in _known(series, end) if amount is not None][-JUDGED:]
            for stretch in find([day for day, _ in days], [float(amount) for _, amount in days], limits):
                yield _Found(scope.text, currency, stretch, series, end)


def _known(series: Daily, end: date) -> list[tuple[date, Decimal | None]]:
    days = ((series.start + place * DAY, amount) for place, amount in enumerate(series.amounts))
    return [(day, amount) for day, amount in days if day < end]


def most_telling(found: Sequence[_Found]) -> list[_Found]:
    """One of those that tell the same: stretches of one currency that overlap, the narrowest that explains the most."""
    left = sorted(found, key=lambda one: (-one.stretch.impact, -one.narrowness, one.scope))
    told: list[_Found] = []
    while left:
        widest = left[0]
        same = [one for one in left if _same(one, widest)]
        enough = [one for one in same if Decimal(one.stretch.impact) >= _SHARE * Decimal(widest.stretch.impact)]
        told.append(max(enough, key=lambda one: (one.narrowness, one.stretch.impact)))
        left = [one for one in left if not _same(one, widest)]
    return told


def _same(one: _Found, other: _Found) -> bool:
    overlaps = one.stretch.start < other.stretch.end and other.stretch.start < one.stretch.end
    near = abs((one.stretch.start - other.stretch.start).days) <= 2  # noqa: PLR2004  a drift is noticed some days apart
    return one.currency == other.currency and overlaps and near


def _told(around: Around, one: _Found, usage: Sequence[CostObservation], basis: Basis, now: datetime) -> CostAnomaly:
    stretch = one.stretch
    environment, component, service = _place(one.scope)
    rows = [line for line in usage if line.currency == one.currency and (service is None or line.keys[0] == service)]
    growths: list[Growth] = grown(rows, stretch.start, stretch.end, basis)
    cause: Cause = cause_of(around.store, growths, stretch.start, one.currency, (environment, component))
    service = service or (growths[0].service if growths else None)
    identity = f"{one.scope}|{one.currency}|{stretch.start}"
    planned = _planned(around.settings.planned, stretch, environment, component, service)
    return CostAnomaly(
        id="a" + hashlib.blake2b(identity.encode(), digest_size=8).hexdigest(),
        scope=one.scope,
        kind=stretch.kind,
        start=stretch.start,
        end=stretch.end,
        currency=one.currency,
        actual=_cents(stretch.actual),
        expected=_cents(stretch.expected),
        low=_cents(stretch.low),
        high=_cents(stretch.high),
        impact=_cents(stretch.impact),
        cause=cause.said,
        detected_at=now,
        usage_type=cause.usage_type,
        event=cause.event,
        muted=planned,
        open=stretch.open,
        environment=environment,
        component=component,
        service=service,
    )


def _place(scope: str) -> tuple[str | None, str | None, str | None]:
    kind, _, value = scope.partition(":")
    if kind == "place":
        component, _, environment = value.partition(",")
        return environment, component, None
    return (
        value if kind == "environment" else None,
        value if kind == "component" else None,
        value if kind == "service" else None,
    )


def _planned(
    planned: Sequence[Planned], stretch: Stretch, environment: str | None, component: str | None, service: str | None
) -> str:
    """The name of the planned event that explains a stretch; empty if none does, or if it costs more than planned."""
    for event in planned:
        meant = all(
            wanted is None or wanted == here
            for wanted, here in (
                (event.environment, environment),
                (event.component, component),
                (event.service, service),
            )
        )
        within = event.start < stretch.end and stretch.start <= event.end
        if meant and within and (event.amount is None or stretch.impact <= float(event.amount)):
            return event.name
    return ""


def _cents(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_CENT)
