"""GetCostForecast: what AWS expects of the days to come, by the weekdays of the last four weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np

from service.demo.money.desk import Desk
from service.demo.money.expression import check, matches
from service.demo.money.items import TAX, USAGE
from service.demo.money.question import METRICS, Bucket, cut, invalid, read_time
from service.demo.money.refresh import midnight, moment, months_from
from service.demo.money.table import AMOUNT_DIGITS, TAX_PERCENT, Table, Whole
from service.demo.money.usage import written
from service.demo.source import AwsError, AwsRequest, AwsResponse

_WEEKS = 4
_UNSURE_DAYS = 2
_LEVELS = (51, 99)
_DAILY_MONTHS, _MONTHLY_MONTHS = 3, 12


@dataclass(frozen=True, slots=True)
class Expected:
    """The mean of each weekday and the spread of a day about it, in 10^-10 US dollars."""

    weekdays: tuple[float, ...]
    spread: float

    def of(self, first: date, last: date) -> tuple[float, float]:
        """Mean and spread of the days [first, last)."""
        days = (last - first).days
        mean = sum(self.weekdays[(first + timedelta(days=day)).weekday()] for day in range(days))
        return mean, float(self.spread * np.sqrt(days))


def daily(table: Table, wanted: Mapping[str, Any], first: date, last: date) -> Whole:
    """The usage costs of the days [first, last) that a filter lets through, without taxes and refunds."""
    rows = [n for n, key in enumerate(table.keys) if key.record == USAGE and matches(wanted, key)]
    hourly = table.amounts[rows, table.column(midnight(first)) : table.column(midnight(last))].sum(axis=0)
    return np.asarray(hourly.reshape(-1, 24).sum(axis=1), dtype=np.int64)


def expect(table: Table, wanted: Mapping[str, Any]) -> Expected:
    """What the last four whole weeks say. The newest two days are not complete yet."""
    last = moment(table.at).date() - timedelta(days=_UNSURE_DAYS)
    first = last - timedelta(weeks=_WEEKS)
    found = daily(table, wanted, first, last).astype(np.float64)
    if any(key.record == TAX and matches(wanted, key) for key in table.keys):
        found *= 1.0 + TAX_PERCENT / 100.0
    order = [(first + timedelta(days=day)).weekday() for day in range(len(found))]
    means = tuple(float(np.mean([a for a, w in zip(found, order, strict=True) if w == day])) for day in range(7))
    rest = found - np.asarray([means[weekday] for weekday in order])
    return Expected(means, float(rest.std()))


@dataclass(frozen=True, slots=True)
class GetCostForecast:
    """Answers GetCostForecast. Raises AwsError: ValidationException, DataUnavailableException."""

    desk: Desk

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """The forecast of the days from today on."""
        params = request.params
        buckets = _buckets(params, moment(request.now).date())
        wanted = params.get("Filter") or {}
        check(wanted)
        level = params.get("PredictionIntervalLevel", 80)
        if not _LEVELS[0] <= level <= _LEVELS[1]:
            raise invalid("PredictionIntervalLevel must be between 51 and 99.")
        if not self.desk.settings.forecast:
            message = "Insufficient amount of historical data to generate forecast."
            raise AwsError("DataUnavailableException", message)
        expected = expect(self.desk.table(request.now), wanted)
        width = NormalDist().inv_cdf(0.5 + level / 200.0)
        total, found = 0.0, []
        for bucket in buckets:
            mean, spread = expected.of(moment(bucket.first).date(), moment(bucket.last).date())
            total += mean
            found.append(
                {
                    "TimePeriod": {"Start": bucket.start, "End": bucket.end},
                    "MeanValue": _text(mean),
                    "PredictionIntervalLowerBound": _text(max(mean - width * spread, 0.0)),
                    "PredictionIntervalUpperBound": _text(mean + width * spread),
                }
            )
        return AwsResponse({"Total": {"Amount": _text(total), "Unit": "USD"}, "ForecastResultsByTime": found})


def _text(amount: float) -> str:
    return written(round(amount), AMOUNT_DIGITS)


def _buckets(params: Mapping[str, Any], today: date) -> list[Bucket]:
    """The periods of a forecast. AWS wants a start that is no later than today; a past one has nothing to forecast."""
    granularity, period = params.get("Granularity"), params.get("TimePeriod", {})
    if granularity not in {"DAILY", "MONTHLY"}:
        raise invalid("GetCostForecast supports only DAILY and MONTHLY granularities.")
    if params.get("Metric") not in set(METRICS.values()) - {"USAGE_QUANTITY", "NORMALIZED_USAGE_AMOUNT"}:
        raise invalid(f"The metric {params.get('Metric')!r} cannot be forecast.")
    first, last = (read_time(period.get(name, ""), granularity) for name in ("Start", "End"))
    if first >= last:
        message = f"Requested Start: {period.get('Start')} must be before requested End: {period.get('End')}"
        raise invalid(message)
    if first.date() != today:
        raise invalid(f"The start date {first.date()} must be equal to the current date {today}.")
    months = _DAILY_MONTHS if granularity == "DAILY" else _MONTHLY_MONTHS
    if last.date() > months_from(today, months + 1):
        raise invalid(f"A {granularity} forecast reaches {months} months at most.")
    return cut(first, last, granularity)
