"""Silences: what nobody is told of for a while. Each change is in the audit and has open groups looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.places import touch_open
from store.alerting.readings import Matcher, Silence
from store.alerting.schema import silences
from store.database import Database, insert_new
from store.events import write_events
from store.vocabulary import Event


class Silences:
    """The silences of people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, silence: Silence) -> bool:
        """Keep a silence; False if its id is there already (a click sent twice), which then stays as it is."""
        at = silence.created_at or silence.starts_at
        with self._database.writing() as connection:
            if not insert_new(connection, silences, _from_silence(silence)):
                return False
            _announce(connection, silence, "added", silence.created_by, at)
        return True

    def expire(self, silence_id: str, by: str, at: datetime) -> bool:
        """End a silence; False if there is none of this id or it is over already."""
        chosen = sa.select(silences).where(silences.c.id == silence_id, silences.c.ends_at > at)
        with self._database.writing() as connection:
            row = connection.execute(chosen.with_for_update()).one_or_none()
            if row is None:
                return False
            ended = sa.update(silences).where(silences.c.id == silence_id)
            connection.execute(ended.values(ends_at=at, expired_by=by))
            _announce(connection, _to_silence(row), "expired", by, at)
        return True

    def active(self, now: datetime) -> list[Silence]:
        """The silences that hold now, the one that ends first first."""
        chosen = sa.select(silences).where(silences.c.starts_at <= now, silences.c.ends_at > now)
        return self._read(chosen.order_by(silences.c.ends_at, silences.c.id))

    def all(self, limit: int = 200) -> list[Silence]:
        """The silences that end last, past ones too."""
        return self._read(sa.select(silences).order_by(silences.c.ends_at.desc(), silences.c.id).limit(limit))

    def get(self, silence_id: str) -> Silence | None:
        """The silence of this id."""
        found = self._read(sa.select(silences).where(silences.c.id == silence_id))
        return found[0] if found else None

    def _read(self, chosen: sa.Select[Any]) -> list[Silence]:
        with self._database.reading() as connection:
            return [_to_silence(row) for row in connection.execute(chosen)]


def _announce(connection: Connection, silence: Silence, what: str, by: str, at: datetime) -> None:
    detail = {
        "id": silence.id,
        "matchers": [f"{one.label}{one.op}{one.value}" for one in silence.matchers],
        "starts_at": silence.starts_at.isoformat(),
        "ends_at": silence.ends_at.isoformat(),
        "comment": silence.comment,
    }
    title = f"Silence {what}: {', '.join(detail['matchers'])}"
    write_events(connection, [Event(f"silence.{what}:{silence.id}", at, f"silence.{what}", title, by, detail=detail)])
    touch_open(connection, at)


def _from_silence(one: Silence) -> dict[str, Any]:
    names = ("id", "starts_at", "ends_at", "created_by", "comment", "created_at", "expired_by")
    matchers = [[matcher.label, matcher.op, matcher.value] for matcher in one.matchers]
    return {name: getattr(one, name) for name in names} | {"matchers": matchers}


def _to_silence(row: sa.Row[Any]) -> Silence:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name
    return Silence(**(values | {"matchers": tuple(Matcher(*one) for one in row.matchers)}))
