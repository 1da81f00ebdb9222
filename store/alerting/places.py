"""Groups as rows, episodes put into them, and when somebody must look at a group again.

Whoever writes a group's `next_flush` holds its row until the commit, and groups are locked in order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.schema import episodes, groups, members
from store.alerting.telling import Group, Placement, Told
from store.database import upsert

_AT_ONCE = 5_000
"""Names in one statement: SQLite takes 32,766 parameters, PostgreSQL 65,535."""


def in_pieces(names: Iterable[str]) -> Iterable[list[str]]:
    """Sorted names in lists that fit one statement."""
    ordered = sorted(set(names))
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def place(connection: Connection, placements: Sequence[Placement], at: datetime) -> None:
    """Put episodes into groups at a moment: a group is made, or looked at by `due` at the latest; the episode joins it.

    An episode that is in the group stays as it is. One that had left it and fires joins again; nothing was told of this
    firing yet, unless the receiver was told that it fires and never that it is over.
    """
    wanted: dict[str, dict[str, Any]] = {}
    for one in placements:
        row = wanted.setdefault(one.group, _new_group(one, at))
        row["next_flush"] = min(row["next_flush"], one.due)
    upsert(connection, groups, [wanted[one] for one in sorted(wanted)])
    for due in sorted({row["next_flush"] for row in wanted.values()}):
        touch(connection, [name for name, row in wanted.items() if row["next_flush"] == due], due)
    pairs = {(one.group, one.episode) for one in placements}
    _rejoin(connection, pairs, at)
    upsert(connection, members, [_new_member(*pair, at) for pair in sorted(pairs)])


def touch(connection: Connection, names: Iterable[str], at: datetime) -> None:
    """Have groups looked at by a moment at the latest."""
    for some in in_pieces(names):
        _bring_forward(connection, groups.c.id.in_(some), at)


def touch_groups_of(connection: Connection, episode_ids: Iterable[str], at: datetime) -> None:
    """Have every group looked at that has one of these episodes."""
    for some in in_pieces(episode_ids):
        chosen = sa.select(members.c.group_id).where(members.c.episode.in_(some), members.c.left_at.is_(None))
        touch(connection, connection.execute(chosen.distinct()).scalars().all(), at)


def touch_open(connection: Connection, at: datetime) -> None:
    """Have every group looked at that has a member or an open notice."""
    _bring_forward(connection, is_open(), at)


def is_open() -> sa.ColumnElement[bool]:
    """Whether there is still something to tell of a group."""
    has_member = sa.exists().where(members.c.group_id == groups.c.id, members.c.left_at.is_(None))
    return sa.or_(groups.c.notice.is_not(None), has_member)


def _bring_forward(connection: Connection, which: sa.ColumnElement[bool], at: datetime) -> None:
    later = sa.or_(groups.c.next_flush.is_(None), groups.c.next_flush > at)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(groups.c.id).where(which, later).order_by(groups.c.id).with_for_update())
    connection.execute(sa.update(groups).where(which, later).values(next_flush=at))


def _rejoin(connection: Connection, pairs: set[tuple[str, str]], at: datetime) -> None:
    """Take back the episodes that left a group and fire again (a flap, merged into the episode)."""
    for some in in_pieces(episode for _, episode in pairs):
        chosen = (
            sa.select(members.c.group_id, members.c.episode)
            .join(episodes, episodes.c.id == members.c.episode)
            .where(members.c.episode.in_(some), members.c.left_at.is_not(None), episodes.c.resolved_at.is_(None))
        )
        for group, episode in connection.execute(chosen).all():
            if (group, episode) in pairs:
                mine = sa.update(members).where(members.c.group_id == group, members.c.episode == episode)
                connection.execute(
                    mine.where(members.c.told != Told.FIRING.value).values(_new_member(group, episode, at))
                )
                connection.execute(mine.where(members.c.told == Told.FIRING.value).values(left_at=None))


def _new_group(one: Placement, at: datetime) -> dict[str, Any]:
    return {
        "id": one.group,
        "receiver": one.receiver,
        "route": one.route,
        "labels": dict(one.labels),
        "created_at": at,
        "next_flush": one.due,
        "notice": None,
        "notice_at": None,
        "sequence": 0,
        "last_sent_at": None,
        "reminders": 0,
        "escalations": 0,
    }


def _new_member(group: str, episode: str, joined_at: datetime) -> dict[str, Any]:
    return {
        "group_id": group,
        "episode": episode,
        "joined_at": joined_at,
        "left_at": None,
        "told": Told.NOTHING.value,
        "told_severity": None,
        "told_acknowledged": False,
        "notice": None,
    }


def to_group(row: sa.Row[Any]) -> Group:
    """A group from its row."""
    return Group(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name
