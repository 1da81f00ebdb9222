"""Costs that are not as expected: found by us or told by AWS, read by rules and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from store.database import Database, upsert
from store.documents import from_body, to_body
from store.events import write_events
from store.money.schema import anomalies as table
from store.money.vocabulary import CostAnomaly
from store.vocabulary import Event


class Anomalies:
    """The anomalies of cost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def upsert(self, found: Sequence[CostAnomaly]) -> None:
        """Keep anomalies, each in place of the one of its id. A new id is an event `cost.anomaly`, once."""
        rows = {one.id: _from_anomaly(one) for one in found}
        with self._database.writing() as connection:
            upsert(
                connection,
                table,
                [rows[one] for one in sorted(rows)],
                update=("start", "end", "open", "detected_at", "body"),
            )
            write_events(connection, [_event(one) for one in found])

    def find(
        self, *, start: date | None = None, end: date | None = None, open_only: bool = False, limit: int = 200
    ) -> list[CostAnomaly]:
        """The anomalies with an unusual day in [start, end), newest first."""
        chosen = sa.select(table.c.body)
        if start is not None:
            chosen = chosen.where(table.c.end > start)
        if end is not None:
            chosen = chosen.where(table.c.start < end)
        if open_only:
            chosen = chosen.where(table.c.open.is_(True))
        chosen = chosen.order_by(table.c.start.desc(), table.c.detected_at.desc(), table.c.id).limit(limit)
        with self._database.reading() as connection:
            return [from_body(CostAnomaly, one) for one in connection.scalars(chosen)]


def _from_anomaly(one: CostAnomaly) -> dict[str, Any]:
    return {
        "id": one.id,
        "start": one.start,
        "end": one.end,
        "open": one.open,
        "detected_at": one.detected_at,
        "body": to_body(one),
    }


def _event(one: CostAnomaly) -> Event:
    return Event(
        f"cost.anomaly:{one.id}",
        one.detected_at,
        "cost.anomaly",
        f"Unusual cost: {one.cause}",
        environment=one.environment,
        component=one.component,
        detail={
            "id": one.id,
            "kind": one.kind.value,
            "scope": one.scope,
            "impact": str(one.impact),
            "currency": one.currency,
            "source": one.source,
            "muted": one.muted,
        },
    )
