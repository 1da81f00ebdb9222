"""The timeline and the audit: what happened, once each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, insert_new, upsert
from store.schema import events as table
from store.vocabulary import Event


class Events:
    """Everything that happened and is worth telling."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, event: Event) -> bool:
        """Record an event; False if its key is there already, which then stays as it is."""
        with self._database.writing() as connection:
            return insert_new(connection, table, _from_event(event))

    def between(  # noqa: PLR0913  each is a way to ask
        self,
        start: datetime,
        end: datetime,
        *,
        environment: str | None = None,
        component: str | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 500,
    ) -> list[Event]:
        """The newest `limit` events in [start, end), newest first. An event with no place belongs everywhere."""
        chosen = sa.select(table).where(table.c.at >= start, table.c.at < end)
        if environment is not None:
            chosen = chosen.where(sa.or_(table.c.environment == environment, table.c.environment.is_(None)))
        if component is not None:
            chosen = chosen.where(sa.or_(table.c.component == component, table.c.component.is_(None)))
        if kinds is not None:
            chosen = chosen.where(table.c.kind.in_(list(kinds)))
        chosen = chosen.order_by(table.c.at.desc(), table.c.key).limit(limit)
        with self._database.reading() as connection:
            return [Event(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001  SQLAlchemy's public name


def write_events(connection: Connection, some: Iterable[Event]) -> None:
    """Record events inside a transaction; one whose key is there already stays as it is."""
    rows = {one.key: _from_event(one) for one in some}
    upsert(connection, table, [rows[one] for one in sorted(rows)])


def _from_event(event: Event) -> dict[str, Any]:
    return {
        "key": event.key,
        "at": event.at,
        "kind": event.kind,
        "title": event.title,
        "actor": event.actor,
        "environment": event.environment,
        "component": event.component,
        "detail": dict(event.detail),
    }
