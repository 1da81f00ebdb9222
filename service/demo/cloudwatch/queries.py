"""The queries of a GetMetricData request, checked as CloudWatch checks them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.demo.cloudwatch.library import Span
from service.demo.cloudwatch.retention import is_period
from service.demo.cloudwatch.statistics import Statistic, parse_statistic
from service.demo.source import AwsError, MetricId

_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
_MAX_POINTS = 100_800


@dataclass(frozen=True, slots=True)
class Query:
    """One query: either a metric with its statistic, or an expression. `period` is 0 where an expression gives none."""

    id: str
    period: int
    label: str | None
    returned: bool
    metric: MetricId | None = None
    statistic: Statistic | None = None
    stat: str = ""
    unit: str | None = None
    expression: str = ""


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A checked GetMetricData request. `page_points` is how many points one page holds."""

    queries: tuple[Query, ...]
    span: Span
    ascending: bool
    page_points: int
    token: str | None
    account: str
    region: str


def invalid(message: str) -> AwsError:
    """CloudWatch's refusal of a malformed request."""
    return AwsError("ValidationError", message)


def read_request(
    params: Mapping[str, Any], caller: tuple[str, str], now: float, limits: tuple[int, int]
) -> DataRequest:
    """Check the parameters of a caller (account, region); `limits` are queries and points a request.

    Raises AwsError(ValidationError).
    """
    for name in ("MetricDataQueries", "StartTime", "EndTime"):
        if name not in params:
            raise invalid(f"The parameter {name} is required.")
    start, end = params["StartTime"].timestamp(), params["EndTime"].timestamp()
    if start >= end:
        raise invalid("The parameter StartTime must be less than the parameter EndTime.")
    wishes = params["MetricDataQueries"]
    max_queries, max_points = limits
    if not wishes:
        raise invalid("The parameter MetricDataQueries is required.")
    if len(wishes) > max_queries:
        raise invalid(f"The collection MetricDataQueries must not have a size greater than {max_queries}.")
    wanted = params.get("MaxDatapoints", max_points)
    if not 1 <= wanted <= _MAX_POINTS:
        raise invalid(f"The value {wanted} for parameter MaxDatapoints must be between 1 and {_MAX_POINTS}.")
    order = params.get("ScanBy", "TimestampDescending")
    if order not in {"TimestampDescending", "TimestampAscending"}:
        raise invalid(f"The value {order} for parameter ScanBy is not TimestampDescending or TimestampAscending.")
    queries = _queries(wishes, caller)
    account, region = caller
    ascending, token = order == "TimestampAscending", params.get("NextToken")
    return DataRequest(queries, Span(start, end, now), ascending, min(wanted, max_points), token, account, region)


def _queries(wishes: Sequence[Mapping[str, Any]], caller: tuple[str, str]) -> tuple[Query, ...]:
    queries = tuple(_query(f"MetricDataQueries.member.{at}", wish, caller) for at, wish in enumerate(wishes, 1))
    if len({query.id for query in queries}) != len(queries):
        raise invalid("The values for parameter id in MetricDataQueries are not unique.")
    if not any(query.returned for query in queries):
        raise invalid("At least one MetricDataQueries must have ReturnData set to true.")
    return queries


def _query(place: str, wish: Mapping[str, Any], caller: tuple[str, str]) -> Query:
    """Check one query. `place` is how AWS points at it."""
    name, stat, expression = wish.get("Id", ""), wish.get("MetricStat"), wish.get("Expression")
    if not _ID.fullmatch(name):
        raise invalid(f"The value {name} for parameter {place}.Id is not matching the expected pattern ^[a-z]\\w*$.")
    if stat is not None and expression is not None:
        raise invalid(
            f"The parameters {place}.Expression and {place}.MetricStat are mutually exclusive and both are specified."
        )
    returned, label = wish.get("ReturnData", True), wish.get("Label")
    if expression is not None:
        period = wish.get("Period", 0)
        if period and not is_period(period):
            raise invalid(_period_message(period, f"{place}.Period"))
        return Query(name, period, label, returned, expression=expression)
    if stat is None:
        raise invalid(f"Either {place}.Expression or {place}.MetricStat must be specified.")
    if "Period" in wish:
        raise invalid(f"The parameter {place}.Period is only valid with {place}.Expression.")
    return _metric_query(place, wish, stat, (wish.get("AccountId", caller[0]), caller[1]))


def _metric_query(place: str, wish: Mapping[str, Any], stat: Mapping[str, Any], owner: tuple[str, str]) -> Query:
    period, word, metric = stat.get("Period", 0), stat.get("Stat", ""), stat.get("Metric") or {}
    if not is_period(period):
        raise invalid(_period_message(period, f"{place}.MetricStat.Period"))
    statistic = parse_statistic(word)
    if statistic is None:
        raise invalid(f"The value {word} for parameter {place}.MetricStat.Stat is not supported.")
    if not metric.get("Namespace") or not metric.get("MetricName"):
        raise invalid(f"The parameters {place}.MetricStat.Metric.Namespace and MetricName are required.")
    identity = MetricId(*owner, metric["Namespace"], metric["MetricName"], dimensions(metric.get("Dimensions", ())))
    shown = wish.get("ReturnData", True)
    return Query(wish["Id"], period, wish.get("Label"), shown, identity, statistic, word, stat.get("Unit"))


def _period_message(period: int, place: str) -> str:
    return f"The value {period} for parameter {place} must be 1, 5, 10, 20, 30 or a multiple of 60 up to 86400."


def dimensions(given: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """Dimensions as sorted pairs."""
    return tuple(sorted((pair["Name"], pair["Value"]) for pair in given))
