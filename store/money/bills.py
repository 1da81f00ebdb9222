"""The manifest of imported bills, and their days rolled up for pages. The lines themselves are Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from store.database import Database, upsert
from store.marks import BILLS, advance
from store.money.schema import bills as table
from store.money.schema import rollups
from store.money.vocabulary import Basis, BillFile, RolledUp


class Bills:
    """The bills that were imported."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, bill: BillFile, rolled: Sequence[RolledUp]) -> bool:
        """Keep a bill with its days, in place of the one of the same source, provider and period.

        False if the same file is there as the current one of that period: nothing changes. One transaction.
        """
        with self._database.writing() as connection:
            advance(connection, BILLS, 1)  # one import at a time
            period = (table.c.source == bill.source, table.c.provider == bill.provider, table.c.period == bill.period)
            chosen = sa.select(table.c.id, table.c.digest).where(*period, table.c.replaced_at.is_(None))
            current = connection.execute(chosen).all()
            if any(row.digest == bill.digest for row in current):
                return False
            gone = [row.id for row in current]
            connection.execute(sa.delete(rollups).where(rollups.c.bill.in_([*gone, bill.id])))
            connection.execute(sa.update(table).where(table.c.id.in_(gone)).values(replaced_at=bill.imported_at))
            row = asdict(bill)
            upsert(connection, table, [row], update=[name for name in row if name != "id"])
            rows = [_from_rolled(bill.id, place, one) for place, one in enumerate(rolled)]
            upsert(connection, rollups, rows)
        return True

    def files(self, *, current: bool = True) -> list[BillFile]:
        """The entries of the manifest, newest period first; with `current` False those that were replaced, too."""
        chosen = sa.select(table).order_by(table.c.period.desc(), table.c.source, table.c.imported_at.desc())
        if current:
            chosen = chosen.where(table.c.replaced_at.is_(None))
        with self._database.reading() as connection:
            return [BillFile(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001  SQLAlchemy's public name

    def rolled(self, start: date, end: date) -> list[RolledUp]:
        """The days [start, end) of the current bills, in order of day, bill and place in it."""
        chosen = sa.select(rollups).where(rollups.c.day >= start, rollups.c.day < end)
        with self._database.reading() as connection:
            some = connection.execute(chosen.order_by(rollups.c.day, rollups.c.bill, rollups.c.place))
            return [_to_rolled(row) for row in some]

    def periods(self) -> list[str]:
        """The periods that have a current bill, in order."""
        chosen = sa.select(table.c.period).where(table.c.replaced_at.is_(None)).distinct()
        with self._database.reading() as connection:
            return sorted(connection.scalars(chosen))


def _from_rolled(bill: str, place: int, one: RolledUp) -> dict[str, Any]:
    return {
        "bill": bill,
        "place": place,
        "source": one.source,
        "period": one.period,
        "day": one.day,
        "currency": one.currency,
        "dimensions": [list(pair) for pair in one.dimensions],
        "amounts": [[basis.value, str(amount)] for basis, amount in one.amounts],
    }


def _to_rolled(row: sa.Row[Any]) -> RolledUp:
    return RolledUp(
        row.source,
        row.period,
        row.day,
        row.currency,
        tuple((name, value) for name, value in row.dimensions),
        tuple((Basis(basis), Decimal(amount)) for basis, amount in row.amounts),
    )
