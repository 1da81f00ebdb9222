"""What keeps the samples small: sealing hours, merging them to days, coarsening and dropping with age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.config import Retention
from store.database import Database
from store.samples.absence import Tier, fill_zeros
from store.samples.chunks import (
    DAY,
    HOUR,
    Chunk,
    batches,
    drop_hours,
    lock_series,
    read_chunks,
    read_newest,
    write_chunks,
    write_rollup,
)
from store.samples.codec import Times, Values
from store.samples.reading import known_spans, read_context, read_tiers
from store.samples.resample import resample
from store.schema import chunks, gaps, head, rollup
from store.series import Entry
from store.vocabulary import Absent

_AGE = HOUR
"""An hour is sealed this many seconds after its end, so that ordinary re-reading meets the head."""

_AT_ONCE = 2000
"""Series whose head is in memory at once while an hour is sealed."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What a maintenance step changed: points moved or dropped, chunks written, and up to when it is done."""

    points: int = 0
    chunks: int = 0
    until: int = 0


def seal(database: Database, now: datetime) -> Upkeep:
    """Move the hours that ended an hour ago or more from the head into chunks, in one transaction."""
    until = int(now.timestamp()) // HOUR * HOUR - _AGE
    with database.writing() as connection:
        before = marks.lock_mark(connection, marks.SEALED_UNTIL, shared=False)
        if before is None or until <= before:
            return Upkeep(until=before or 0)
        points = written = 0
        for hour in _hours(connection, until):
            for keys in _keys_of(connection, hour):
                sealed = _seal_hour(connection, keys, hour)
                points += sum(len(chunk.times) for chunk in sealed)
                written += len(sealed)
        connection.execute(sa.delete(head).where(head.c.ts < until))
        marks.set_mark(connection, marks.SEALED_UNTIL, until)
    return Upkeep(points, written, until)


