"""How a measured value is written in a notice and on its chart: 182 ms, 7.2 %, 1.4 GB, 12.3k."""

from __future__ import annotations

import math
from collections.abc import Callable

from alerts.rules.figures import figure as told_by_rules

SPACE = "\N{NO-BREAK SPACE}"
NOTHING = "\N{EM DASH}"
_STEPS = ("", "k", "M", "G", "T")
_BYTES = ("B", "kB", "MB", "GB", "TB", "PB")
_MANY = 9_999.5
_TWO_MINUTES = 120.0


def value_text(value: float | None, unit: str) -> str:
    """A value with its unit, joined by a no-break space; an em dash where there is none.

    `unit` is CloudWatch's word (`Percent`, `Bytes/Second`, `Seconds`…); `Count`, `None` and what is unknown stand for a
    bare number. Sizes are decimal, as in the texts of rules.
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    return _WRITERS.get(unit.strip().lower(), figure)(value)


def exact_text(value: float | None, unit: str) -> str:
    """The same, as rules' texts write it where they know the unit: a message must not tell one value in two ways."""
    if value is None or not math.isfinite(value) or unit.strip().lower() in _OF_OURS:
        return value_text(value, unit)
    return told_by_rules(value, unit.strip()).replace(" ", SPACE)


def figure(value: float) -> str:
    """Three telling digits at most, no trailing zeros: 0.042, 7.2, 412, 9,800, 12.3k."""
    size = abs(value)
    if size >= _MANY:
        power = 1
        while size >= 999.5 * 1000**power and power < len(_STEPS) - 1:
            power += 1
        return _three(value / 1000**power) + _STEPS[power]
    return f"{value:,.0f}" if size >= 99.5 else _three(value)  # noqa: PLR2004  three digits stand before the point


def _three(value: float) -> str:
    size = abs(value)
    if size >= 1e15:  # noqa: PLR2004  beyond every unit; digits would fill the line
        return f"{value:.3g}"
    digits = 0 if size >= 99.5 else 1 if size >= 9.95 else 2 if size >= 0.995 else 3  # noqa: PLR2004  three digits in all
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _seconds(value: float) -> str:
    size = abs(value)
    if size < 0.9995:  # noqa: PLR2004  what would round to 1,000 ms reads better as 1 s
        return f"{figure(value * 1e3)}{SPACE}ms"
    if size < _TWO_MINUTES:
        return f"{figure(value)}{SPACE}s"
    return f"{figure(value / 60)}{SPACE}min"


def _bytes(value: float) -> str:
    power, size = 0, abs(value)
    while size >= 999.5 and power < len(_BYTES) - 1:  # noqa: PLR2004  what would round to 1,000
        size, power = size / 1000, power + 1
    return f"{figure(math.copysign(size, value))}{SPACE}{_BYTES[power]}"


def _followed_by(sign: str) -> Callable[[float], str]:
    return lambda value: f"{figure(value)}{sign}"


_PERCENT, _DAYS = _followed_by(f"{SPACE}%"), _followed_by(f"{SPACE}d")
_WRITERS: dict[str, Callable[[float], str]] = {
    "percent": _PERCENT,
    "%": _PERCENT,
    "seconds": _seconds,
    "s": _seconds,
    "milliseconds": lambda value: _seconds(value / 1e3),
    "ms": lambda value: _seconds(value / 1e3),
    "microseconds": lambda value: _seconds(value / 1e6),
    "bytes": _bytes,
    "bytes/second": lambda value: f"{_bytes(value)}/s",
    "count/second": _followed_by("/s"),
    "count/min": _followed_by("/min"),
    "days": _DAYS,
    "d": _DAYS,
}
_OF_OURS = frozenset({"microseconds", "bytes/second", "count/second", "count/min", "days", "d"})
"""Units for which rules have no words."""
