"""The head: the newest samples, a row each, ordered by time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.schema import head

NAMED = 300
"""Up to this many series are named in the query; above it all of them are read and the others passed over."""


def read_head(connection: Connection, keys: Collection[int], start: int, end: int) -> Sequence[sa.Row[int, int, float]]:
    """The (time, series key, value) of these series in [start, end), in no order that can be relied upon."""
    if len(keys) > NAMED:
        rows = connection.execute(sa.select(head.c.ts, head.c.series, head.c.value).where(_within(start, end)))
        return [row for row in rows.all() if row[1] in keys]
    moments = _moments(start, end)
    chosen = sa.select(head.c.ts, head.c.series, head.c.value).join(moments, head.c.ts == moments.c.ts)
    return connection.execute(chosen.where(head.c.series.in_(keys))).all()


def read_moments(connection: Connection, start: int, end: int) -> list[int]:
    """The times in [start, end) at which any series has a sample, newest first."""
    moments = _moments(start, end)
    chosen = sa.select(moments.c.ts).where(moments.c.ts.is_not(None)).order_by(moments.c.ts.desc())
    return list(connection.execute(chosen).scalars())


def read_moment(connection: Connection, moment: int, keys: Collection[int]) -> Iterator[tuple[int, float]]:
    """The (series key, value) of these series at one time."""
    chosen = sa.select(head.c.series, head.c.value).where(head.c.ts == moment)
    if len(keys) <= NAMED:
        return (tuple(row) for row in connection.execute(chosen.where(head.c.series.in_(keys))))
    return (tuple(row) for row in connection.execute(chosen) if row[0] in keys)


def _within(start: int, end: int) -> sa.ColumnElement[bool]:
    return sa.and_(head.c.ts >= start, head.c.ts < end)


def _moments(start: int, end: int) -> sa.CTE:
    """The distinct times in [start, end), found by jumping from one to the next through the primary key.

    There are as many as minutes in two hours, while there are that many rows for every single series.
    """
    first = sa.select(sa.func.min(head.c.ts).label("ts")).where(_within(start, end))
    moments = first.cte("moments", recursive=True)
    following = sa.select(sa.func.min(head.c.ts)).where(head.c.ts > moments.c.ts, head.c.ts < end)
    return moments.union_all(sa.select(following.scalar_subquery()).where(moments.c.ts.is_not(None)))
