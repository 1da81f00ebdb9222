"""Episodes and transitions as rows: writing what the engine knows of them, and reading them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.documents import whole_alert_from_text, whole_alert_to_text
from store.alerting.instances import AlertState, Episode, Evaluation, Severity, Transition
from store.alerting.schema import episodes, transitions
from store.database import upsert

_ENGINES = (
    "fingerprint",
    "rule_id",
    "environment",
    "component",
    "severity",
    "fired_at",
    "resolved_at",
    "resolved_noticed_at",
    "flaps",
    "worst",
    "alert",
    "last_change",
)
"""What the engine may change: never what people did, nor when the episode was first noticed."""


def write_episodes(connection: Connection, some: Sequence[Episode]) -> None:
    """Keep episodes, new or known; of a known one only what the engine knows."""
    rows = {one.id: _from_episode(one) for one in some}
    upsert(connection, episodes, [rows[one] for one in sorted(rows)], update=_ENGINES)


def write_transitions(connection: Connection, some: Sequence[Transition]) -> None:
    """Keep transitions; one that is there already (the same round once more) stays as it is."""
    rows: dict[tuple[object, ...], dict[str, Any]] = {}
    for place, one in enumerate(some):
        row = _from_transition(one, place)
        rows.setdefault(tuple(row[column.name] for column in transitions.primary_key.columns), row)
    upsert(connection, transitions, list(rows.values()))


def to_episode(row: sa.Row[Any]) -> Episode:
    """An episode from its row."""
    return Episode(
        id=row.id,
        alert=whole_alert_from_text(row.alert),
        severity=Severity(row.severity),
        fired_at=row.fired_at,
        noticed_at=row.noticed_at,
        resolved_at=row.resolved_at,
        resolved_noticed_at=row.resolved_noticed_at,
        flaps=row.flaps,
        worst=row.worst,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        acknowledged_severity=None if row.acknowledged_severity is None else Severity(row.acknowledged_severity),
        opened_at=row.opened_at,
        last_change=row.last_change,
    )


def _from_episode(one: Episode) -> dict[str, Any]:
    return {
        "id": one.id,
        "fingerprint": one.alert.fingerprint,
        "rule_id": one.alert.rule_id,
        "environment": one.alert.environment,
        "component": one.alert.component,
        "severity": one.severity.value,
        "fired_at": one.fired_at,
        "noticed_at": one.noticed_at,
        "resolved_at": one.resolved_at,
        "resolved_noticed_at": one.resolved_noticed_at,
        "flaps": one.flaps,
        "worst": one.worst,
        "alert": whole_alert_to_text(one.alert),
        "last_change": one.last_change,
        "acknowledged_by": one.acknowledged_by,
        "acknowledged_at": one.acknowledged_at,
        "acknowledged_severity": None if one.acknowledged_severity is None else one.acknowledged_severity.value,
        "opened_at": one.opened_at,
    }


def to_transition(row: sa.Row[Any]) -> Transition:
    """A transition from its row."""
    return Transition(
        fingerprint=row.fingerprint,
        rule_id=row.rule_id,
        at=row.at,
        before=AlertState(row.before),
        after=AlertState(row.after),
        reason=row.reason,
        recorded_at=row.recorded_at,
        episode=row.episode,
        health=Evaluation(row.health),
        value=row.value,
        why=row.why,
    )


def _from_transition(one: Transition, place: int) -> dict[str, Any]:
    return {
        "fingerprint": one.fingerprint,
        "at": one.at,
        "before": one.before.value,
        "after": one.after.value,
        "health": one.health.value,
        "place": place,
        "rule_id": one.rule_id,
        "episode": one.episode,
        "recorded_at": one.recorded_at,
        "value": one.value,
        "reason": one.reason,
        "why": dict(one.why),
    }
