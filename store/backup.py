"""A backup is one file that either engine can write while it serves, and either can load.

The file is gzip; inside are lines of JSON:

    {"format": "lamplighter-backup", "version": 1, "revision": "0002", "rows": N}
    {"table": "series", "columns": ["key", …]}           then one array per row, in the order of the columns;
    [1, "s0123456789abcdef", …]                          bytes stand as {"b": "base64"}
    {"end": "series", "rows": N, "sha256": "…"}          over the lines of the rows, each with its line feed
    {"end": "backup", "tables": T}

A file without its last line was cut off. It is written beside its name, synced, and renamed when it is whole.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, copy_rows
from store.errors import BadBackup, DiskFull, SchemaBehind, StoreNotEmpty
from store.faults import disk_full
from store.migrate import current_revision, known_revisions, refuse_newer, take_turn, upgrade_to
from store.schema import metadata
from store.store import Store

Progress = Callable[[float], None]

_FORMAT, _VERSION = "lamplighter-backup", 1
_AT_ONCE = 2000
"""Rows in memory at once: a row is at most one day of a series, about 12 KB."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds: the schema's revision and the rows of each table."""

    revision: str
    rows: dict[str, int]


def backup(store: Store, path: Path, progress: Progress = lambda _: None) -> Summary:
    """Write a consistent copy of a store, which serves on, to a file that must not exist yet.

    Raises:
        StoreError: the store cannot be read, or the disk of the file is full.
        FileExistsError: there is a file of that name.
    """
    if path.exists():
        raise FileExistsError(f"{path} is there already: choose another name or move it away.")
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", filename="", compresslevel=3, mtime=0) as file:
                summary = _dump(store.database, file, progress)
            raw.flush()
            os.fsync(raw.fileno())
        partial.rename(path)
    except OSError as error:
        if error.errno in (28, 27, 122):  # no space, file too large, quota
            raise DiskFull(str(disk_full(str(path))).replace("database ", "backup ")) from error
        raise
    finally:
        partial.unlink(missing_ok=True)
    return summary


def restore(url: str, path: Path, progress: Progress = lambda _: None, *, force: bool = False) -> Summary:
    """Load a backup into the store at a URL, in one transaction, after checking the whole file.

    Args:
        url: The store to fill: one that is new or holds nothing, of either engine.
        path: The backup.
        progress: Told how much is done, 0 to 1.
        force: Replace what the store holds.

    Raises:
        BadBackup: the file is damaged, cut off, or made by a newer version.
        StoreNotEmpty: the store holds something and `force` is not given.
    """
    summary = verify(path, lambda part: progress(part * 0.3))
    database = Database(url)
    try:
        with database.writing() as connection:
            take_turn(connection)
            _make_room(connection, database, force=force)
            upgrade_to(connection, summary.revision)
            _load(connection, path, summary, lambda part: progress(0.3 + part * 0.7))
            upgrade_to(connection, "head")
    finally:
        database.close()
    return summary


def verify(path: Path, progress: Progress = lambda _: None) -> Summary:
    """Read a backup from end to end.

    Raises:
        BadBackup: it is damaged, cut off, or made by a newer version.
    """
    rows: dict[str, int] = {}
    try:
        with gzip.open(path, "rb") as file:
            header = _read_header(file, path)
            done = 0
            for table, _, lines in _sections(file, path):
                rows[table] = 0
                for _line in lines:
                    rows[table] += 1
                    done += 1
                    if done % _AT_ONCE == 0:
                        progress(done / max(1, header["rows"]))
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise _bad(path, f"it cannot be read to its end ({error})") from error
    progress(1.0)
    return Summary(header["revision"], rows)


def _bad(path: Path, what: str) -> BadBackup:
    return BadBackup(
        f"{path} is no whole backup: {what}. Nothing was changed. Use another copy of it, or an older one."
    )


def _dump(database: Database, file: gzip.GzipFile, progress: Progress) -> Summary:
    with database.reading() as connection:
        revision = current_revision(connection)
        if revision not in known_revisions() or revision is None:
            refuse_newer(revision, database.name)
            raise SchemaBehind(f"The database {database.name} was never prepared: there is nothing to back up.")
        inspector = sa.inspect(connection)
        names = [table.name for table in metadata.sorted_tables if inspector.has_table(table.name)]
        total = sum(
            connection.execute(sa.select(sa.func.count()).select_from(sa.table(one))).scalar_one() for one in names
        )
        _put(file, {"format": _FORMAT, "version": _VERSION, "revision": revision, "rows": total})
        rows: dict[str, int] = {}
        for name in names:
            columns = [column["name"] for column in inspector.get_columns(name)]
            done = sum(rows.values())
            rows[name] = _dump_table(
                connection,
                file,
                name,
                columns,
                lambda count, done=done: progress((done + count) / max(1, total)),  # type: ignore[misc]
            )
        _put(file, {"end": "backup", "tables": len(rows)})
    progress(1.0)
    return Summary(revision, rows)


