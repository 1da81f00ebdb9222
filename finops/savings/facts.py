"""What the rules look at: resources, their use, what was billed. What is not known for long enough is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.forecast.updating import complete_to
from finops.prices import PriceBook, load_book
from store.messages import Message, Sentence
from store.money import Basis, Saving, View
from store.vocabulary import Absent, Cursor, HourPoint, Resource, Series

if TYPE_CHECKING:
    from finops.round import Around
    from store import Store
    from store.stack import Stack

LOOKED_AT = timedelta(days=14)
"""How long something must have been watched before it is called idle or too large: two of each weekday."""
BILLED = 30
"""Complete days whose bill is looked at."""
HOURS = Decimal(730)
"""Hours of a month on average: 365 x 24 / 12."""
CURRENCY = "USD"
_COVERED = 0.95
_PERCENTILE = 0.95
_METRICS = {
    ("CPUUtilization", "Average"),
    ("CPUUtilization", "Maximum"),
    ("NetworkOut", "Sum"),
    ("mem_used_percent", "Average"),
    ("DatabaseConnections", "Maximum"),
    ("RequestCount", "Sum"),
    ("BytesOutToDestination", "Sum"),
    ("BucketSizeBytes", "Average"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """How something was used in `LOOKED_AT`: the sum, the highest value, what 95 % of the hours' means stay below."""

    total: float
    peak: float
    usual_peak: float


@dataclass(frozen=True, slots=True)
class Used:
    """What was billed for a usage type in a month of `HOURS`, by the last complete days, and the quantity."""

    cost: Decimal
    quantity: Decimal


@dataclass(frozen=True)
class Facts:
    """Everything that a rule may look at."""

    now: datetime
    resources: Sequence[Resource]
    use: Mapping[tuple[str, str, str], Use]
    """By resource, metric and statistic; only what was watched long enough."""
    billed: Mapping[str, Used]
    """By usage type as Cost Explorer writes it."""
    environments: Mapping[tuple[str, str], Decimal]
    """What was billed a month by (environment, service)."""
    floor: Mapping[str, Decimal]
    """The cheapest of the last complete days, by service."""
    book: PriceBook
    stack: Stack

    def of(self, *types: str) -> list[Resource]:
        """The resources of some types."""
        return [one for one in self.resources if one.type in types]

    def price(self, region: str, usage_type: str) -> Decimal | None:
        """What one unit costs on demand, None if the book does not say."""
        found = self.book.get(region, "", usage_type)
        return None if found is None else found.amount

    def capped(self, region: str, usage_type: str, monthly: Decimal) -> Decimal:
        """No more than what was billed for all of the usage type, once there is a bill to look at."""
        if not self.billed:
            return monthly
        used = self.billed.get(self.book.written(region, usage_type))
        return min(monthly, used.cost if used is not None else Decimal(0))


def gather(around: Around, now: datetime) -> Facts:
    """Look everything up, once a round."""
    store, basis = around.store, Basis(around.settings.basis)
    resources = store.resources.find()
    billed, environments, floor = _bill(store, basis, now)
    return Facts(now, resources, _use(store, resources, now), billed, environments, floor, load_book(), around.stack)


def found(  # noqa: PLR0913  what a recommendation is made of
    facts: Facts,
    rule: str,
    subject: Resource | str,
    monthly: Decimal,
    *,
    title: Sentence,
    evidence: Sequence[Sentence],
    how: Sentence,
    remedy: Sentence,
    effort: str = "low",
    risk: str = "low",
    service: str | None = None,
) -> Saving:
    """A recommendation about a resource, or about an environment or all of it by name."""
    resource = subject if isinstance(subject, Resource) else None
    name = resource.id if resource is not None else str(subject)
    place = resource.environment if resource is not None else (name if name in facts.stack.environments else None)
    return Saving(
        id=f"{rule}:{name}",
        rule=rule,
        title=title,
        monthly=monthly.quantize(Decimal("0.01")),
        currency=CURRENCY,
        effort=effort,
        risk=risk,
        evidence=tuple(evidence),
        how=how,
        remedy=remedy,
        found_at=facts.now,
        seen_at=facts.now,
        resource_id=resource.id if resource is not None else None,
        environment=place,
        component=resource.component if resource is not None else None,
        service=service,
        prices_of=facts.book.date,
    )


