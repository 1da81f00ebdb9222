"""The tables of money, in the one schema. Revision 0003 makes them.

The documents (`body`) are JSON that nothing in SQL looks into: see `store.documents`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from store.columns import Json, Moment
from store.money.columns import Amount, Day
from store.schema import metadata

groups = Table(
    "cost_groups",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("view", Text, nullable=False),
    Column("keys", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Index("ix_cost_groups_all", "account", "view", "keys", "currency", unique=True),
    comment="What observations are of. `keys` is a JSON list (`store.money.keys_text`).",
)

observations = Table(
    "cost_observations",
    metadata,
    Column("group", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Day, primary_key=True, autoincrement=False),
    Column("observed_at", Moment, primary_key=True, autoincrement=False),
    Column("superseded_at", Moment),
    Column("estimated", Boolean, nullable=False),
    Column("unblended", Amount, nullable=False),
    Column("amortized", Amount, nullable=False),
    Column("net", Amount, nullable=False),
    Column("usage", Amount, nullable=False),
    Column("unit", Text, nullable=False),
    Index(None, "day"),
    Index(None, "superseded_at"),
    comment="What was said of a group's day, append-only. `superseded_at` is `observed_at` of what followed, if any.",
)

reads = Table(
    "cost_reads",
    metadata,
    Column("account", Text, primary_key=True),
    Column("view", Text, primary_key=True),
    Column("read_at", Moment, primary_key=True, autoincrement=False),
    Column("start", Day, nullable=False),
    Column("end", Day, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("residuals", Json, nullable=False),
    Column("tied", Boolean, nullable=False),
    Index(None, "read_at"),
    comment="Each whole reading of a view, and how it ties out. `residuals` are [currency, basis, amount].",
)

reports = Table(
    "money_reports",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    comment="The newest of everything that is worked out or read as a whole. `kind` is the name of its class.",
)

forecasts = Table(
    "cost_forecasts",
    metadata,
    Column("period", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("as_of", Day, primary_key=True, autoincrement=False),
    Column("made_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "made_at"),
    comment="What was forecast when: one of each scope, period and day.",
)

anomalies = Table(
    "cost_anomalies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("start", Day, nullable=False),
    Column("end", Day, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("detected_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "start"),
    comment="Costs that are not as expected.",
)

savings = Table(
    "savings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    comment="Recommendations, and what people decided of them.",
)

ledger = Table(
    "savings_ledger",
    metadata,
    Column("id", Text, primary_key=True),
    Column("day", Day, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "day"),
    comment="Money that was saved on a day. Kept for good.",
)

bills = Table(
    "bill_files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Column("replaced_at", Moment),
    Index(None, "source", "provider", "period"),
    comment="The manifest of imported bills.",
)

rollups = Table(
    "bill_rollups",
    metadata,
    Column("bill", Text, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("currency", Text, nullable=False),
    Column("dimensions", Json, nullable=False),
    Column("amounts", Json, nullable=False),
    Index(None, "day"),
    comment="The days of each current bill. `place` only numbers the rows of a bill.",
)
