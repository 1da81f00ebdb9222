"""The ledger of savings: what was to be saved on a day, and what the bill bears out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from store.database import Database, upsert
from store.documents import from_body, to_body
from store.money.schema import ledger as table
from store.money.vocabulary import LedgerEntry


class Ledger:
    """Money that was saved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Keep entries, each in place of the one of its id."""
        rows = {one.id: {"id": one.id, "day": one.day, "body": to_body(one)} for one in entries}
        with self._database.writing() as connection:
            upsert(connection, table, [rows[one] for one in sorted(rows)], update=("day", "body"))

    def between(self, start: date, end: date) -> list[LedgerEntry]:
        """The entries of the days [start, end), in order of day and id."""
        chosen = sa.select(table.c.body).where(table.c.day >= start, table.c.day < end)
        with self._database.reading() as connection:
            some = connection.scalars(chosen.order_by(table.c.day, table.c.id))
            return [from_body(LedgerEntry, one) for one in some]

    def total(self, start: date, end: date) -> dict[str, tuple[Decimal, Decimal]]:
        """What [start, end) was to save and what was billed less, by currency. What is not billed yet counts zero."""
        sums: dict[str, tuple[Decimal, Decimal]] = {}
        for one in self.between(start, end):
            expected, billed = sums.get(one.currency, (Decimal(0), Decimal(0)))
            sums[one.currency] = (expected + one.expected, billed + (one.billed or Decimal(0)))
        return sums
