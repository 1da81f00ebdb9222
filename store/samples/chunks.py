"""Sealed samples: reading and rewriting the chunks of series, and the hourly roll-up beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import upsert
from store.samples.codec import Times, Values, decode, encode
from store.samples.head import read_head
from store.samples.resample import hours
from store.schema import chunks, rollup, series

HOUR, DAY = 3600, 86400
NONE: tuple[Times, Values] = (np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Chunk:
    """The points of one series in [t0, t0 + span)."""

    key: int
    t0: int
    span: int
    times: Times
    values: Values


def read_newest(connection: Connection, keys: Collection[int], start: int, end: int) -> dict[int, tuple[Times, Values]]:
    """The points of the head in [start, end), sorted, by series key."""
    rows = read_head(connection, set(keys), start, end)
    if not rows:
        return {}
    count = len(rows)
    times = np.fromiter((row[0] for row in rows), np.int64, count)
    named = np.fromiter((row[1] for row in rows), np.int64, count)
    values = np.fromiter((row[2] for row in rows), np.float64, count)
    order = np.lexsort((times, named))
    times, named, values = times[order], named[order], values[order]
    starts = np.flatnonzero(np.concatenate(([True], named[1:] != named[:-1]))).tolist()
    ends = [*starts[1:], count]
    return {int(named[a]): (times[a:b], values[a:b]) for a, b in zip(starts, ends, strict=True)}


def read_chunks(connection: Connection, keys: Collection[int], start: int, end: int) -> Iterator[Chunk]:
    """The chunks that may hold points of these series in [start, end), by series and time. They are not trimmed."""
    window = {"start": start // DAY * DAY, "end": end}
    for some in batches(sorted(keys)):
        for key, t0, span, step, data in connection.execute(_of_some(), window | {"keys": some}):
            if t0 + span > start:
                yield Chunk(key, t0, span, *decode(t0, step, bytes(data)))


@cache
def _of_some() -> sa.Select[int, int, int, int, bytes]:
    """Built once, as in head.py."""
    columns = (chunks.c.series, chunks.c.t0, chunks.c.span, chunks.c.step, chunks.c.data)
    within = sa.and_(chunks.c.t0 >= sa.bindparam("start"), chunks.c.t0 < sa.bindparam("end"))
    named = chunks.c.series.in_(sa.bindparam("keys", expanding=True))
    return sa.select(*columns).where(within, named).order_by(chunks.c.series, chunks.c.t0)


def write_chunks(connection: Connection, written: Iterable[Chunk]) -> None:
    """Insert or replace chunks. One without points is left out: delete it instead."""
    rows = []
    for one in written:
        step, data = encode(one.t0, one.times, one.values)
        rows.append({"series": one.key, "span": one.span, "t0": one.t0, "step": step, "data": data})
    upsert(connection, chunks, rows, update=["span", "step", "data"])


def drop_hours(connection: Connection, days: Mapping[int, Collection[int]]) -> None:
    """Delete the hour chunks of whole days, given as the days of each series key. A chunk at a day's start stays."""
    keys_of: dict[int, list[int]] = defaultdict(list)
    for key, starts in days.items():
        for day in starts:
            keys_of[day].append(key)
    for day, keys in keys_of.items():
        within = sa.and_(chunks.c.t0 > day, chunks.c.t0 < day + DAY)
        for some in batches(keys):
            connection.execute(sa.delete(chunks).where(chunks.c.series.in_(some), within))


def write_rollup(connection: Connection, points: Iterable[tuple[int, Times, Values]]) -> None:
    """Put hours of series (whole hours: key, times, values) into the roll-up."""
    names = ("series", "hour", "count", "total", "low", "high")
    rows = [
        dict(zip(names, (key, *hour), strict=True)) for key, times, values in points for hour in hours(times, values)
    ]
    upsert(connection, rollup, rows, update=names[2:])


def lock_series(connection: Connection, keys: Collection[int]) -> None:
    """Let nobody else rewrite chunks of these series until we commit."""
    for some in batches(sorted(keys)):
        chosen = sa.select(series.c.key).where(series.c.key.in_(some)).order_by(series.c.key)
        connection.execute(chosen.with_for_update(key_share=True)).all()


def batches(keys: list[int], size: int = 500) -> list[list[int]]:
    """Keys in lists that a query can name."""
    return [keys[start : start + size] for start in range(0, len(keys), size)]
