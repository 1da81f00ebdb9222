"""Writing a notice from a group's members: what a receiver is told, in values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.notice import Notice, NoticeAlert
from alerts.routing.mute import Mute
from store.alerting import AlertState, Episode, Group, Member, NoticeKind, Severity
from store.messages import Sentence, from_json
from store.vocabulary import Event

MOST_ALERTS = 50
"""Alerts that a notice carries; `total` counts the rest."""
MOST_LINES = 10
"""Extra lines of one alert."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said: the kind, whom it is about, what changed, and whom to name."""

    kind: NoticeKind
    members: Sequence[Member]
    changes: Sequence[Sentence] = ()
    mention: str = ""
    mutes: Mapping[str, Mute] = field(default_factory=dict)


def notice_id(group: Group, first: Episode) -> str:
    """The name of a new notice: the same when a crash makes us write it again, another for each life of the group."""
    before = [moment and moment.isoformat() for moment in (group.created_at, group.last_sent_at)]
    text = json.dumps([group.id, first.id, *before], separators=(",", ":"))
    return "n" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def notice_of(group: Group, said: Said, at: datetime, events: Mapping[str, Event]) -> Notice:
    """The notice that says it.

    Args:
        group: The group as it is after this: its notice and the number of what is said.
        said: What is to be said.
        at: The moment.
        events: The changes that episodes name as `last_change`, by key, as far as they are known.
    """
    ordered = worst_first(said.members)
    firing = [each.episode for each in ordered if each.episode.is_open]
    notice = group.notice or ""
    return Notice(
        key=f"{group.receiver}/{notice}/{group.sequence}",
        notice=notice,
        sequence=group.sequence,
        kind=said.kind,
        receiver=group.receiver,
        status="firing" if firing else "resolved",
        severity=max(
            (episode.severity for episode in firing or [each.episode for each in ordered]),
            key=lambda severity: severity.rank,
            default=Severity.INFO,
        ),
        at=at,
        group_labels=dict(group.labels),
        alerts=tuple(_alert_of(each, said.mutes, events) for each in ordered[:MOST_ALERTS]),
        total=len(ordered),
        changes=tuple(said.changes),
        mention=said.mention if firing else "",
    )


def worst_first(members: Iterable[Member]) -> list[Member]:
    """Firing before resolved, then by severity, then the newest."""

    def badness(member: Member) -> tuple[bool, int, float, str]:
        episode = member.episode
        return (not episode.is_open, -episode.severity.rank, -episode.fired_at.timestamp(), episode.id)

    return sorted(members, key=badness)


def _alert_of(member: Member, mutes: Mapping[str, Mute], events: Mapping[str, Event]) -> NoticeAlert:
    episode, alert = member.episode, member.episode.alert
    mute = mutes.get(episode.id)
    change = events.get(episode.last_change) if episode.last_change else None
    return NoticeAlert(
        episode=episode.id,
        rule_id=alert.rule_id,
        severity=episode.severity,
        state=_state(episode),
        labels=dict(alert.labels),
        summary=dict(alert.summary),
        impact=dict(alert.impact),
        reason=alert.reason,
        runbook=alert.runbook,
        value=alert.value,
        limit=alert.limit,
        unit=alert.unit,
        environment=alert.environment,
        component=alert.component,
        series_id=alert.series_id,
        fired_at=episode.fired_at,
        resolved_at=episode.resolved_at,
        flaps=episode.flaps,
        acknowledged_by=episode.acknowledged_by if episode.acknowledged_at else "",
        acknowledged_at=episode.acknowledged_at,
        muted=mute.reason if mute is not None else "",
        last_change=change.title if change is not None else "",
        last_change_at=change.at if change is not None else None,
        lines=_lines(alert.why),
        thresholds=tuple((alert.why.get("facts") or {}).get("thresholds") or ()),
        choices=tuple((alert.why.get("facts") or {}).get("choices") or ()),
    )


def _state(episode: Episode) -> str:
    if not episode.is_open:
        return "resolved"
    return "recovering" if episode.alert.state is AlertState.RECOVERING else "firing"


def _lines(why: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """Extra lines of a kind, which it keeps with its reasons: what a budget spent, the top lines of a log."""
    lines = why.get("lines")
    return tuple(from_json(line) for line in lines[:MOST_LINES]) if isinstance(lines, list) else ()
