"""Metric math: the grammar, the functions and their refusals, over series whose values are known."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from service.demo.cloudwatch.library import Library, Span
from service.demo.cloudwatch.math.evaluation import Evaluation
from service.demo.cloudwatch.math.grammar import ExpressionError, parse
from service.demo.cloudwatch.overlay import Datum, Overlay
from service.demo.cloudwatch.queries import Query
from service.demo.cloudwatch.statistics import parse_statistic
from service.demo.faults import Faults
from service.demo.launch import EmbeddedAws
from service.demo.source import AwsError, MetricId

START = 1_795_435_200
PERIOD = 60
SERIES: Mapping[str, list[float | None]] = {
    "a": [1, 2, 3, 4, None, 6],
    "b": [10, None, 30, 40, 50, 0],
    "z": [0, 0, 1, 1, 0, 1],
    "none": [None] * 6,
}


def _metric(name: str) -> MetricId:
    return MetricId("1", "r", "Test", name, (("Id", name),))


def _library() -> Library:
    overlay = Overlay()
    for name, values in SERIES.items():
        for number, value in enumerate(values):
            if value is not None:
                overlay.put([Datum(_metric(name), START + PERIOD * number, ((value, 1.0),))], START)
    return Library((), overlay, Faults())


def evaluate(expression: str, **others: str) -> list[list[float | None]]:
    """The lines of an expression, each as six values with None for no point."""
    statistic = parse_statistic("Average")
    queries = {name: Query(name, PERIOD, None, False, _metric(name), statistic, "Average") for name in SERIES}
    for name, text in {**others, "e": expression}.items():
        queries[name] = Query(name, 0, None, True, expression=text)
    span = Span(START, START + PERIOD * len(SERIES["a"]), START + 86_400)
    lines = Evaluation(_library(), queries, span, "r", "1").lines(queries["e"])
    grid = range(START, START + PERIOD * len(SERIES["a"]), PERIOD)
    found = [dict(zip(line.times.tolist(), line.values.tolist(), strict=True)) for line in lines]
    assert all(set(line) <= set(grid) for line in found)
    return [[line.get(when) for when in grid] for line in found]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", [1, 2, 3, 4, None, 6]),
        ("a + b", [11, None, 33, 44, None, 6]),
        ("a / b", [0.1, None, 0.1, 0.1, None, None]),
        ("100*(a/b)", [10, None, 10, 10, None, None]),
        ("1 - a", [0, -1, -2, -3, None, -5]),
        ("-a ^ 2", [-1, -4, -9, -16, None, -36]),
        ("2 ^ 3 ^ 2 + 0 * a", [512, 512, 512, 512, None, 512]),
        ("2 + 3 * a", [5, 8, 11, 14, None, 20]),
        ("a > 2", [0, 0, 1, 1, None, 1]),
        ("a >= 2 AND b < 50", [0, None, 1, 1, None, 1]),
        ("a == 1 || a == 6", [1, 0, 0, 0, None, 1]),
        ("a != 3", [1, 1, 0, 1, None, 1]),
        ("IF(z, a, b)", [10, None, 3, 4, 50, 6]),
        ("IF(z, a)", [None, None, 3, 4, None, 6]),
        ("IF(a > 2, 1, 0)", [0, 0, 1, 1, None, 1]),
        ("IF(1 > 0, a, b)", [1, 2, 3, 4, None, 6]),
        ("FILL(a, 0)", [1, 2, 3, 4, 0, 6]),
        ("FILL(b, REPEAT)", [10, 10, 30, 40, 50, 0]),
        ("FILL(b, LINEAR)", [10, 20, 30, 40, 50, 0]),
        ("FILL(none, 7)", [7] * 6),
        ("FILL(none, REPEAT)", [None] * 6),
        ("FILL(a, b)", [1, 2, 3, 4, 50, 6]),
        ("FILL(a,0) + FILL(b,0)", [11, 2, 33, 44, 50, 6]),
        ("SUM([a, b])", [11, 2, 33, 44, 50, 6]),
        ("AVG([a, b])", [5.5, 2, 16.5, 22, 50, 3]),
        ("MIN([a, b])", [1, 2, 3, 4, 50, 0]),
        ("MAX([a, b])", [10, 2, 30, 40, 50, 6]),
        ("a - AVG(a)", [-2.2, -1.2, -0.2, 0.8, None, 2.8]),
        ("a * 0 + SUM(a)", [16, 16, 16, 16, None, 16]),
        ("a * 0 + DATAPOINT_COUNT(a)", [5, 5, 5, 5, None, 5]),
        ("DATAPOINT_COUNT([a, b])", [2, 1, 2, 2, 1, 2]),
        ("DIFF(a)", [None, 1, 1, 1, None, 2]),
        ("RATE(a) * 60", [None, 1, 1, 1, None, 1]),
        ("DIFF_TIME(a)", [None, 60, 60, 60, None, 120]),
        ("a / PERIOD(a) * 60", [1, 2, 3, 4, None, 6]),
        ("RUNNING_SUM(a)", [1, 3, 6, 10, None, 16]),
        ("ABS(0 - a)", [1, 2, 3, 4, None, 6]),
        ("CEIL(a / 4)", [1, 1, 1, 1, None, 2]),
        ("FLOOR(a / 4)", [0, 0, 0, 1, None, 1]),
        ("FLOOR(LOG10(b * 10) * 100)", [200, None, 247, 260, 269, None]),
        ("TIME_SERIES(5)", [5] * 6),
        ("MINUTE(a)", [0, 1, 2, 3, None, 5]),
        ("HOUR(FILL(a, 0)) + DATE(z)", [12 + 23] * 6),
        ("LAST(SORT([a, b], MAX, ASC))", [10, None, 30, 40, 50, 0]),
        ("FIRST([a, b])", [1, 2, 3, 4, None, 6]),
        ("a * METRIC_COUNT(METRICS())", [4, 8, 12, 16, None, 24]),
        ("SUM(METRICS())", [11, 2, 34, 45, 50, 7]),
        ("SUM(METRICS('a'))", [1, 2, 3, 4, None, 6]),
        ("1.5e1 + 0*a", [15, 15, 15, 15, None, 15]),
    ],
)  # fmt: skip
def test_an_expression_is(expression: str, expected: list[float | None]) -> None:
    (line,) = evaluate(expression)
    assert line == [value if value is None else pytest.approx(value) for value in expected]


def test_a_list_gives_a_result_for_each() -> None:
    assert evaluate("[a, b] * 2") == [[2, 4, 6, 8, None, 12], [20, None, 60, 80, 100, 0]]
    assert evaluate("10 - [a, z]") == [[9, 8, 7, 6, None, 4], [10, 10, 9, 9, 10, 9]]
    assert evaluate("REMOVE_EMPTY([a, none])") == [[1, 2, 3, 4, None, 6]]
    assert evaluate("SORT([a, b, z], AVG, DESC, 2)") == [[10, None, 30, 40, 50, 0], [1, 2, 3, 4, None, 6]]
    assert len(evaluate("FILL(METRICS(), 0)")) == len(SERIES)


def test_expressions_build_on_each_other() -> None:
    assert evaluate("rate * 100", rate="a / (a + b)")[0][0] == pytest.approx(100 / 11)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("{Test,Id} a", ["a"]),
        ("{Test,Id}", ["a", "b", "z"]),
        ('{Test,Id} MetricName="b"', ["b"]),
        ('{Test,Id} Id="b" OR Id="z"', ["b", "z"]),
        ('{Test,Id} NOT Id="b"', ["a", "z"]),
        ('{Test,Id} (MetricName=a OR MetricName=z) NOT Id="z"', ["a"]),
        ("{Test,Other} a", []),
        ("{Test} a", []),
        ('Namespace="Test" "z"', ["z"]),
    ],
)
def test_search_finds_by_schema_and_words(search: str, found: list[str]) -> None:
    assert evaluate(f"SEARCH('{search}', 'Average', 60)") == [SERIES[name] for name in found]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a +", "unexpected 'end'"),
        ("a + missing", "there is no query 'missing'"),
        ("(a", r"expected '\)'"),
        ("a $ b", "unexpected character at position 2"),
        ("a b", "expected 'end'"),
        ("FROB(a)", "function FROB is not known"),
        ("FILL(a)", "FILL takes 2 arguments, not 1"),
        ("FILL(a, MAX)", "REPEAT or LINEAR"),
        ("SUM(1)", "SUM needs a time series"),
        ("1 + 2", "must be a time series"),
        ("e + 1", "need each other"),
        ("[a, b] + [a, b, z]", "lists of the same length"),
        ("a + 'text'", "needs numbers or time series"),
        ("SEARCH('{Test,Id}', 'p101', 60)", "SEARCH does not take"),
        ("SEARCH('{Test,Id} (a', 'Sum', 60)", "lacks a closing bracket"),
        ("IF(a)", "IF takes 2 or 3"),
        ("AVG()", "AVG needs an argument"),
        ("(" * 200 + "a" + ")" * 200, "too deeply nested"),
    ],
)
def test_a_bad_expression_is_refused_in_words(expression: str, message: str) -> None:
    with pytest.raises(AwsError, match=message) as refused:
        evaluate(expression)
    assert refused.value.code == "ValidationError"


@given(st.text(alphabet="ab z01.()+-*/^<>=!&|[],'\"FILSUMAVGIROR", max_size=40))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        parse(text)


_NUMBERS = st.floats(min_value=0.1, max_value=9).map(lambda number: round(number, 3))


@given(
    st.recursive(
        _NUMBERS.map(str),
        lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner, st.booleans()).map(
            lambda parts: f"({parts[0]}{parts[1]}{parts[2]})" if parts[3] else f"{parts[0]} {parts[1]} {parts[2]}"
        ),
        max_leaves=8,
    )
)
def test_arithmetic_is_pythons(text: str) -> None:
    with np.errstate(all="ignore"):
        try:
            expected = eval(text, {"__builtins__": {}})  # noqa: S307 - numbers and operators that we made up
        except ZeroDivisionError:
            return
    (line,) = evaluate(f"z * 0 + ({text})")
    assert line == pytest.approx([expected] * 6)


@pytest.mark.demo
def test_expressions_over_http_with_hidden_inputs(synthetic_aws: EmbeddedAws) -> None:
    synthetic_aws.control.freeze(START)
    options = Config(retries={"total_max_attempts": 1})
    cloudwatch = boto3.client("cloudwatch", **synthetic_aws.client_options(), config=options)

    def ask(*queries: dict[str, Any]) -> dict[str, Any]:
        span = {"StartTime": datetime.fromtimestamp(START - 3600, UTC), "EndTime": datetime.fromtimestamp(START, UTC)}
        return dict(cloudwatch.get_metric_data(MetricDataQueries=list(queries), **span))

    def metric(name: str, number: int) -> dict[str, Any]:
        dimensions = [{"Name": "Series", "Value": f"{number:05d}"}]
        about = {"Namespace": "Synthetic", "MetricName": "Load", "Dimensions": dimensions}
        return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": about, "Period": 60, "Stat": "Average"}}

    answer = ask(metric("m1", 0), metric("m2", 2), {"Id": "e1", "Expression": "m1 + m2", "Label": "both"})
    (both,) = answer["MetricDataResults"]
    assert (both["Id"], both["Label"], both["StatusCode"]) == ("e1", "both", "Complete")
    assert len(both["Values"]) >= 55
    found = ask({"Id": "s", "Expression": "SEARCH('{Synthetic,Series} 0001', 'Sum', 300)", "Label": "found"})
    assert [one["Label"] for one in found["MetricDataResults"]][:2] == ["found 00001 Load", "found 00010 Load"]
    assert len(found["MetricDataResults"]) == 11
    assert synthetic_aws.control.meter()["totals"]["metrics"] == 2 + 11
    with pytest.raises(ClientError, match=r"Error in expression 'e1': there is no query 'm9'"):
        ask(metric("m1", 0), {"Id": "e1", "Expression": "m1 / m9"})
