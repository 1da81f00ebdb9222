"""The configured plan held against this month: plan, budget, actual and forecast of each component."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.budgets.reading import limit_of
from finops.calendar import month_of
from finops.errors import MoneyError
from finops.forecast.updating import complete_to
from finops.plan.actuals import Billed, billed
from finops.plan.pricing import HOURLY, Plan, PricedItem, price_plan, read_plan
from finops.plan.variance import Meant, variance
from finops.prices import load_book
from finops.prices.book import PriceBook
from store.messages import Message
from store.money import Basis, CostObservation, Forecast, PlanLine, PlanReport, View

if TYPE_CHECKING:
    from finops.config import CostSettings
    from finops.round import Around

WHOLE = Decimal(28 * 24)
"""A plan of at least this many hours is one of a whole month: it is held against as many hours as the month has."""

_EXACT = Decimal("0.000001")


def update(around: Around, now: datetime) -> None:
    """Write the report of the configured plan; without one there is nothing to do.

    Raises:
        MoneyError: the plan cannot be read or priced, or nothing is billed in its currency.
    """
    if around.settings.plan is None:
        return
    plan, today = read_plan(around.settings.plan), now.date()
    span = around.store.costs.span(View.COMPONENT.value)
    if span is None:
        return
    start, end = month_of(today)
    of_month = around.store.costs.lines(start, end, view=View.COMPONENT.value)
    until = min(end, complete_to(of_month, span, today))
    first = max(start, span[0])
    if until <= first:
        return
    components = _chosen(of_month, plan.currency, until)
    if not components and of_month:
        text = "the plan %(plan)s is in %(currency)s, and nothing is billed in it"
        raise MoneyError(Message(text, plan=plan.name, currency=plan.currency))
    usage = _chosen(around.store.costs.lines(start, until, view=View.USAGE.value), plan.currency, until)
    lines, prices_of = _lines(around, plan, (components, usage), (start, first, until, end))
    basis = Basis(around.settings.basis)
    report = PlanReport(plan.name, start, end, until, plan.currency, basis, lines, prices_of, now)
    around.store.reports.put(plan.name, report, now)


def _chosen(lines: Sequence[CostObservation], currency: str, until: date) -> list[CostObservation]:
    return [line for line in lines if line.currency == currency and line.day < until]


def _lines(
    around: Around,
    plan: Plan,
    rows: tuple[Sequence[CostObservation], Sequence[CostObservation]],
    days: tuple[date, date, date, date],
) -> tuple[tuple[PlanLine, ...], date | None]:
    """A line for each component that is planned or billed, and the date of the prices."""
    start, first, until, end = days
    length = Decimal((end - start).days)
    hours = length * 24 if plan.hours >= WHOLE else plan.hours
    book, written = load_book(), frozenset(line.keys[1] for line in rows[1])
    priced = price_plan(plan, book, until, hours)
    part = Decimal((until - first).days) / length
    meant: dict[str, list[Meant]] = defaultdict(list)
    for item in priced.items:
        meant[item.item.component].append(_meant(plan, book, item, part, written))
    actual = billed(rows[0], rows[1], _owners(meant), Basis(around.settings.basis))
    forecasts = around.store.reports.all(Forecast)
    whole = priced.components
    found = []
    for component in sorted({*meant, *actual}, key=lambda name: (name == "", name)):
        bills = actual.get(component, [])
        forecast = forecasts.get(f"month:component:{component}")
        found.append(
            _line(
                component,
                whole.get(component, Decimal(0)),
                meant.get(component, []),
                bills,
                budget=_budget(around.settings, component, plan.currency, start),
                forecast=forecast.total if forecast is not None and forecast.currency == plan.currency else None,
            )
        )
    return tuple(found), priced.prices_of


def _line(  # noqa: PLR0913  what a line is made of
    component: str,
    planned: Decimal,
    meant: Sequence[Meant],
    bills: Sequence[Billed],
    *,
    budget: Decimal | None,
    forecast: Decimal | None,
) -> PlanLine:
    why = variance(meant, bills)
    return PlanLine(
        component=component,
        planned=planned,
        planned_to_date=sum((one.cost for one in meant), Decimal(0)),
        actual=sum((one.cost for one in bills), Decimal(0)),
        budget=budget,
        forecast=forecast,
        price=why.price,
        usage=why.usage,
        scope=why.scope,
        notes=why.notes,
    )


def _meant(plan: Plan, book: PriceBook, priced: PricedItem, part: Decimal, written: frozenset[str]) -> Meant:
    """An item so far. A usage type may stand in the plan as Cost Explorer writes it, or without the region's prefix."""
    item = priced.item
    usage_type = item.usage_type
    if usage_type and usage_type not in written:
        usage_type = book.written(item.region or plan.region, book.split(plan.region, usage_type)[1])
    what = item.what or item.usage_type
    quantity, unit = (priced.quantity * part).quantize(_EXACT), priced.unit if priced.unit != HOURLY else "h"
    return Meant(usage_type, what, quantity, priced.rate, quantity * priced.rate, unit)


def _owners(meant: Mapping[str, Sequence[Meant]]) -> dict[str, str]:
    """The component of each usage type that the plan gives to one component only."""
    users: dict[str, set[str]] = defaultdict(set)
    for component, items in meant.items():
        for one in items:
            if one.usage_type:
                users[one.usage_type].add(component)
    return {usage_type: next(iter(names)) for usage_type, names in users.items() if len(names) == 1}


def _budget(settings: CostSettings, component: str, currency: str, start: date) -> Decimal | None:
    """What the budgets of this component alone allow this month, None without one."""
    limits = [
        limit_of(budget, start)
        for budget in settings.budgets
        if budget.component == component
        and budget.period == "month"
        and budget.currency == currency
        and budget.environment is None
    ]
    return min((limit for limit in limits if limit is not None), default=None)
