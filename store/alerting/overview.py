"""Alerts as pages list them: worst first, a bounded number at a time, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.documents import alert_from_text
from store.alerting.episodes import to_episode
from store.alerting.instances import Alert, AlertState, Episode, Severity
from store.alerting.schema import alerts, episodes
from store.database import Database
from store.schema import events
from store.vocabulary import Event

_RANK = sa.case({one.value: one.rank for one in Severity}, value=episodes.c.severity, else_=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which firings are asked for; None asks for all. `start` and `end` bound when they began: [start, end)."""

    environment: str | None = None
    component: str | None = None
    rule_id: str | None = None
    severity: Severity | None = None
    start: datetime | None = None
    end: datetime | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Count:
    """How many firings that go on have a severity and are, or are not, acknowledged."""

    severity: Severity
    acknowledged: bool
    number: int


class Overview:
    """What is listed of alerts. Each call is one transaction over a few indexed reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def firing(self, limit: int, wanted: Wanted = EVERYTHING) -> list[Episode]:
        """The firings that go on, the worst first and of equals the newest, each with its alert as last stepped."""
        chosen = sa.select(episodes).where(episodes.c.resolved_at.is_(None), *_conditions(wanted))
        chosen = chosen.order_by(_RANK.desc(), episodes.c.fired_at.desc(), episodes.c.id).limit(limit)
        with self._database.reading() as connection:
            found = [to_episode(row) for row in connection.execute(chosen)]
            present = _alerts(connection, [one.alert.fingerprint for one in found])
        return [_as_of_now(one, present.get(one.alert.fingerprint)) for one in found]

    def counts(self, wanted: Wanted = EVERYTHING) -> list[Count]:
        """How many firings go on, by severity and acknowledgement; one that got worse since is not acknowledged."""
        acknowledged = sa.func.coalesce(episodes.c.acknowledged_severity == episodes.c.severity, sa.false())
        chosen = (
            sa.select(episodes.c.severity, acknowledged, sa.func.count())
            .where(episodes.c.resolved_at.is_(None), *_conditions(wanted))
            .group_by(episodes.c.severity, acknowledged)
        )
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        return [Count(Severity(severity), bool(known), int(number)) for severity, known, number in rows]

    def pending(self, limit: int) -> tuple[list[Alert], int]:
        """Some of the alerts whose condition holds but not yet for long enough, and how many there are in all."""
        mine = alerts.c.state == AlertState.PENDING.value
        chosen = sa.select(alerts).where(mine).order_by(alerts.c.rule_id, alerts.c.fingerprint).limit(limit)
        with self._database.reading() as connection:
            total = connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
            rows = connection.execute(chosen).all()
        return [alert_from_text(row.fingerprint, row.rule_id, row.state, row.body) for row in rows], int(total)

    def states(self) -> list[tuple[str, AlertState, int]]:
        """How many instances of each rule are in each state: (rule, state, number)."""
        chosen = sa.select(alerts.c.rule_id, alerts.c.state, sa.func.count()).group_by(alerts.c.rule_id, alerts.c.state)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        return [(rule, AlertState(state), int(number)) for rule, state, number in rows]

    def history(self, limit: int, wanted: Wanted, after: tuple[datetime, str] | None = None) -> list[Episode]:
        """Firings, the newest first; `after` is when the last one of the page before began, and its id."""
        chosen = sa.select(episodes).where(*_conditions(wanted))
        if after is not None:
            at, name = after
            same = sa.and_(episodes.c.fired_at == at, episodes.c.id > name)
            chosen = chosen.where(sa.or_(episodes.c.fired_at < at, same))
        chosen = chosen.order_by(episodes.c.fired_at.desc(), episodes.c.id).limit(limit)
        with self._database.reading() as connection:
            return [to_episode(row) for row in connection.execute(chosen)]

    def count(self, wanted: Wanted) -> int:
        """How many firings there are, over or not."""
        with self._database.reading() as connection:
            chosen = sa.select(sa.func.count()).select_from(episodes).where(*_conditions(wanted))
            return int(connection.execute(chosen).scalar_one())

    def places(self, start: datetime) -> list[tuple[str, str | None, str | None]]:
        """The (rule, environment, component) of the firings since a moment and of those that go on, for filters."""
        columns = (episodes.c.rule_id, episodes.c.environment, episodes.c.component)
        recent = sa.or_(episodes.c.fired_at >= start, episodes.c.resolved_at.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(*columns).where(recent).distinct().limit(_PLACES)).all()
        return [(rule, environment, component) for rule, environment, component in rows]

    def named_events(self, keys: Iterable[str]) -> dict[str, Event]:
        """Events by their keys; those that are not there any more are left out."""
        chosen = sa.select(events).where(events.c.key.in_(sorted(set(keys))[:_NAMES]))
        with self._database.reading() as connection:
            found = [Event(**row._mapping) for row in connection.execute(chosen)]  # noqa: SLF001  SQLAlchemy's public name
        return {one.key: one for one in found}


_PLACES = 2_000
_NAMES = 1_000
"""Bounds: more are not listed on any page."""


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    equal = (
        (episodes.c.environment, wanted.environment),
        (episodes.c.component, wanted.component),
        (episodes.c.rule_id, wanted.rule_id),
        (episodes.c.severity, wanted.severity.value if wanted.severity else None),
    )
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    if wanted.start is not None:
        conditions.append(episodes.c.fired_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(episodes.c.fired_at < wanted.end)
    return conditions


def _alerts(connection: Connection, names: Sequence[str]) -> dict[str, Alert]:
    chosen = sa.select(alerts).where(alerts.c.fingerprint.in_(names))
    return {
        row.fingerprint: alert_from_text(row.fingerprint, row.rule_id, row.state, row.body)
        for row in connection.execute(chosen)
    }


def _as_of_now(episode: Episode, alert: Alert | None) -> Episode:
    # A later firing of the same alert is another episode's.
    return replace(episode, alert=alert) if alert and alert.episode == episode.id else episode
