"""Reading samples: the head and the chunks as one series of points, with what absence means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.cursors import read_cursors
from store.samples.absence import Tier, covered, fill_zeros, find_gaps
from store.samples.chunks import HOUR, NONE, batches, read_chunks, read_newest
from store.samples.codec import Times, Values
from store.samples.hourly import read_summed, to_points
from store.samples.resample import merge, resample
from store.samples.spans import Span, clip, subtract, union
from store.schema import gaps as gaps_table
from store.series import Entry
from store.vocabulary import Absent, Gap, Points


@dataclass(frozen=True, slots=True)
class Context:
    """What decides how the absence of points is read."""

    tiers: tuple[Tier, ...]
    collected: Mapping[int, Span]
    recorded: Mapping[int, list[Gap]]


def read_points(
    connection: Connection, entries: Collection[Entry], start: int, end: int, step: int | None
) -> dict[str, Points]:
    """The points of series in [start, end); with a step, of the buckets that touch it."""
    if step is not None:
        start, end = start // step * step, -(-end // step) * step
    found: dict[str, Points] = {}
    if step is not None and step % HOUR == 0:
        summed = [entry for entry in entries if entry.series.absent is Absent.UNKNOWN]
        found = read_summed(connection, summed, start, end, step)
        entries = [entry for entry in entries if entry.series.id not in found]
    raw = read_raw(connection, [entry.key for entry in entries], start, end)
    silent = [entry.key for entry in entries if entry.series.absent is Absent.ZERO]
    context = read_context(connection, silent, start, end)
    for entry in entries:
        points = raw.get(entry.key, NONE)
        if entry.key in context.collected:
            points = fill_zeros(points, known_spans(context, entry.key), entry.series.period, context.tiers)
        if step is not None:
            points = resample(*points, step, entry.series.key.stat)
        found[entry.series.id] = to_points(*points)
    return found


def read_raw(connection: Connection, keys: Collection[int], start: int, end: int) -> dict[int, tuple[Times, Values]]:
    """The points as they are stored, in [start, end), by series key."""
    newest = read_newest(connection, keys, start, end)
    sealed: dict[int, list[tuple[Times, Values]]] = defaultdict(list)
    for chunk in read_chunks(connection, keys, start, end):
        sealed[chunk.key].append((chunk.times, chunk.values))
    found = {}
    for key in {*newest, *sealed}:
        times = np.concatenate([NONE[0], *(part[0] for part in sealed.get(key, ()))])
        values = np.concatenate([NONE[1], *(part[1] for part in sealed.get(key, ()))])
        a, b = np.searchsorted(times, (start, end))
        points = times[a:b], values[a:b]
        if key in newest:
            points = merge(points, newest[key]) if len(points[0]) else newest[key]
        found[key] = points
    return found


def read_context(connection: Connection, keys: Collection[int], start: int, end: int) -> Context:
    """The tiers, and what was collected and recorded as gaps in [start, end), of these series."""
    if not keys:
        return Context((), {}, {})
    collected = {}
    for key, cursor in read_cursors(connection, list(keys)).items():
        spans = clip([(cursor[0], cursor[1])], start, end)
        if spans:
            collected[key] = spans[0]
    return Context(read_tiers(connection), collected, read_recorded(connection, keys, start, end))


def read_tiers(connection: Connection) -> tuple[Tier, ...]:
    """Up to when samples were made coarser, coarsest first."""
    found = [
        Tier(until, int(name.removeprefix("tier:")))
        for name, until in marks.read_marks(connection).items()
        if name.startswith("tier:")
    ]
    return tuple(sorted(found, key=lambda tier: -tier.step))


def read_recorded(connection: Connection, keys: Collection[int], start: int, end: int) -> dict[int, list[Gap]]:
    """The recorded gaps that touch [start, end), by series key."""
    table = gaps_table.c
    found: dict[int, list[Gap]] = defaultdict(list)
    for some in batches(sorted(keys)):
        chosen = sa.select(table.series, table.start, table.end, table.reason).where(
            table.series.in_(some), table.start < end, table.end > start
        )
        for key, begin, finish, reason in connection.execute(chosen.order_by(table.series, table.start)):
            found[key].append(Gap(begin, finish, reason))
    return dict(found)


def known_spans(context: Context, key: int) -> list[Span]:
    """Where a series was collected and no gap is recorded."""
    return subtract([context.collected[key]], union((gap.start, gap.end) for gap in context.recorded.get(key, ())))


def read_gaps(connection: Connection, entry: Entry, start: int, end: int) -> list[Gap]:
    """The gaps of a series in [start, end): recorded, and silences if its absence is unknown."""
    context = read_context(connection, [entry.key], start, end)
    tiers = context.tiers
    coarsest = max([entry.series.period, *(tier.step for tier in tiers)])
    times, _ = read_raw(connection, [entry.key], start - coarsest, end).get(entry.key, NONE)
    return find_gaps(
        context.recorded.get(entry.key, []),
        covered(times, entry.series.period, tiers),
        [context.collected[entry.key]] if entry.key in context.collected else [],
        entry.series.period,
        (start, end),
        unknown=entry.series.absent is Absent.UNKNOWN,
    )
