"""What was decided for a group, written inside the transaction that holds the group's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.alerting.places import in_pieces, place
from store.alerting.queueing import enqueue
from store.alerting.schema import decisions, groups, members
from store.alerting.telling import Decision, Flush, Group, Member, Told

DECISION = "decision"
"""The mark that numbers decisions."""


def write_flush(connection: Connection, group: Group, inside: Sequence[Member], flush: Flush, now: datetime) -> None:
    """Write a flush: the outbox rows, what the receiver then knows, the group, further groups, and the decision.

    Raises:
        ValueError: a member would be marked as told "firing" with no draft that tells it.
    """
    _refuse_untold(group, inside, flush)
    after = flush.group or group
    enqueue(connection, flush.drafts, now)
    _mark_told(connection, group.id, inside, flush.told, after.notice or group.notice)
    for some in in_pieces(flush.leave):
        leaving = (members.c.group_id == group.id, members.c.episode.in_(some), members.c.left_at.is_(None))
        connection.execute(sa.update(members).where(*leaving).values(left_at=now))
    values = {
        "next_flush": flush.next_flush,
        "notice": after.notice,
        "notice_at": after.notice_at,
        "sequence": after.sequence,
        "last_sent_at": after.last_sent_at,
        "reminders": after.reminders,
        "escalations": after.escalations,
    }
    connection.execute(sa.update(groups).where(groups.c.id == group.id).values(values))
    if flush.placements:
        place(connection, flush.placements, now)
    _log(connection, group.id, flush.decision)


def _refuse_untold(group: Group, inside: Sequence[Member], flush: Flush) -> None:
    if flush.drafts:
        return
    before = {one.episode.id: one.told for one in inside}
    wrong = [one for one, told in flush.told.items() if told is Told.FIRING and before.get(one) is not Told.FIRING]
    if wrong:
        raise ValueError(
            f"Group {group.id} of receiver {group.receiver}: {len(wrong)} episodes (the first is {wrong[0]}) were "
            "marked as told that they fire, and nothing was queued that tells it. Nothing was written."
        )


def _mark_told(
    connection: Connection, group_id: str, inside: Sequence[Member], told: Mapping[str, Told], notice: str | None
) -> None:
    """Mark members alike in one statement: thousands of them differ in little."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for one in inside:
        if (what := told.get(one.episode.id)) is not None:
            acknowledged = one.episode.acknowledged_at is not None
            alike.setdefault((what.value, one.episode.severity.value, acknowledged), []).append(one.episode.id)
    for (what_told, severity, acknowledged), names in alike.items():
        values: dict[str, Any] = {"told": what_told, "told_severity": severity, "told_acknowledged": acknowledged}
        if what_told and notice is not None:
            values["notice"] = notice
        for some in in_pieces(names):
            chosen = sa.update(members).where(members.c.group_id == group_id, members.c.episode.in_(some))
            connection.execute(chosen.values(values))


def _log(connection: Connection, group_id: str, decision: Decision) -> None:
    """Keep a decision. One that says again why nothing is sent brings the last row up to date: no row per tick."""
    row: dict[str, Any] = {
        "receiver": decision.receiver,
        "at": decision.at,
        "sent": decision.sent,
        "code": decision.code,
        "reason": decision.reason,
        "muted": dict(decision.muted),
        "notice": decision.notice,
        "sequence": decision.sequence,
    }
    newest = sa.select(decisions.c.id, decisions.c.sent, decisions.c.code).where(decisions.c.group_id == group_id)
    last = connection.execute(newest.order_by(decisions.c.id.desc()).limit(1)).one_or_none()
    if last is not None and not decision.sent and not last.sent and last.code == decision.code:
        connection.execute(sa.update(decisions).where(decisions.c.id == last.id).values(row))
        return
    row |= {"id": marks.advance(connection, DECISION, 1), "group_id": group_id, "since": decision.at}
    connection.execute(sa.insert(decisions), [row])
