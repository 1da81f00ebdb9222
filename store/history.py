"""Dropping what is older than is kept: runs, events, changes, the meter, and series that closed long ago."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks, schema
from store.alerting.pruning import prune_alerting
from store.config import Retention
from store.database import Database
from store.money.pruning import prune_money
from store.power.pruning import prune_power

RUNS = 14 * 24 * 60
"""Runs kept of each job, a minute's job for two weeks: one that others wake may run far more often."""


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
        dropped = sum(connection.execute(statement).rowcount for statement in old) + _drop_runs(connection)
        dropped += prune_alerting(connection, history, now - policy.full) + prune_money(connection, history)
        dropped += prune_power(connection, history)
        return dropped + _drop_series(connection, now - policy.hour)


def _drop_runs(connection: Connection) -> int:
    """Drop all but the newest runs of each job."""
    runs, dropped = schema.job_runs.c, 0
    for job in connection.execute(sa.select(runs.job).distinct()).scalars().all():
        of_job = sa.select(runs.slot).where(runs.job == job)
        newest_gone = connection.execute(of_job.order_by(runs.slot.desc()).offset(RUNS).limit(1)).scalar_one_or_none()
        if newest_gone is not None:
            old = (runs.job == job, runs.slot <= newest_gone, runs.finished.is_not(None))
            dropped += connection.execute(sa.delete(schema.job_runs).where(*old)).rowcount
    return dropped


def _drop_series(connection: Connection, before: datetime) -> int:
    gone = sa.select(schema.series.c.key).where(schema.series.c.closed_at < before)
    for table in (schema.head, schema.chunks, schema.rollup, schema.gaps, schema.cursors):
        connection.execute(sa.delete(table).where(table.c.series.in_(gone)))
    dropped = connection.execute(sa.delete(schema.series).where(schema.series.c.closed_at < before)).rowcount
    if dropped:
        marks.advance(connection, marks.SERIES_DROPPED, 1)
    return dropped
