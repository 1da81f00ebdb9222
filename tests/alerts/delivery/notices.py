"""Notices, drafts and deliveries to try channels with, and a voice of each language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import urllib3

from alerts.delivery.surroundings import Surroundings
from alerts.notice import Notice, NoticeAlert, Voice
from alerts.notice_json import to_json
from dashboards.language import read_languages
from store.alerting import Delivery, DeliveryState, Draft, NoticeKind, Severity
from store.messages import Message, Sentence

AT = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
PAGES = "https://lamps.example.com"


@cache
def voice(language: str = "en", zone: str = "Asia/Seoul") -> Voice:
    return read_languages("en").choose([language], [zone], ZoneInfo("UTC"))


def alert(**changes: Any) -> NoticeAlert:  # noqa: ANN401  any field
    values: dict[str, Any] = {
        "episode": "e1",
        "rule_id": "http-5xx",
        "severity": Severity.PAGE,
        "state": "firing",
        "labels": {"environment": "prod", "rule": "http-5xx"},
        "summary": {"en": "backend: HTTP 5xx 7.2 % (limit 2 %)", "ko": "backend: HTTP 5xx 7.2 % (한도 2 %)"},
        "impact": {"en": "Customers see errors.", "ko": "고객에게 오류가 보입니다."},
        "reason": Message("%(value)s is above %(limit)s", value="7.2 %", limit="2 %"),
        "runbook": "https://wiki.example.com/5xx",
        "value": 7.2,
        "limit": 2.0,
        "unit": "Percent",
        "environment": "prod",
        "component": "backend",
        "fired_at": AT - timedelta(minutes=12),
        "last_change": "deploy backend v12",
        "last_change_at": AT - timedelta(minutes=18),
    }
    return NoticeAlert(**values | changes)


def notice(  # noqa: PLR0913  each a field that tests change
    kind: NoticeKind = NoticeKind.FIRING,
    *,
    receiver: str = "tool",
    name: str = "n1",
    sequence: int = 0,
    alerts: Sequence[NoticeAlert] | None = None,
    changes: Sequence[Sentence] = (),
    **more: Any,  # noqa: ANN401  any field
) -> Notice:
    resolved = kind is NoticeKind.RESOLVED
    if alerts is None:
        alerts = [alert(state="resolved", resolved_at=AT)] if resolved else [alert()]
    values: dict[str, Any] = {
        "status": "resolved" if resolved else "firing",
        "severity": Severity.PAGE,
        "at": AT,
        "alerts": tuple(alerts),
        "total": len(alerts),
    }
    key = f"{receiver}/{name}/{sequence}"
    return Notice(
        key=key,
        notice=name,
        sequence=sequence,
        kind=kind,
        receiver=receiver,
        changes=tuple(changes),
        **(values | more),
    )


def draft_of(told: Notice, **changes: Any) -> Draft:  # noqa: ANN401  any field
    values: dict[str, Any] = {"group": f"g-{told.notice}", "episodes": ("e1",), **changes}
    return Draft(told.receiver, told.kind, to_json(told), told.notice, told.sequence, **values)


def draft(kind: NoticeKind = NoticeKind.FIRING, **changes: Any) -> Draft:  # noqa: ANN401  any field of a notice
    return draft_of(notice(kind, **changes))


def delivery_of(told: Notice, attempts: int = 1) -> Delivery:
    return Delivery(1, draft_of(told), DeliveryState.SENDING, AT, AT, attempts=attempts, epoch=attempts)


def surroundings(http: urllib3.PoolManager, sns: Any = None) -> Surroundings:  # noqa: ANN401  a boto3 client
    return Surroundings(
        http=http,
        sns=lambda _account, _region: sns,
        voice=lambda language, zone: voice(language, zone or "UTC"),
        clock=lambda: datetime.now(UTC),
        public_url=PAGES,
    )
