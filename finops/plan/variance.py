"""Why a component costs other than planned, in three parts that add up: price, usage and scope.

As in standard costing, with `P` prices and `Q` quantities, planned and actual: what was both planned and billed differs
by `usage = (Qa - Qp) * Pp` and `price = (Pa - Pp) * Qa`; what was billed and not planned, or planned and not billed, is
`scope`. `usage + price + scope = actual - planned`, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from finops.plan.actuals import Billed
from store.messages import Message, Sentence

TOLD = 3
"""Notes for a component, those that matter most first."""
_SMALL = Decimal("0.5")
"""Less than this much is no note."""
_NONE = Decimal(0)
_PRICE = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True)
class Meant:
    """An item of the plan so far: its usage type as Cost Explorer writes it ("" if it has none), and what it costs."""

    usage_type: str
    what: str
    quantity: Decimal
    price: Decimal
    cost: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Variance:
    """The three parts, and what is behind them in words."""

    price: Decimal
    usage: Decimal
    scope: Decimal
    notes: tuple[Sentence, ...]


def variance(meant: Sequence[Meant], billed: Sequence[Billed]) -> Variance:
    """Hold what a component was meant to cost so far against what it was billed."""
    planned = _merged(meant)
    actual: dict[str, Billed] = {}
    for one in billed:
        known = actual.get(one.usage_type)
        cost, quantity = (known.cost, known.quantity) if known else (_NONE, _NONE)
        actual[one.usage_type] = Billed(one.usage_type, cost + one.cost, quantity + one.quantity, one.unit)
    price = usage = scope = _NONE
    notes: list[tuple[Decimal, Sentence]] = []
    for name in sorted({*planned, *actual}):
        plan, bill = planned.get(name), actual.get(name)
        if name and plan is not None and bill is not None and bill.quantity:
            by_usage = bill.quantity * plan.price - plan.cost
            by_price = bill.cost - bill.quantity * plan.price
            usage, price = usage + by_usage, price + by_price
            notes += [(abs(by_usage), _more(plan, bill)), (abs(by_price), _dearer(plan, bill))]
            continue
        difference = (bill.cost if bill else _NONE) - (plan.cost if plan else _NONE)
        scope += difference
        notes.append((abs(difference), _other(plan, bill)))
    told = sorted((one for one in notes if one[0] >= _SMALL), key=lambda one: -one[0])
    return Variance(price, usage, scope, tuple(said for _, said in told[:TOLD]))


def _merged(meant: Sequence[Meant]) -> dict[str, Meant]:
    """Items of one usage type as one, at the mean of their prices."""
    found: dict[str, Meant] = {}
    for one in meant:
        known = found.get(one.usage_type)
        if known is None:
            found[one.usage_type] = one
            continue
        quantity, cost = known.quantity + one.quantity, known.cost + one.cost
        price = (cost / quantity).quantize(_PRICE) if quantity else one.price
        found[one.usage_type] = Meant(one.usage_type, known.what, quantity, price, cost, one.unit)
    return found


def _more(plan: Meant, bill: Billed) -> Sentence:
    return Message(
        "%(what)s: %(actual)s %(unit)s in place of %(planned)s",
        what=plan.what,
        actual=f"{bill.quantity:,.0f}",
        unit=bill.unit or plan.unit,
        planned=f"{plan.quantity:,.0f}",
    )


def _dearer(plan: Meant, bill: Billed) -> Sentence:
    return Message(
        "%(what)s costs %(actual)s for each %(unit)s, planned were %(planned)s",
        what=plan.what,
        actual=f"{bill.cost / bill.quantity:.4f}",
        unit=bill.unit or plan.unit,
        planned=f"{plan.price:f}",
    )


def _other(plan: Meant | None, bill: Billed | None) -> Sentence:
    if plan is None and bill is not None:
        return Message("not in the plan: %(usage)s", usage=bill.usage_type or Message("what cannot be told apart"))
    if bill is None and plan is not None and plan.usage_type:
        return Message("planned and not billed: %(what)s", what=plan.what)
    return Message("items without a usage type cannot be told from what else was billed")
