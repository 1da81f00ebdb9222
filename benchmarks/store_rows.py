"""What the store is measured against: the same samples, a row per point, on the same engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import psycopg

Row = tuple[int, int, float]
"""(series, epoch seconds, value)"""

_UPSERT = "ON CONFLICT (series, ts) DO UPDATE SET value = excluded.value"
_BUCKETS = "SELECT series, ts / {step} AS bucket, avg(value) FROM samples WHERE series {names} AND ts >= {start}"


class RowsEngine(Protocol):
    """A row per point on one engine."""

    def write(self, rows: Sequence[Row]) -> None:
        """Upsert points and wait until they are on the disk."""

    def read(self, statement: str) -> list[tuple[object, ...]]:
        """Every row that a query gives."""

    def bytes(self) -> int:
        """What the points take on the disk."""

    def close(self) -> None:
        """Close the connection."""


class SqliteRows:
    """SQLite with the settings that the store has."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-8000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE samples (series INTEGER, ts INTEGER, value REAL, PRIMARY KEY (series, ts)) WITHOUT ROWID"
        )

    def write(self, rows: Sequence[Row]) -> None:
        """In one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(f"INSERT INTO samples VALUES (?, ?, ?) {_UPSERT}", rows)  # noqa: S608  a constant
        self._connection.execute("COMMIT")

    def read(self, statement: str) -> list[tuple[object, ...]]:
        """Every row at once."""
        return self._connection.execute(statement).fetchall()

    def bytes(self) -> int:
        """The pages that hold something."""
        return sqlite_bytes(self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresRows:
    """PostgreSQL, written by COPY into a temporary table."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)
        self._connection.execute(
            "CREATE TABLE samples (series integer, ts bigint, value double precision, PRIMARY KEY (series, ts))"
        )
        self._connection.execute("CREATE TEMPORARY TABLE incoming (LIKE samples) ON COMMIT DELETE ROWS")
        self._connection.commit()

    def write(self, rows: Sequence[Row]) -> None:
        """In one transaction."""
        with self._connection.cursor() as cursor:
            with cursor.copy("COPY incoming FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(f"INSERT INTO samples SELECT * FROM incoming {_UPSERT}")  # noqa: S608  a constant
        self._connection.commit()

    def read(self, statement: str) -> list[tuple[object, ...]]:
        """Every row at once."""
        found = self._connection.execute(statement).fetchall()
        self._connection.commit()
        return list(found)

    def bytes(self) -> int:
        """The table with its index."""
        return postgres_bytes(self._connection, ["samples"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def one_series(series: int, start: int) -> str:
    """The points of a series from a time on."""
    return f"SELECT ts, value FROM samples WHERE series = {series} AND ts >= {start} ORDER BY ts"  # noqa: S608  numbers


def buckets(series: Iterable[int], start: int, step: int) -> str:
    """The means of some series in buckets of `step` seconds."""
    named = f"IN ({', '.join(map(str, series))})"
    return f"{_BUCKETS.format(step=step, names=named, start=start)} GROUP BY series, bucket ORDER BY series, bucket"


def latest(start: int) -> str:
    """The newest point of every series since a time."""
    return (
        "SELECT series, ts, value FROM samples JOIN (SELECT series, max(ts) AS ts FROM samples "  # noqa: S608  numbers
        f"WHERE ts >= {start} GROUP BY series) AS newest USING (series, ts)"
    )


def sqlite_bytes(connection: sqlite3.Connection) -> int:
    """The pages that hold something, once the log is written back."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [pages], [free], [size] = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def postgres_bytes(connection: psycopg.Connection[tuple[object, ...]], tables: Sequence[str]) -> int:
    """Tables with their indexes and long values, after VACUUM."""
    connection.autocommit = True
    total = 0
    for table in tables:
        connection.execute(f"VACUUM {table}")
        row = connection.execute("SELECT pg_total_relation_size(%s)", (table,)).fetchone()
        total += int(str(row[0])) if row else 0
    connection.autocommit = False
    return total
