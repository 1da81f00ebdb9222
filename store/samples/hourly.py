"""Reading by the hour: the roll-up of what is sealed, and what the head adds to it. No chunk is opened."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.samples.chunks import HOUR, NONE, batches, read_newest
from store.samples.codec import Times, Values
from store.samples.head import read_head_hours
from store.samples.resample import hours, resample_hours
from store.schema import rollup
from store.series import Entry
from store.vocabulary import HourPoint, Points

_Rows: TypeAlias = "list[sa.Row[int, int, int, float, float, float]]"


def read_hours(connection: Connection, entries: Collection[Entry], start: int, end: int) -> dict[str, list[HourPoint]]:
    """The hours that touch [start, end) and hold points: sealed ones from the roll-up, newer ones from the head."""
    first, last = start // HOUR, -(-end // HOUR)
    keys = [entry.key for entry in entries]
    found: dict[int, dict[int, HourPoint]] = defaultdict(dict)
    newest = read_head_hours(connection, set(keys), first * HOUR, last * HOUR)
    for key, rows in _read_rollup(connection, keys, first, last).items():
        found[key] = {
            hour: HourPoint(hour * HOUR, count, total, low, high) for _, hour, count, total, low, high in rows
        }
    for key, hour, count, total, low, high in newest:
        found[key][hour] = HourPoint(hour * HOUR, count, total, low, high)
    return {entry.series.id: [found[entry.key][hour] for hour in sorted(found[entry.key])] for entry in entries}


def read_summed(
    connection: Connection, entries: Collection[Entry], start: int, end: int, step: int
) -> dict[str, Points]:
    """The points of series per `step` seconds, which are whole hours, as `start` and `end` are. No zeros are filled in.

    For an hour the value has the very bits that reading its chunk gives; longer steps add up hours.
    """
    sealed = max(start, min(end, marks.read_marks(connection).get(marks.SEALED_UNTIL, start)))
    keys = [entry.key for entry in entries]
    rollups = _read_rollup(connection, keys, start // HOUR, sealed // HOUR)
    newest = read_newest(connection, keys, sealed, end) if sealed < end else {}
    found = {}
    for entry in entries:
        newer = [(entry.key, *hour) for hour in hours(*newest.get(entry.key, NONE))]
        known = [*rollups.get(entry.key, ()), *newer]
        found[entry.series.id] = to_points(*resample_hours(known, step, entry.series.key.stat))
    return found


def _read_rollup(connection: Connection, keys: Collection[int], first: int, last: int) -> dict[int, _Rows]:
    """The sealed hours (since 1970) in [first, last) by series: (key, hour, count, total, low, high) by time."""
    found: dict[int, _Rows] = {}
    for some in batches(sorted(keys)):
        # All at once: asking the result for one row after the other takes longer than SQLite does to find them.
        rows = connection.execute(_rollup_of_some(), {"first": first, "last": last, "keys": some}).all()
        found |= {key: list(of_key) for key, of_key in groupby(rows, key=itemgetter(0))}
    return found


@cache
def _rollup_of_some() -> sa.Select[int, int, int, float, float, float]:
    """Built once, as in head.py."""
    table = rollup.c
    columns = (table.series, table.hour, table.count, table.total, table.low, table.high)
    within = sa.and_(table.hour >= sa.bindparam("first"), table.hour < sa.bindparam("last"))
    named = table.series.in_(sa.bindparam("keys", expanding=True))
    return sa.select(*columns).where(named, within).order_by(table.series, table.hour)


def to_points(times: Times, values: Values) -> Points:
    """Numpy's arrays as plain ones."""
    points = Points(array("q"), array("d"))
    points.times.frombytes(np.ascontiguousarray(times, dtype=np.int64).tobytes())
    points.values.frombytes(np.ascontiguousarray(values, dtype=np.float64).tobytes())
    return points
