"""Groups and their notices as the dispatcher and the pages ask for them: what is due, deciding, what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.episodes import to_episode
from store.alerting.flushing import Decided, write_flushes
from store.alerting.instances import Severity
from store.alerting.places import in_pieces, is_open, to_group, touch, touch_open
from store.alerting.schema import decisions, episodes, groups, members
from store.alerting.telling import Decision, Flush, Group, Member, Obligation, Told
from store.database import Database

OVERDUE = timedelta(minutes=1)
"""A group that nobody has looked at for this long after it was due counts as one that nobody will look at."""


class Notices:
    """What is told together, to whom, and why it was told or not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """The ids of groups that are to be looked at now, longest due first."""
        chosen = sa.select(groups.c.id).where(groups.c.next_flush <= now)
        with self._database.reading() as connection:
            return list(connection.execute(chosen.order_by(groups.c.next_flush, groups.c.id).limit(limit)).scalars())

    def next_due(self) -> datetime | None:
        """When the next group is to be looked at; None if none is."""
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(sa.select(sa.func.min(groups.c.next_flush))).scalar_one()
        return found

    def group(self, group_id: str) -> Group | None:
        """The group of this id."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(groups).where(groups.c.id == group_id)).one_or_none()
        return None if row is None else to_group(row)

    def groups(self, *, open_only: bool = True) -> list[Group]:
        """The groups, in order of receiver and id; `open_only` those that have a member or an open notice."""
        chosen = sa.select(groups).order_by(groups.c.receiver, groups.c.id)
        with self._database.reading() as connection:
            return [to_group(row) for row in connection.execute(chosen.where(is_open()) if open_only else chosen)]

    def members(self, group_id: str) -> list[Member]:
        """The episodes that are in a group, oldest first."""
        with self._database.reading() as connection:
            return read_members(connection, members.c.group_id == group_id, members.c.left_at.is_(None))

    def members_of_notice(self, notice: str) -> list[Member]:
        """The episodes that were told in a notice, oldest first, also when they are over."""
        with self._database.reading() as connection:
            return read_members(connection, members.c.notice == notice)

    def told(self, episode: str) -> list[tuple[Group, Member]]:
        """Every group an episode is or was in, with what the group's receiver was told of it."""
        chosen = sa.select(groups).join(members, members.c.group_id == groups.c.id).where(members.c.episode == episode)
        with self._database.reading() as connection:
            found = [to_group(row) for row in connection.execute(chosen.order_by(groups.c.receiver, groups.c.id))]
            mine = members.c.episode == episode
            return [
                (one, member)
                for one in found
                for member in read_members(connection, mine, members.c.group_id == one.id)
            ]

    def flush(
        self, group_id: str, now: datetime, decide: Callable[[Group, Sequence[Member]], Flush]
    ) -> Decision | None:
        """Look at a group that is due, in one transaction on its locked row; None if it is not due (any more).

        As `flush_all` with one group.
        """
        decided = self.flush_all([group_id], now, decide)
        return decided[0] if decided else None

    def flush_all(
        self, group_ids: Iterable[str], now: datetime, decide: Callable[[Group, Sequence[Member]], Flush]
    ) -> list[Decision]:
        """Look at those of these groups that are due, in one transaction on their locked rows; what was decided.

        `decide` is handed a group and its members, oldest first, and must be pure: what it returns is written with the
        outbox rows it asks for. If it raises, nothing is written of any group. `Flush.next_flush` is when the group is
        looked at again, also where `Flush.group` says otherwise. Escalations are placed as of `now`.

        Raises:
            ValueError: a flush marks a member as told "firing" with no draft that tells it.
        """
        with self._database.writing() as connection:
            due = [to_group(row) for some in in_pieces(group_ids) for row in _lock_due(connection, some, now)]
            if not due:
                return []
            inside = _members_by_group(connection, [one.id for one in due])
            decided = [Decided(one, inside[one.id], decide(one, inside[one.id])) for one in due]
            write_flushes(connection, decided, now)
        return [one.flush.decision for one in decided]

    def touch(self, group_ids: Iterable[str], at: datetime) -> None:
        """Have groups looked at by a moment at the latest."""
        with self._database.writing() as connection:
            touch(connection, group_ids, at)

    def touch_all(self, at: datetime) -> None:
        """Have every open group looked at by a moment at the latest: routes or silences have changed."""
        with self._database.writing() as connection:
            touch_open(connection, at)

    def decisions(self, *, group: str | None = None, episode: str | None = None, limit: int = 50) -> list[Decision]:
        """The newest decisions, newest first: on a group, or on the groups an episode was in while it was in them."""
        chosen = sa.select(decisions).order_by(decisions.c.id.desc()).limit(limit)
        if group is not None:
            chosen = chosen.where(decisions.c.group_id == group)
        if episode is not None:
            chosen = chosen.where(_while_inside(episode))
        with self._database.reading() as connection:
            return [_to_decision(row) for row in connection.execute(chosen)]

    def obligations(self, now: datetime) -> list[Obligation]:
        """Who was told "firing" of an episode that is over and will not be told so, oldest first; empty if all is well.

        A group that is to be looked at again will tell it then; one that is a minute overdue counts as forgotten.
        """
        nobody_looks = sa.or_(groups.c.next_flush.is_(None), groups.c.next_flush < now - OVERDUE)
        chosen = (
            sa.select(groups.c.receiver, groups.c.id, members.c.episode, episodes.c.resolved_at)
            .join(members, members.c.group_id == groups.c.id)
            .join(episodes, episodes.c.id == members.c.episode)
            .where(members.c.told == Told.FIRING.value, episodes.c.resolved_at.is_not(None))
            .where(sa.or_(members.c.left_at.is_not(None), nobody_looks))
            .order_by(episodes.c.resolved_at, groups.c.id, members.c.episode)
        )
        with self._database.reading() as connection:
            return [Obligation(*row) for row in connection.execute(chosen)]


