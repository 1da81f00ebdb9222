"""Dropping what is older than is kept: runs, events, changes, the meter, and series that closed long ago."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks, schema
from store.config import Retention
from store.database import Database


def prune(database: Database, now: datetime, policy: Retention) -> int:
    """Drop rows of history older than the policy keeps, and return how many.

    A series goes, with all that hangs on it, when it was closed for longer than its coarsest points are kept. What is
    open, unsettled or running stays however old it is.
    """
    history, runs = now - policy.history, now - policy.runs
    old = (
        sa.delete(schema.job_runs).where(schema.job_runs.c.slot < runs, schema.job_runs.c.finished.is_not(None)),
        sa.delete(schema.events).where(schema.events.c.at < history),
        sa.delete(schema.health_transitions).where(schema.health_transitions.c.at < history),
        sa.delete(schema.meter).where(schema.meter.c.hour < history),
        sa.delete(schema.intents).where(schema.intents.c.created_at < history, schema.intents.c.state != "open"),
        sa.delete(schema.resources).where(schema.resources.c.closed_at < history),
    )
    with database.writing() as connection:
        dropped = sum(connection.execute(statement).rowcount for statement in old)
        return dropped + _drop_series(connection, now - policy.hour)


def _drop_series(connection: Connection, before: datetime) -> int:
    gone = sa.select(schema.series.c.key).where(schema.series.c.closed_at < before)
    for table in (schema.head, schema.chunks, schema.rollup, schema.gaps, schema.cursors):
        connection.execute(sa.delete(table).where(table.c.series.in_(gone)))
    dropped = connection.execute(sa.delete(schema.series).where(schema.series.c.closed_at < before)).rowcount
    if dropped:
        marks.advance(connection, marks.SERIES_DROPPED, 1)
    return dropped
