"""Small persistent facts by name, as JSON values."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from store.database import Database, upsert
from store.schema import facts as table


class Facts:
    """Named JSON values."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Any:  # noqa: ANN401  JSON is any value
        """The value of a fact, None if it was never set."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(table.c.value).where(table.c.name == name)).scalar_one_or_none()

    def set(self, name: str, value: object) -> None:
        """Set a fact to a JSON value."""
        with self._database.writing() as connection:
            upsert(connection, table, [{"name": name, "value": value}], update=["value"])
