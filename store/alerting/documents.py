"""Alert instances and other values as JSON text, as the tables of alerting keep them.

By hand and not by a type of a column: a round reads and writes thousands of alerts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from store.alerting.instances import Alert, AlertState, Evaluation, Severity
from store.columns import from_microseconds, to_microseconds
from store.messages import from_json, to_json

_STATES = {one.value: one for one in AlertState}
_HEALTHS = {one.value: one for one in Evaluation}
_SEVERITIES = {one.value: one for one in Severity}


def to_text(value: object) -> str:
    """JSON text of a value. ASCII only: a lone surrogate from a log line would fail the whole round otherwise."""
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def alert_to_text(alert: Alert) -> str:
    """An alert as it is kept, without its fingerprint, rule and state, which have columns."""
    kept = {
        "labels": dict(alert.labels),
        "health": alert.health,
        "slot": _count(alert.slot),
        "severity": alert.severity,
        "episode": alert.episode,
        "active_at": _count(alert.active_at),
        "fired_at": _count(alert.fired_at),
        "recovering_at": _count(alert.recovering_at),
        "resolved_at": _count(alert.resolved_at),
        "flaps": alert.flaps,
        "value": alert.value,
        "limit": alert.limit,
        "unit": alert.unit,
        "summary": dict(alert.summary),
        "impact": dict(alert.impact),
        "runbook": alert.runbook,
        "reason": to_json(alert.reason),
        "why": dict(alert.why),
        "rule_version": alert.rule_version,
        "environment": alert.environment,
        "component": alert.component,
        "resource_id": alert.resource_id,
        "series_id": alert.series_id,
        "missed": alert.missed,
    }
    return to_text(kept)


def alert_from_text(fingerprint: str, rule_id: str, state: str, body: str) -> Alert:
    """The alert that was kept."""
    kept: dict[str, Any] = json.loads(body)
    kept["health"] = _HEALTHS[kept["health"]]
    kept["severity"] = _SEVERITIES[kept["severity"]]
    kept["reason"] = from_json(kept["reason"])
    for name in ("slot", "active_at", "fired_at", "recovering_at", "resolved_at"):
        if (count := kept[name]) is not None:
            kept[name] = from_microseconds(count)
    return Alert(fingerprint, rule_id, state=_STATES[state], **kept)


def whole_alert_to_text(alert: Alert) -> str:
    """An alert with all of it, as an episode keeps it."""
    return to_text([alert.fingerprint, alert.rule_id, alert.state, alert_to_text(alert)])


def whole_alert_from_text(text: str) -> Alert:
    """The alert that an episode keeps."""
    return alert_from_text(*json.loads(text))


def _count(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
