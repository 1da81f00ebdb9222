"""The head: the newest samples, a row each, ordered by time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy import BigInteger
from sqlalchemy.engine import Connection

from store.schema import head

NAMED = 300
"""Up to this many series are named in the query; above it all of them are read and the others passed over."""


def read_head(connection: Connection, keys: Collection[int], start: int, end: int) -> Sequence[sa.Row[int, int, float]]:
    """The (time, series key, value) of these series in [start, end), in no order that can be relied upon."""
    window = {"start": start, "end": end}
    if len(keys) > NAMED:
        return [row for row in connection.execute(_of_all(), window).all() if row[1] in keys]
    return connection.execute(_of_some(), window | {"keys": list(keys)}).all()


def read_head_hours(
    connection: Connection, keys: Collection[int], start: int, end: int
) -> Iterator[sa.Row[int, int, int, float, float, float]]:
    """Each hour of these series in [start, end): (key, hours since 1970, count, total, low, high)."""
    window = {"start": start, "end": end}
    if len(keys) > NAMED:
        found = connection.execute(_hours_of_all(), window).all()
        return (row for row in found if row[0] in keys)
    return iter(connection.execute(_hours_of_some(), window | {"keys": list(keys)}).all())


def read_moments(connection: Connection, start: int, end: int) -> list[int]:
    """The times in [start, end) at which any series has a sample, newest first."""
    return list(connection.execute(_newest_first(), {"start": start, "end": end}).scalars())


def read_moment(connection: Connection, moment: int, keys: Collection[int]) -> Iterator[sa.Row[int, float]]:
    """The (series key, value) of these series at one time."""
    if len(keys) <= NAMED:
        return iter(connection.execute(_some_at(), {"ts": moment, "keys": list(keys)}).all())
    return (row for row in connection.execute(_all_at(), {"ts": moment}).all() if row[0] in keys)


# The statements are built once: building one and finding its compiled form takes longer than SQLite takes to run it.


@cache
def _of_all() -> sa.Select[int, int, float]:
    return sa.select(head.c.ts, head.c.series, head.c.value).where(_within())


@cache
def _of_some() -> sa.Select[int, int, float]:
    moments = _moments()
    chosen = sa.select(head.c.ts, head.c.series, head.c.value).join(moments, head.c.ts == moments.c.ts)
    return chosen.where(head.c.series.in_(sa.bindparam("keys", expanding=True)))


_Hours: TypeAlias = "sa.Select[int, int, int, float, float, float]"


@cache
def _hours_of_all() -> _Hours:
    return _in_hours().where(_within())


@cache
def _hours_of_some() -> _Hours:
    moments = _moments()
    return (
        _in_hours()
        .join(moments, head.c.ts == moments.c.ts)
        .where(head.c.series.in_(sa.bindparam("keys", expanding=True)))
    )


def _in_hours() -> _Hours:
    hour = head.c.ts // sa.literal_column("3600", BigInteger)
    value = head.c.value
    numbers = (sa.func.count(), sa.func.sum(value), sa.func.min(value), sa.func.max(value))
    return sa.select(head.c.series, hour, *numbers).select_from(head).group_by(head.c.series, hour)


@cache
def _newest_first() -> sa.Select[int]:
    moments = _moments()
    return sa.select(moments.c.ts).where(moments.c.ts.is_not(None)).order_by(moments.c.ts.desc())


@cache
def _all_at() -> sa.Select[int, float]:
    return sa.select(head.c.series, head.c.value).where(head.c.ts == sa.bindparam("ts"))


@cache
def _some_at() -> sa.Select[int, float]:
    return _all_at().where(head.c.series.in_(sa.bindparam("keys", expanding=True)))


def _within() -> sa.ColumnElement[bool]:
    return sa.and_(head.c.ts >= sa.bindparam("start"), head.c.ts < sa.bindparam("end"))


def _moments() -> sa.CTE:
    """The distinct times in [start, end), found by jumping from one to the next through the primary key.

    There are as many as minutes in two hours, while there are that many rows for every single series.
    """
    first = sa.select(sa.func.min(head.c.ts).label("ts")).where(_within())
    moments = first.cte("moments", recursive=True)
    following = sa.select(sa.func.min(head.c.ts)).where(head.c.ts > moments.c.ts, head.c.ts < sa.bindparam("end"))
    return moments.union_all(sa.select(following.scalar_subquery()).where(moments.c.ts.is_not(None)))
