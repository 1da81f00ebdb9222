"""How a measured value is written for a person: 182 ms, 7.2 %, 1.4 GiB, 12.3k."""

from __future__ import annotations

import math
from collections.abc import Callable

SPACE = "\N{NO-BREAK SPACE}"
NOTHING = "\N{EM DASH}"
_SECONDS_PER_MINUTE = 60.0
_MANY = 9_999.5
_STEPS = ("", "k", "M", "G", "T")
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")

_KINDS = {
    "percent": "percent",
    "%": "percent",
    "seconds": "seconds",
    "second": "seconds",
    "s": "seconds",
    "milliseconds": "milliseconds",
    "ms": "milliseconds",
    "microseconds": "microseconds",
    "bytes": "bytes",
    "b": "bytes",
    "bytes/second": "bytes/s",
    "bytes/s": "bytes/s",
    "count/second": "count/s",
    "count/min": "count/min",
    "count/s": "count/s",
    "days": "days",
    "day": "days",
    "d": "days",
}


def kind_of(unit: str) -> str:
    """The kind of quantity behind CloudWatch's word for a unit; `count` where it names none."""
    return _KINDS.get(unit.strip().lower(), "count")


def figure(value: float) -> str:
    """Three telling digits at most, no trailing zeros: 0.042, 7.2, 412, 9,800, 12.3k."""
    size = abs(value)
    if size >= _MANY:
        power = 1
        while size >= 999.5 * 1000**power and power < len(_STEPS) - 1:
            power += 1
        return _three(value / 1000**power) + _STEPS[power]
    if size >= 99.5:  # noqa: PLR2004  from here on three digits stand before the point
        return f"{value:,.0f}"
    return _three(value)


def _three(value: float) -> str:
    size = abs(value)
    if size == 0:
        return "0"
    digits = 0 if size >= 99.5 else 1 if size >= 9.95 else 2 if size >= 0.995 else 3  # noqa: PLR2004  three digits in all
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def format_value(value: float | None, unit: str) -> str:
    """A value with its unit, joined by a no-break space; an em dash where there is none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return _WRITERS[kind_of(unit)](value)


def _seconds(value: float) -> str:
    size = abs(value)
    if size == 0:
        return f"0{SPACE}ms"
    if size < 0.9995:  # noqa: PLR2004  what would round to 1,000 ms reads better as 1 s
        return f"{figure(value * 1e3)}{SPACE}ms"
    if size < 2 * _SECONDS_PER_MINUTE:
        return f"{figure(value)}{SPACE}s"
    return f"{figure(value / _SECONDS_PER_MINUTE)}{SPACE}min"


def _bytes(value: float) -> str:
    power, size = 0, abs(value)
    while size >= 1023.5 and power < len(_BYTES) - 1:  # noqa: PLR2004  what would round to 1,024
        size, power = size / 1024, power + 1
    return f"{figure(math.copysign(size, value))}{SPACE}{_BYTES[power]}"


_WRITERS: dict[str, Callable[[float], str]] = {
    "percent": lambda value: f"{figure(value)}{SPACE}%",
    "seconds": _seconds,
    "milliseconds": lambda value: _seconds(value / 1e3),
    "microseconds": lambda value: _seconds(value / 1e6),
    "bytes": _bytes,
    "bytes/s": lambda value: f"{_bytes(value)}/s",
    "count/min": lambda value: f"{figure(value)}/min",
    "count/s": lambda value: f"{figure(value)}/s",
    "days": lambda value: f"{figure(value)}{SPACE}d",
    "count": figure,
}
