"""Evaluates the queries of one request, each at most once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from service.demo.cloudwatch.library import Library, Span
from service.demo.cloudwatch.math.functions import FUNCTIONS
from service.demo.cloudwatch.math.grammar import (
    Array,
    Call,
    ExpressionError,
    Name,
    Node,
    Number,
    Operation,
    Text,
    parse,
)
from service.demo.cloudwatch.math.search import parse_search
from service.demo.cloudwatch.math.values import Line, Value, combine
from service.demo.cloudwatch.queries import Query, invalid
from service.demo.cloudwatch.retention import first_bucket, is_period
from service.demo.cloudwatch.statistics import Ints, Statistic, parse_statistic
from service.demo.source import MetricId

_WORDS = frozenset({"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM", "STDDEV"})
_MOST_FOUND = 500
_SEARCH_ARGUMENTS = 3


@dataclass(slots=True)
class Evaluation:
    """The values of one request's queries, by id. `requested` notes every (metric, statistic) read, for the bill."""

    library: Library
    queries: Mapping[str, Query]
    span: Span
    region: str
    account: str
    requested: list[tuple[MetricId, str]] = field(default_factory=list)
    _values: dict[str, Value] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def lines(self, query: Query) -> list[Line]:
        """The lines that a query makes. Raises AwsError(ValidationError)."""
        try:
            value = self._value(query.id)
        except ExpressionError as wrong:
            raise invalid(f"Error in expression '{query.id}': {wrong}") from wrong
        if isinstance(value, int | float | str):
            raise invalid(f"Error in expression '{query.id}': the result must be a time series, or a list of them")
        return [value] if isinstance(value, Line) else value

    def _value(self, name: str) -> Value:
        """The value of a query."""
        if name not in self._values:
            query = self.queries[name]
            if query.metric is not None and query.statistic is not None:
                self._values[name] = self._read(query.metric, query.statistic, query.stat, query.period, query.unit)
            else:
                self._values[name] = self._expression(query)
        return self._values[name]

    def _read(self, metric: MetricId, statistic: Statistic, stat: str, period: int, unit: str | None = None) -> Line:
        self.requested.append((metric, stat))
        times, values = self.library.points(metric, statistic, period, self.span)
        wrong_unit = unit is not None and unit != self.library.unit(metric, self.span.now)
        if wrong_unit or metric.account != self.account:
            times, values = times[:0], values[:0]
        return Line(times, values, period, metric.name)

    def _expression(self, query: Query) -> Value:
        if query.id in self._open:
            raise ExpressionError(f"the expressions {', '.join([*self._open, query.id])} need each other")
        self._open.append(query.id)
        try:
            value = self._of(parse(query.expression))
        finally:
            self._open.pop()
        return replace(value, label=query.id) if isinstance(value, Line) else value

    def _of(self, node: Node) -> Value:  # noqa: PLR0911 - one return per kind of node
        """The value of a part of an expression."""
        match node:
            case Number() | Text():
                return node.value
            case Name():
                return self._named(node.value)
            case Array():
                values = [self._of(item) for item in node.items]
                if not all(isinstance(value, Line) for value in values):
                    raise ExpressionError("a list holds only time series")
                return [value for value in values if isinstance(value, Line)]
            case Operation():
                return combine(node.sign, self._of(node.left), self._of(node.right))
            case Call("METRICS"):
                return self._metrics(node)
            case Call("SEARCH"):
                return self._search(node)
            case Call():
                return self._call(node)

    def _named(self, name: str) -> Value:
        if name in self.queries:
            return self._value(name)
        if name.upper() in _WORDS:
            return name.upper()
        raise ExpressionError(f"there is no query {name!r}")

    def _call(self, node: Call) -> Value:
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise ExpressionError(f"the function {node.name} is not known here")
        arguments = [self._of(argument) for argument in node.arguments]
        if not arguments:
            raise ExpressionError(f"{node.name} needs an argument")
        return function(arguments, self._grid(arguments))

    def _grid(self, arguments: list[Value]) -> Ints:
        """The starts of all periods of the request, at the period of the arguments."""
        periods = [line.period for value in arguments if isinstance(value, Line | list) for line in _lines(value)]
        periods = periods or [query.period for query in self.queries.values() if query.period]
        period = min(periods, default=60)
        end = min(self.span.end, self.span.now)
        return np.arange(first_bucket(self.span.start, self.span.now, period), end, period, dtype=np.int64)

    def _metrics(self, node: Call) -> Value:
        """METRICS(), METRICS("part of the id"): the metrics of the request."""
        wanted = str(self._of(node.arguments[0])) if node.arguments else ""
        found = [self._value(name) for name, query in self.queries.items() if query.metric and wanted in name]
        return [value for value in found if isinstance(value, Line)]

    def _search(self, node: Call) -> Value:
        """SEARCH(text, statistic, period): the metrics that a text finds; the period may be left to the query."""
        values = [self._of(argument) for argument in node.arguments]
        if len(values) not in {2, _SEARCH_ARGUMENTS} or not all(isinstance(value, str) for value in values[:2]):
            raise ExpressionError("SEARCH takes a text, a statistic and a period")
        text, stat = str(values[0]), str(values[1])
        statistic = parse_statistic(stat)
        given = values[2] if len(values) == _SEARCH_ARGUMENTS else self.queries[self._open[-1]].period or 300
        if statistic is None or not isinstance(given, int | float) or not is_period(int(given)):
            raise ExpressionError(f"SEARCH does not take the statistic {stat!r} with the period {given!r}")
        search = parse_search(text)
        known = self.library.metrics(self.account, self.region, self.span.now)
        found = [metric for metric in known if search.matches(metric)][:_MOST_FOUND]
        lines = [(metric, self._read(metric, statistic, stat, int(given))) for metric in found]
        return [replace(line, label=_label(metric)) for metric, line in lines]


def _lines(value: Line | list[Line]) -> list[Line]:
    return value if isinstance(value, list) else [value]


def _label(metric: MetricId) -> str:
    """How a metric found by SEARCH is called: what tells it from the others."""
    return " ".join([*(value for _, value in metric.dimensions), metric.name])