def dollars(amount: Decimal) -> str:
    """An amount in a sentence."""
    return f"${amount:,.2f}"


def hourly_note(price: Decimal) -> Sentence:
    """How a price by the hour becomes one a month."""
    return Message("%(price)s an hour on demand, 730 hours a month", price=f"${price:f}")


def _use(store: Store, resources: Sequence[Resource], now: datetime) -> dict[tuple[str, str, str], Use]:
    end = int(now.timestamp()) // 3600 * 3600
    start = end - int(LOOKED_AT.total_seconds())
    known = {one.id for one in resources}
    series = [
        one
        for one in store.series.find()
        if one.resource_id in known and one.closed_at is None and (one.key.metric, one.key.stat) in _METRICS
    ]
    ids = [one.id for one in series]
    hours, cursors = store.samples.hourly(ids, start, end), store.cursors.get(ids)
    uses: dict[tuple[str, str, str], Use] = {}
    for one in series:
        reach = cursors.get(one.id)
        if reach is not None and _watched(store, one, reach, hours[one.id], start, end):
            uses[one.resource_id or "", one.key.metric, one.key.stat] = _summed(hours[one.id])
    return uses


def _watched(  # noqa: PLR0913, PLR0917  a series and its window
    store: Store, series: Series, reach: Cursor, hours: Sequence[HourPoint], start: int, end: int
) -> bool:
    """Whether enough is known of the window: two weeks but for a twentieth, and an hour that is still to come."""
    known = min(reach.collected_to, end) - max(reach.collected_from, start)
    if series.absent is Absent.ZERO:
        known -= sum(gap.end - gap.start for gap in store.samples.gaps(series.id, start, end))
    elif series.period < 86_400:  # noqa: PLR2004  seconds of a day: a daily metric has one hour with a point
        known = min(known, len(hours) * 3600)
    return known >= _COVERED * (end - start)


def _summed(hours: Sequence[HourPoint]) -> Use:
    means = sorted(hour.total / hour.count for hour in hours) or [0.0]
    usual = means[min(len(means) - 1, int(_PERCENTILE * len(means)))]
    return Use(sum(hour.total for hour in hours), max((hour.high for hour in hours), default=0.0), usual)


def _bill(
    store: Store, basis: Basis, now: datetime
) -> tuple[dict[str, Used], dict[tuple[str, str], Decimal], dict[str, Decimal]]:
    """What was billed a month, by usage type and by (environment, service), and each service's cheapest day."""
    span = store.costs.span(View.USAGE.value)
    if span is None:
        return {}, {}, {}
    start = now.date() - timedelta(days=BILLED + 2)
    lines = [one for one in store.costs.lines(start, span[1], view=View.USAGE.value) if one.currency == CURRENCY]
    until = complete_to(lines, span, now.date())
    start = max(span[0], until - timedelta(days=BILLED))
    length = (until - start).days
    if length < 1:
        return {}, {}, {}
    month = HOURS / 24 / length
    costs: dict[str, list[Decimal]] = {}
    days: dict[str, dict[int, Decimal]] = {}
    for one in lines:
        if start <= one.day < until:
            service, usage_type = one.keys
            sums = costs.setdefault(usage_type, [Decimal(0), Decimal(0)])
            sums[0] += one.amount(basis)
            sums[1] += one.usage
            each = days.setdefault(service, {})
            each[one.day.toordinal()] = each.get(one.day.toordinal(), Decimal(0)) + one.amount(basis)
    floor = {service: min(each.values()) if len(each) == length else Decimal(0) for service, each in days.items()}
    places: dict[tuple[str, str], Decimal] = {}
    for one in store.costs.lines(start, until, view=View.ENVIRONMENT.value):
        if one.currency == CURRENCY:
            key = (one.keys[0], one.keys[1])
            places[key] = places.get(key, Decimal(0)) + one.amount(basis) * month
    return {name: Used(cost * month, used * month) for name, (cost, used) in costs.items()}, places, floor
