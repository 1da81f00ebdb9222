"""What the drivers raise, in words for an operator: every database error leaves the store as a `StoreError`."""

from __future__ import annotations

import sqlite3

from store.errors import DiskFull, SchemaBehind, StoreCorrupt, StoreError, StoreLocked, StoreUnavailable


def translate(error: BaseException, where: str) -> StoreError | None:
    """The store's own error for a driver's error about the database `where`; None for what is our own mistake."""
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error, where)
    return _from_postgres(error, where)


def _from_sqlite(error: sqlite3.Error, where: str) -> StoreError | None:
    text = str(error)
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(
            f"The database {where} is held by another program: nothing was written. "
            "Stop the other program (a second lamplighter, an open sqlite3 shell), or use PostgreSQL to share it."
        )
    if code == sqlite3.SQLITE_FULL:
        return disk_full(where)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return corrupt(where, text)
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return StoreUnavailable(
            f"The database {where} cannot be used: {text}. Check that its directory exists on a local disk, "
            "that this user may write both the directory and the file, and that the disk works."
        )
    if text.startswith(("no such table", "no such column")) or "has no column named" in text:
        return behind(where, text)
    return None


def _from_postgres(error: BaseException, where: str) -> StoreError | None:
    state = getattr(error, "sqlstate", None) or ""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if state in ("42P01", "42703"):
        return behind(where, text)
    if state == "53100":
        return disk_full(where)
    if state.startswith("XX0"):
        return corrupt(where, text)
    return _refused_by_postgres(error, state, text, where)


def _refused_by_postgres(error: BaseException, state: str, text: str, where: str) -> StoreError | None:
    if state in ("55P03", "57014", "40P01", "40001"):
        return StoreLocked(
            f"The database {where} kept us waiting for a lock ({text}): nothing was written. It is tried again at "
            "the next run; if it stays so, look for long transactions in pg_stat_activity."
        )
    if state[:2] in ("08", "28", "3D", "53", "57", "58") or type(error).__name__ in ("OperationalError", "PoolTimeout"):
        return StoreUnavailable(
            f"The database {where} does not answer: {text}. Check that PostgreSQL runs, that the host, port, name and "
            "password in store.url are right, and that it accepts more connections."
        )
    if state in ("42501", "25006"):
        return StoreUnavailable(
            f"The database {where} refuses to be written: {text}. Grant the user of store.url the right to create and "
            "write tables, and point the URL at the primary, not a replica."
        )
    return None


def disk_full(where: str) -> DiskFull:
    """The message for a disk without room."""
    return DiskFull(
        f"The disk that holds the database {where} is full: the last write was refused whole, what was kept before is "
        "intact. Free or add space there; collection goes on by itself and fetches what it missed."
    )


def corrupt(where: str, text: str) -> StoreCorrupt:
    """The message for a damaged database."""
    return StoreCorrupt(
        f"The database {where} is damaged or is no Lamplighter database: {text}. Move the file away, then "
        "`lamplighter restore BACKUP`, or start without it and let collection fetch the last 15 days again."
    )


def behind(where: str, text: str) -> SchemaBehind:
    """The message for a database that was not migrated."""
    return SchemaBehind(
        f"The database {where} lacks what this version needs ({text}). `lamplighter serve` brings it up to date when "
        "it starts; take a backup first."
    )
