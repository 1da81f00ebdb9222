"""Evaluates the queries of one request, each at most once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.demo.cloudwatch.library import Library, Span
from service.demo.cloudwatch.math.values import Line, Value
from service.demo.cloudwatch.queries import Query, invalid
from service.demo.source import MetricId


@dataclass(slots=True)
class Evaluation:
    """The values of one request's queries, by id."""

    library: Library
    queries: Mapping[str, Query]
    span: Span
    region: str
    account: str
    _values: dict[str, Value] = field(default_factory=dict)
    _requested: list[tuple[MetricId, str]] = field(default_factory=list)

    def lines(self, name: str) -> list[Line]:
        """The lines that a query makes."""
        value = self.value(name)
        return [value] if isinstance(value, Line) else list(value)  # type: ignore[arg-type]

    def value(self, name: str) -> Value:
        """The value of a query. Raises AwsError(ValidationError)."""
        if name not in self._values:
            query = self.queries[name]
            if query.metric is None:
                raise invalid("expressions come soon")
            self._values[name] = self._read(query)
        return self._values[name]

    def _read(self, query: Query) -> Line:
        self._requested.append((query.metric, query.stat))
        times, values = self.library.points(query.metric, query.statistic, query.period, self.span)
        return Line(times, values, query.period, query.metric.name)

    def requested(self) -> list[tuple[MetricId, str]]:
        """Every (metric, statistic) that was read, for the bill."""
        return self._requested

    def messages(self) -> list[dict[str, Any]]:
        """What CloudWatch says beside the results."""
        return []
