"""Bringing a database to the schema that this program needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from store.database import Database
from store.errors import SchemaAhead

_TURN = 0x6C616D70
"""The number of PostgreSQL's advisory lock that lets one process migrate at a time."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> list[str]:
    """The revisions this program knows, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def current_revision(connection: Connection) -> str | None:
    """The revision a database is at; None for one that was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> None:
    """Migrate to the newest revision, in one transaction. Safe to run twice, and by two processes at once.

    Raises:
        SchemaAhead: a newer program has migrated it.
    """
    with database.writing() as connection:
        take_turn(connection)
        refuse_newer(current_revision(connection), database.name)
        upgrade_to(connection, "head")


def take_turn(connection: Connection) -> None:
    """Wait until no other process changes the schema. On SQLite the write transaction is that already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision inside the caller's transaction."""
    command.upgrade(_config(connection), revision)


def refuse_newer(revision: str | None, where: str) -> None:
    """Refuse a revision that this program does not know.

    Raises:
        SchemaAhead: the revision is unknown.
    """
    if revision is not None and revision not in known_revisions():
        raise SchemaAhead(
            f"The database {where} is at revision {revision}, which a newer Lamplighter made. Install that version "
            "again, or restore the backup that was taken before the upgrade."
        )
