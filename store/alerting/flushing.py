"""What was decided for groups, written inside the transaction that holds their rows: many at once cost little more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.alerting.places import in_pieces, place
from store.alerting.queueing import enqueue
from store.alerting.schema import decisions, groups, members
from store.alerting.telling import Decision, Flush, Group, Member, Told
from store.database import upsert

DECISION = "decision"
"""The mark that numbers decisions."""

_TOLD = ("told", "told_severity", "told_acknowledged", "notice")
_OF_GROUP = ("next_flush", "notice", "notice_at", "sequence", "last_sent_at", "reminders", "escalations")


@dataclass(frozen=True, slots=True)
class Decided:
    """A group as it was, who was in it, and what was decided."""

    group: Group
    inside: Sequence[Member]
    flush: Flush


def write_flushes(connection: Connection, some: Sequence[Decided], now: datetime) -> None:
    """Write flushes: the outbox rows, what receivers then know, the groups, further groups, and the decisions.

    Raises:
        ValueError: a member would be marked as told "firing" with no draft that tells it.
    """
    for one in some:
        _refuse_untold(one)
    enqueue(connection, [draft for one in some for draft in one.flush.drafts], now)
    upsert(connection, members, [row for one in some for row in _told_rows(one)], update=_TOLD)
    upsert(connection, members, [row for one in some for row in _left_rows(one, now)], update=["left_at"])
    upsert(connection, groups, [_group_row(one) for one in some], update=_OF_GROUP)
    if placements := [each for one in some for each in one.flush.placements]:
        place(connection, placements, now)
    _log(connection, [(one.group.id, one.flush.decision) for one in some])


def _refuse_untold(one: Decided) -> None:
    if one.flush.drafts:
        return
    before = {member.episode.id: member.told for member in one.inside}
    told = one.flush.told.items()
    wrong = [name for name, what in told if what is Told.FIRING and before.get(name) is not Told.FIRING]
    if wrong:
        raise ValueError(
            f"Group {one.group.id} of receiver {one.group.receiver}: {len(wrong)} episodes (the first is {wrong[0]}) "
            "were marked as told that they fire, and nothing was queued that tells it. Nothing was written."
        )


def _told_rows(one: Decided) -> list[dict[str, Any]]:
    """The members that were told something, as their receiver now knows them."""
    after = one.flush.group or one.group
    rows = []
    for member in one.inside:
        if (told := one.flush.told.get(member.episode.id)) is not None:
            known = {
                "told": told.value,
                "told_severity": member.episode.severity.value,
                "told_acknowledged": member.episode.acknowledged_at is not None,
                "notice": after.notice or one.group.notice,
            }
            rows.append(_member_row(one.group.id, member) | known)
    return rows


def _left_rows(one: Decided, now: datetime) -> list[dict[str, Any]]:
    leaving = set(one.flush.leave)
    gone = (member for member in one.inside if member.episode.id in leaving)
    return [_member_row(one.group.id, member) | {"left_at": now} for member in gone]


def _member_row(group_id: str, member: Member) -> dict[str, Any]:
    """A whole row, of which an upsert takes what has changed: it is there, and nobody else writes it."""
    return {
        "group_id": group_id,
        "episode": member.episode.id,
        "joined_at": member.joined_at,
        "left_at": None,
        "told": member.told.value,
        "told_severity": None,
        "told_acknowledged": False,
        "notice": None,
    }


def _group_row(one: Decided) -> dict[str, Any]:
    before, after = one.group, one.flush.group or one.group
    same = {"id": before.id, "receiver": before.receiver, "route": before.route, "labels": dict(before.labels)}
    changed = {name: getattr(after, name) for name in _OF_GROUP} | {"next_flush": one.flush.next_flush}
    return same | {"created_at": before.created_at} | changed


def _log(connection: Connection, some: Sequence[tuple[str, Decision]]) -> None:
    """Keep decisions. One that says again why nothing is sent brings the last row up to date: no row per tick."""
    last = _newest(connection, [group_id for group_id, _ in some])
    new: list[dict[str, Any]] = []
    for group_id, decision in some:
        row = _decision_row(decision)
        before = last.get(group_id)
        if before is not None and not decision.sent and not before.sent and before.code == decision.code:
            connection.execute(sa.update(decisions).where(decisions.c.id == before.id).values(row))
        else:
            new.append(row | {"group_id": group_id, "since": decision.at})
    if new:
        first = marks.advance(connection, DECISION, len(new)) - len(new) + 1
        upsert(connection, decisions, [{"id": first + number} | row for number, row in enumerate(new)])


def _newest(connection: Connection, group_ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
    found: dict[str, sa.Row[Any]] = {}
    for some in in_pieces(group_ids):
        newest = sa.select(sa.func.max(decisions.c.id)).where(decisions.c.group_id.in_(some))
        chosen = sa.select(decisions.c.id, decisions.c.group_id, decisions.c.sent, decisions.c.code)
        chosen = chosen.where(decisions.c.id.in_(newest.group_by(decisions.c.group_id)))
        found |= {row.group_id: row for row in connection.execute(chosen)}
    return found


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {
        "receiver": decision.receiver,
        "at": decision.at,
        "sent": decision.sent,
        "code": decision.code,
        "reason": decision.reason,
        "muted": dict(decision.muted),
        "notice": decision.notice,
        "sequence": decision.sequence,
    }
