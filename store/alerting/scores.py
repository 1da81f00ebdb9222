"""How useful rules were: fired, acknowledged, self-resolved, opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.readings import Score
from store.alerting.schema import episodes, outbox, outbox_episodes
from store.alerting.telling import DeliveryState
from store.columns import to_microseconds


def read_scores(connection: Connection, start: datetime, end: datetime) -> list[Score]:
    """The score of each rule over the episodes that began in [start, end); one that still fires counts until `end`."""
    chosen = (episodes.c.fired_at >= start, episodes.c.fired_at < end)
    messages = (
        sa.select(episodes.c.rule_id, sa.func.count(outbox.c.id.distinct()).label("sent"))
        .join(outbox_episodes, outbox_episodes.c.episode == episodes.c.id)
        .join(outbox, outbox.c.id == outbox_episodes.c.delivery)
        .where(*chosen, outbox.c.state == DeliveryState.SENT.value)
        .group_by(episodes.c.rule_id)
    )
    sent = {row.rule_id: int(row.sent) for row in connection.execute(messages)}
    rows = connection.execute(_counts(end).where(*chosen).group_by(episodes.c.rule_id).order_by(episodes.c.rule_id))
    return [_to_score(row, sent.get(row.rule_id, 0)) for row in rows]


def _counts(end: datetime) -> sa.Select[Any]:
    table = episodes.c
    last = sa.literal(to_microseconds(end), sa.BigInteger)
    fired, resolved = (sa.type_coerce(one, sa.BigInteger) for one in (table.fired_at, table.resolved_at))
    until = sa.case((resolved.is_(None), last), (resolved > last, last), else_=resolved)
    return sa.select(
        table.rule_id,
        sa.func.count().label("fired"),
        sa.func.count(table.acknowledged_at).label("acknowledged"),
        _how_many(sa.and_(table.resolved_at.is_not(None), table.acknowledged_at.is_(None))).label("self_resolved"),
        sa.func.count(table.opened_at).label("opened"),
        sa.func.sum(table.flaps).label("flaps"),
        sa.func.sum(until - fired).label("firing"),
    )


def _how_many(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _to_score(row: sa.Row[Any], messages: int) -> Score:
    return Score(
        rule_id=row.rule_id,
        fired=row.fired,
        acknowledged=row.acknowledged,
        self_resolved=int(row.self_resolved),
        opened=row.opened,
        flaps=int(row.flaps),
        firing_seconds=int(row.firing) // 1_000_000,
        messages=messages,
    )
