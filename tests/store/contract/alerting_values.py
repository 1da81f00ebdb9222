"""Alerts, episodes, rounds and flushes as the tests of the store's alerting make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from store.alerting import (
    Alert,
    AlertState,
    Decision,
    Draft,
    Episode,
    Flush,
    Group,
    Member,
    NoticeKind,
    Placement,
    Severity,
    Told,
    Transition,
    episode_id,
    fingerprint,
    group_id,
)
from store.messages import Message

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RECEIVER, ROUTE, LABELS = "ops", "route", {"environment": "prod"}
GROUP = group_id(RECEIVER, ROUTE, LABELS)


def alert(number: int = 1, **changes: object) -> Alert:
    labels = {"InstanceId": f"i-{number}", "environment": "prod"}
    name = fingerprint("cpu-high", labels)
    made = Alert(
        name,
        "cpu-high",
        labels,
        AlertState.FIRING,
        slot=NOW,
        severity=Severity.WARNING,
        episode=episode_id(name, NOW),
        active_at=NOW - MINUTE,
        fired_at=NOW,
        value=91.25,
        limit=80.0,
        unit="%",
        summary={"en": "CPU is high", "ko": "CPU 사용률이 높습니다"},
        reason=Message("%(value)s is above %(limit)s", value="91 %", limit="80 %"),
        why={"window": [{"time": 1, "value": 91.25}]},
        rule_version="v1",
        environment="prod",
        component="web",
    )
    return replace(made, **changes)


def episode(number: int = 1, **changes: object) -> Episode:
    one = alert(number)
    assert one.episode
    return replace(Episode(one.episode, one, one.severity, NOW, NOW), **changes)


def resolved(one: Episode, at: datetime = NOW + MINUTE) -> Episode:
    over = replace(one.alert, state=AlertState.INACTIVE, resolved_at=at)
    return replace(one, alert=over, resolved_at=at, resolved_noticed_at=at)


def transition(one: Episode, **changes: object) -> Transition:
    made = Transition(
        one.alert.fingerprint,
        one.alert.rule_id,
        NOW,
        AlertState.PENDING,
        AlertState.FIRING,
        one.alert.reason,
        NOW,
        one.id,
        value=1.5,
        why={"window": []},
    )
    return replace(made, **changes)


def placed(one: Episode, receiver: str = RECEIVER, due: datetime = NOW) -> Placement:
    return Placement(receiver, ROUTE, LABELS, one.id, due)


def firing_round(*some: Episode, due: datetime = NOW) -> dict[str, Any]:
    return {
        "alerts": [one.alert for one in some],
        "episodes": list(some),
        "transitions": [transition(one) for one in some],
        "placements": [placed(one, due=due) for one in some],
    }


def draft(notice: str, sequence: int, kind: NoticeKind = NoticeKind.NOTE, **changes: object) -> Draft:
    return replace(Draft(RECEIVER, kind, {"text": "배포"}, notice, sequence), **changes)


def telling(now: datetime, again: datetime | None = None) -> Callable[[Group, Sequence[Member]], Flush]:
    """A decision like the router's: tell what fires, then what changed, then that it is over, else nothing."""

    def decide(group: Group, members: Sequence[Member]) -> Flush:
        firing = [one.episode.id for one in members if one.episode.is_open]
        owed = [one.episode.id for one in members if not one.episode.is_open and one.told is Told.FIRING]
        fresh = [one.episode.id for one in members if one.episode.is_open and one.told is not Told.FIRING]
        over = [one.episode.id for one in members if not one.episode.is_open]
        if not fresh and not owed:
            quiet = Decision(now, group.id, group.receiver, sent=False, code="nothing_new", reason="Nothing is new.")
            return Flush(quiet, next_flush=again, leave=tuple(over))
        kind = NoticeKind.CHANGED if firing else NoticeKind.RESOLVED
        if group.notice is None:
            kind = NoticeKind.FIRING
            notice_at = now.isoformat()
            group = replace(group, notice=f"n-{group.id}-{fresh[0]}-{notice_at}", notice_at=now, sequence=0)
        assert group.notice
        after = replace(group, sequence=group.sequence + 1, last_sent_at=now)
        made = Draft(group.receiver, kind, {"kind": kind}, group.notice, after.sequence, group.id, tuple(fresh + owed))
        if kind is NoticeKind.RESOLVED:
            after = replace(after, notice=None, notice_at=None)
        said = Decision(now, group.id, group.receiver, True, kind, "New.", notice=group.notice, sequence=made.sequence)
        told = dict.fromkeys(firing, Told.FIRING) | dict.fromkeys(owed, Told.RESOLVED)
        return Flush(said, (made,), told, after, again, leave=tuple(over))

    return decide
