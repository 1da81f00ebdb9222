"""Sleeping and waking: what was asked for, what was done, what is saved to restore, what environments are and were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of sleeping and waking."""
    _asked_and_done()
    op.create_table(
        "power_saved",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "resource_id", name="pk_power_saved"),
    )
    op.create_table(
        "power_states",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("environment", name="pk_power_states"),
    )
    op.create_table(
        "power_spans",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("environment", "start", name="pk_power_spans"),
    )
    op.create_index("ix_power_spans_end", "power_spans", ["end"])


def downgrade() -> None:
    """Drop them: only a development database is ever taken back."""
    for table in ("power_spans", "power_states", "power_saved", "power_steps", "power_overrides"):
        op.drop_table(table)


def _asked_and_done() -> None:
    op.create_table(
        "power_overrides",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_power_overrides"),
    )
    op.create_index("ix_power_overrides_until", "power_overrides", ["until"])
    op.create_table(
        "power_steps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_power_steps"),
    )
    op.create_index("ix_power_steps_environment_planned_at", "power_steps", ["environment", "planned_at"])
