"""What becomes due in an open notice by the clock alone: reminders and steps of escalation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.routing.config import EscalationStep
from alerts.routing.standing import is_acknowledged
from alerts.routing.timing import Timing
from store.alerting import Group, Member


def reminder_due(group: Group, timing: Timing, now: datetime) -> datetime | None:
    """When the next reminder is due; None if there is none to come.

    A last time in the future means that the clock was set back: the interval counts from now.
    """
    if group.last_sent_at is None or timing.stale:
        return None
    if timing.reminders is not None and group.reminders >= timing.reminders:
        return None
    return min(group.last_sent_at, now) + timing.repeat


def steps_to_come(
    group: Group, timing: Timing, loud: Sequence[Member], now: datetime
) -> list[tuple[datetime, EscalationStep]]:
    """The steps of escalation that were not taken in this notice, each with when it is due.

    The time runs from the beginning of the notice, or from when the first member that is still loud joined it.
    """
    if group.notice_at is None or not loud:
        return []
    joined = min(member.joined_at or group.notice_at for member in loud)
    start = min(max(group.notice_at, joined), now)
    return [(start + step.after, step) for step in timing.escalate[group.escalations :]]


def by_the_clock(group: Group, timing: Timing, members: Sequence[Member], now: datetime) -> tuple[datetime | None, ...]:
    """When a group must be looked at again for its reminder and its next step, given those that are not muted."""
    loud = [member for member in members if member.episode.is_open and not is_acknowledged(member.episode)]
    if not loud:
        return ()
    steps = steps_to_come(group, timing, loud, now)
    return (reminder_due(group, timing, now), steps[0][0] if steps else None)
