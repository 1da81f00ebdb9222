"""Points of a series summed up into windows of one period, as a CloudWatch alarm sees them.

CloudWatch evaluates an alarm each minute over windows that end at that minute, also where its period is longer. Of
the finer points that are kept, a window's Sum and SampleCount are the sum, Maximum and Minimum the extreme, Average the
plain mean (CloudWatch weighs by the number of samples, which is not kept). Percentiles, trimmed means and metric math
cannot be made from finer values, so for them a period must be the series' own step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum

_SUMMED: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: fsum(values) / len(values),
    "Sum": fsum,
    "SampleCount": fsum,
    "Maximum": max,
    "Minimum": min,
}


def can_sum_up(stat: str) -> bool:
    """Whether values of this statistic over a longer time can be made from those of its parts."""
    return stat in _SUMMED


def period_of(asked: int, step: int) -> int:
    """The period in seconds that is used: what was asked for, in whole steps of the series and at least one."""
    return -(-max(asked, step) // step) * step


def range_of(slot: int, period: int, step: int, count: int) -> tuple[int, int]:
    """[start, end) in epoch seconds of `count` windows, the last of which ends with the bucket of `slot`."""
    end = slot // step * step + step
    return end - count * period, end


def summed(points: Sequence[tuple[int, float]], start: int, period: int, count: int, stat: str) -> list[float | None]:
    """The value of each window from `start` on, oldest first; None where a window holds no point."""
    values: list[float | None] = [None] * count
    crowded: dict[int, list[float]] = {}
    for time, value in points:
        place = (time - start) // period
        if (known := values[place]) is None:
            values[place] = value
        else:
            crowded.setdefault(place, [known]).append(value)
    sum_up = _SUMMED.get(stat, _newest)
    for place, parts in crowded.items():
        values[place] = sum_up(parts)
    return values


def _newest(values: Sequence[float]) -> float:
    return values[-1]
