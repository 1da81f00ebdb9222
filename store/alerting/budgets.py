"""What was known of each budget when: written by the money part, read by budget rules and pages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from store.alerting.readings import BudgetReading
from store.alerting.schema import budget_readings as table
from store.database import Database, upsert

_AS_IT_IS = ("budget", "title", "start", "end", "currency", "as_of", "read_at", "environment", "component", "passes_on")


class Budgets:
    """The readings of budgets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, readings: Sequence[BudgetReading]) -> None:
        """Keep readings; one of the same budget, period and moment replaces what is there."""
        rows = {(one.budget, one.start, one.read_at): _from_reading(one) for one in readings}
        keys = {column.name for column in table.primary_key.columns}
        changed = [column.name for column in table.columns if column.name not in keys]
        with self._database.writing() as connection:
            upsert(connection, table, [rows[one] for one in sorted(rows)], update=changed)

    def newest(self) -> list[BudgetReading]:
        """The newest reading of each budget's newest period, followed by the last of the period before."""
        last = sa.func.row_number().over(partition_by=(table.c.budget, table.c.start), order_by=table.c.read_at.desc())
        period = sa.func.dense_rank().over(partition_by=table.c.budget, order_by=table.c.start.desc())
        ranked = sa.select(table, last.label("last"), period.label("period")).subquery()
        chosen = sa.select(*(ranked.c[column.name] for column in table.columns))
        chosen = chosen.where(ranked.c.last == 1, ranked.c.period <= 2)  # noqa: PLR2004  this period and the one before
        return self._read(chosen.order_by(ranked.c.budget, ranked.c.start.desc()))

    def history(self, budget: str, limit: int = 200) -> list[BudgetReading]:
        """The newest readings of a budget, newest first."""
        chosen = sa.select(table).where(table.c.budget == budget)
        return self._read(chosen.order_by(table.c.start.desc(), table.c.read_at.desc()).limit(limit))

    def _read(self, chosen: sa.Select[Any]) -> list[BudgetReading]:
        with self._database.reading() as connection:
            return [_to_reading(row) for row in connection.execute(chosen)]


def _from_reading(one: BudgetReading) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _AS_IT_IS} | {
        "amount": str(one.limit),
        "actual": str(one.actual),
        "forecast": _text(one.forecast),
        "forecast_low": _text(one.forecast_low),
        "forecast_high": _text(one.forecast_high),
        "movers": [[what, str(difference)] for what, difference in one.movers],
    }


def _to_reading(row: sa.Row[Any]) -> BudgetReading:
    values = {name: getattr(row, name) for name in _AS_IT_IS}
    return BudgetReading(
        limit=Decimal(row.amount),
        actual=Decimal(row.actual),
        forecast=_money(row.forecast),
        forecast_low=_money(row.forecast_low),
        forecast_high=_money(row.forecast_high),
        movers=tuple((what, Decimal(difference)) for what, difference in row.movers),
        **values,
    )


def _text(money: Decimal | None) -> str | None:
    return None if money is None else str(money)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
