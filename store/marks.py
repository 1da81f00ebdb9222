"""Named whole numbers that the store keeps for itself."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import upsert
from store.schema import marks

SERIES_KEY = "series_key"
SERIES_VERSION = "series_version"
SERIES_DROPPED = "series_dropped"
SEALED_UNTIL = "sealed_until"
COMPACTED_UNTIL = "compacted_until"
COST_GROUP = "cost_group"
BILLS = "bills"


def read_marks(connection: Connection) -> dict[str, int]:
    """Every mark by its name."""
    return {name: value for name, value in connection.execute(_all()).all()}  # noqa: C416  mypy reads a row as no pair


@cache
def _all() -> sa.Select[str, int]:
    """Built once: every call of the store asks for it."""
    return sa.select(marks.c.name, marks.c.value)


def lock_mark(connection: Connection, name: str, *, shared: bool) -> int | None:
    """The value of a mark, which nobody changes (`shared`) or even locks until we commit; None if it was never set."""
    chosen = sa.select(marks.c.value).where(marks.c.name == name).with_for_update(read=shared)
    return connection.execute(chosen).scalar_one_or_none()


def set_mark(connection: Connection, name: str, value: int) -> None:
    """Set a mark."""
    upsert(connection, marks, [{"name": name, "value": value}], update=["value"])


def advance(connection: Connection, name: str, by: int) -> int:
    """Add to a counter, which is locked until we commit, and return its new value."""
    upsert(connection, marks, [{"name": name, "value": by}], add=["value"])
    return int(connection.execute(sa.select(marks.c.value).where(marks.c.name == name)).scalar_one())


def set_first(connection: Connection, values: dict[str, int]) -> None:
    """Set marks that were never set; one that another process set meanwhile stays."""
    upsert(connection, marks, [{"name": name, "value": value} for name, value in values.items()])
