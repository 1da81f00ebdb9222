"""What is known of one budget on one day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from finops.calendar import month_before, month_of, quarter_of
from finops.config import Budget
from finops.forecast.predicting import Prediction, predict
from finops.passing import passes_on
from finops.scopes import Scope, everything, place, scope_of
from finops.series import DAY, Daily
from store.alerting import BudgetReading
from store.money import Basis, CostObservation, View

MOVERS = 5
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Known:
    """The costs that a budget is about, up to which day they are complete, and when they were read."""

    series: Daily
    lines: Sequence[CostObservation]
    services: Sequence[CostObservation]
    """Rows whose second-last or last key names what can grow: see `movers`."""
    as_of: date
    read_at: datetime


def scope_for(budget: Budget) -> Scope:
    """The part of the costs that a budget is about."""
    if budget.component and budget.environment:
        return place(budget.component, budget.environment)
    for dimension in ("component", "environment", "service"):
        value = getattr(budget, dimension)
        if value:
            return scope_of(dimension, value)
    for key, value in budget.tag.items():
        return scope_of(f"tag:{key}", value)
    return everything()


def period_of(budget: Budget, today: date) -> tuple[date, date]:
    """The period that today lies in, in UTC days; its end is exclusive."""
    if budget.period == "day":
        return today, today + DAY
    return quarter_of(today) if budget.period == "quarter" else month_of(today)


def period_before(budget: Budget, start: date) -> date:
    """The first day of the period before the one that begins at `start`."""
    if budget.period == "day":
        return start - DAY
    return month_before(start) if budget.period == "month" else quarter_of(start - DAY)[0]


def limit_of(budget: Budget, start: date) -> Decimal | None:
    """What the period that begins at `start` may cost; None where the budget says nothing of it."""
    return budget.months.get(f"{start:%Y-%m}", budget.amount)


def read_budget(budget: Budget, known: Known, basis: Basis, today: date) -> BudgetReading | None:
    """What is known of a budget; None in a month for which it names no amount."""
    start, end = period_of(budget, today)
    limit = limit_of(budget, start)
    if limit is None:
        return None
    actual = known.series.total(start, end)
    expected = predict(known.series, known.as_of, start, end)
    forecast = max(expected.total, actual)
    return BudgetReading(
        budget=budget.name,
        title=budget.title or budget.name,
        start=_moment(start),
        end=_moment(end),
        limit=limit,
        currency=budget.currency,
        actual=actual.quantize(_CENT),
        as_of=_moment(min(known.as_of, today)),
        read_at=known.read_at,
        forecast=forecast,
        forecast_low=max(expected.low, min(actual, forecast)),
        forecast_high=max(expected.high, forecast),
        environment=budget.environment,
        component=budget.component,
        movers=movers(known.services, start, period_before(budget, start), known.as_of, basis),
        passes_on=_passes_on(limit, expected),
    )


def movers(
    lines: Sequence[CostObservation], start: date, before: date, as_of: date, basis: Basis
) -> tuple[tuple[str, Decimal], ...]:
    """What grew most since the same days of the period before: (last key, difference), the largest first."""
    length = max(0, (min(as_of, start + (start - before)) - start).days)
    change: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if start <= line.day < start + length * DAY:
            change[line.keys[-1]] += line.amount(basis)
        elif before <= line.day < before + length * DAY:
            change[line.keys[-1]] -= line.amount(basis)
    grown = sorted(((what, each.quantize(_CENT)) for what, each in change.items()), key=lambda one: (-one[1], one[0]))
    return tuple(one for one in grown[:MOVERS] if one[1] > 0)


def services_view(scope: Scope) -> Scope:
    """Where the movers of a scope are looked for: its services, or a service's usage types."""
    if not scope.text:
        return Scope("", View.ENVIRONMENT.value, (None, None))
    if scope.view == View.PLACE.value:
        return scope_of("environment", str(scope.keys[1]))
    return scope


def _passes_on(limit: Decimal, expected: Prediction) -> date | None:
    return passes_on(limit, expected.spent, expected.days)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
