"""GET how costs stand: the month, forecasts, budgets, what is unusual, and what AWS told differently later."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date
from decimal import Decimal

from flask import Response, g

from dashboards.api.costs import (
    BASIS,
    DAY,
    FROM_DAY,
    NOTHING,
    PLACE,
    TAG,
    TO_DAY,
    basis_of,
    days_of,
    filters_of,
    how_known,
)
from dashboards.api.endpoint import COMPONENT, ENVIRONMENT, Arguments, Endpoint, Parameter
from dashboards.api.models.costs import (
    AnomalyAnswer,
    AnomalyPage,
    BudgetAnswer,
    BudgetPage,
    CostSummary,
    ForecastAnswer,
    ForecastPage,
    RestatementAnswer,
    RestatementPage,
    SummaryIn,
)
from dashboards.api.sheets import sheet
from dashboards.errors import BadParameter
from dashboards.language import current_language
from dashboards.pages.cost.budgets import status_of
from dashboards.pages.cost.choice import next_month
from dashboards.pages.cost.outlook import scope_of
from dashboards.pages.cost.timeline import concerns
from dashboards.site import current_site
from store.money import Forecast, View


def summary(arguments: Arguments) -> CostSummary:
    """How the month stands."""
    site, today = current_site(), g.now.astimezone(UTC).date()
    basis, start = basis_of(arguments), today.replace(day=1)
    rows = site.store.costs.by_day(start, next_month(today), view=View.TOTAL.value, basis=basis)
    forecast = site.store.reports.get(Forecast, "month:")
    currencies = []
    for currency in sorted({row.currency for row in rows}):
        days: dict[date, Decimal] = defaultdict(Decimal)
        for row in rows:
            if row.currency == currency:
                days[row.day] += row.amount
        fits = forecast and forecast.currency == currency and forecast.basis is basis and forecast.start == start
        open_ = (row.amount for row in rows if row.currency == currency and row.estimated)
        currencies.append(
            SummaryIn(
                currency=currency,
                today=days.get(today),
                yesterday=days.get(today - DAY),
                month=sum(days.values(), NOTHING),
                estimated=sum(open_, NOTHING),
                forecast=ForecastAnswer.from_store(forecast) if forecast and fits else None,
            )
        )
    going_on = [one for one in site.store.anomalies.find(open_only=True) if not one.muted]
    return CostSummary(
        month=f"{start:%Y-%m}",
        basis=basis.value,
        currencies=currencies,
        budgets=_budgets(None, None),
        open_anomalies=len(going_on),
        **how_known(site.store.costs.newest_reads(), rows),
    )


def forecast(arguments: Arguments) -> ForecastPage:
    """The forecasts of everything or of one part."""
    scope = scope_of(filters_of(arguments))
    if scope is None:
        raise BadParameter(
            "service",
            "no forecast is made of this part: ask for one of its names, or for a component and an environment",
        )
    reports = current_site().store.reports
    month, following = (reports.get(Forecast, f"{period}:{scope}") for period in ("month", "next_month"))
    return ForecastPage(
        month=ForecastAnswer.from_store(month) if month else None,
        next_month=ForecastAnswer.from_store(following) if following else None,
        history=[ForecastAnswer.from_store(one) for one in reports.forecasts(scope, arguments["limit"])],
    )


def budgets(arguments: Arguments) -> BudgetPage:
    """The newest period of each budget."""
    items = _budgets(arguments["environment"], arguments["component"])
    return BudgetPage(items=items, total=len(items))


def _budgets(environment: str | None, component: str | None) -> list[BudgetAnswer]:
    newest: dict[str, BudgetAnswer] = {}
    for one in current_site().store.budgets.newest():
        if environment in {None, one.environment} and component in {None, one.component}:
            newest.setdefault(one.budget, BudgetAnswer.from_store(one, status_of(one).value))
    ranks = {"critical": 0, "warn": 1, "ok": 2}
    return sorted(newest.values(), key=lambda one: (ranks[one.status], one.name))


def anomalies(arguments: Arguments) -> AnomalyPage:
    """Costs that are not as expected."""
    place = {name: arguments[name] for name in ("environment", "component", "service") if arguments[name]}
    found = current_site().store.anomalies.find(
        start=arguments["from"],
        end=arguments["to"],
        open_only=arguments["state"] == "open",
        limit=arguments["limit"],
    )
    items = [AnomalyAnswer.from_store(one, current_language()) for one in found if concerns(one, place)]
    return AnomalyPage(items=items, total=len(items))


def anomalies_csv(arguments: Arguments) -> Response:
    """The same as CSV."""
    names = tuple(name for name in AnomalyAnswer.model_fields if name not in {"low", "high"})
    header = tuple({"start": "from", "end": "to"}.get(name, name) for name in names)
    rows = [[getattr(one, name) for name in names] for one in anomalies(arguments).items]
    return sheet("cost-anomalies", header, rows)


def restatements(arguments: Arguments) -> RestatementPage:
    """Totals that AWS told differently later."""
    start, end = days_of(arguments)
    found = current_site().store.costs.restatements(start, end, view=View.TOTAL.value, limit=arguments["limit"])
    items = [RestatementAnswer.from_store(one) for one in found]
    return RestatementPage(items=items, total=len(items))


def restatements_csv(arguments: Arguments) -> Response:
    """The same as CSV."""
    names = tuple(RestatementAnswer.model_fields)
    rows = [[getattr(one, name) for name in names] for one in restatements(arguments).items]
    return sheet("cost-restatements", names, rows)


_LIMIT = Parameter("limit", "How many at most.", "integer", 100, least=1, most=1000)
_ANOMALIES = (
    Parameter("state", "open or all.", default="all", choices=("open", "all")),
    Parameter("from", "Only those with an unusual day then or later.", "day"),
    Parameter("to", "Only those with an unusual day before.", "day"),
    *PLACE,
    _LIMIT,
)
_TOLD_LATER = (FROM_DAY, TO_DAY, _LIMIT)
ENDPOINTS = (
    Endpoint(
        "/costs/summary",
        "cost_summary",
        "How this month stands: spent, forecast, budgets.",
        CostSummary,
        summary,
        (BASIS,),
    ),
    Endpoint(
        "/costs/forecast",
        "cost_forecast",
        "What this month and the next one will cost, with the forecasts that were made before.",
        ForecastPage,
        forecast,
        (*PLACE, TAG, _LIMIT),
    ),
    Endpoint(
        "/costs/budgets",
        "budgets",
        "The budgets, those in trouble first.",
        BudgetPage,
        budgets,
        (ENVIRONMENT, COMPONENT),
    ),
    Endpoint(
        "/costs/anomalies", "cost_anomalies", "Costs that are not as expected.", AnomalyPage, anomalies, _ANOMALIES
    ),
    Endpoint(
        "/costs/anomalies.csv", "cost_anomalies_csv", "The same as CSV.", None, anomalies_csv, _ANOMALIES, csv=True
    ),
    Endpoint(
        "/costs/restatements",
        "cost_restatements",
        "Totals that AWS told differently later.",
        RestatementPage,
        restatements,
        _TOLD_LATER,
    ),
    Endpoint(
        "/costs/restatements.csv",
        "cost_restatements_csv",
        "The same as CSV.",
        None,
        restatements_csv,
        _TOLD_LATER,
        csv=True,
    ),
)
