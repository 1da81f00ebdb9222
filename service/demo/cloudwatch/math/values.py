"""What metric math computes with: lines (time series), lists of lines, numbers and words, and how they combine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from service.demo.cloudwatch.math.grammar import ExpressionError
from service.demo.cloudwatch.statistics import Floats, Ints


@dataclass(frozen=True, slots=True)
class Line:
    """A time series: clock-aligned starts (ascending) and values, its period in seconds, and how it is called."""

    times: Ints
    values: Floats
    period: int
    label: str = ""


Value = Line | list[Line] | float | str
"""Any value of an expression. A string is an argument word, such as REPEAT, or a quoted text."""
_Operand = Floats | np.float64 | float
_SIGNS: dict[str, Callable[[_Operand, _Operand], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "AND": np.logical_and,
    "OR": np.logical_or,
}


def finite(line: Line) -> Line:
    """The line without points that are not numbers (a division by zero gives no point)."""
    kept = np.isfinite(line.values)
    return line if kept.all() else replace(line, times=line.times[kept], values=line.values[kept])


def combine(sign: str, left: Value, right: Value) -> Value:
    """Apply an operator. Two lines meet at the times that both have; a list meets a line or number one by one.

    Raises ExpressionError for words, and for lists of different lengths.
    """
    if isinstance(left, str) or isinstance(right, str):
        raise ExpressionError(f"{sign} needs numbers or time series, not {left if isinstance(left, str) else right!r}")
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise ExpressionError(f"{sign} needs lists of the same length, not {len(left)} and {len(right)}")
        return [_of_lines(sign, one, other) for one, other in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [_of_lines(sign, one, right) for one in left if not isinstance(right, list)]
    if isinstance(right, list):
        return [replace(_of_lines(sign, left, other), label=other.label) for other in right]
    if isinstance(left, Line) or isinstance(right, Line):
        return _of_lines(sign, left, right)
    with np.errstate(all="ignore"):
        return float(_SIGNS[sign](np.float64(left), np.float64(right)))


def _of_lines(sign: str, left: Line | float, right: Line | float) -> Line:
    """One line out of a line and another, or a number."""
    with np.errstate(all="ignore"):
        if isinstance(left, Line) and isinstance(right, Line):
            times, mine, theirs = np.intersect1d(left.times, right.times, assume_unique=True, return_indices=True)
            values = _SIGNS[sign](left.values[mine], right.values[theirs])
            period = max(left.period, right.period)
            return finite(Line(times, values.astype(np.float64), period, left.label))
        line = left if isinstance(left, Line) else right
        if not isinstance(line, Line):
            raise TypeError("one of the two must be a line")
        values = _SIGNS[sign](
            left.values if isinstance(left, Line) else np.float64(left),
            right.values if isinstance(right, Line) else np.float64(right),
        )
    return finite(replace(line, values=np.asarray(values, dtype=np.float64)))


def across(lines: Sequence[Line], fold: Callable[[Floats], Floats]) -> Line:
    """One line out of many: for each time that any of them has, a fold over those that have it.

    `fold` is given float64[times, lines] with NaN where a line has no point, and reduces axis 1.
    """
    if not lines:
        raise ExpressionError("there is no time series to compute with")
    times = np.unique(np.concatenate([line.times for line in lines]))
    table = np.full((len(times), len(lines)), np.nan)
    for column, line in enumerate(lines):
        table[np.searchsorted(times, line.times), column] = line.values
    values = fold(table) if len(times) else np.empty(0)
    return Line(times, np.asarray(values, dtype=np.float64), max(line.period for line in lines), lines[0].label)
