"""How commands answer: JSON or a table on standard output, exit codes as Nagios has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import click

from store.durations import parse_duration

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3

_Function = TypeVar("_Function", bound=Callable[..., Any])


def config_option(command: _Function) -> _Function:
    """`--config FILE`, the same everywhere."""
    return click.option(
        "--config", "config", metavar="FILE", help="The configuration; lamplighter.yaml in this folder by default."
    )(command)


def log_level_option(default: str) -> Callable[[_Function], _Function]:
    """`--log-level LEVEL` for what serves, with a default of its own."""
    levels = click.Choice(["debug", "info", "warning", "error"])
    return click.option("--log-level", type=levels, default=default, show_default=True, help="The least to be logged.")


def json_option(command: _Function) -> _Function:
    """`--json`, the same everywhere."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)


def say_json(answer: object) -> None:
    """Print an answer as JSON: decimals as strings, times as ISO 8601 in UTC."""
    click.echo(json.dumps(answer, default=_plain, ensure_ascii=False, indent=2, allow_nan=False))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def say_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print rows under headings; the columns whose places are in `right` are aligned right."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    for number, row in enumerate((headings, *rows)):
        cells = [
            text.rjust(width) if column in right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        click.echo(click.style(line, bold=True) if number == 0 else line)


class Moment(click.ParamType[datetime]):
    """A point in time: ISO 8601 (UTC without an offset), epoch seconds, `now`, or so long ago, as `-3h`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401  click's signature
        """Read the text, or fail with the accepted forms."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_moment(str(value), datetime.now(UTC))
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a point in time as `Moment` describes it.

    Raises:
        ValueError: it is none; the message shows the accepted forms.
    """
    text = text.strip()
    try:
        if text == "now":
            return now
        if text.startswith("-"):
            return now - parse_duration(text[1:])
        if text.lstrip("+").replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(text), UTC)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is no point in time: write 2026-11-23T03:00 (UTC), 1795405980, -3h or now"
        ) from None
