"""What is worked out from costs, or read as a whole: the newest of each kind and key, and the history of forecasts."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, upsert
from store.documents import from_body, to_body
from store.money.schema import forecasts
from store.money.schema import reports as table
from store.money.vocabulary import Forecast

_Kind = TypeVar("_Kind")


class Reports:
    """The newest value of each kind (its class) and key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, key: str, value: object, at: datetime) -> None:
        """Keep a value in place of the one of its class and key; a `Forecast` goes into the history, too.

        A forecast's key is `period:scope`, its period `month` or `next_month`. One in another currency than most of
        the scope's costs has `@EUR` behind that, and no history.
        """
        with self._database.writing() as connection:
            write_reports(connection, {key: value}, at)
            if isinstance(value, Forecast) and not key.endswith(f"@{value.currency}"):
                row = {
                    "period": key.partition(":")[0],
                    "scope": value.scope,
                    "as_of": value.as_of,
                    "made_at": value.made_at,
                    "body": to_body(value),
                }
                upsert(connection, forecasts, [row], update=("made_at", "body"))

    def get(self, kind: type[_Kind], key: str) -> _Kind | None:
        """The value of this class and key; None if there is none."""
        chosen = sa.select(table.c.body).where(table.c.kind == kind.__name__, table.c.key == key)
        with self._database.reading() as connection:
            body = connection.execute(chosen).scalar_one_or_none()
        return None if body is None else from_body(kind, body)

    def all(self, kind: type[_Kind]) -> dict[str, _Kind]:
        """Every value of this class by its key, in order of the keys."""
        with self._database.reading() as connection:
            return read_reports(connection, kind)

    def drop(self, kind: type[object], key: str) -> None:
        """Forget a value whose subject is gone. The history of forecasts stays."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(table).where(table.c.kind == kind.__name__, table.c.key == key))

    def forecasts(self, scope: str, limit: int = 200, *, period: str | None = None) -> list[Forecast]:
        """What was forecast of a scope, newest first: one of each period and day."""
        chosen = sa.select(forecasts.c.body).where(forecasts.c.scope == scope)
        if period is not None:
            chosen = chosen.where(forecasts.c.period == period)
        newest = (forecasts.c.as_of.desc(), forecasts.c.made_at.desc(), forecasts.c.period)
        with self._database.reading() as connection:
            return [from_body(Forecast, one) for one in connection.scalars(chosen.order_by(*newest).limit(limit))]


def write_reports(connection: Connection, values: dict[str, object], at: datetime) -> None:
    """Keep values inside a transaction."""
    rows = [
        {"kind": type(value).__name__, "key": key, "at": at, "body": to_body(value)}
        for key, value in sorted(values.items())
    ]
    upsert(connection, table, rows, update=("at", "body"))


def read_reports(connection: Connection, kind: type[_Kind]) -> dict[str, _Kind]:
    """Every value of a class by its key."""
    chosen = sa.select(table.c.key, table.c.body).where(table.c.kind == kind.__name__).order_by(table.c.key)
    return {key: from_body(kind, body) for key, body in connection.execute(chosen).all()}
