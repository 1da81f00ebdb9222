"""Alerting: its words, which are imported from here, and the parts of the store that keep them (see `store.Store`)."""

from __future__ import annotations

from store.alerting.instances import (
    Alert,
    AlertState,
    Episode,
    Evaluation,
    Labels,
    RuleState,
    Severity,
    Transition,
    episode_id,
    fingerprint,
    group_id,
)
from store.alerting.readings import (
    BudgetReading,
    Matcher,
    QueryRows,
    Score,
    Silence,
)
from store.alerting.telling import (
    Decision,
    Delivery,
    DeliveryState,
    Draft,
    Flush,
    Group,
    Member,
    NoticeKind,
    Obligation,
    Placement,
    Told,
)

__all__ = [
    "Alert",
    "AlertState",
    "BudgetReading",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Draft",
    "Episode",
    "Evaluation",
    "Flush",
    "Group",
    "Labels",
    "Matcher",
    "Member",
    "NoticeKind",
    "Obligation",
    "Placement",
    "QueryRows",
    "RuleState",
    "Score",
    "Severity",
    "Silence",
    "Told",
    "Transition",
    "episode_id",
    "fingerprint",
    "group_id",
]
