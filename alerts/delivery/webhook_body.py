"""The JSON that a webhook is posted: values for programs, and title and text for people.

version   1; keys are only ever added to it
key       what is the same for every attempt; also the header Idempotency-Key
kind      firing, changed, reminder, resolved (one message's life), or note
status    firing or resolved
severity  page, warning or info: the worst of it
notice, sequence, receiver, at (ISO 8601), group (its labels), total (of alerts)
title, text (in the receiver's language), url (of the worst alert's page, or null)
alerts    worst first, at most 50: episode, rule, state, severity, labels, environment, component, summary, impact,
          reason, value, limit, unit, runbook, fired_at, resolved_at, acknowledged_by, acknowledged_at, muted,
          last_change, last_change_at, flaps, url
changes   sentences: what is new since the last delivery of this notice
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.delivery.text import clean, link, plain_text, title
from alerts.notice import Notice, NoticeAlert, Voice
from alerts.slack.words import change_of, in_language

VERSION = 1
_MOST_LABELS = 64


def body_of(notice: Notice, voice: Voice, public_url: str) -> dict[str, Any]:
    """The whole of it as JSON values."""
    alerts = [_alert(alert, voice, public_url) for alert in notice.alerts]
    return {
        "version": VERSION,
        "key": notice.key,
        "kind": notice.kind.value,
        "status": notice.status,
        "severity": notice.severity.value,
        "notice": notice.notice,
        "sequence": notice.sequence,
        "receiver": notice.receiver,
        "at": notice.at.isoformat(),
        "group": _labels(notice.group_labels),
        "total": notice.total,
        "title": title(notice, voice),
        "text": plain_text(notice, voice, public_url),
        "url": next((alert["url"] for alert in alerts), None),
        "alerts": alerts,
        "changes": [clean(change_of(change, notice, voice)) for change in notice.changes],
    }


def _alert(alert: NoticeAlert, voice: Voice, public_url: str) -> dict[str, Any]:
    return {
        "episode": alert.episode,
        "rule": alert.rule_id,
        "state": alert.state,
        "severity": alert.severity.value,
        "labels": _labels(alert.labels),
        "environment": alert.environment and clean(alert.environment),
        "component": alert.component and clean(alert.component),
        "summary": clean(in_language(alert.summary, voice, "") or alert.rule_id),
        "impact": clean(in_language(alert.impact, voice, "")),
        "reason": clean(voice.say(alert.reason)),
        "value": _finite(alert.value),
        "limit": _finite(alert.limit),
        "unit": clean(alert.unit),
        "runbook": clean(alert.runbook),
        "fired_at": _moment(alert.fired_at),
        "resolved_at": _moment(alert.resolved_at),
        "acknowledged_by": clean(alert.acknowledged_by),
        "acknowledged_at": _moment(alert.acknowledged_at),
        "muted": clean(voice.say(alert.muted)),
        "last_change": clean(voice.say(alert.last_change)),
        "last_change_at": _moment(alert.last_change_at),
        "flaps": alert.flaps,
        "url": link(alert, public_url) or None,
    }


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {clean(name): clean(value) for name, value in list(labels.items())[:_MOST_LABELS]}


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinity."""
    return value if value is not None and math.isfinite(value) else None


def _moment(when: datetime | None) -> str | None:
    return when.isoformat() if when is not None else None
