"""Notices as JSON and back, without loss: what the outbox keeps and notifiers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.notice import Notice, NoticeAlert
from store.alerting import NoticeKind, Severity
from store.messages import from_json as sentence_from_json
from store.messages import to_json as sentence_to_json

_SENTENCES = ("reason", "muted", "last_change")
_MOMENTS = ("fired_at", "resolved_at", "acknowledged_at", "last_change_at")
_PLAIN = (
    *("episode", "rule_id", "state", "runbook", "value", "limit", "unit", "environment", "component", "series_id"),
    *("flaps", "acknowledged_by"),
)
_MAPS = ("labels", "summary", "impact")


def to_json(notice: Notice) -> dict[str, Any]:
    """A notice as plain JSON values. Moments are ISO 8601 with their offset."""
    return {
        "key": notice.key,
        "notice": notice.notice,
        "sequence": notice.sequence,
        "kind": notice.kind.value,
        "receiver": notice.receiver,
        "status": notice.status,
        "severity": notice.severity.value,
        "at": notice.at.isoformat(),
        "group_labels": dict(notice.group_labels),
        "alerts": [_alert_to_json(alert) for alert in notice.alerts],
        "total": notice.total,
        "changes": [sentence_to_json(change) for change in notice.changes],
        "mention": notice.mention,
        "note": _texts(notice.note),
    }


def from_json(kept: Mapping[str, Any]) -> Notice:
    """The notice that was kept."""
    return Notice(
        key=kept["key"],
        notice=kept["notice"],
        sequence=kept["sequence"],
        kind=NoticeKind(kept["kind"]),
        receiver=kept["receiver"],
        status=kept["status"],
        severity=Severity(kept["severity"]),
        at=datetime.fromisoformat(kept["at"]),
        group_labels=dict(kept["group_labels"]),
        alerts=tuple(_alert_from_json(alert) for alert in kept["alerts"]),
        total=kept["total"],
        changes=tuple(sentence_from_json(change) for change in kept["changes"]),
        mention=kept["mention"],
        note=_tuples(kept["note"]),
    )


def _alert_to_json(alert: NoticeAlert) -> dict[str, Any]:
    return {
        "severity": alert.severity.value,
        "lines": [sentence_to_json(line) for line in alert.lines],
        "thresholds": list(alert.thresholds),
        "choices": [dict(one) for one in alert.choices],
        **{name: getattr(alert, name) for name in _PLAIN},
        **{name: dict(getattr(alert, name)) for name in _MAPS},
        **{name: sentence_to_json(getattr(alert, name)) for name in _SENTENCES},
        **{name: moment and moment.isoformat() for name in _MOMENTS for moment in [getattr(alert, name)]},
    }


def _alert_from_json(kept: Mapping[str, Any]) -> NoticeAlert:
    values: dict[str, Any] = {name: kept[name] for name in _PLAIN}
    values |= {name: dict(kept[name]) for name in _MAPS}
    values |= {name: sentence_from_json(kept[name]) for name in _SENTENCES}
    values |= {name: kept[name] and datetime.fromisoformat(kept[name]) for name in _MOMENTS}
    lines = tuple(sentence_from_json(line) for line in kept["lines"])
    # What an older version kept has none.
    thresholds = tuple(kept.get("thresholds", ()))
    choices = tuple(dict(one) for one in kept.get("choices", ()))
    return NoticeAlert(
        severity=Severity(kept["severity"]), lines=lines, thresholds=thresholds, choices=choices, **values
    )


def _texts(texts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {language: list(lines) for language, lines in texts.items()}


def _tuples(kept: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {language: tuple(lines) for language, lines in kept.items()}
