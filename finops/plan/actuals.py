"""What each component was billed by usage type, as far as Cost Explorer's views let one tell.

Cost Explorer groups by two things at once: one view knows a component's cost of each service, another the cost and the
quantity of each usage type of that service, and none knows all three. What only one component is planned to use is its
own; the rest of a service is spread over its components as the service is. What comes out adds up to each component's
cost of the service exactly, and each usage type keeps the price for a unit that was really paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from store.money import Basis, CostObservation

NO_USAGE_TYPE = "NoUsageType"
"""AWS's word where nothing is used, such as for taxes: the service says more."""
_NONE = Decimal(0)
_EXACT = Decimal("0.000001")
"""Digits of a quantity: with them, a quantity times a price is exact."""
_COST = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True)
class Billed:
    """What a component was billed for a usage type: cost, quantity and its unit. `usage_type` "" is the rest."""

    usage_type: str
    cost: Decimal
    quantity: Decimal
    unit: str


@dataclass
class _Used:
    cost: Decimal = _NONE
    quantity: Decimal = _NONE
    unit: str = ""


def billed(
    by_component: Iterable[CostObservation],
    by_usage: Iterable[CostObservation],
    owners: Mapping[str, str],
    basis: Basis,
) -> dict[str, list[Billed]]:
    """What each component was billed, by usage type; all rows are in one currency.

    `owners` names the component of each usage type that the plan gives to one only, as Cost Explorer writes it.
    """
    services: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line in by_component:
        component, service = line.keys
        services[service][component] += line.amount(basis)
    used: dict[str, dict[str, _Used]] = defaultdict(lambda: defaultdict(_Used))
    for line in by_usage:
        service, usage_type = line.keys
        one = used[service][service if usage_type == NO_USAGE_TYPE else usage_type]
        one.cost, one.quantity = one.cost + line.amount(basis), one.quantity + line.usage
        one.unit = line.unit or one.unit
    found: dict[str, list[Billed]] = defaultdict(list)
    for service, components in services.items():
        for component, parts in _spread(components, used.get(service, {}), owners).items():
            found[component] += parts
    return dict(found)


def _spread(
    components: Mapping[str, Decimal], used: Mapping[str, _Used], owners: Mapping[str, str]
) -> dict[str, list[Billed]]:
    """One service's usage types over its components: first what has an owner, then the rest by what is left of each."""
    parts: dict[str, list[Billed]] = {component: [] for component in components}
    left = dict(components)
    free: list[tuple[str, _Used]] = []
    for usage_type, one in sorted(used.items()):
        owner = owners.get(usage_type)
        if owner is None or owner not in left or not one.cost:
            free.append((usage_type, one))
            continue
        # Other environments and what is untagged use it too: no component has more of it than it was billed for.
        cost = min(one.cost, max(left[owner], _NONE))
        left[owner] -= cost
        parts[owner].append(_part(usage_type, one, cost))
    whole = sum((one.cost for _, one in free), _NONE)
    for component, rest in left.items():
        given = _NONE
        for usage_type, one in free if whole else []:
            cost = (rest * one.cost / whole).quantize(_COST)
            given += cost
            if cost:
                parts[component].append(_part(usage_type, one, cost))
        if rest - given:
            parts[component].append(Billed("", rest - given, _NONE, ""))
    return parts


def _part(usage_type: str, one: _Used, cost: Decimal) -> Billed:
    """So much of it as that costs, at the price that was paid."""
    quantity = one.quantity * cost / one.cost if one.cost else _NONE
    return Billed(usage_type, cost, quantity.quantize(_EXACT), one.unit)
