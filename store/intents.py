"""What people asked for on a page or in Slack, for the worker to carry out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from store.database import Database, upsert
from store.schema import intents as table
from store.vocabulary import Intent


class Intents:
    """The requests of people, each a row from the click to its result."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, intent: Intent) -> None:
        """Record an intent; one of the same id that is there already stays as it is (a click sent twice)."""
        row: dict[str, Any] = {
            "id": intent.id,
            "kind": intent.kind,
            "actor": intent.actor,
            "created_at": intent.created_at,
            "payload": dict(intent.payload),
            "state": intent.state,
            "result": intent.result,
        }
        with self._database.writing() as connection:
            upsert(connection, table, [row])

    def open(self, kind: str | None = None) -> list[Intent]:
        """What is still to be done, oldest first."""
        chosen = sa.select(table).where(table.c.state == "open").order_by(table.c.created_at, table.c.id)
        return self._read(chosen if kind is None else chosen.where(table.c.kind == kind))

    def settle(self, intent_id: str, state: str, result: str) -> None:
        """Close an open intent as `done` or `refused`, with a sentence. One that is settled stays as it was."""
        chosen = sa.update(table).where(table.c.id == intent_id, table.c.state == "open")
        with self._database.writing() as connection:
            connection.execute(chosen.values(state=state, result=result))

    def recent(self, limit: int = 50) -> list[Intent]:
        """The newest intents, newest first."""
        return self._read(sa.select(table).order_by(table.c.created_at.desc(), table.c.id).limit(limit))

    def _read(self, chosen: sa.Select[Any]) -> list[Intent]:
        with self._database.reading() as connection:
            return [Intent(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001  SQLAlchemy's public name
