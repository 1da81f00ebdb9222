"""Money: observations of cost, their reads, what is worked out from them, savings, the ledger, imported bills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of money, and tell when a forecast passes a budget."""
    _costs()
    _worked_out()
    _saved()
    _bills()
    op.add_column("budget_readings", sa.Column("passes_on", sa.BigInteger()))


def downgrade() -> None:
    """Drop them: only a development database is ever taken back."""
    op.drop_column("budget_readings", "passes_on")
    for table in (
        "bill_rollups",
        "bill_files",
        "savings_ledger",
        "savings",
        "cost_anomalies",
        "cost_forecasts",
        "money_reports",
        "cost_reads",
        "cost_observations",
        "cost_groups",
    ):
        op.drop_table(table)


def _costs() -> None:
    op.create_table(
        "cost_groups",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_cost_groups"),
    )
    op.create_index("ix_cost_groups_all", "cost_groups", ["account", "view", "keys", "currency"], unique=True)
    op.create_table(
        "cost_observations",
        sa.Column("group", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("observed_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_at", sa.BigInteger()),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("unblended", sa.Text(), nullable=False),
        sa.Column("amortized", sa.Text(), nullable=False),
        sa.Column("net", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group", "day", "observed_at", name="pk_cost_observations"),
    )
    op.create_index("ix_cost_observations_day", "cost_observations", ["day"])
    op.create_index("ix_cost_observations_superseded_at", "cost_observations", ["superseded_at"])
    op.create_table(
        "cost_reads",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("residuals", sa.Text(), nullable=False),
        sa.Column("tied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "view", "read_at", name="pk_cost_reads"),
    )
    op.create_index("ix_cost_reads_read_at", "cost_reads", ["read_at"])


def _worked_out() -> None:
    op.create_table(
        "money_reports",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name="pk_money_reports"),
    )
    op.create_table(
        "cost_forecasts",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", "scope", "as_of", name="pk_cost_forecasts"),
    )
    op.create_index("ix_cost_forecasts_made_at", "cost_forecasts", ["made_at"])
    op.create_table(
        "cost_anomalies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("detected_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cost_anomalies"),
    )
    op.create_index("ix_cost_anomalies_start", "cost_anomalies", ["start"])


def _saved() -> None:
    op.create_table(
        "savings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_savings"),
    )
    op.create_table(
        "savings_ledger",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_savings_ledger"),
    )
    op.create_index("ix_savings_ledger_day", "savings_ledger", ["day"])


def _bills() -> None:
    op.create_table(
        "bill_files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_bill_files"),
    )
    op.create_index("ix_bill_files_source_provider_period", "bill_files", ["source", "provider", "period"])
    op.create_table(
        "bill_rollups",
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bill", "place", name="pk_bill_rollups"),
    )
    op.create_index("ix_bill_rollups_day", "bill_rollups", ["day"])
