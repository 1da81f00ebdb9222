"""How far each series has been collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, upsert
from store.schema import cursors as table
from store.series import SeriesCatalogue
from store.vocabulary import Cursor

_FIELDS = (
    "collected_from",
    "collected_to",
    "backfill_to",
    "next_due",
    "hot_until",
    "revised",
    "failures",
    "last_success",
)


class Cursors:
    """The cursors of every series that was collected at least once."""

    def __init__(self, database: Database, catalogue: SeriesCatalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    def get(self, ids: Iterable[str] | None = None) -> dict[str, Cursor]:
        """The cursors of these series, or of all; a series that was never collected is not in the result."""
        if ids is None:
            names = {entry.key: entry.series.id for entry in self._catalogue.everything()}
        else:
            names = {entry.key: one for one, entry in self._catalogue.entries(ids).items()}
        with self._database.reading() as connection:
            found = read_cursors(connection, list(names) if ids is not None else None)
        return {
            names[key]: Cursor(names[key], **dict(zip(_FIELDS, row, strict=True)))
            for key, row in found.items()
            if key in names
        }

    def promote(self, ids: Iterable[str], until: int) -> None:
        """Poll these series at the promoted rate until a time in epoch seconds; a later time already set stays."""
        keys = [entry.key for entry in self._catalogue.entries(ids).values()]
        with self._database.writing() as connection:
            connection.execute(
                sa.update(table).where(table.c.series.in_(keys), table.c.hot_until < until).values(hot_until=until)
            )


def read_cursors(connection: Connection, keys: list[int] | None) -> dict[int, tuple[int, ...]]:
    """The cursors' numbers by series key, in the order of `_FIELDS`."""
    chosen = sa.select(table.c.series, *(table.c[name] for name in _FIELDS))
    few = keys is not None and len(keys) <= 500  # noqa: PLR2004  above it a whole scan is quicker than naming each
    if keys is not None and few:
        chosen = chosen.where(table.c.series.in_(keys))
    wanted = None if keys is None else set(keys)
    return {row[0]: tuple(row[1:]) for row in connection.execute(chosen).all() if wanted is None or row[0] in wanted}


def write_cursors(
    connection: Connection, cursors: Iterable[Cursor], keys: Mapping[str, int], revised: Mapping[int, int]
) -> None:
    """Store cursors inside the caller's transaction. A promotion that came meanwhile stays; `revised` adds up."""
    rows = []
    for cursor in sorted(cursors, key=lambda one: keys[one.series_id]):
        key = keys[cursor.series_id]
        row = {"series": key} | {name: getattr(cursor, name) for name in _FIELDS}
        row["revised"] += revised.get(key, 0)
        rows.append(row)
    upsert(connection, table, rows, update=[name for name in _FIELDS if name != "hot_until"], larger=["hot_until"])
