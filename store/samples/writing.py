"""Writing samples: the newest into the head, late ones into the chunks where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.database import upsert
from store.errors import BadSample
from store.schema import head
from store.vocabulary import Points, Written

Batch = Mapping[int, Mapping[int, float]]
"""Values by time by series key."""

_HOUR, _DAY = 3600, 86400
_FEW = 200
_FEW_SERIES = 1000
"""Up to so many series are named, twice the 500 of a request, so that it does not fetch what all others have.

Above it the batch is mostly a tick of every series, of which a scan of the minute skips nothing."""


@dataclass(slots=True)
class Tally:
    """What a write changed, over all and by series key."""

    new: int = 0
    same: int = 0
    revised: dict[int, int] = field(default_factory=dict)

    def count(self, key: int, *, new: int, revised: int, same: int) -> None:
        """Add the outcome of one series."""
        self.new += new
        self.same += same
        if revised:
            self.revised[key] = self.revised.get(key, 0) + revised

    @property
    def written(self) -> Written:
        """The sums."""
        return Written(self.new, sum(self.revised.values()), self.same)


def clean(
    samples: Mapping[str, Sequence[tuple[int, float]] | Points], keys: Mapping[str, int]
) -> dict[int, dict[int, float]]:
    """The samples by key and time; of two with the same time the later one counts.

    Raises:
        BadSample: a value is NaN or infinite, or a time is no int.
    """
    batch: dict[int, dict[int, float]] = {}
    for name, given in samples.items():
        points = dict(zip(given.times, given.values, strict=True)) if isinstance(given, Points) else dict(given)
        for time, value in points.items():
            # Callers are not all checked by mypy: a float would be another time on each engine.
            if not isinstance(time, int) or not isfinite(value):  # type: ignore[redundant-expr]
                raise BadSample(
                    f"Series {name} at {time}: {value!r} is no sample, nothing was written. "
                    "Samples are finite numbers at whole seconds (int); leave a point out where there is none."
                )
        if points:
            batch[keys[name]] = points
    return batch


def write_points(connection: Connection, batch: Batch) -> Tally:
    """Upsert samples inside the caller's transaction."""
    tally = Tally()
    if not batch:
        return tally
    sealed = _sealed_until(connection, max(max(points) for points in batch.values()))
    fresh: dict[int, Mapping[int, float]] = {}
    late: dict[int, Mapping[int, float]] = {}
    for key, points in batch.items():
        if min(points) >= sealed:
            fresh[key] = points
            continue
        late[key] = {time: value for time, value in points.items() if time < sealed}
        newer = {time: value for time, value in points.items() if time >= sealed}
        if newer:
            fresh[key] = newer
    if fresh:
        _write_head(connection, fresh, tally)
    if late:
        from store.samples.late import write_late  # noqa: PLC0415  numpy is not needed for an ordinary tick

        write_late(connection, late, tally)
    return tally


def _sealed_until(connection: Connection, newest: int) -> int:
    """Where the head begins, which stays so until we commit. The very first write decides it."""
    sealed = marks.lock_mark(connection, marks.SEALED_UNTIL, shared=True)
    if sealed is None:
        sealed = newest // _HOUR * _HOUR - _HOUR
        marks.set_first(connection, {marks.SEALED_UNTIL: sealed, marks.COMPACTED_UNTIL: sealed // _DAY * _DAY})
        sealed = marks.lock_mark(connection, marks.SEALED_UNTIL, shared=True)
    if sealed is None:
        raise AssertionError("a mark that was just set is gone")
    return sealed


def _write_head(connection: Connection, batch: Mapping[int, Mapping[int, float]], tally: Tally) -> None:
    moments = {time for points in batch.values() for time in points}
    chosen = sa.select(head.c.ts, head.c.series, head.c.value)
    if len(moments) <= _FEW:
        chosen = chosen.where(head.c.ts.in_(sorted(moments)))
    else:
        chosen = chosen.where(head.c.ts >= min(moments), head.c.ts <= max(moments))
    if len(batch) <= _FEW_SERIES:
        chosen = chosen.where(head.c.series.in_(sorted(batch)))
    there = {(time, key): value for time, key, value in connection.execute(chosen).all()}
    rows = []
    for key, points in batch.items():
        new = revised = 0
        for time, value in points.items():
            before = there.get((time, key))
            if before == value:
                continue
            if before is None:
                new += 1
            else:
                revised += 1
            rows.append({"ts": time, "series": key, "value": value})
        tally.count(key, new=new, revised=revised, same=len(points) - new - revised)
    rows.sort(key=lambda row: (row["ts"], row["series"]))
    upsert(connection, head, rows, update=["value"])
