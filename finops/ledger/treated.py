"""Which part of the costs a saving shows in, and what it is held against: the treated scope and its control group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from finops.ledger.baseline import Observed, smoothed
from store.money import Basis, CostObservation, Saving, View

TAX = "Tax"
"""Follows what it is for: it is no control group."""


@dataclass(frozen=True, slots=True)
class Billed:
    """Daily costs of a view in one currency, by key; a key without an amount on a known day cost nothing then.

    `known` are the days that there is any cost of, `final` those of which AWS calls nothing estimated any more.
    """

    costs: Mapping[tuple[str, ...], Mapping[date, Decimal]] = field(default_factory=dict)
    known: frozenset[date] = frozenset()
    final: frozenset[date] = frozenset()

    def total(self, keys: Iterable[tuple[str, ...]], day: date) -> Decimal:
        """What keys cost on a day together."""
        return sum((self.costs[each].get(day, Decimal(0)) for each in keys if each in self.costs), Decimal(0))


def billed(lines: Iterable[CostObservation], currency: str, basis: Basis) -> Billed:
    """The daily costs of one view's rows."""
    costs: dict[tuple[str, ...], dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    known: set[date] = set()
    estimated: set[date] = set()
    for line in lines:
        if line.currency == currency:
            costs[line.keys][line.day] += line.amount(basis)
            known.add(line.day)
            if line.estimated:
                estimated.add(line.day)
    return Billed(costs, frozenset(known), frozenset(known - estimated))


@dataclass(frozen=True, slots=True)
class Scope:
    """The keys of a view that a saving shows in; a None in `keys` stands for any."""

    view: View
    keys: tuple[str | None, ...]

    def holds(self, keys: Sequence[str]) -> bool:
        """Whether a row's keys belong to it."""
        return all(wanted is None or wanted == key for wanted, key in zip(self.keys, keys, strict=True))

    def alike(self, keys: Sequence[str]) -> bool:
        """Whether a row is of the same kind elsewhere: the service in another environment, the component in another."""
        fixed = {View.ENVIRONMENT: 1, View.COMPONENT: 1, View.PLACE: 0}.get(self.view)
        return fixed is not None and self.keys[fixed] is not None and keys[fixed] == self.keys[fixed]

    def text(self) -> str:
        """In words of the configuration: `dev, Amazon ElastiCache`."""
        return ", ".join(key for key in self.keys if key)


def scopes_for(saving: Saving) -> Iterator[Scope]:
    """The scopes that hold a saving's resource. Cost Explorer tells costs apart by two things at once."""
    environment, component, service = saving.environment, saving.component, saving.service
    if environment and service:
        yield Scope(View.ENVIRONMENT, (environment, service))
    if environment and component:
        yield Scope(View.PLACE, (component, environment))
    if component and service:
        yield Scope(View.COMPONENT, (component, service))
    if environment and not (component or service):
        yield Scope(View.ENVIRONMENT, (environment, None))
    if component and not (environment or service):
        yield Scope(View.COMPONENT, (component, None))
    if service and not (environment or component):
        yield Scope(View.USAGE, (service, None))


def narrowest(saving: Saving, views: Mapping[View, Billed], days: Sequence[date]) -> Scope | None:
    """The scope of least cost that still holds what is to be saved; None if the costs know none."""
    least = (saving.baseline or Decimal(0)) / 2
    found: list[tuple[Decimal, int, Scope]] = []
    for place, scope in enumerate(scopes_for(saving)):
        known = views.get(scope.view, Billed())
        keys = [each for each in known.costs if scope.holds(each)]
        mean = sum((known.total(keys, day) for day in days), Decimal(0)) / max(len(days), 1)
        if mean > 0 and mean >= least:
            found.append((mean, place, scope))
    return min(found, key=lambda one: one[:2])[2] if found else None


def control_keys(scope: Scope, known: Billed, treated: Iterable[Scope]) -> list[tuple[str, ...]]:
    """The control group: the same kind of cost elsewhere, else everything else, without what savings touch too."""
    touched = [scope, *(one for one in treated if one.view is scope.view)]
    rest = [each for each in known.costs if TAX not in each and not any(one.holds(each) for one in touched)]
    return [each for each in rest if scope.alike(each)] or rest


def series(
    scope: Scope, known: Billed, control: Sequence[tuple[str, ...]], added: Mapping[date, Decimal]
) -> dict[date, Observed]:
    """What the scope and its control cost on each final day; `added` is what other savings and stops took off it."""
    keys = [each for each in known.costs if scope.holds(each)]
    every = sorted(known.final)
    controls = dict(zip(every, smoothed([float(known.total(control, day)) for day in every]), strict=True))
    return {
        day: Observed(
            day, float(known.total(keys, day) + added.get(day, Decimal(0))), controls[day] if control else None
        )
        for day in every
    }
