"""Values with their units as people read them, the same in every language: `85 %`, `1.2 GB`, `340 ms`, `1h30m`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from store.durations import format_duration

_BYTES = ("B", "kB", "MB", "GB", "TB", "PB")
_PERCENT = frozenset({"percent", "%"})
_SECONDS = frozenset({"seconds", "second", "s"})
_MILLISECONDS = frozenset({"milliseconds", "ms"})
_SIZES = frozenset({"bytes", "byte"})
_PLAIN = frozenset({"", "count", "none", "ratio"})
_MINUTE, _HUNDRED, _KILO, _MILLI, _MANY = 60, 100, 1000, 0.001, 1e15


def number(value: float, digits: int = 2) -> str:
    """A number with at most so many places after the point, and at least two figures of a small one."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  NaN is what differs from itself
        return str(value)
    if abs(value) >= _MANY or (value and abs(value) < 10.0**-digits):
        return f"{value:.2g}"
    if abs(value) >= _HUNDRED and value != int(value):
        digits = min(digits, 1)
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def size(value: float) -> str:
    """Bytes in decimal units, as AWS's console shows network and storage: 1 kB is 1,000 B."""
    left = float(value)
    for unit in _BYTES[:-1]:
        if abs(left) < _KILO:
            return f"{number(left, 1)} {unit}"
        left /= _KILO
    return f"{number(left, 1)} {_BYTES[-1]}"


def duration(seconds: float) -> str:
    """A length of time: `340 ms`, `2.5 s`, `1h30m`."""
    if abs(seconds) < 1:
        return f"{number(seconds / _MILLI, 1)} ms"
    if abs(seconds) < _MINUTE:
        return f"{number(seconds, 2)} s"
    if abs(seconds) > timedelta.max.total_seconds():
        return f"{number(seconds)} s"
    return ("-" if seconds < 0 else "") + format_duration(timedelta(seconds=round(abs(seconds))))


def figure(value: float | None, unit: str = "") -> str:
    """A value with its unit as the catalogue names it; a dash where there is none."""
    if value is None:
        return "-"
    known = unit.lower()
    if known in _PLAIN:
        return number(value)
    if known in _PERCENT:
        return f"{number(value)} %"
    if known in _SECONDS:
        return duration(value) if value else "0 s"
    if known in _MILLISECONDS:
        return duration(value * _MILLI) if value else "0 ms"
    return size(value) if known in _SIZES else _of_unit(value, unit)


def _of_unit(value: float, unit: str) -> str:
    if unit == "USD" and abs(value) < _MANY:
        return money(Decimal(str(round(value, 2))), unit)
    return f"{number(value)} {unit}"


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency: `$5,640.00`, `-$3.10`, `5,640.00 KRW`."""
    if currency != "USD":
        return f"{amount:,.2f} {currency}".strip()
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def rough(amount: Decimal, currency: str) -> str:
    """The same without cents from a hundred on: what is only expected has none that mean anything."""
    if abs(amount) < _HUNDRED:
        return money(amount, currency)
    whole = money(amount.quantize(Decimal(1)), currency)
    return whole.replace(".00", "", 1)
