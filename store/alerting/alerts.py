"""Alerts as the engine and the pages ask for them: instances, episodes, transitions, how far rules are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store.alerting.documents import alert_from_text
from store.alerting.episodes import to_episode, to_transition
from store.alerting.instances import Alert, Episode, Evaluation, RuleState, Severity, Transition
from store.alerting.places import in_pieces, touch_groups_of
from store.alerting.readings import Score
from store.alerting.rounds import write_round
from store.alerting.schema import alerts, episodes, rule_states, transitions
from store.alerting.scores import read_scores
from store.alerting.telling import Placement
from store.database import Database
from store.jobs import verify
from store.vocabulary import Claim, Event


class Alerts:
    """What fires, what fired, and how it came to it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str, tuple[str, str, Alert]] = {}

    def current(self) -> list[Alert]:
        """Every alert instance that has something to remember, in order of fingerprint.

        It is asked for each round: what was read or written before is not decoded again while its text is the same,
        which takes a tenth of the time.
        """
        chosen = sa.select(alerts.c.fingerprint, alerts.c.rule_id, alerts.c.state, alerts.c.body)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(alerts.c.fingerprint)).all()
        before, after = self._read, {}
        for fingerprint, rule_id, state, body in rows:
            known = before.get(fingerprint)
            if known is None or known[1] != body or known[0] != state:
                known = (state, body, alert_from_text(fingerprint, rule_id, state, body))
            after[fingerprint] = known
        self._read = after
        return [alert for _, _, alert in after.values()]

    def commit_round(  # noqa: PLR0913  each is a part of one transaction
        self,
        *,
        alerts: Sequence[Alert] = (),
        forget: Iterable[str] = (),
        transitions: Sequence[Transition] = (),
        episodes: Sequence[Episode] = (),
        placements: Sequence[Placement] = (),
        rule_states: Sequence[RuleState] = (),
        forget_rules: Iterable[str] = (),
        events: Sequence[Event] = (),
        claim: Claim | None = None,
    ) -> None:
        """Keep what a round of evaluation found, in one transaction. The same round once more changes nothing.

        Of an episode that is known, what people did (acknowledged, opened) and `noticed_at` stay. Every group that has
        one of these episodes is looked at next, and so is every group of a placement by its `due`. `forget` names
        alerts (fingerprints) that have nothing left to remember; with a rule of `forget_rules` all its alerts go.

        Raises:
            LostClaim: another worker has taken over the job; nothing was written.
        """
        with self._database.writing() as connection:
            if claim is not None:
                verify(connection, claim)
            bodies = write_round(
                connection,
                alerts=alerts,
                forget=forget,
                transitions=transitions,
                episodes=episodes,
                placements=placements,
                rule_states=rule_states,
                forget_rules=forget_rules,
                events=events,
            )
        self._read.update({one.fingerprint: (one.state.value, bodies[one.fingerprint], one) for one in alerts})

    def rule_states(self) -> dict[str, RuleState]:
        """How far each rule was evaluated, by its id."""
        with self._database.reading() as connection:
            return {row.rule_id: _to_rule_state(row) for row in connection.execute(sa.select(rule_states))}

    def episode(self, episode_id: str) -> Episode | None:
        """The episode of this id."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(episodes).where(episodes.c.id == episode_id)).one_or_none()
        return None if row is None else to_episode(row)

    def episodes(  # noqa: PLR0913  each is a way to ask
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        open_only: bool = False,
        rule_id: str | None = None,
        environment: str | None = None,
        component: str | None = None,
        limit: int = 200,
    ) -> list[Episode]:
        """The newest `limit` episodes that fired at some time in [start, end), newest first."""
        given = {"rule_id": rule_id, "environment": environment, "component": component}
        chosen = sa.select(episodes).where(*(episodes.c[name] == value for name, value in given.items() if value))
        if start is not None:
            chosen = chosen.where(sa.or_(episodes.c.resolved_at.is_(None), episodes.c.resolved_at > start))
        if end is not None:
            chosen = chosen.where(episodes.c.fired_at < end)
        if open_only:
            chosen = chosen.where(episodes.c.resolved_at.is_(None))
        chosen = chosen.order_by(episodes.c.fired_at.desc(), episodes.c.id).limit(limit)
        with self._database.reading() as connection:
            return [to_episode(row) for row in connection.execute(chosen)]

    def transitions(  # noqa: PLR0913  each is a way to ask
        self,
        *,
        episode: str | None = None,
        fingerprint: str | None = None,
        rule_id: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int = 200,
    ) -> list[Transition]:
        """The newest `limit` transitions at slots in [start, end), newest first."""
        given = {"episode": episode, "fingerprint": fingerprint, "rule_id": rule_id}
        chosen = sa.select(transitions).where(*(transitions.c[name] == value for name, value in given.items() if value))
        if start is not None:
            chosen = chosen.where(transitions.c.at >= start)
        if end is not None:
            chosen = chosen.where(transitions.c.at < end)
        newest = (transitions.c.at.desc(), transitions.c.place.desc(), transitions.c.fingerprint)
        with self._database.reading() as connection:
            return [to_transition(row) for row in connection.execute(chosen.order_by(*newest).limit(limit))]

    def acknowledge(self, episode_ids: Iterable[str], by: str, at: datetime) -> list[Episode]:
        """Acknowledge open episodes at the severity they have; returns those that were not before.

        One that has become worse since it was acknowledged is acknowledged anew. Their groups are looked at next.
        """
        changed: list[Episode] = []
        with self._database.writing() as connection:
            for row in _locked(connection, episode_ids, episodes.c.resolved_at.is_(None)):
                severity = Severity(row.severity)
                if row.acknowledged_at is None or Severity(row.acknowledged_severity).rank < severity.rank:
                    values = {"acknowledged_by": by, "acknowledged_at": at, "acknowledged_severity": severity.value}
                    changed.append(_change(connection, row.id, values))
            touch_groups_of(connection, [one.id for one in changed], at)
        return changed

    def unacknowledge(self, episode_ids: Iterable[str], by: str, at: datetime) -> list[Episode]:
        """Take acknowledgements back; returns the episodes that had one. Their groups are looked at next.

        `by` is for the caller's audit: an episode keeps nobody's name for it.
        """
        del by
        nothing = {"acknowledged_by": "", "acknowledged_at": None, "acknowledged_severity": None}
        with self._database.writing() as connection:
            had = _locked(connection, episode_ids, episodes.c.acknowledged_at.is_not(None))
            changed = [_change(connection, row.id, nothing) for row in had]
            touch_groups_of(connection, [one.id for one in changed], at)
        return changed

    def opened(self, episode_id: str, at: datetime) -> bool:
        """Remember when somebody first looked at an episode; whether this was the first time."""
        first = sa.update(episodes).where(episodes.c.id == episode_id, episodes.c.opened_at.is_(None))
        with self._database.writing() as connection:
            return connection.execute(first.values(opened_at=at)).rowcount == 1

    def scores(self, start: datetime, end: datetime) -> list[Score]:
        """How useful each rule was, over the episodes that began in [start, end); in order of the rules' ids."""
        with self._database.reading() as connection:
            return read_scores(connection, start, end)


def _locked(
    connection: sa.Connection, episode_ids: Iterable[str], which: sa.ColumnElement[bool]
) -> Iterable[sa.Row[Any]]:
    for some in in_pieces(episode_ids):
        chosen = sa.select(episodes).where(episodes.c.id.in_(some), which).order_by(episodes.c.id)
        yield from connection.execute(chosen.with_for_update()).all()


def _change(connection: sa.Connection, episode_id: str, values: dict[str, Any]) -> Episode:
    mine = episodes.c.id == episode_id
    connection.execute(sa.update(episodes).where(mine).values(values))
    return to_episode(connection.execute(sa.select(episodes).where(mine)).one())


def _to_rule_state(row: sa.Row[Any]) -> RuleState:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name
    return RuleState(**(values | {"health": Evaluation(row.health)}))
