"""The tables of sleeping and waking, in the one schema. Revision 0004 makes them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from store.columns import Moment
from store.schema import metadata

overrides = Table(
    "power_overrides",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("until", Moment, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "until"),
    comment="What people asked for: keep on, keep off, holds.",
)

steps = Table(
    "power_steps",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "environment", "planned_at"),
    comment="Each act on a resource, written before the call to AWS.",
)

saved = Table(
    "power_saved",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("resource_id", Text, primary_key=True),
    Column("body", Text, nullable=False),
    comment="What each sleeping resource needs to be as it was. Never overwritten, dropped when it is restored.",
)

states = Table(
    "power_states",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("body", Text, nullable=False),
    comment="What is known of each environment.",
)

spans = Table(
    "power_spans",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("start", Moment, primary_key=True, autoincrement=False),
    Column("end", Moment),
    Column("body", Text, nullable=False),
    Index(None, "end"),
    comment="What each environment was observed to be, and when.",
)
