"""The catalogue of series: what is measured, and the short integer by which samples name it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from sys import intern
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.database import Database, upsert
from store.errors import UnknownSeries
from store.schema import series as table
from store.vocabulary import Absent, Series, SeriesKey


@dataclass(frozen=True, slots=True)
class Entry:
    """A series with the key of its samples."""

    key: int
    series: Series


class SeriesCatalogue:
    """Every series, kept in memory and brought up to date by the version that each change leaves in the database.

    So naming 2,000 series costs one small query, and a change made by another process is seen at the next call.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._version = (0, 0)
        self._entries: dict[str, Entry] = {}

    def upsert(self, declared: Iterable[Series]) -> None:
        """Declare series, new or known. A closed series is open again unless the given one says `closed_at`."""
        wanted = {one.id: _normal(one) for one in declared}
        known = self._fresh()
        changed = [one for name, one in wanted.items() if name not in known or known[name].series != one]
        if changed:
            with self._database.writing() as connection:
                _store(connection, changed)

    def get(self, series_id: str) -> Series | None:
        """The series of this id."""
        entry = self._fresh().get(series_id)
        return None if entry is None else entry.series

    def find(  # noqa: PLR0913  each is a way to ask
        self,
        *,
        environment: str | None = None,
        component: str | None = None,
        resource_id: str | None = None,
        namespace: str | None = None,
        metric: str | None = None,
        stat: str | None = None,
        account: str | None = None,
        region: str | None = None,
        include_closed: bool = False,
    ) -> list[Series]:
        """The series that have all that is given, in order of namespace, metric, dimensions and statistic."""
        place = _given(environment=environment, component=component, resource_id=resource_id)
        keyed = _given(namespace=namespace, metric=metric, stat=stat, account=account, region=region)
        found = [
            entry.series
            for entry in self._fresh().values()
            if (include_closed or entry.series.closed_at is None)
            and all(getattr(entry.series, name) == value for name, value in place)
            and all(getattr(entry.series.key, name) == value for name, value in keyed)
        ]
        return sorted(found, key=lambda one: (one.key.namespace, one.key.metric, one.key.dimensions, one.key.stat))

    def close(self, ids: Iterable[str], at: datetime) -> None:
        """Close series: nothing more is collected of them, what was collected stays. Unknown ids are passed over."""
        known = self._fresh()
        chosen = [known[one].key for one in ids if one in known and known[one].series.closed_at is None]
        if chosen:
            with self._database.writing() as connection:
                close_series(connection, table.c.key.in_(chosen), at)

    def entries(self, ids: Iterable[str], connection: Connection | None = None) -> dict[str, Entry]:
        """The known ones among these ids, with their keys; as a transaction that was just begun sees them if given."""
        known = self._fresh() if connection is None else self._fresh_in(connection)
        return {one: known[one] for one in ids if one in known}

    def keys(self, ids: Iterable[str]) -> dict[str, int]:
        """The key of each id.

        Raises:
            UnknownSeries: an id was never declared.
        """
        asked = list(ids)
        known = self._fresh()
        missing = [one for one in asked if one not in known]
        if missing:
            raise UnknownSeries(
                f"{len(missing)} series were never declared, the first is {missing[0]}: nothing was written. "
                "Declare them with series.upsert first."
            )
        return {one: known[one].key for one in asked}

    def everything(self) -> list[Entry]:
        """Every series with its key, closed ones too."""
        return list(self._fresh().values())

    def _fresh(self) -> dict[str, Entry]:
        """The catalogue as the database has it now. The dictionary is replaced on change, never altered."""
        with self._database.reading() as connection:
            return self._fresh_in(connection)

    def _fresh_in(self, connection: Connection) -> dict[str, Entry]:
        known = marks.read_marks(connection)
        version = (known.get(marks.SERIES_DROPPED, 0), known.get(marks.SERIES_VERSION, 0))
        with self._lock:
            if version != self._version:
                # Series were dropped, or the version went back because another database was restored under us.
                afresh = version[0] != self._version[0] or version < self._version
                since, entries = (0, {}) if afresh else (self._version[1], dict(self._entries))
                for row in connection.execute(sa.select(table).where(table.c.version > since)):
                    entries[row.id] = Entry(row.key, _from_row(row))
                self._entries, self._version = entries, version
            return self._entries


def close_series(connection: Connection, which: sa.ColumnElement[bool], at: datetime) -> None:
    """Close the open series that a condition chooses, inside the caller's transaction."""
    version = marks.advance(connection, marks.SERIES_VERSION, 1)
    connection.execute(sa.update(table).where(which, table.c.closed_at.is_(None)).values(closed_at=at, version=version))


def _given(**asked: str | None) -> list[tuple[str, str]]:
    return [(name, value) for name, value in asked.items() if value is not None]


def _normal(one: Series) -> Series:
    key = replace(one.key, dimensions=tuple(sorted((name, value) for name, value in one.key.dimensions)))
    return replace(one, key=key, absent=Absent(one.absent))


def _store(connection: Connection, changed: Sequence[Series]) -> None:
    version = marks.advance(connection, marks.SERIES_VERSION, 1)
    last = marks.advance(connection, marks.SERIES_KEY, len(changed))
    first = last - len(changed) + 1
    rows = [_to_row(one) | {"key": first + place, "version": version} for place, one in enumerate(changed)]
    kept = [name for name in rows[0] if name not in ("key", "id")]
    upsert(connection, table, rows, keys=["id"], update=kept)


def _to_row(one: Series) -> dict[str, Any]:
    return {
        "id": one.id,
        "account": one.key.account,
        "region": one.key.region,
        "namespace": one.key.namespace,
        "metric": one.key.metric,
        "dimensions": one.key.dimensions,
        "stat": one.key.stat,
        "period": one.period,
        "absent": one.absent.value,
        "unit": one.unit,
        "title": one.title,
        "resource_id": one.resource_id,
        "environment": one.environment,
        "component": one.component,
        "closed_at": one.closed_at,
    }


def _from_row(row: sa.Row[Any]) -> Series:
    return Series(
        key=SeriesKey(
            account=intern(row.account),
            region=intern(row.region),
            namespace=intern(row.namespace),
            metric=intern(row.metric),
            dimensions=tuple((intern(name), intern(value)) for name, value in row.dimensions),
            stat=intern(row.stat),
        ),
        period=row.period,
        absent=Absent(row.absent),
        unit=intern(row.unit),
        title=intern(row.title),
        resource_id=None if row.resource_id is None else intern(row.resource_id),
        environment=None if row.environment is None else intern(row.environment),
        component=None if row.component is None else intern(row.component),
        closed_at=row.closed_at,
    )
