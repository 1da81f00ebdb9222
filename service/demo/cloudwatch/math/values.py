"""What metric math computes with: lines (time series), lists of lines, and numbers."""

from __future__ import annotations

from dataclasses import dataclass

from service.demo.cloudwatch.statistics import Floats, Ints


@dataclass(frozen=True, slots=True)
class Line:
    """A time series: clock-aligned starts (ascending) and values, its period in seconds, and how it is called."""

    times: Ints
    values: Floats
    period: int
    label: str = ""


Value = Line | list[Line] | float | str
"""Any value of an expression. A string is an argument word, such as REPEAT or a SEARCH text."""
