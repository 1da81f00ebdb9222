"""A connection to either engine: how transactions begin, and the places where the two differ.

SQLite: write-ahead log, synchronous FULL, writers begin IMMEDIATE so that none has to turn back half way. PostgreSQL:
READ COMMITTED for writers, who lock the rows they decide on, and one snapshot for each reader.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import index, itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection, Engine, ExceptionContext
from sqlalchemy.types import TypeDecorator

from store.errors import StoreError, StoreUnavailable
from store.faults import translate

MANY = 64
"""Rows from which sending them in one piece is faster than an insert each."""


class Database:
    """One database. Hands out transactions for reading and for writing.

    Args:
        url: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`.
        wait: Seconds to wait for somebody else's lock.

    Raises:
        StoreUnavailable: the URL names no engine that we know.
    """

    def __init__(self, url: str, *, wait: float = 10.0) -> None:
        parsed = _parse(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.name = describe(parsed)
        self.path = parsed.database if self.is_sqlite else None
        self._file: tuple[int, int] | None = None
        self.engine = _sqlite_engine(parsed, wait) if self.is_sqlite else _postgres_engine(parsed, wait)
        event.listen(self.engine, "handle_error", self._handle)

    def _handle(self, context: ExceptionContext) -> None:
        translated = translate(context.original_exception, self.name)
        if translated is not None:
            raise translated from context.original_exception

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction that sees one moment of the database."""
        with self._connected() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole, or not at all if the block raises."""
        with self._connected() as connection:
            connection.execution_options(lamplighter_writes=True)
            with connection.begin():
                yield connection

    def _connected(self) -> Connection:
        self._check_in_place()
        try:
            return self.engine.connect()
        except sa.exc.TimeoutError as error:
            raise StoreUnavailable(
                f"Every connection to the database {self.name} is in use: too much is asked at once, or it hangs. "
                "It is tried again at the next run; if it stays so, `lamplighter doctor` tells what runs."
            ) from error

    def _check_in_place(self) -> None:
        """Refuse to go on with a file that was deleted or replaced: what is written into it would be lost unseen."""
        if self.path is None:
            return
        try:
            status = os.stat(self.path)  # noqa: PTH116  once a transaction
        except OSError:
            found = None
        else:
            found = (status.st_dev, status.st_ino)
        if self._file is None:
            self._file = found
        elif found != self._file:
            raise StoreUnavailable(
                f"The database file {self.name} was deleted or replaced while Lamplighter ran. Stop it, put the "
                "file back or run `lamplighter restore`, and start it again: nothing is written until then."
            )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def describe(url: sa.URL) -> str:
    """A database's name for people: the path of a file, else the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        parsed = None
    backend = parsed.get_backend_name() if parsed is not None else ""
    if parsed is None or backend not in ("sqlite", "postgresql", "postgres"):
        shown = "" if parsed is None else parsed.render_as_string(hide_password=True)
        raise StoreUnavailable(
            f"store.url {shown!r} names no database we know: write sqlite:////path/to/file.db or "
            "postgresql://user:password@host:5432/name."
        )
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise StoreUnavailable("store.url names no file: write sqlite:////path/to/file.db.")
        return parsed.set(drivername="sqlite+pysqlite")
    return parsed.set(drivername="postgresql+psycopg")


def _sqlite_engine(url: sa.URL, wait: float) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": wait}, pool_size=10, max_overflow=20, pool_timeout=wait)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:  # noqa: ANN401  the driver's own class
        connection.isolation_level = None  # the driver must not begin or commit on its own
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-8000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("lamplighter_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: sa.URL, wait: float) -> Engine:
    return sa.create_engine(
        url,
        connect_args={
            "options": f"-c lock_timeout={round(wait * 1000)} -c timezone=UTC -c client_min_messages=warning",
            "connect_timeout": max(2, round(wait)),
        },
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=wait,
    )


def upsert(  # noqa: PLR0913  the three ways to resolve a conflict are named
    connection: Connection,
    table: sa.Table,
    rows: Sequence[dict[str, Any]],
    *,
    update: Sequence[str] = (),
    add: Sequence[str] = (),
    larger: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> None:
    """Insert rows; where the key is there already, replace, add up or keep the larger of the named columns.

    With no column named, a row that is there stays as it is. `keys` are the columns of the key, the primary key by
    default. Every row has the same columns. No two rows may have the same key.
    """
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    names = list(rows[0])
    together = connection.dialect.name == "postgresql" and len(rows) >= MANY
    if together:
        arrived = _as_arrays(table, names, rows)
        if arrived is None:
            arrived = sa.select(_copy_aside(connection, table, names, rows))
        # `true` keeps a parser that reads ON CONFLICT from taking it for a join condition.
        statement: Any = insert(table).from_select(names, arrived.where(sa.true()))
    else:
        statement = insert(table)
    changes = {name: statement.excluded[name] for name in update}
    changes |= {name: table.c[name] + statement.excluded[name] for name in add}
    changes |= {name: _larger(table.c[name], statement.excluded[name]) for name in larger}
    key = list(keys) or [column.name for column in table.primary_key.columns]
    statement = _on_conflict(statement, key, changes)
    if together:
        connection.execute(statement)
    elif len(rows) >= MANY and not any(isinstance(table.c[name].type, TypeDecorator) for name in names):
        # The same statement without a dictionary of parameters per row, which takes longer than SQLite itself.
        compiled = statement.compile(dialect=connection.dialect, column_keys=names)
        in_order = itemgetter(*compiled.positiontup)
        connection.exec_driver_sql(str(compiled), [in_order(row) for row in rows])
    else:
        connection.execute(statement, rows)


def _on_conflict(statement: Any, key: list[str], changes: dict[str, Any]) -> Any:  # noqa: ANN401  of either dialect
    if changes:
        return statement.on_conflict_do_update(index_elements=key, set_=changes)
    return statement.on_conflict_do_nothing(index_elements=key)


def insert_new(connection: Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    """Insert a row unless its key is there already; whether it was inserted."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(statement, row).first() is not None


def _larger(here: sa.ColumnElement[Any], there: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.case((here > there, here), else_=there)


def _as_arrays(table: sa.Table, names: list[str], rows: Sequence[dict[str, Any]]) -> sa.Select[Any] | None:
    """Rows of plain numbers as a query of one array for each column; None if the table holds anything else.

    The arrays are written as text, in which the shortest digits of a float bring back all its bits. For a tick of
    2,000 points that takes two thirds of COPY's time, which needs a temporary table that is emptied at each commit.
    """
    columns = [table.c[name] for name in names]
    if any(column.nullable or not isinstance(column.type, (sa.Integer, sa.Double)) for column in columns):
        return None
    written = (
        [repr(float(row[column.name])) for row in rows]
        if isinstance(column.type, sa.Double)
        else [str(int(index(row[column.name]))) for row in rows]
        for column in columns
    )
    arrays = [
        sa.cast(sa.cast("{" + ",".join(texts) + "}", sa.Text), ARRAY(column.type))
        for column, texts in zip(columns, written, strict=True)
    ]
    typed = [sa.column(column.name, column.type) for column in columns]
    return sa.select(sa.func.unnest(*arrays).table_valued(*typed, name="arrived").render_derived())


def _copy_aside(connection: Connection, table: sa.Table, names: list[str], rows: Sequence[dict[str, Any]]) -> sa.Table:
    """COPY rows into this session's own temporary table, emptied at commit."""
    aside = f"incoming_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {aside} (LIKE {table.name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS"
    )
    connection.exec_driver_sql(f"DELETE FROM {aside}")  # noqa: S608  the name is our own table's
    copy_rows(connection, table, names, [[row[name] for name in names] for row in rows], into=aside)
    return sa.table(aside, *(sa.column(name, table.c[name].type) for name in names))  # type: ignore[return-value]


def copy_rows(
    connection: Connection, table: sa.Table | None, names: list[str], rows: Sequence[Sequence[Any]], *, into: str
) -> None:
    """COPY rows into a PostgreSQL table: values as `table`'s columns take them, or as they are stored if None."""
    makers = [] if table is None else [_bind(table.c[name], connection.dialect) for name in names]
    plain = not any(makers)
    quoted = ", ".join(f'"{name}"' for name in names)
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {into} ({quoted}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(
                    row
                    if plain
                    else [make(value) if make is not None else value for make, value in zip(makers, row, strict=True)]
                )
    except Exception as error:
        translated = translate(error, describe(connection.engine.url))
        if translated is None or isinstance(error, StoreError):
            raise
        raise translated from error


def _bind(column: sa.Column[Any], dialect: sa.Dialect) -> Any:  # noqa: ANN401  SQLAlchemy's processors are untyped
    return column.type.dialect_impl(dialect).bind_processor(dialect)
