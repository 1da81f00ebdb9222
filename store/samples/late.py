"""Points that arrive for sealed hours: the chunk is opened, rewritten, and its hours are summed up again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from sqlalchemy.engine import Connection

from store import marks
from store.samples.chunks import (
    DAY,
    HOUR,
    NONE,
    Chunk,
    batches,
    drop_hours,
    lock_series,
    read_chunks,
    write_chunks,
    write_rollup,
)
from store.samples.codec import Times, Values
from store.samples.resample import bucket_starts, merge
from store.samples.writing import Batch, Tally

_Points = tuple[Times, Values]


def write_late(connection: Connection, batch: Batch, tally: Tally) -> None:
    """Upsert samples into sealed chunks inside the caller's transaction."""
    for keys in batches(sorted(batch)):
        lock_series(connection, keys)
        compacted = marks.read_marks(connection).get(marks.COMPACTED_UNTIL, 0)
        given = {key: _sorted(batch[key]) for key in keys}
        _write_some(connection, given, compacted, tally)


def _write_some(connection: Connection, given: Mapping[int, _Points], compacted: int, tally: Tally) -> None:
    start = min(int(times[0]) for times, _ in given.values()) // DAY * DAY
    end = max(int(times[-1]) for times, _ in given.values()) // DAY * DAY + DAY
    there: dict[tuple[int, int], list[Chunk]] = defaultdict(list)
    for chunk in read_chunks(connection, given.keys(), start, end):
        there[chunk.key, chunk.t0 // DAY * DAY].append(chunk)
    rewritten: list[Chunk] = []
    summed: list[tuple[int, Times, Values]] = []
    merged_days: dict[int, list[int]] = defaultdict(list)
    for key, (times, values) in given.items():
        for day, points in _split(times, values, DAY):
            old = there.get((key, day), [])
            before = _joined(old)
            if not _count(key, before, points, tally):
                continue
            after = merge(before, points)
            if day < compacted or any(chunk.span == DAY for chunk in old):
                rewritten.append(Chunk(key, day, DAY, *after))
                merged_days[key].append(day)
            else:
                touched = {hour for hour, _ in _split(*points, HOUR)}
                rewritten += [Chunk(key, hour, HOUR, *part) for hour, part in _split(*after, HOUR) if hour in touched]
            summed.append((key, *_whole_hours(after, points[0])))
    drop_hours(connection, merged_days)
    write_chunks(connection, rewritten)
    write_rollup(connection, summed)


def _count(key: int, before: _Points, given: _Points, tally: Tally) -> bool:
    """Count what the given points change; whether they change anything."""
    times, values = before
    at = np.searchsorted(times, given[0])
    known = at < len(times)
    known[known] = times[at[known]] == given[0][known]
    same = int(np.count_nonzero(values[at[known]] == given[1][known]))
    there = int(np.count_nonzero(known))
    new = len(given[0]) - there
    tally.count(key, new=new, revised=there - same, same=same)
    return new + there - same > 0


def _sorted(points: Mapping[int, float]) -> _Points:
    times = np.fromiter(points.keys(), dtype=np.int64, count=len(points))
    values = np.fromiter(points.values(), dtype=np.float64, count=len(points))
    order = np.argsort(times)
    return times[order], values[order]


def _split(times: Times, values: Values, span: int) -> list[tuple[int, _Points]]:
    """The points by the day or hour that they lie in, as (start, points)."""
    starts = bucket_starts(times, span)
    ends = np.append(starts[1:], len(times))
    return [(int(times[a]) // span * span, (times[a:b], values[a:b])) for a, b in zip(starts, ends, strict=True)]


def _joined(parts: list[Chunk]) -> _Points:
    if not parts:
        return NONE
    return np.concatenate([part.times for part in parts]), np.concatenate([part.values for part in parts])


def _whole_hours(points: _Points, touched: Times) -> _Points:
    chosen = np.isin(points[0] // HOUR, touched // HOUR)
    return points[0][chosen], points[1][chosen]
