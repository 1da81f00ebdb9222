"""What AWS itself expects of the rest of this month and of the next: GetCostForecast."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from collectors.answers import Item, inner, items, text
from collectors.caller import Caller
from collectors.costs.answer import decimal
from collectors.costs.fetch import all_pages, malformed, unavailable
from collectors.errors import AwsError
from collectors.metrics.fetch import Patience
from store.messages import Message
from store.money import AwsForecast

LEVEL = 80
"""Per cent of the interval, as our own forecast has it."""


def periods(today: date) -> tuple[tuple[date, date], tuple[date, date]]:
    """The rest of this month, from today on (Start must not lie later), and the next month."""
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (today, following), (following, (following + timedelta(days=32)).replace(day=1))


def read_forecasts(caller: Caller, now: datetime, patience: Patience) -> list[AwsForecast]:
    """Both periods in one call. Where AWS has too few days to go by, each says so in its `problem`.

    Raises:
        AwsError: it could not be had for another reason.
    """
    rest, following = periods(now.date())
    asked = {"Start": rest[0].isoformat(), "End": following[1].isoformat()}
    try:
        found = all_pages(
            caller,
            "get_cost_forecast",
            patience,
            {
                "TimePeriod": asked,
                "Metric": "UNBLENDED_COST",
                "Granularity": "MONTHLY",
                "PredictionIntervalLevel": LEVEL,
            },
        )
    except AwsError as error:
        if not unavailable(error):
            raise
        problem = Message("AWS has no forecast yet: it needs some weeks of costs to go by.")
        return [
            AwsForecast(caller.scope.account, *period, read_at=now, problem=problem) for period in (rest, following)
        ]
    answer = found.pages[0]
    unit = text(inner(answer, "Total"), "Unit") or "USD"
    forecasts = [_forecast(caller, entry, unit, now) for entry in items(answer, "ForecastResultsByTime")]
    if not forecasts:
        raise malformed(caller, "GetCostForecast", Message("the answer has no %(key)s", key="ForecastResultsByTime"))
    return forecasts


def _forecast(caller: Caller, entry: Item, unit: str, now: datetime) -> AwsForecast:
    try:
        start, end = (date.fromisoformat(text(inner(entry, "TimePeriod"), key)) for key in ("Start", "End"))
    except ValueError as error:
        raise malformed(caller, "GetCostForecast", str(error)) from error
    mean = decimal(entry.get("MeanValue"))
    if mean is None:
        raise malformed(caller, "GetCostForecast", Message("the answer has no %(key)s", key="MeanValue"))
    bounds: list[Decimal | None] = [decimal(entry.get(f"PredictionInterval{side}Bound")) for side in ("Lower", "Upper")]
    return AwsForecast(caller.scope.account, start, end, now, mean, bounds[0], bounds[1], unit)
