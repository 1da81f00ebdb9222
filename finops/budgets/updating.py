"""Every budget of the configuration read anew, for the budget rules and the pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.budgets.reading import Known, read_budget, scope_for, services_view
from finops.drawn import newest_days
from finops.errors import MoneyError
from finops.forecast.updating import HISTORY, complete_to
from finops.series import Daily, daily
from store.messages import Message
from store.money import Basis, DailyCosts

if TYPE_CHECKING:
    from finops.config import Budget
    from finops.round import Around
    from store.alerting import BudgetReading


def update(around: Around, now: datetime) -> None:
    """Read every budget and keep what is known of it.

    Raises:
        MoneyError: costs are in several currencies, or in none that the budget is in; the others were read.
    """
    readings: list[BudgetReading] = []
    drawn: dict[str, DailyCosts] = {}
    faults: list[Message] = []
    for budget in around.settings.budgets:
        try:
            found = _read(around, budget, now)
        except CurrencyMismatch as mismatch:
            faults.append(mismatch.said)
            continue
        if found is not None:
            readings.append(found[0])
            drawn[DailyCosts.key_of(budget=budget.name)] = found[1]
    around.store.budgets.record(readings)
    for key, days in drawn.items():
        around.store.reports.put(key, days, now)
    if faults:
        raise MoneyError(faults[0])


class CurrencyMismatch(Exception):
    """The costs of a budget are not, or not only, in its currency: amounts are never added up across currencies."""

    def __init__(self, said: Message) -> None:
        super().__init__(str(said))
        self.said = said


def _read(around: Around, budget: Budget, now: datetime) -> tuple[BudgetReading, DailyCosts] | None:
    store, today = around.store, now.date()
    basis = budget.basis or Basis(around.settings.basis)
    scope = scope_for(budget)
    span = store.costs.span(scope.view)
    if span is None:
        return None
    span = max(span[0], today - HISTORY), min(span[1], today + timedelta(days=1))
    every = around.lines(*span, scope.view)
    lines = scope.chosen(every)
    series = daily(lines or every, span, basis)
    if set(series) - {budget.currency}:
        listed = ", ".join(series)
        text = "the budget %(budget)s is in %(currency)s, and its costs in %(found)s: give each currency a budget"
        raise CurrencyMismatch(Message(text, budget=budget.name, currency=budget.currency, found=listed))
    if not series:
        return None
    own = daily(lines, span, basis).get(budget.currency)
    if own is None:
        own = _nothing(series[budget.currency])
    movers = services_view(scope)
    rows = movers.chosen(around.lines(_earliest(today), today, movers.view))
    read_at = max(read.read_at for read in store.costs.newest_reads() if read.view == scope.view)
    known = Known(own, lines, rows, complete_to(every, span, today), read_at)
    reading = read_budget(budget, known, basis, today)
    if reading is None:
        return None
    allowed = reading.limit / max((reading.end - reading.start).days, 1)
    return reading, newest_days(own, known.as_of, reading.title, allowed)


def _earliest(today: date) -> date:
    """The first day that movers look at: a quarter and the one before it."""
    return today - timedelta(days=190)


def _nothing(like: Daily) -> Daily:
    """As many days that cost nothing: the scope was read, and nothing of it costs yet."""
    return Daily(like.currency, like.start, (Decimal(0),) * len(like.amounts))
