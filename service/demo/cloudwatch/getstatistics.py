"""GetMetricStatistics: several statistics of one metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from service.demo.cloudwatch.library import Library, Span
from service.demo.cloudwatch.limits import Limits
from service.demo.cloudwatch.putting import wrong
from service.demo.cloudwatch.queries import dimensions
from service.demo.cloudwatch.retention import is_period
from service.demo.cloudwatch.statistics import SIMPLE, Statistic, parse_statistic
from service.demo.source import AwsError, AwsRequest, AwsResponse, MetricId

_MOST_POINTS = 1_440


@dataclass(frozen=True, slots=True)
class GetMetricStatistics:
    """Answers GetMetricStatistics. Raises AwsError: InvalidParameterValue, InvalidParameterCombination, Throttling."""

    library: Library
    limits: Limits

    def __call__(self, request: AwsRequest) -> AwsResponse:
        """All points at once, in no promised order (here: ascending)."""
        self.limits.spend(request.account, request.region, "GetMetricStatistics")
        params = request.params
        _check(params)
        pairs = dimensions(params.get("Dimensions", ()))
        metric = MetricId(request.account, request.region, params["Namespace"], params["MetricName"], pairs)
        unit = self.library.unit(metric, request.now)
        span = Span(params["StartTime"].timestamp(), params["EndTime"].timestamp(), request.now)
        points: dict[int, dict[str, Any]] = {}
        if params.get("Unit", unit) == unit:
            for word, statistic in _statistics(params):
                times, values = self.library.points(metric, statistic, params["Period"], span)
                for at, value in zip(times.tolist(), values.tolist(), strict=True):
                    if np.isfinite(value):
                        point = points.setdefault(at, {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": unit})
                        _note(point, word, value)
        return AwsResponse({"Label": metric.name, "Datapoints": [points[at] for at in sorted(points)]})


def _note(point: dict[str, Any], word: str, value: float) -> None:
    """Put a statistic where the answer has it."""
    if word in SIMPLE:
        point[word] = value
    else:
        point.setdefault("ExtendedStatistics", {})[word] = value


def _check(params: Mapping[str, Any]) -> None:
    """Check the parameters as CloudWatch does."""
    for name in ("Namespace", "MetricName", "StartTime", "EndTime", "Period"):
        if name not in params:
            raise AwsError("MissingParameter", f"The request must contain the parameter {name}.")
    start, end, period = params["StartTime"], params["EndTime"], params["Period"]
    if start >= end:
        raise wrong("The parameter StartTime must be less than the parameter EndTime.")
    if not is_period(period):
        raise wrong("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    if not params.get("Statistics") and not params.get("ExtendedStatistics"):
        message = "At least one of the parameters Statistics and ExtendedStatistics must be specified."
        raise AwsError("InvalidParameterCombination", message)
    asked = (end - start).total_seconds() / period
    if asked > _MOST_POINTS:
        message = (
            f"You have requested up to {int(asked):,} datapoints, which exceeds the limit of {_MOST_POINTS:,}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
        raise AwsError("InvalidParameterCombination", message)


def _statistics(params: Mapping[str, Any]) -> list[tuple[str, Statistic]]:
    """The statistics asked for, each with its word."""
    found = []
    for word in (*params.get("Statistics", ()), *params.get("ExtendedStatistics", ())):
        statistic = parse_statistic(word)
        if statistic is None or (word in params.get("Statistics", ()) and word not in SIMPLE):
            raise wrong(f"The value {word} for parameter Statistics is not supported.")
        found.append((word, statistic))
    return found
