"""Lengths of time as people write them in configuration and on the command line: 90s, 5m, 24h, 15d."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `5m`, `1h30m`, `15d` or `2w`.

    Raises:
        ValueError: the text is no duration; the message shows the accepted form.
    """
    compact = text.strip().lower().replace(" ", "")
    if not _WHOLE.fullmatch(compact):
        raise ValueError(f"{text!r} is not a duration: write a number and s, m, h, d or w, for example 5m or 1h30m")
    try:
        return timedelta(seconds=sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(compact)))
    except OverflowError:
        raise ValueError(f"{text[:40]!r} is longer than any duration that makes sense") from None


def format_duration(length: timedelta) -> str:
    """Write a duration the way `parse_duration` reads it, in the largest units that fit: `1h30m`, `15d`, `0s`."""
    rest = round(length.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _from_config(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value!r} has no unit: write {value}s, {value}m or {value}h")  # noqa: TRY004  pydantic wants it
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(_from_config, json_schema_input_type=str),
    PlainSerializer(format_duration, return_type=str),
]
"""A pydantic field type: accepts `5m`, serializes back to `5m`."""
