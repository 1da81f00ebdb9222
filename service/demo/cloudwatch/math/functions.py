"""The functions of metric math that need only their arguments.

Source: CloudWatch user guide, "Metric math syntax and functions". Over several series, a time that one of them lacks is
computed from the others. A line is a time series, a list several of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from service.demo.cloudwatch.math.grammar import ExpressionError
from service.demo.cloudwatch.math.values import Line, Value, across, finite
from service.demo.cloudwatch.statistics import Floats, Ints

Function = Callable[[Sequence[Value], Ints], Value]
"""A function of its arguments and of the grid: the starts of all periods between StartTime and EndTime."""
_FOLDS: dict[str, Callable[..., Floats]] = {
    "AVG": np.nanmean,
    "SUM": np.nansum,
    "MIN": np.nanmin,
    "MAX": np.nanmax,
    "STDDEV": np.nanstd,
}
_MAPS: dict[str, Callable[[Floats | np.float64], Floats]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "LOG": np.log,
    "LOG10": np.log10,
}
_CLOCK: dict[str, Callable[[datetime], int]] = {
    "MINUTE": lambda moment: moment.minute,
    "HOUR": lambda moment: moment.hour,
    "DAY": lambda moment: moment.isoweekday(),
    "DATE": lambda moment: moment.day,
    "MONTH": lambda moment: moment.month,
    "YEAR": lambda moment: moment.year,
    "EPOCH": lambda moment: int(moment.timestamp()),
}


def fold(name: str) -> Function:
    """AVG, SUM, MIN, MAX, STDDEV: of one series a number, of several (or a list) a series."""

    def folded(arguments: Sequence[Value], _grid: Ints) -> Value:
        how = _FOLDS[name]
        if len(arguments) == 1 and isinstance(arguments[0], Line):
            return float(how(arguments[0].values)) if len(arguments[0].values) else float("nan")
        lines = [line for argument in arguments for line in lines_of(name, argument)]
        return across(lines, lambda table: how(table, axis=1))

    return folded


def mapped(name: str) -> Function:
    """ABS, CEIL, FLOOR, LOG, LOG10: value by value."""

    def over(arguments: Sequence[Value], _grid: Ints) -> Value:
        argument = only(name, arguments)
        with np.errstate(all="ignore"):
            if isinstance(argument, int | float):
                return float(_MAPS[name](np.float64(argument)))
            return each(name, argument, lambda line: finite(replace(line, values=_MAPS[name](line.values))))

    return over


def clocked(name: str) -> Function:
    """MINUTE, HOUR, DAY, DATE, MONTH, YEAR, EPOCH: of the time of each point, in UTC."""

    def told(arguments: Sequence[Value], _grid: Ints) -> Value:
        def tell(line: Line) -> Line:
            told = [_CLOCK[name](datetime.fromtimestamp(at, UTC)) for at in line.times.tolist()]
            return replace(line, values=np.array(told, dtype=np.float64))

        return each(name, only(name, arguments), tell)

    return told


def only(name: str, arguments: Sequence[Value], count: int = 1) -> Value:
    """The first argument, when there are as many as there should be."""
    if len(arguments) != count:
        raise ExpressionError(f"{name} takes {count} argument{'s' * (count != 1)}, not {len(arguments)}")
    return arguments[0]


def lines_of(name: str, value: Value) -> list[Line]:
    """The lines of an argument. Raises ExpressionError for numbers and words."""
    if isinstance(value, Line):
        return [value]
    if isinstance(value, list):
        return value
    raise ExpressionError(f"{name} needs a time series, not {value!r}")


def each(name: str, value: Value, change: Callable[[Line], Line]) -> Value:
    """Change a line, or every line of a list."""
    lines = [change(line) for line in lines_of(name, value)]
    return lines if isinstance(value, list) else lines[0]


def _difference(line: Line) -> Line:
    return replace(line, times=line.times[1:], values=np.diff(line.values))


def _rate(line: Line) -> Line:
    return replace(line, times=line.times[1:], values=np.diff(line.values) / np.diff(line.times))


def _spacing(line: Line) -> Line:
    return replace(line, times=line.times[1:], values=np.diff(line.times).astype(np.float64))


def simple(name: str, change: Callable[[Line], Line]) -> Function:
    """A function of one series or list that changes every line."""
    return lambda arguments, _grid: each(name, only(name, arguments), change)


def _period(arguments: Sequence[Value], _grid: Ints) -> Value:
    """PERIOD(m): seconds."""
    return float(lines_of("PERIOD", only("PERIOD", arguments))[0].period)


def _point_count(arguments: Sequence[Value], _grid: Ints) -> Value:
    """DATAPOINT_COUNT(m): how many points a series has; of a list, how many lines have a point at each time."""
    argument = only("DATAPOINT_COUNT", arguments)
    if isinstance(argument, Line):
        return float(len(argument.times))
    return across(
        lines_of("DATAPOINT_COUNT", argument), lambda table: np.isfinite(table).sum(axis=1).astype(np.float64)
    )


def _end(name: str, at: int) -> Function:
    """FIRST and LAST: of a list, its first or last line."""

    def ended(arguments: Sequence[Value], _grid: Ints) -> Value:
        return lines_of(name, only(name, arguments))[at]

    return ended


def _fill(arguments: Sequence[Value], grid: Ints) -> Value:
    """FILL(m, number | REPEAT | LINEAR | m2): a point for every period of the request."""
    only("FILL", arguments, 2)
    how = arguments[1]
    return each("FILL", arguments[0], lambda line: _filled(line, how, grid))


def _filled(line: Line, how: Value, grid: Ints) -> Line:
    times = np.union1d(np.unique(grid // line.period * line.period), line.times) if len(grid) else line.times
    times = times[(times >= grid[0]) | np.isin(times, line.times)] if len(grid) else times
    values = np.full(len(times), np.nan)
    values[np.searchsorted(times, line.times)] = line.values
    holes = np.isnan(values)
    if isinstance(how, Line):
        shared, mine, theirs = np.intersect1d(times, how.times, return_indices=True)
        other = np.full(len(times), np.nan)
        other[mine] = how.values[theirs] if len(shared) else other[mine]
        values = np.where(holes, other, values)
    elif isinstance(how, int | float):
        values[holes] = how
    elif how == "LINEAR" and len(line.times):
        inner = holes & (times > line.times[0]) & (times < line.times[-1])
        values[inner] = np.interp(times[inner], line.times, line.values)
    elif how == "REPEAT" and len(line.times):
        last = np.maximum.accumulate(np.where(holes, -1, np.arange(len(times))))
        values = np.where(last >= 0, values[np.maximum(last, 0)], np.nan)
    elif how not in {"LINEAR", "REPEAT"}:
        raise ExpressionError(f"FILL takes a number, a time series, REPEAT or LINEAR, not {how!r}")
    return finite(replace(line, times=times, values=values))


def _if(arguments: Sequence[Value], _grid: Ints) -> Value:
    """IF(condition, then, otherwise): without otherwise, no point where the condition is zero."""
    if len(arguments) not in {2, 3}:
        raise ExpressionError(f"IF takes 2 or 3 arguments, not {len(arguments)}")
    condition, then = arguments[0], arguments[1]
    otherwise = arguments[2] if len(arguments) > 2 else float("nan")  # noqa: PLR2004 - as said above
    if isinstance(condition, int | float):
        return then if condition else otherwise
    if not isinstance(condition, Line) or isinstance(then, list | str) or isinstance(otherwise, list | str):
        raise ExpressionError(
            "IF needs a number or a time series as its condition, and numbers or time series to choose"
        )
    chosen = np.where(condition.values != 0, _at(condition.times, then), _at(condition.times, otherwise))
    return finite(replace(condition, values=chosen))


def _at(times: Ints, value: Line | float) -> Floats:
    """A value at certain times; NaN where a line has no point."""
    if not isinstance(value, Line):
        return np.full(len(times), value)
    found = np.full(len(times), np.nan)
    _, mine, theirs = np.intersect1d(times, value.times, assume_unique=True, return_indices=True)
    found[mine] = value.values[theirs]
    return found


def _series(arguments: Sequence[Value], grid: Ints) -> Value:
    """TIME_SERIES(number): the number at every period of the request."""
    number = only("TIME_SERIES", arguments)
    if not isinstance(number, int | float):
        raise ExpressionError("TIME_SERIES takes a number")
    period = int(grid[1] - grid[0]) if len(grid) > 1 else 60
    return finite(Line(grid, np.full(len(grid), float(number)), period))


def _sort(arguments: Sequence[Value], _grid: Ints) -> Value:
    """SORT(list, AVG | MIN | MAX | SUM, ASC | DESC, n): the lines in order, the first n."""
    if len(arguments) not in {3, 4}:
        raise ExpressionError(f"SORT takes 3 or 4 arguments, not {len(arguments)}")
    lines, by, order = lines_of("SORT", arguments[0]), arguments[1], arguments[2]
    if not isinstance(by, str) or by not in _FOLDS or order not in {"ASC", "DESC"}:
        raise ExpressionError("SORT takes AVG, MIN, MAX or SUM, then ASC or DESC")
    kept = sorted((line for line in lines if len(line.values)), key=lambda line: float(_FOLDS[by](line.values)))
    kept = kept[::-1] if order == "DESC" else kept
    return kept[: int(float(arguments[3]))] if len(arguments) > 3 and isinstance(arguments[3], int | float) else kept  # noqa: PLR2004 - as said above


FUNCTIONS: dict[str, Function] = {
    **{name: fold(name) for name in _FOLDS},
    **{name: mapped(name) for name in _MAPS},
    **{name: clocked(name) for name in _CLOCK},
    "DATAPOINT_COUNT": _point_count,
    "DIFF": simple("DIFF", _difference),
    "DIFF_TIME": simple("DIFF_TIME", _spacing),
    "FILL": _fill,
    "FIRST": _end("FIRST", 0),
    "IF": _if,
    "LAST": _end("LAST", -1),
    "METRIC_COUNT": lambda arguments, _grid: float(len(lines_of("METRIC_COUNT", only("METRIC_COUNT", arguments)))),
    "PERIOD": _period,
    "RATE": simple("RATE", _rate),
    "REMOVE_EMPTY": lambda arguments, _grid: [
        line for line in lines_of("REMOVE_EMPTY", only("REMOVE_EMPTY", arguments)) if len(line.values)
    ],
    "RUNNING_SUM": simple("RUNNING_SUM", lambda line: replace(line, values=np.cumsum(line.values))),
    "SORT": _sort,
    "TIME_SERIES": _series,
}
"""Every function by its name; METRICS and SEARCH, which look beyond their arguments, are in evaluation.py."""
