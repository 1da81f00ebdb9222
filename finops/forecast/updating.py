"""Forecasts of everything, of each environment, component and service, and of each place, made anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from finops.calendar import month_of
from finops.forecast.predicting import Prediction, predict
from finops.scopes import EVERYTHING, Scope, everything, place, scopes_in
from finops.series import Daily, daily
from store.money import AwsForecast, Basis, CostObservation, Forecast, View

if TYPE_CHECKING:
    from finops.round import Around
    from store import Store

HISTORY = timedelta(days=400)
"""As far back as Cost Explorer has days."""
PERIODS = ("month", "next_month")


def update(around: Around, now: datetime) -> None:
    """Forecast this month and the next one for each scope that the costs know."""
    store, basis = around.store, Basis(around.settings.basis)
    today = now.date()
    for scope, lines, span in scoped(around, today):
        every = sorted(daily(lines, span, basis).values(), key=lambda one: -one.total(*span))
        for number, series in enumerate(every):
            as_of = complete_to(lines, span, today)
            for period, (start, end) in zip(PERIODS, _periods(today), strict=True):
                one = predict(series, as_of, start, end)
                # One forecast for each currency: where most is billed, it has the plain key.
                key = f"{period}:{scope.text}" if number == 0 else f"{period}:{scope.text}@{series.currency}"
                store.reports.put(key, _report(store, scope, series, one, (start, end, as_of), basis, now), now)


def scoped(around: Around, today: date) -> Iterator[tuple[Scope, Sequence[CostObservation], tuple[date, date]]]:
    """Each scope with its rows of the known past, and the days that were read of its view."""
    for view, scopes in (
        (View.TOTAL, lambda _: [everything()]),
        (View.ENVIRONMENT, lambda lines: scopes_in(lines, 0, "environment")),
        (View.COMPONENT, lambda lines: scopes_in(lines, 0, "component")),
        (View.USAGE, lambda lines: scopes_in(lines, 0, "service")),
        (View.PLACE, _places),
    ):
        span = around.store.costs.span(view.value)
        if span is None:
            continue
        span = max(span[0], today - HISTORY), min(span[1], today + timedelta(days=1))
        lines = around.lines(*span, view.value)
        for scope in scopes(lines):
            yield scope, scope.chosen(lines), span


def complete_to(lines: Sequence[CostObservation], span: tuple[date, date], today: date) -> date:
    """The first day that is not complete: today and yesterday still fill up, for costs lag by a day.

    What is final is complete, however young it is.
    """
    final = max((line.day for line in lines if not line.estimated), default=None)
    lagging = min(span[1], today - timedelta(days=1))
    return lagging if final is None else max(lagging, final + timedelta(days=1))


def _places(lines: Sequence[CostObservation]) -> list[Scope]:
    found = sorted({(line.keys[0], line.keys[1]) for line in lines})
    return [place(component, environment) for component, environment in found if component and environment]


def _periods(today: date) -> tuple[tuple[date, date], tuple[date, date]]:
    this = month_of(today)
    return this, month_of(this[1])


def _report(  # noqa: PLR0913, PLR0917  a forecast has that many sides
    store: Store,
    scope: Scope,
    series: Daily,
    one: Prediction,
    days: tuple[date, date, date],
    basis: Basis,
    now: datetime,
) -> Forecast:
    start, end, as_of = days
    return Forecast(
        scope=scope.text,
        basis=basis,
        currency=series.currency,
        start=start,
        end=end,
        as_of=as_of,
        made_at=now,
        total=one.total,
        low=one.low,
        high=one.high,
        method=one.method,
        spent=one.spent,
        days=one.days,
        scored_on=one.scored_on,
        error=one.error,
        baseline=one.baseline,
        aws=_aws(store.costs.aws_forecasts(), series, start, end) if scope.text == EVERYTHING else None,
        final_to=as_of,
    )


def _aws(found: Sequence[AwsForecast], series: Daily, start: date, end: date) -> Decimal | None:
    """What AWS expects of the same period, with what was spent before its forecast begins."""
    parts = [one for one in found if one.end == end and one.mean is not None and one.currency == series.currency]
    if not parts:
        return None
    return sum(
        (one.mean + series.total(start, max(start, one.start)) for one in parts if one.mean is not None), Decimal(0)
    )