def _hours(connection: Connection, until: int) -> list[int]:
    """The hours before `until` of which the head holds points, found by jumping through the primary key."""
    found: list[int] = []
    start = None
    while True:
        chosen = sa.select(sa.func.min(head.c.ts)).where(head.c.ts < until)
        first = connection.execute(chosen if start is None else chosen.where(head.c.ts >= start)).scalar_one()
        if first is None:
            return found
        found.append(first // HOUR * HOUR)
        start = found[-1] + HOUR


def _keys_of(connection: Connection, hour: int) -> list[list[int]]:
    chosen = sa.select(head.c.series).where(head.c.ts >= hour, head.c.ts < hour + HOUR).distinct()
    return batches(sorted(connection.execute(chosen).scalars()), _AT_ONCE)


def _seal_hour(connection: Connection, keys: list[int], hour: int) -> list[Chunk]:
    newest = read_newest(connection, keys, hour, hour + HOUR)
    sealed = [Chunk(key, hour, HOUR, *newest[key]) for key in sorted(newest)]
    write_chunks(connection, sealed)
    write_rollup(connection, ((chunk.key, chunk.times, chunk.values) for chunk in sealed))
    return sealed


def compact(database: Database, entries: list[Entry], now: datetime) -> Upkeep:
    """Merge the hours of each sealed day into one chunk. Each step of series is its own transaction."""
    with database.reading() as connection:
        known = marks.read_marks(connection)
    start = known.get(marks.COMPACTED_UNTIL, 0)
    until = min(known.get(marks.SEALED_UNTIL, 0), int(now.timestamp())) // DAY * DAY
    points = written = 0
    if until <= start:
        return Upkeep(until=start)
    for keys in batches(sorted(entry.key for entry in entries)):
        with database.writing() as connection:
            lock_series(connection, keys)
            merged = list(_merge_days(connection, keys, until))
        points += sum(len(chunk.times) for chunk in merged)
        written += len(merged)
    with database.writing() as connection:
        marks.set_mark(connection, marks.COMPACTED_UNTIL, until)
    return Upkeep(points, written, until)


def _merge_days(connection: Connection, keys: list[int], until: int) -> Iterator[Chunk]:
    loose = sa.select(sa.func.min(chunks.c.t0)).where(
        chunks.c.series.in_(keys), chunks.c.span == HOUR, chunks.c.t0 < until
    )
    first = connection.execute(loose).scalar_one()
    if first is None:
        return
    for day in range(first // DAY * DAY, until, DAY):
        parts: dict[int, list[Chunk]] = defaultdict(list)
        for chunk in read_chunks(connection, keys, day, day + DAY):
            parts[chunk.key].append(chunk)
        merged = [
            Chunk(
                key,
                day,
                DAY,
                np.concatenate([part.times for part in some]),
                np.concatenate([part.values for part in some]),
            )
            for key, some in parts.items()
            if any(part.span == HOUR for part in some)
        ]
        drop_hours(connection, {chunk.key: [day] for chunk in merged})
        write_chunks(connection, merged)
        yield from merged


def retain(database: Database, entries: list[Entry], now: datetime, policy: Retention) -> Upkeep:
    """Coarsen what is older than the policy's ages, and drop what is older than its last, by whole days."""
    points = written = 0
    for step, age in policy.tiers:
        until = _days_before(now, age)
        with database.reading() as connection:
            known = marks.read_marks(connection)
        before = known.get(f"tier:{step}", 0)
        until = min(until, known.get(marks.COMPACTED_UNTIL, 0))
        if until <= before:
            continue
        for some in _in_batches([entry for entry in entries if entry.series.period < step]):
            with database.writing() as connection:
                dropped, kept = _coarsen(connection, some, (before, until), step)
            points += dropped
            written += kept
        with database.writing() as connection:
            marks.set_mark(connection, f"tier:{step}", until)
    _drop(database, _days_before(now, round(policy.hour.total_seconds())))
    return Upkeep(points, written, _days_before(now, policy.tiers[0][1]))


def _coarsen(connection: Connection, entries: list[Entry], window: tuple[int, int], step: int) -> tuple[int, int]:
    by_key = {entry.key: entry for entry in entries}
    lock_series(connection, by_key)
    tiers = read_tiers(connection)
    first = sa.select(sa.func.min(chunks.c.t0)).where(chunks.c.series.in_(by_key))
    start = connection.execute(first).scalar_one()
    if start is None:
        return 0, 0
    dropped = written = 0
    for day in range(max(window[0], start // DAY * DAY), window[1], DAY):
        coarse = []
        zeros = _Zeros(connection, entries, day, tiers)
        for chunk in read_chunks(connection, list(by_key), day, day + DAY):
            points = resample(*zeros(chunk), step, by_key[chunk.key].series.key.stat)
            dropped += len(chunk.times) - len(points[0])
            coarse.append(Chunk(chunk.key, chunk.t0, chunk.span, *points))
        write_chunks(connection, coarse)
        written += len(coarse)
    return dropped, written


class _Zeros:
    """Puts in the zeros of a day that were not written, so that they count in a mean or a minimum."""

    def __init__(self, connection: Connection, entries: list[Entry], day: int, tiers: tuple[Tier, ...]) -> None:
        self._periods = {one.key: one.series.period for one in entries if one.series.absent is Absent.ZERO}
        self._context = read_context(connection, list(self._periods), day, day + DAY)
        self._tiers = tiers

    def __call__(self, chunk: Chunk) -> tuple[Times, Values]:
        points = chunk.times, chunk.values
        if chunk.key not in self._context.collected:
            return points
        return fill_zeros(points, known_spans(self._context, chunk.key), self._periods[chunk.key], self._tiers)


def _drop(database: Database, until: int) -> None:
    with database.writing() as connection:
        connection.execute(sa.delete(chunks).where(chunks.c.t0 < until))
        connection.execute(sa.delete(rollup).where(rollup.c.hour < until // HOUR))
        connection.execute(sa.delete(gaps).where(gaps.c.end <= until))


def _days_before(now: datetime, age: int) -> int:
    return (int(now.timestamp()) - age) // DAY * DAY


def _in_batches(entries: list[Entry], size: int = 500) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