def _dump_table(
    connection: Connection, file: gzip.GzipFile, name: str, columns: list[str], told: Callable[[int], None]
) -> int:
    _put(file, {"table": name, "columns": columns})
    digest, count = hashlib.sha256(), 0
    chosen: sa.Select[*tuple[Any, ...]] = sa.select(*(sa.column(one) for one in columns)).select_from(sa.table(name))
    with connection.execution_options(yield_per=_AT_ONCE).execute(chosen) as result:
        for some in result.partitions():
            lines = b"".join(_line([_packed(value) for value in row]) for row in some)
            digest.update(lines)
            file.write(lines)
            count += len(some)
            told(count)
    _put(file, {"end": name, "rows": count, "sha256": digest.hexdigest()})
    return count


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _put(file: gzip.GzipFile, value: object) -> None:
    file.write(_line(value))


def _packed(value: Any) -> Any:  # noqa: ANN401  any value of a column
    return {"b": b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _unpacked(value: Any) -> Any:  # noqa: ANN401  any value of a column
    return b64decode(value["b"]) if isinstance(value, dict) else value


def _read_header(file: gzip.GzipFile, path: Path) -> dict[str, Any]:
    header = json.loads(file.readline())
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise _bad(path, "it does not begin as one does")
    if header["version"] != _VERSION or header["revision"] not in known_revisions():
        raise _bad(path, "a newer Lamplighter made it; install that version to restore it")
    return header


def _sections(file: gzip.GzipFile, path: Path) -> Iterator[tuple[str, list[str], Iterator[bytes]]]:
    """Each table's name, its columns and the lines of its rows, which must be read before the next is asked for."""
    tables = 0
    while True:
        opening = json.loads(file.readline())
        if opening.get("end") == "backup" and opening["tables"] == tables:
            if file.read(1):  # also reads gzip's own checksum
                raise _bad(path, "something follows its end")
            return
        if opening.get("table") not in metadata.tables:
            raise _bad(path, "a table in it is unknown")
        tables += 1
        yield opening["table"], opening["columns"], _rows(file, path, opening["table"])


def _rows(file: gzip.GzipFile, path: Path, table: str) -> Iterator[bytes]:
    digest, count = hashlib.sha256(), 0
    for line in file:
        if line.startswith(b"["):
            digest.update(line)
            count += 1
            yield line
            continue
        if json.loads(line) != {"end": table, "rows": count, "sha256": digest.hexdigest()}:
            raise _bad(path, f"the rows of {table} do not match their checksum")
        return
    raise _bad(path, "it was cut off")


def _make_room(connection: Connection, database: Database, *, force: bool) -> None:
    inspector = sa.inspect(connection)
    there = [table for table in reversed(metadata.sorted_tables) if inspector.has_table(table.name)]
    filled = [table.name for table in there if connection.execute(sa.select(table.c[0]).limit(1)).first() is not None]
    if filled and not force:
        raise StoreNotEmpty(
            f"The database {database.name} holds {', '.join(filled)}: restoring would replace them. "
            "Stop lamplighter, back it up, and restore with --force; or restore to another URL."
        )
    for table in there:
        table.drop(connection)
    if inspector.has_table("alembic_version"):
        connection.exec_driver_sql("DROP TABLE alembic_version")


def _load(connection: Connection, path: Path, summary: Summary, progress: Progress) -> None:
    total, done = max(1, sum(summary.rows.values())), 0
    with gzip.open(path, "rb") as file:
        _read_header(file, path)
        for name, columns, lines in _sections(file, path):
            if name == "marks":
                connection.exec_driver_sql("DELETE FROM marks")
            for some in _in_lists(lines):
                _insert(connection, name, columns, [[_unpacked(value) for value in json.loads(line)] for line in some])
                done += len(some)
                progress(done / total)


def _insert(connection: Connection, name: str, columns: list[str], rows: list[list[Any]]) -> None:
    if connection.dialect.name == "postgresql":
        copy_rows(connection, None, columns, rows, into=name)
        return
    statement = sa.insert(sa.table(name, *(sa.column(one) for one in columns)))
    connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in rows])


def _in_lists(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    for line in lines:
        some.append(line)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
