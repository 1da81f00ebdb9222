"""What there is in AWS, and what there was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, upsert
from store.events import write_events
from store.schema import resources as table
from store.schema import series
from store.series import close_series
from store.vocabulary import Changes, Event, Resource

STOPPED, STARTED = "resource.stopped", "resource.started"
"""Kinds of event: what costs by the hour was seen to stop, or to run again. Which of them, is in the detail."""

_TOLD = ("type", "name", "account", "region", "environment", "component", "state", "attributes", "tags")


class Resources:
    """The inventory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(
        self, account: str, region: str, types: Sequence[str], resources: Sequence[Resource], now: datetime
    ) -> Changes:
        """Make this the inventory of these types in an account and region.

        A resource of these types that is not in the list is closed, and its series with it. What was seen to stop or
        to run again becomes an event.
        """
        given = {one.id: one for one in resources}
        within = sa.and_(table.c.account == account, table.c.region == region, table.c.type.in_(list(types)))
        with self._database.writing() as connection:
            chosen = sa.select(table).where(sa.or_(sa.and_(within, table.c.closed_at.is_(None)), _named(list(given))))
            known = {row.id: _from_row(row) for row in connection.execute(chosen.with_for_update())}
            changes = _compare(known, given, now)
            written = changes.added + changes.changed
            seen = [_to_row(one) for one in written]
            same = sorted(set(given) - {one.id for one in written})
            upsert(connection, table, seen, update=[*_TOLD, "last_seen", "closed_at"])
            for ids in _batches(same):
                connection.execute(sa.update(table).where(table.c.id.in_(ids)).values(last_seen=now))
            _close(connection, [one.id for one in changes.closed], now)
            write_events(connection, _flips(known, changes, now))
        return changes

    def find(  # noqa: PLR0913  each is a way to ask
        self,
        *,
        type: str | None = None,  # noqa: A002  the word of the interface
        environment: str | None = None,
        component: str | None = None,
        account: str | None = None,
        region: str | None = None,
        include_closed: bool = False,
    ) -> list[Resource]:
        """The resources that have all that is given, in order of type and name."""
        asked = {
            "type": type,
            "environment": environment,
            "component": component,
            "account": account,
            "region": region,
        }
        chosen = sa.select(table).order_by(table.c.type, table.c.name, table.c.id)
        chosen = chosen.where(*(table.c[name] == value for name, value in asked.items() if value is not None))
        if not include_closed:
            chosen = chosen.where(table.c.closed_at.is_(None))
        with self._database.reading() as connection:
            return [_from_row(row) for row in connection.execute(chosen)]

    def get(self, resource_id: str) -> Resource | None:
        """The resource of this id, closed or not."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == resource_id)).one_or_none()
        return None if row is None else _from_row(row)


def _compare(known: dict[str, Resource], given: dict[str, Resource], now: datetime) -> Changes:
    changes = Changes()
    for one in given.values():
        before = known.get(one.id)
        first = now if before is None or before.first_seen is None else before.first_seen
        after = replace(one, first_seen=first, last_seen=now, closed_at=None)
        if before is None or before.closed_at is not None:
            changes.added.append(after)
        elif any(getattr(before, name) != getattr(after, name) for name in _TOLD):
            changes.changed.append(after)
    changes.closed.extend(
        replace(one, closed_at=now) for one in known.values() if one.id not in given and one.closed_at is None
    )
    return changes


def runs(resource: Resource) -> bool | None:
    """Whether something that costs by the hour runs, and so costs; None for what does not stop or has no such state.

    An instance costs while it is `running` (EC2 User Guide, instance lifecycle); a database costs unless it stops or
    is stopped; a group and a service by the size that they are meant to have.
    """
    if resource.closed_at is not None:
        return False
    if resource.type in {"autoscaling:group", "ecs:service"}:
        size = resource.attributes.get("desired")
        return size > 0 if isinstance(size, int) else None
    if resource.type == "ec2:instance":
        return resource.state == "running"
    return resource.state not in {"stopping", "stopped"} if resource.type in {"rds:db", "rds:cluster"} else None


def _flips(known: dict[str, Resource], changes: Changes, now: datetime) -> list[Event]:
    """What stopped, or runs again. What is new has no past that it could differ from."""
    seen = [one for one in [*changes.changed, *changes.added, *changes.closed] if one.id in known]
    flipped = [one for one in seen if runs(one) is not None and runs(known[one.id]) is not runs(one)]
    return [_flip(one, known[one.id], now) for one in flipped]


def _flip(one: Resource, before: Resource, now: datetime) -> Event:
    kind, word = (STARTED, "runs again") if runs(one) else (STOPPED, "stopped")
    detail = {"resource": one.id, "type": one.type, "before": before.state, "after": one.state}
    size = before.attributes.get("desired")
    if one.closed_at is not None:
        detail["after"] = "gone"
    elif isinstance(size, int):
        detail |= {"before": str(size), "after": str(one.attributes.get("desired"))}
    key = f"{kind}:{one.id}:{now.isoformat()}"
    return Event(key, now, kind, f"{one.name} {word}", "", one.environment, one.component, detail)


def _close(connection: Connection, ids: list[str], now: datetime) -> None:
    for some in _batches(ids):
        connection.execute(sa.update(table).where(table.c.id.in_(some)).values(closed_at=now))
        close_series(connection, series.c.resource_id.in_(some), now)


def _named(ids: list[str]) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(table.c.id.in_(some) for some in _batches(ids)))


def _batches(ids: list[str], size: int = 1000) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _to_row(one: Resource) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in ("id", *_TOLD, "first_seen", "last_seen", "closed_at")}
    return row | {"attributes": dict(one.attributes), "tags": dict(one.tags)}


def _from_row(row: sa.Row[Any]) -> Resource:
    return Resource(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
