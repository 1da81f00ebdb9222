"""What the cost commands share: the store that they read, days as arguments, amounts as people read them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.assembly import opened_store
from service.config import Loaded, find_file, load
from service.home import Home

if TYPE_CHECKING:
    from store import Store


class Day(click.ParamType[date]):
    """A UTC day, as 2026-11-24."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401  click's signature
        """Read the text, or fail with the accepted form."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day: write one such as 2026-11-24", param, ctx)


@contextmanager
def opened(config: str | None) -> Iterator[tuple[Loaded, Store]]:
    """The configuration and its store."""
    loaded = load(find_file(config, os.environ, Path.cwd()), os.environ)
    with opened_store(loaded, Home.from_environment(os.environ)) as store:
        yield loaded, store


def who() -> str:
    """The name that stands in the audit for what is done from a shell."""
    return f"cli:{getpass.getuser()}"


def first_of_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after it."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount to the cent with its currency; a dash for none."""
    return "-" if amount is None else f"{amount:,.2f} {currency}".strip()


def span(low: Decimal | None, high: Decimal | None) -> str:
    """A range to the cent; empty where there is none."""
    return "" if low is None or high is None else f"{low:,.2f} to {high:,.2f}"


def age(then: datetime, now: datetime) -> str:
    """How old something is, in the largest unit that says enough."""
    hours = (now - then).total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"  # noqa: PLR2004  two days
