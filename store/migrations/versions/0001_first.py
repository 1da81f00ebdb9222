"""The first schema: series and their samples, resources, health, jobs, the meter, events, intents, facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _small()
    _series()
    _samples()
    _collection()
    _resources()
    _health()
    _jobs()
    _ledgers()


def downgrade() -> None:
    """Drop every table: only a development database is ever taken back."""
    for table in (
        "intents",
        "events",
        "meter",
        "job_runs",
        "jobs",
        "health_transitions",
        "health_states",
        "resources",
        "cursors",
        "gaps",
        "rollup",
        "chunks",
        "head",
        "series",
        "facts",
        "marks",
    ):
        op.drop_table(table)


def _small() -> None:
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Text(), nullable=False),
        sa.Column("stat", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text()),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_series"),
        sa.UniqueConstraint("id", name="uq_series_id"),
    )
    op.create_index("ix_series_resource_id", "series", ["resource_id"])
    op.create_index("ix_series_version", "series", ["version"])


def _samples() -> None:
    op.create_table(
        "head",
        sa.Column("ts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("ts", "series", name="pk_head"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chunks",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("t0", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series", "t0", name="pk_chunks"),
    )
    op.create_table(
        "rollup",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("series", "hour", name="pk_rollup"),
        sqlite_with_rowid=False,
    )


def _collection() -> None:
    op.create_table(
        "gaps",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["series"], ["series.key"], name="fk_gaps_series"),
        sa.PrimaryKeyConstraint("series", "start", name="pk_gaps"),
    )
    op.create_table(
        "cursors",
        sa.Column("series", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("collected_from", sa.BigInteger(), nullable=False),
        sa.Column("collected_to", sa.BigInteger(), nullable=False),
        sa.Column("backfill_to", sa.BigInteger(), nullable=False),
        sa.Column("next_due", sa.BigInteger(), nullable=False),
        sa.Column("hot_until", sa.BigInteger(), nullable=False),
        sa.Column("revised", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_success", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["series"], ["series.key"], name="fk_cursors_series"),
        sa.PrimaryKeyConstraint("series", name="pk_cursors"),
    )


def _resources() -> None:
    op.create_table(
        "resources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_resources"),
    )
    op.create_index("ix_resources_account_region_type", "resources", ["account", "region", "type"])


def _health() -> None:
    op.create_table(
        "health_states",
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.Column("resource_id", sa.Text()),
        sa.Column("value", sa.Double()),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("consecutive", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("check_id", name="pk_health_states"),
    )
    op.create_table(
        "health_transitions",
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.PrimaryKeyConstraint("check_id", "at", name="pk_health_transitions"),
    )
    op.create_index("ix_health_transitions_at", "health_transitions", ["at"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("next_due", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Double()),
        sa.Column("last_started", sa.BigInteger()),
        sa.Column("last_finished", sa.BigInteger()),
        sa.Column("last_success", sa.BigInteger()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Double()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger()),
        sa.Column("owner", sa.Text()),
        sa.Column("expires", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("slot", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("coverage", sa.Double()),
        sa.PrimaryKeyConstraint("job", "slot", name="pk_job_runs"),
    )


def _ledgers() -> None:
    op.create_table(
        "meter",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("throttles", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("cost_low", sa.BigInteger(), nullable=False),
        sa.Column("cost_high", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "account", "region", "api", "job", name="pk_meter"),
    )
    op.create_table(
        "events",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_events"),
    )
    op.create_index("ix_events_at", "events", ["at"])
    op.create_table(
        "intents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
    )
    op.create_index("ix_intents_state_created_at", "intents", ["state", "created_at"])