def read_members(connection: Connection, *which: sa.ColumnElement[bool]) -> list[Member]:
    """The members that are asked for, oldest episode first."""
    return [_to_member(row) for row in connection.execute(_select_members().where(*which))]


def _select_members() -> sa.Select[Any]:
    mine = ("group_id", "told", "joined_at", "told_severity", "told_acknowledged")
    return (
        sa.select(episodes, *(members.c[name] for name in mine))
        .join(members, members.c.episode == episodes.c.id)
        .order_by(episodes.c.fired_at, episodes.c.id)
    )


def _members_by_group(connection: Connection, group_ids: list[str]) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {one: [] for one in group_ids}
    for some in in_pieces(group_ids):
        chosen = _select_members().where(members.c.group_id.in_(some), members.c.left_at.is_(None))
        for row in connection.execute(chosen):
            found[row.group_id].append(_to_member(row))
    return found


def _lock_due(connection: Connection, group_ids: list[str], now: datetime) -> Sequence[sa.Row[Any]]:
    chosen = sa.select(groups).where(groups.c.id.in_(group_ids), groups.c.next_flush <= now).order_by(groups.c.id)
    return connection.execute(chosen.with_for_update()).all()


def _while_inside(episode: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        members.c.episode == episode,
        members.c.group_id == decisions.c.group_id,
        decisions.c.at >= members.c.joined_at,
        sa.or_(members.c.left_at.is_(None), decisions.c.since <= members.c.left_at),
    )


def _to_member(row: sa.Row[Any]) -> Member:
    severity = None if row.told_severity is None else Severity(row.told_severity)
    return Member(to_episode(row), Told(row.told), row.joined_at, severity, row.told_acknowledged)


def _to_decision(row: sa.Row[Any]) -> Decision:
    values = {name: getattr(row, name) for name in ("at", "receiver", "sent", "code", "reason", "muted", "since")}
    return Decision(group=row.group_id, notice=row.notice, sequence=row.sequence, **values)
