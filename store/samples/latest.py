"""The newest point of each of many series, without reading their past."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from store.cursors import read_cursors
from store.samples.head import read_moment, read_moments
from store.series import Entry
from store.vocabulary import Absent

Latest = dict[int, tuple[int, float]]
"""The newest (time, value) by series key."""


def read_latest(connection: Connection, entries: Collection[Entry], start: int, end: int) -> Latest:
    """The newest point in [start, end) of each series that has one.

    Goes from the newest time backwards and stops when every series is found; the chunks are opened only for the
    series that the head does not have.
    """
    found: Latest = {}
    missing = {entry.key for entry in entries}
    for moment in read_moments(connection, start, end):
        if not missing:
            break
        for key, value in read_moment(connection, moment, missing):
            found[key] = (moment, value)
        missing -= found.keys()
    if missing:
        found |= _from_chunks(connection, missing, start, end)
    return _with_zeros(connection, entries, found, start, end)


def _from_chunks(connection: Connection, keys: Collection[int], start: int, end: int) -> Latest:
    from store.samples.chunks import read_chunks  # noqa: PLC0415  numpy is not needed where the head has it all

    found: Latest = {}
    for chunk in read_chunks(connection, keys, start, end):
        for time, value in zip(chunk.times[::-1].tolist(), chunk.values[::-1].tolist(), strict=True):
            if start <= time < end:
                found[chunk.key] = (time, value)
                break
    return found


def _with_zeros(connection: Connection, entries: Collection[Entry], found: Latest, start: int, end: int) -> Latest:
    """Where nothing happened since, the last bucket collected is the latest, and zero."""
    silent = {entry.key: entry.series.period for entry in entries if entry.series.absent is Absent.ZERO}
    if not silent:
        return found
    from store.samples.reading import read_recorded  # noqa: PLC0415  the same

    cursors = read_cursors(connection, list(silent))
    recorded = read_recorded(connection, list(cursors), start, end)
    for key, cursor in cursors.items():
        period = silent[key]
        phase = (found[key][0] if key in found else cursor[0]) % period
        last = (min(cursor[1], end) - 1 - phase) // period * period + phase
        in_gap = any(gap.start <= last < gap.end for gap in recorded.get(key, ()))
        if last >= max(start, cursor[0]) and not in_gap and (key not in found or found[key][0] < last):
            found[key] = (last, 0.0)
    return found
