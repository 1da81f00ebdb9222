"""Dropping what sleeping and waking remember beyond what is kept. What was saved to restore stays however old it is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.power.schema import overrides, spans, steps
from store.power.vocabulary import StepState


def prune_power(connection: Connection, history: datetime) -> int:
    """Drop what ended before `history`; returns how many rows."""
    still_open = [state.value for state in StepState if state.is_open]
    old = (
        sa.delete(overrides).where(overrides.c.until < history),
        sa.delete(spans).where(spans.c.end < history),
        sa.delete(steps).where(steps.c.planned_at < history, steps.c.state.not_in(still_open)),
    )
    return sum(connection.execute(statement).rowcount for statement in old)
