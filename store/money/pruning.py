"""Dropping what money remembers beyond what is kept. The latest of each day's cost stays, as do ledger and bills."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.money.schema import anomalies, forecasts, observations, reads, reports, savings
from store.money.vocabulary import SavingState


def prune_money(connection: Connection, history: datetime) -> int:
    """Drop what is older than `history`; returns how many rows.

    "What did we know when" reaches back to `history`: of an earlier day's cost only what was the latest then stays.
    Of reads, the newest stays and the one that reaches back farthest, so that the span of what was read stays.
    """
    gone = (SavingState.GONE.value, SavingState.DISMISSED.value)
    old = (
        sa.delete(observations).where(observations.c.superseded_at < history),
        sa.delete(reads).where(reads.c.read_at < history, _is_followed(), _is_covered()),
        sa.delete(forecasts).where(forecasts.c.made_at < history),
        sa.delete(reports).where(reports.c.at < history),
        sa.delete(anomalies).where(anomalies.c.end < history.date(), anomalies.c.open.is_(False)),
        sa.delete(savings).where(savings.c.seen_at < history, savings.c.state.in_(gone)),
    )
    return sum(connection.execute(statement).rowcount for statement in old)


def _is_followed() -> sa.ColumnElement[bool]:
    newer = reads.alias("newer")
    same = (newer.c.account == reads.c.account, newer.c.view == reads.c.view)
    return sa.exists().where(*same, newer.c.read_at > reads.c.read_at)


def _is_covered() -> sa.ColumnElement[bool]:
    wider = reads.alias("wider")
    same = (wider.c.account == reads.c.account, wider.c.view == reads.c.view)
    as_wide = sa.and_(wider.c.start == reads.c.start, wider.c.read_at > reads.c.read_at)
    return sa.exists().where(*same, sa.or_(wider.c.start < reads.c.start, as_wide))
