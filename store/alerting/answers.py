"""The answers of saved queries (Logs Insights): written by a collector, read by log rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from store.alerting.readings import QueryRows
from store.alerting.schema import query_rows as table
from store.database import Database, upsert

_NAMES = ("query", "start", "end", "read_at", "complete", "environment", "component")
_CHANGED = ("end", "rows", "read_at", "complete", "environment", "component")


class Rows:
    """The rows that saved queries gave."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, answers: QueryRows | Sequence[QueryRows]) -> None:
        """Keep answers; one of the same query and start replaces what is there."""
        some = [answers] if isinstance(answers, QueryRows) else answers
        rows = {(one.query, one.start): _from_answer(one) for one in some}
        with self._database.writing() as connection:
            upsert(connection, table, [rows[one] for one in sorted(rows)], update=_CHANGED)

    def newest(self, query: str, limit: int = 10) -> list[QueryRows]:
        """The newest answers of a query, newest first."""
        chosen = sa.select(table).where(table.c.query == query).order_by(table.c.start.desc()).limit(limit)
        with self._database.reading() as connection:
            return [QueryRows(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001  SQLAlchemy's public name

    def queries(self) -> list[str]:
        """The queries that have answers, in order."""
        with self._database.reading() as connection:
            return list(connection.execute(sa.select(table.c.query).distinct().order_by(table.c.query)).scalars())


def _from_answer(one: QueryRows) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _NAMES} | {"rows": [dict(row) for row in one.rows]}
