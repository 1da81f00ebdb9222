"""Lamplighter's own AWS calls and their estimated price, by hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from store.database import Database, upsert
from store.schema import meter as table
from store.vocabulary import MeterEntry

_KEY = ("hour", "account", "region", "api", "job")
_SUMS = ("calls", "errors", "throttles", "units", "cost_low", "cost_high")


class Meter:
    """The meter of our own bill."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, entries: Iterable[MeterEntry]) -> None:
        """Add calls to what is there. An entry's `hour` may be any moment of the hour."""
        sums: dict[tuple[object, ...], dict[str, object]] = {}
        for entry in entries:
            whole = replace(entry, hour=entry.hour.replace(minute=0, second=0, microsecond=0))
            row = {field.name: getattr(whole, field.name) for field in fields(whole)}
            key = tuple(row[name] for name in _KEY)
            before = sums.get(key)
            sums[key] = row if before is None else row | {name: before[name] + row[name] for name in _SUMS}
        with self._database.writing() as connection:
            upsert(connection, table, [sums[key] for key in sorted(sums, key=str)], add=_SUMS)

    def between(self, start: datetime, end: datetime) -> list[MeterEntry]:
        """The entries of the hours that begin in [start, end), oldest first."""
        chosen = sa.select(table).where(table.c.hour >= start, table.c.hour < end)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(*(table.c[name] for name in _KEY)))
            return [MeterEntry(**row._mapping) for row in rows]  # noqa: SLF001  SQLAlchemy's public name

    def total(self, start: datetime, end: datetime) -> tuple[Decimal, Decimal]:
        """The lower and upper bound of the price of the hours that begin in [start, end), in US dollars."""
        chosen = sa.select(
            sa.func.coalesce(sa.func.sum(table.c.cost_low), sa.literal(Decimal(0), table.c.cost_low.type)),
            sa.func.coalesce(sa.func.sum(table.c.cost_high), sa.literal(Decimal(0), table.c.cost_low.type)),
        ).where(table.c.hour >= start, table.c.hour < end)
        with self._database.reading() as connection:
            low, high = connection.execute(chosen).one()
        return low, high
