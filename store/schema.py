"""The one schema, for both engines. Migrations in store/migrations bring a database here, step by step.

Moments are microseconds and sample times seconds since 1970, both 64-bit integers. Money is an integer number of
10⁻¹² dollars. Nothing is autoincremented by the database: a backup of one engine loads into the other.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

from store.columns import Exact, Json, Moment, Said

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="Named whole numbers: what is sealed up to when, the next series key, the catalogue's version.",
)

series = Table(
    "series",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("dimensions", Json, nullable=False),
    Column("stat", Text, nullable=False),
    Column("period", Integer, nullable=False),
    Column("absent", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("resource_id", Text),
    Column("environment", Text),
    Column("component", Text),
    Column("closed_at", Moment),
    Column("version", BigInteger, nullable=False),
    Index(None, "version"),
    Index(None, "resource_id"),
    comment="What is measured. `key` is the short name that samples carry; `version` grows with each change.",
)

# Ordered by time, so that a tick of every series is one append. No foreign key: the catalogue hands out the keys, and
# a check per sample would cost more than the sample.
head = Table(
    "head",
    metadata,
    Column("ts", BigInteger, primary_key=True, autoincrement=False),
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("value", Double, nullable=False),
    sqlite_with_rowid=False,
    comment="The newest samples, a row each, until they are sealed.",
)

chunks = Table(
    "chunks",
    metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("span", Integer, nullable=False),
    Column("t0", BigInteger, primary_key=True, autoincrement=False),
    Column("step", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    comment="Sealed samples: an hour or day (`span` seconds) of a series from `t0` on, see samples/codec.py.",
)

rollup = Table(
    "rollup",
    metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("total", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    sqlite_with_rowid=False,
    comment="Each sealed hour of each series in four numbers. `hour` counts hours since 1970.",
)

gaps = Table(
    "gaps",
    metadata,
    Column("series", Integer, ForeignKey("series.key"), primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("end", BigInteger, nullable=False),
    Column("reason", Said, nullable=False),
    comment="Stretches [start, end) in which nothing is known of a series.",
)

cursors = Table(
    "cursors",
    metadata,
    Column("series", Integer, ForeignKey("series.key"), primary_key=True, autoincrement=False),
    Column("collected_from", BigInteger, nullable=False),
    Column("collected_to", BigInteger, nullable=False),
    Column("backfill_to", BigInteger, nullable=False),
    Column("next_due", BigInteger, nullable=False),
    Column("hot_until", BigInteger, nullable=False),
    Column("revised", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_success", BigInteger, nullable=False),
    comment="How far each series has been collected.",
)

resources = Table(
    "resources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    Column("state", Text, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("closed_at", Moment),
    Index(None, "account", "region", "type"),
    comment="What there is in AWS, and what there was.",
)

health_states = Table(
    "health_states",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Said, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Said, nullable=False),
    Column("observed_at", Moment, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    Column("resource_id", Text),
    Column("value", Double),
    Column("unit", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("consecutive", Integer, nullable=False),
    comment="The latest observation of each health check.",
)

health_transitions = Table(
    "health_transitions",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("at", Moment, primary_key=True, autoincrement=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("reason", Said, nullable=False),
    Column("title", Said, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    Index(None, "at"),
    comment="Each change of a health check from one status to another.",
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("every", Integer, nullable=False),
    Column("next_due", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("message", Said, nullable=False),
    Column("coverage", Double),
    Column("last_started", Moment),
    Column("last_finished", Moment),
    Column("last_success", Moment),
    Column("failures", Integer, nullable=False),
    Column("progress", Double),
    Column("epoch", BigInteger, nullable=False),
    Column("slot", Moment),
    Column("owner", Text),
    Column("expires", Moment),
    comment="Recurring work, when it is due, and the row lease of whoever runs it. `epoch` fences.",
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", Moment, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("started", Moment, nullable=False),
    Column("finished", Moment),
    Column("outcome", Text, nullable=False),
    Column("message", Said, nullable=False),
    Column("coverage", Double),
    comment="Each slot of a job that was run, once.",
)

meter = Table(
    "meter",
    metadata,
    Column("hour", Moment, primary_key=True, autoincrement=False),
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("api", Text, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("throttles", BigInteger, nullable=False),
    Column("units", Exact(9), nullable=False),
    Column("cost_low", Exact(12), nullable=False),
    Column("cost_high", Exact(12), nullable=False),
    comment="Our own AWS calls and their estimated price, by hour.",
)

events = Table(
    "events",
    metadata,
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    Column("detail", Json, nullable=False),
    Index(None, "at"),
    comment="The timeline and the audit.",
)

intents = Table(
    "intents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("result", Text, nullable=False),
    Index(None, "state", "created_at"),
    comment="What people asked for, for the worker to carry out.",
)

facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
    comment="Small persistent facts.",
)
