"""Notices, deliveries and voices for the tests of Slack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from alerts.notice import Notice, NoticeAlert
from alerts.notice_json import to_json
from dashboards.language import Language, read_translations
from store.alerting import Delivery, DeliveryState, Draft, NoticeKind, Severity

NOW = datetime(2026, 11, 23, 18, 16, tzinfo=UTC)
BEGUN = NOW - timedelta(minutes=12)


@cache
def voice(code: str = "en", zone: str = "UTC") -> Language:
    return Language(Locale.parse(code), ZoneInfo(zone), read_translations(code))


def alert(number: int = 0, **changes: Any) -> NoticeAlert:  # noqa: ANN401  any field
    values: dict[str, Any] = {
        "episode": f"e{number:016x}",
        "rule_id": "backend-5xx",
        "severity": Severity.PAGE,
        "state": "firing",
        "labels": {"rule": "backend-5xx", "component": "backend"},
        "summary": {"en": "HTTP 5xx 7.2 %", "ko": "HTTP 5xx 7.2 %"},
        "impact": {"en": "One in fourteen requests fails.", "ko": "요청 열네 건 중 한 건이 실패합니다."},
        "reason": "3 of 3 points above 2 %.",
        "runbook": "https://wiki.example.com/5xx",
        "value": 7.234,
        "limit": 2.0,
        "unit": "Percent",
        "environment": "prod",
        "component": "backend",
        "fired_at": BEGUN,
        "last_change": "deploy backend 4312",
        "last_change_at": BEGUN - timedelta(minutes=6),
    }
    return NoticeAlert(**values | changes)


def notice(*alerts: NoticeAlert, **changes: Any) -> Notice:  # noqa: ANN401  any field
    sequence = changes.pop("sequence", 1)
    name, receiver = changes.pop("notice", "n0123456789abcdef"), changes.pop("receiver", "ops")
    shown = alerts or (alert(),)
    values: dict[str, Any] = {
        "key": f"{receiver}/{name}/{sequence}",
        "notice": name,
        "sequence": sequence,
        "kind": NoticeKind.FIRING,
        "receiver": receiver,
        "status": "firing",
        "severity": Severity.PAGE,
        "at": NOW,
        "group_labels": {"environment": "prod"},
        "alerts": shown,
        "total": len(shown),
    }
    return Notice(**values | changes)


def resolved(**changes: Any) -> Notice:  # noqa: ANN401  any field
    over = alert(state="resolved", resolved_at=NOW + timedelta(minutes=11))
    values: dict[str, Any] = {
        "kind": NoticeKind.RESOLVED,
        "status": "resolved",
        "sequence": 3,
        "at": NOW + timedelta(minutes=11),
        "changes": ("Resolved: backend-5xx",),
    }
    return notice(over, **values | changes)


def taken(**changes: Any) -> Notice:  # noqa: ANN401  any field
    values: dict[str, Any] = {
        "kind": NoticeKind.CHANGED,
        "sequence": 2,
        "changes": ("slack:U0ONCALL01 (oncall) acknowledged backend-5xx",),
    }
    who = alert(acknowledged_by="slack:U0ONCALL01 (oncall)", acknowledged_at=NOW)
    return notice(who, **values | changes)


def delivery(of: Notice, attempts: int = 1, ref: dict[str, Any] | None = None, reason: str = "") -> Delivery:
    draft = Draft(of.receiver, of.kind, to_json(of), of.notice, of.sequence, reason=reason)
    # The demo's Slack runs on the machine's clock: what it looks back on must be of today.
    made = datetime.now(UTC)
    return Delivery(1, draft, DeliveryState.SENDING, made, made, attempts=attempts, ref=ref or {})
