"""How long CloudWatch keeps points of a period, and to what it rounds a StartTime.

Source: GetMetricData and GetMetricStatistics references, read November 2026.
"""

from __future__ import annotations

import math

_HOUR = 3600
_DAY = 86_400
_FINE_PERIODS = frozenset({1, 5, 10, 20, 30})


def is_period(period: int) -> bool:
    """Whether CloudWatch takes this period: 1, 5, 10, 20 or 30 seconds, or a multiple of 60 up to a day."""
    return period in _FINE_PERIODS or (0 < period <= _DAY and period % 60 == 0)


def kept_for(period: int) -> int:
    """Seconds for which points of this period can be read."""
    if period < 60:  # noqa: PLR2004 - high resolution
        return 3 * _HOUR
    if period % _HOUR == 0:
        return 455 * _DAY
    if period % 300 == 0:
        return 63 * _DAY
    return 15 * _DAY


def rounded_start(start: float, now: float, period: int) -> int:
    """A StartTime rounded down: to the minute (or finer), to 5 minutes behind 15 days, to the hour behind 63."""
    age = now - start
    if age > 63 * _DAY:
        step = _HOUR
    elif age > 15 * _DAY:
        step = 300
    else:
        step = min(period, 60)
    return math.floor(start) // step * step


def first_bucket(start: float, now: float, period: int) -> int:
    """The first clock-aligned period whose start is not before the rounded StartTime."""
    return -(-rounded_start(start, now, period) // period) * period
