"""The samples of every series: the interface over head, chunks and roll-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.config import Retention
from store.database import Database, upsert
from store.errors import UnknownSeries
from store.samples.latest import read_latest
from store.samples.spans import merge_gaps
from store.samples.writing import clean, write_points
from store.schema import gaps as gaps_table
from store.series import SeriesCatalogue
from store.vocabulary import Gap, HourPoint, Points, Written

if TYPE_CHECKING:
    from store.samples.upkeep import Upkeep

# numpy is imported where it pays, by the functions that open chunks: a command that only asks for jobs does not
# wait for it.


class Samples:
    """Points in, points out. Times are epoch seconds, the start of each bucket; windows are half-open."""

    def __init__(self, database: Database, catalogue: SeriesCatalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    def write(self, samples: Mapping[str, Sequence[tuple[int, float]] | Points]) -> Written:
        """Upsert samples by series id, all or none.

        Raises:
            BadSample: a value is NaN or infinite.
            UnknownSeries: a series was never declared.
        """
        batch = clean(samples, self._catalogue.keys(samples))
        with self._database.writing() as connection:
            return write_points(connection, batch).written

    def read(self, ids: Iterable[str], start: int, end: int, *, step: int | None = None) -> dict[str, Points]:
        """The points of series in [start, end); a known series without any is there with none.

        A series whose absence means zero is filled with 0.0 where it was collected and no gap is recorded. Without a
        step, points come at the resolution they are stored at. With one, each bucket of `step` seconds (aligned to
        1970, whole: those that touch the window) gives one point: a Sum or SampleCount is added up, the Maximum's
        largest and the Minimum's smallest kept, anything else averaged.
        """
        from store.samples.reading import read_points  # noqa: PLC0415  see above

        with self._database.reading() as connection:
            entries = self._catalogue.entries(ids, connection).values()
            return read_points(connection, entries, start, end, step)

    def latest(self, ids: Iterable[str], *, now: datetime | int, within: int = 3600) -> dict[str, tuple[int, float]]:
        """The newest (time, value) of each series that has one in the last `within` seconds.

        Where absence means zero, that is 0.0 at the last bucket collected if nothing happened in it.
        """
        end = int(now.timestamp()) if isinstance(now, datetime) else now
        with self._database.reading() as connection:
            entries = self._catalogue.entries(ids, connection)
            found = read_latest(connection, entries.values(), end - within, end + 1)
        return {name: found[entry.key] for name, entry in entries.items() if entry.key in found}

    def gaps(self, series_id: str, start: int, end: int) -> list[Gap]:
        """The gaps of a series in [start, end), sorted and disjoint.

        Recorded gaps, without what became known after all, and if absence means unknown the stretches inside what
        was collected that have no value.

        Raises:
            UnknownSeries: the series was never declared.
        """
        from store.samples.reading import read_gaps  # noqa: PLC0415  see above

        with self._database.reading() as connection:
            entry = self._catalogue.entries([series_id], connection).get(series_id)
            if entry is None:
                raise UnknownSeries(
                    f"Series {series_id} was never declared: `lamplighter series ls` lists those that are."
                )
            return read_gaps(connection, entry, start, end)

    def hourly(self, ids: Iterable[str], start: int, end: int) -> dict[str, list[HourPoint]]:
        """The hours that touch [start, end) and hold points, of the points themselves: absence is not filled in."""
        from store.samples.hourly import read_hours  # noqa: PLC0415  see above

        with self._database.reading() as connection:
            entries = self._catalogue.entries(ids, connection).values()
            return read_hours(connection, entries, start, end)

    def write_gaps(self, gaps: Mapping[str, Sequence[Gap]]) -> None:
        """Record gaps by series id; one that overlaps or touches what is there is joined with it.

        Raises:
            UnknownSeries: a series was never declared.
        """
        keys = self._catalogue.keys(gaps)
        with self._database.writing() as connection:
            record_gaps(connection, {keys[name]: list(some) for name, some in gaps.items()})

    def seal(self, now: datetime) -> Upkeep:
        """Move the hours that ended an hour ago or more from the head into chunks, in one transaction."""
        from store.samples.upkeep import seal  # noqa: PLC0415  see above

        return seal(self._database, now)

    def compact(self, now: datetime) -> Upkeep:
        """Merge the hours of sealed days into one chunk each."""
        from store.samples.upkeep import compact  # noqa: PLC0415  see above

        return compact(self._database, self._catalogue.everything(), now)

    def retain(self, now: datetime, policy: Retention) -> Upkeep:
        """Coarsen and drop what is older than the policy keeps."""
        from store.samples.upkeep import retain  # noqa: PLC0415  see above

        return retain(self._database, self._catalogue.everything(), now, policy)


def record_gaps(connection: Connection, gaps: Mapping[int, Sequence[Gap]]) -> None:
    """Record gaps by series key inside the caller's transaction."""
    for key, some in sorted(gaps.items()):
        given = [gap for gap in some if gap.start < gap.end]
        if not given:
            continue
        start, end = min(gap.start for gap in given), max(gap.end for gap in given)
        table = gaps_table.c
        touching = sa.and_(table.series == key, table.start <= end, table.end >= start)
        chosen = sa.select(table.start, table.end, table.reason).where(touching).with_for_update()
        there = [Gap(*row) for row in connection.execute(chosen)]
        merged = merge_gaps([*there, *given])
        if merged == sorted(there, key=lambda gap: gap.start):
            continue
        connection.execute(sa.delete(gaps_table).where(touching))
        rows = [{"series": key, "start": gap.start, "end": gap.end, "reason": gap.reason} for gap in merged]
        upsert(connection, gaps_table, rows, update=["end", "reason"])
