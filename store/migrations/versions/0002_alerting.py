"""Alerting: instances, episodes, transitions, groups, the outbox, silences, budgets, rows of saved queries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of alerting."""
    _states()
    _groups()
    _outbox()
    _readings()


def downgrade() -> None:
    """Drop them: only a development database is ever taken back."""
    for table in (
        "query_rows",
        "budget_readings",
        "silences",
        "notice_refs",
        "outbox_episodes",
        "outbox",
        "notice_decisions",
        "group_members",
        "notice_groups",
        "rule_states",
        "alert_transitions",
        "alert_episodes",
        "alerts",
    ):
        op.drop_table(table)


def _states() -> None:
    op.create_table(
        "alerts",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_alerts"),
    )
    op.create_index("ix_alerts_rule_id", "alerts", ["rule_id"])
    op.create_table(
        "alert_episodes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("resolved_noticed_at", sa.BigInteger()),
        sa.Column("flaps", sa.Integer(), nullable=False),
        sa.Column("worst", sa.Double()),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("last_change", sa.Text()),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_severity", sa.Text()),
        sa.Column("opened_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_alert_episodes"),
    )
    op.create_index("ix_alert_episodes_fired_at", "alert_episodes", ["fired_at"])
    op.create_index("ix_alert_episodes_resolved_at", "alert_episodes", ["resolved_at"])
    op.create_index("ix_alert_episodes_rule_id_fired_at", "alert_episodes", ["rule_id", "fired_at"])
    op.create_table(
        "alert_transitions",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("episode", sa.Text()),
        sa.Column("recorded_at", sa.BigInteger()),
        sa.Column("value", sa.Double()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "at", "before", "after", "health", name="pk_alert_transitions"),
    )
    op.create_index("ix_alert_transitions_at", "alert_transitions", ["at"])
    op.create_index("ix_alert_transitions_episode", "alert_transitions", ["episode"])
    op.create_index("ix_alert_transitions_rule_id_at", "alert_transitions", ["rule_id", "at"])
    op.create_table(
        "rule_states",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("evaluated_to", sa.BigInteger(), nullable=False),
        sa.Column("evaluated_at", sa.BigInteger(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("instances", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("cost_ms", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name="pk_rule_states"),
    )


def _groups() -> None:
    op.create_table(
        "notice_groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_flush", sa.BigInteger()),
        sa.Column("notice", sa.Text()),
        sa.Column("notice_at", sa.BigInteger()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("last_sent_at", sa.BigInteger()),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice_groups"),
    )
    op.create_index("ix_notice_groups_next_flush", "notice_groups", ["next_flush"])
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("told_severity", sa.Text()),
        sa.Column("told_acknowledged", sa.Boolean(), nullable=False),
        sa.Column("notice", sa.Text()),
        sa.PrimaryKeyConstraint("group_id", "episode", name="pk_group_members"),
    )
    op.create_index("ix_group_members_episode", "group_members", ["episode"])
    op.create_index("ix_group_members_notice", "group_members", ["notice"])
    op.create_table(
        "notice_decisions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("muted", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text()),
        sa.Column("sequence", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_notice_decisions"),
    )
    op.create_index("ix_notice_decisions_at", "notice_decisions", ["at"])
    op.create_index("ix_notice_decisions_group_id_id", "notice_decisions", ["group_id", "id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text()),
        sa.Column("episodes", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index("ix_outbox_notice_receiver_sequence", "outbox", ["notice", "receiver", "sequence"])
    op.create_index("ix_outbox_state_receiver_kind", "outbox", ["state", "receiver", "kind"])
    op.create_index("ix_outbox_state_receiver_next_attempt_id", "outbox", ["state", "receiver", "next_attempt", "id"])
    op.create_table(
        "outbox_episodes",
        sa.Column("episode", sa.Text(), nullable=False),
        sa.Column("delivery", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("episode", "delivery", name="pk_outbox_episodes"),
    )
    op.create_index("ix_outbox_episodes_delivery", "outbox_episodes", ["delivery"])
    op.create_table(
        "notice_refs",
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receiver", "notice", name="pk_notice_refs"),
    )


def _readings() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("matchers", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger()),
        sa.Column("expired_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_ends_at", "silences", ["ends_at"])
    op.create_table(
        "budget_readings",
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("read_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.Column("actual", sa.Text(), nullable=False),
        sa.Column("forecast", sa.Text()),
        sa.Column("forecast_low", sa.Text()),
        sa.Column("forecast_high", sa.Text()),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.Column("movers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("budget", "start", "read_at", name="pk_budget_readings"),
    )
    op.create_table(
        "query_rows",
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("environment", sa.Text()),
        sa.Column("component", sa.Text()),
        sa.PrimaryKeyConstraint("query", "start", name="pk_query_rows"),
    )
