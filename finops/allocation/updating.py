"""The allocation of this month and of the last one, for each currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.allocation.splitting import Split, split
from finops.calendar import month_before, month_of
from finops.forecast.updating import complete_to
from store.messages import Message, Sentence, joined
from store.money import UNTAGGED, Allocation, Basis, CostObservation, Share, View

if TYPE_CHECKING:
    from finops.config import Shared
    from finops.round import Around

UNTAGGABLE = ("Tax", "AWS Support", "AWS Cost Explorer", "Refund", "Savings Plans for", "AWS Marketplace")
"""How services begin that no cost allocation tag of a resource reaches: taxes, support plans, requests to Cost Explorer
itself, commitments of the whole account (Billing User Guide, "Using AWS cost allocation tags")."""
_CENT = Decimal("0.01")


@dataclass
class Sums:
    """What was billed in one currency: by component, without a tag, and what can carry none."""

    direct: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    untagged: Decimal = Decimal(0)
    untaggable: Decimal = Decimal(0)


def update(around: Around, now: datetime) -> None:
    """Work the allocation out anew: reports `month` and `last_month`, of a second currency `month:EUR`."""
    store, today = around.store, now.date()
    span = store.costs.span(View.COMPONENT.value)
    if span is None:
        return
    for key, (start, end) in (("last_month", month_of(month_before(today))), ("month", month_of(today))):
        lines = store.costs.lines(start, end, view=View.COMPONENT.value)
        until = min(end, complete_to(lines, span, today))
        if until <= max(start, span[0]):
            continue
        known = [line for line in lines if line.day < until]
        totals = _totals(store.costs.lines(start, until, view=View.TOTAL.value), Basis(around.settings.basis))
        for number, one in enumerate(_allocations(around, known, totals, (max(start, span[0]), until), now)):
            store.reports.put(key if number == 0 else f"{key}:{one.currency}", one, now)


def _allocations(
    around: Around,
    lines: Sequence[CostObservation],
    totals: Mapping[str, Decimal],
    days: tuple[date, date],
    now: datetime,
) -> Iterable[Allocation]:
    """One for each currency, the one in which most was billed first."""
    settings, basis = around.settings, Basis(around.settings.basis)
    keys = (settings.component_tag, settings.environment_tag, *settings.tags)
    unactivated = tuple(sorted({tag.key for tag in around.store.costs.tags() if not tag.active and tag.key in keys}))
    sums = summed(lines, basis)
    for currency in sorted(sums, key=lambda name: (-totals.get(name, Decimal(0)), name)):
        of = sums[currency]
        shares, rule = shared(of.direct, settings.shared)
        parts = sum((one.total for one in shares), Decimal(0)) + of.untagged + of.untaggable
        total = totals.get(currency, Decimal(0))
        yield Allocation(
            start=days[0],
            end=days[1],
            currency=currency,
            basis=basis,
            rule=rule,
            shares=shares,
            total=total,
            untagged=of.untagged,
            untaggable=of.untaggable,
            unactivated=unactivated,
            tied=abs(total - parts) < _CENT,
            made_at=now,
        )


def summed(lines: Iterable[CostObservation], basis: Basis) -> dict[str, Sums]:
    """The rows of the view by component, added up for each currency."""
    sums: dict[str, Sums] = defaultdict(Sums)
    for line in lines:
        component, service = line.keys
        of, amount = sums[line.currency], line.amount(basis)
        if component != UNTAGGED:
            of.direct[component] += amount
        elif service.startswith(UNTAGGABLE):
            of.untaggable += amount
        else:
            of.untagged += amount
    return dict(sums)


def shared(direct: Mapping[str, Decimal], settings: Shared) -> tuple[tuple[Share, ...], Sentence]:
    """Each component's own cost and its part of the shared ones, with the rule in words."""
    common = {name: cost for name, cost in direct.items() if name in settings.components}
    own = {name: cost for name, cost in direct.items() if name not in common}
    parts = split(sum(common.values(), Decimal(0)), own, _split(settings)) if common else {}
    if common and not parts:
        rule: Sentence = Message("nobody is there to share %(shared)s", shared=_named(common))
        return _shares(direct, {}), rule
    if not common:
        return _shares(direct, {}), Message("nothing is shared")
    return _shares(own, parts), _rule(settings, common)


def _shares(direct: Mapping[str, Decimal], parts: Mapping[str, Decimal]) -> tuple[Share, ...]:
    none = Decimal(0)
    every = {name: (direct.get(name, none), parts.get(name, none)) for name in {*direct, *parts}}
    found = [Share(name, own, part, own + part) for name, (own, part) in every.items()]
    return tuple(sorted(found, key=lambda one: (-one.total, one.component)))


def _split(settings: Shared) -> Split:
    return settings.split


def _rule(settings: Shared, common: Mapping[str, Decimal]) -> Sentence:
    names = _named(common)
    if settings.split == "even":
        return Message("%(shared)s split evenly", shared=names)
    if settings.split == "proportional":
        return Message("%(shared)s split by what the others cost themselves", shared=names)
    weights = ", ".join(f"{name} {weight:f}" for name, weight in settings.split.items())
    return Message("%(shared)s split by weights: %(weights)s", shared=names, weights=weights)


def _named(common: Mapping[str, Decimal]) -> Sentence:
    return joined(", ", sorted(common))


def _totals(lines: Iterable[CostObservation], basis: Basis) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.currency] += line.amount(basis)
    return dict(sums)
