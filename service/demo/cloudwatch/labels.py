"""How results are called: the label of a query with its dynamic parts, such as `${MAX}` and `${PROP('Dim.Id')}`.

Source: CloudWatch user guide, "Using dynamic labels". Times are written in the zone of LabelOptions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from service.demo.cloudwatch.math.values import Line
from service.demo.cloudwatch.queries import Query, invalid
from service.demo.cloudwatch.statistics import Floats

_PART = re.compile(r"\$\{\s*(?:PROP\(\s*'([^']*)'\s*\)|([A-Z_]+))\s*\}")
_ZONE = re.compile(r"([+-])(\d{2})(\d{2})")
_NUMBERS: dict[str, Callable[[Floats], float]] = {
    "AVG": lambda values: float(values.mean()),
    "SUM": lambda values: float(values.sum()),
    "MIN": lambda values: float(values.min()),
    "MAX": lambda values: float(values.max()),
    "FIRST": lambda values: float(values[0]),
    "LAST": lambda values: float(values[-1]),
    "DATAPOINT_COUNT": lambda values: float(len(values)),
}
_PLACES: dict[str, Callable[[Floats], int]] = {
    "MIN_TIME": lambda values: int(values.argmin()),
    "MAX_TIME": lambda values: int(values.argmax()),
    "FIRST_TIME": lambda _values: 0,
    "LAST_TIME": lambda values: len(values) - 1,
}


def parse_zone(text: str | None) -> timezone:
    """The zone of LabelOptions, `+0900`. Raises AwsError(ValidationError)."""
    if text is None:
        return UTC
    match = _ZONE.fullmatch(text)
    if match is None:
        raise invalid(f"The value {text} for parameter LabelOptions.Timezone is not matching [+-]HHMM.")
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


def label_of(query: Query, line: Line, *, alone: bool, zone: timezone) -> str:
    """The label of one result of a query; with several results, the query's label and then the line's own."""
    if query.label is None:
        return line.label
    text = _PART.sub(lambda match: _part(match, query, line, zone), query.label)
    return text if alone or text != query.label or not line.label else f"{text} {line.label}"


def _part(match: re.Match[str], query: Query, line: Line, zone: timezone) -> str:
    """What a dynamic part stands for; what is not known stays as it is."""
    prop, word = match.groups()
    if prop is not None:
        return _property(prop, query, match[0])
    if word == "LABEL":
        return line.label
    if word in _NUMBERS:
        return f"{_NUMBERS[word](line.values):.4g}" if len(line.values) else "--"
    if word in _PLACES:
        if not len(line.values):
            return "--"
        return datetime.fromtimestamp(int(line.times[_PLACES[word](line.values)]), zone).strftime("%Y-%m-%d %H:%M")
    return match[0]


def _property(name: str, query: Query, unknown: str) -> str:
    """A property of the query's metric."""
    if query.metric is None:
        return unknown
    metric = query.metric
    if name.startswith("Dim."):
        return dict(metric.dimensions).get(name[4:], unknown)
    found = {
        "AccountId": metric.account,
        "MetricName": metric.name,
        "Namespace": metric.namespace,
        "Period": str(query.period),
        "Region": metric.region,
        "Stat": query.stat,
    }
    return found.get(name, unknown)
