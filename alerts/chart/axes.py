"""Scales and their ticks: round numbers, round times in the reader's zone. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

_STEADY = 0.6
"""Above this share of the highest value the lowest one is so near that a scale from zero would hide what happens."""
_HEAD_ROOM = 0.12
_TIMES = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
_MOST_TIMES = 6
_TINY, _MOST = 1e-12, 1e300


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` on pixels from `first` to `last`."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        """The pixel of a value, never outside."""
        share = (value - self.low) / (self.high - self.low)
        return self.first + min(max(share, 0.0), 1.0) * (self.last - self.first)


def span_of_values(values: Sequence[float], limit: float | None) -> tuple[float, float]:
    """The lowest and highest value of a scale that shows all values and the limit, with some room above."""
    shown = [min(max(value, -_MOST), _MOST) for value in ([*values, limit] if limit is not None else values)]
    if not shown:
        return 0.0, 1.0
    low, high = min(shown), max(shown)
    if low > 0 and not (low > high * _STEADY and len(values) > 1):
        low = 0.0
    high = max(high, 0.0) if low <= 0 else high
    room = high - low
    if room <= _TINY * max(abs(high), abs(low), 1.0) or not math.isfinite(room):
        return (low - 1.0, low + 1.0) if math.isfinite(room) and abs(low) < 1 / _TINY else (0.0, 1.0)
    below = low - room * _HEAD_ROOM if low > 0 else low
    return below, high + room * _HEAD_ROOM


def value_ticks(low: float, high: float) -> list[float]:
    """Two to five round values in [low, high]."""
    rough = (high - low) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1, 2, 5, 10) if factor * power >= rough), 10 * power)
    first = math.ceil(low / step - _TINY)
    count = int((high - first * step) / step + _TINY) + 1
    return [round((first + number) * step, 12) for number in range(max(count, 0))][:6]


def time_ticks(start: int, end: int, zone: tzinfo) -> list[int]:
    """At most six round moments in [start, end], in epoch seconds: full hours of the zone, or what fits the span."""
    step = next((each for each in _TIMES if (end - start) / each <= _MOST_TIMES), _TIMES[-1])
    offset = datetime.fromtimestamp(start, UTC).astimezone(zone).utcoffset()
    shift = int(offset.total_seconds()) if offset else 0
    first = -(-(start + shift) // step) * step - shift
    return list(range(first, end + 1, step))[: _MOST_TIMES + 1]
