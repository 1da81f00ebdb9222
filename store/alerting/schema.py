"""The tables of alerting, in the one schema. Revision 0002 makes them.

No foreign keys: every row is written by one transaction that knows both ends, and history is dropped in order. The
documents (`body`, `alert`, `payload`) are JSON that nothing in SQL looks into.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text

from store.columns import Json, Moment, Said
from store.money.columns import Day
from store.schema import metadata

# Plain text where rows come by the thousand: see `store.alerting.documents`.
alerts = Table(
    "alerts",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "rule_id"),
    comment="The alert instances as of their last slot; one that is inactive and has nothing to remember has no row.",
)

episodes = Table(
    "alert_episodes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    Column("severity", Text, nullable=False),
    Column("fired_at", Moment, nullable=False),
    Column("noticed_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("resolved_noticed_at", Moment),
    Column("flaps", Integer, nullable=False),
    Column("worst", Double),
    Column("alert", Text, nullable=False),
    Column("last_change", Text),
    Column("acknowledged_by", Text, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledged_severity", Text),
    Column("opened_at", Moment),
    Index(None, "fired_at"),
    Index(None, "resolved_at"),
    Index(None, "rule_id", "fired_at"),
    comment="Each firing of an alert. The last four columns are people's, the others the engine's.",
)

transitions = Table(
    "alert_transitions",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("at", Moment, primary_key=True, autoincrement=False),
    Column("before", Text, primary_key=True),
    Column("after", Text, primary_key=True),
    Column("health", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("episode", Text),
    Column("recorded_at", Moment),
    Column("value", Double),
    Column("reason", Said, nullable=False),
    Column("why", Json, nullable=False),
    Index(None, "at"),
    Index(None, "episode"),
    Index(None, "rule_id", "at"),
    comment="Each change of an alert's state. `place` orders those of one alert and slot.",
)

rule_states = Table(
    "rule_states",
    metadata,
    Column("rule_id", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("evaluated_to", Moment, nullable=False),
    Column("evaluated_at", Moment, nullable=False),
    Column("health", Text, nullable=False),
    Column("problem", Said, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("cost_ms", Double, nullable=False),
    comment="How far each rule was evaluated.",
)

groups = Table(
    "notice_groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("labels", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_flush", Moment),
    Column("notice", Text),
    Column("notice_at", Moment),
    Column("sequence", Integer, nullable=False),
    Column("last_sent_at", Moment),
    Column("reminders", Integer, nullable=False),
    Column("escalations", Integer, nullable=False),
    Index(None, "next_flush"),
    comment="What a receiver is told together. Whoever decides on a group holds its row.",
)

members = Table(
    "group_members",
    metadata,
    Column("group_id", Text, primary_key=True),
    Column("episode", Text, primary_key=True),
    Column("joined_at", Moment, nullable=False),
    Column("left_at", Moment),
    Column("told", Text, nullable=False),
    Column("told_severity", Text),
    Column("told_acknowledged", Boolean, nullable=False),
    Column("notice", Text),
    Index(None, "episode"),
    Index(None, "notice"),
    comment="The episodes of a group and what its receiver was told of each; kept when they have left it.",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("receiver", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("group_id", Text),
    Column("episodes", Json, nullable=False),
    Column("payload", Text, nullable=False),
    Column("deadline", Moment),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_attempt", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", Moment),
    Column("epoch", BigInteger, nullable=False),
    Column("sent_at", Moment),
    Column("error", Said, nullable=False),
    Column("receipt", Json, nullable=False),
    Index(None, "state", "receiver", "kind"),
    Index(None, "state", "receiver", "next_attempt", "id"),
    Index(None, "notice", "receiver", "sequence"),
    Index(None, "created_at"),
    comment="What is to be said and what was. `epoch` fences whoever lost its lease.",
)

outbox_episodes = Table(
    "outbox_episodes",
    metadata,
    Column("episode", Text, primary_key=True),
    Column("delivery", BigInteger, primary_key=True, autoincrement=False),
    Index(None, "delivery"),
    comment="Which deliveries tell of an episode.",
)

notice_refs = Table(
    "notice_refs",
    metadata,
    Column("receiver", Text, primary_key=True),
    Column("notice", Text, primary_key=True),
    Column("ref", Json, nullable=False),
    Column("at", Moment, nullable=False),
    comment="How a notice's message is found again at its receiver.",
)

decisions = Table(
    "notice_decisions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("group_id", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("at", Moment, nullable=False),
    Column("sent", Boolean, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Said, nullable=False),
    Column("muted", Json, nullable=False),
    Column("notice", Text),
    Column("sequence", Integer),
    Index(None, "group_id", "id"),
    Index(None, "at"),
    comment="What was decided for a group and why. One that repeats itself unsent stays one row, from `since` to `at`.",
)

silences = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("matchers", Json, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("created_at", Moment),
    Column("expired_by", Text, nullable=False),
    Index(None, "ends_at"),
    comment="What nobody is told of for a while. `matchers` are [label, op, value].",
)

# Money as text: a budget may be in won, and its millions do not fit 64 bits of 10⁻¹².
budget_readings = Table(
    "budget_readings",
    metadata,
    Column("budget", Text, primary_key=True),
    Column("start", Moment, primary_key=True, autoincrement=False),
    Column("read_at", Moment, primary_key=True, autoincrement=False),
    Column("end", Moment, nullable=False),
    Column("title", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", Text, nullable=False),
    Column("actual", Text, nullable=False),
    Column("forecast", Text),
    Column("forecast_low", Text),
    Column("forecast_high", Text),
    Column("as_of", Moment, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    Column("movers", Json, nullable=False),
    Column("passes_on", Day),
    comment="What was known of each budget when. `amount` is its limit; `movers` are [what, difference].",
)

query_rows = Table(
    "query_rows",
    metadata,
    Column("query", Text, primary_key=True),
    Column("start", Moment, primary_key=True, autoincrement=False),
    Column("end", Moment, nullable=False),
    Column("rows", Json, nullable=False),
    Column("read_at", Moment, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("environment", Text),
    Column("component", Text),
    comment="The answers of saved queries (Logs Insights).",
)
