"""What the health checks saw, and each change from one status to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from store.database import Database, upsert
from store.schema import health_states as states_table
from store.schema import health_transitions as transitions_table
from store.vocabulary import HealthObservation, HealthState, HealthTransition, Status

_SEEN = ("kind", "title", "status", "reason", "observed_at", "environment", "component", "resource_id", "value", "unit")


class Health:
    """The states of the health checks and their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, observations: Sequence[HealthObservation]) -> list[HealthTransition]:
        """Keep observations and return what changed. One that is no newer than what is known is passed over."""
        ids = {one.check_id for one in observations}
        with self._database.writing() as connection:
            chosen = sa.select(states_table).where(states_table.c.check_id.in_(sorted(ids))).with_for_update()
            states = {row.check_id: _to_state(row) for row in connection.execute(chosen)}
            transitions: list[HealthTransition] = []
            touched: dict[str, HealthState] = {}
            for one in sorted(observations, key=lambda seen: seen.observed_at):
                state, transition = step(states.get(one.check_id), one)
                states[one.check_id] = touched[one.check_id] = state
                if transition is not None:
                    transitions.append(transition)
            rows = [_from_state(touched[one]) for one in sorted(touched)]
            upsert(connection, states_table, rows, update=[*_SEEN, "since", "consecutive"])
            upsert(connection, transitions_table, [_from_transition(one) for one in transitions])
        return transitions

    def states(self, *, environment: str | None = None, component: str | None = None) -> list[HealthState]:
        """The latest state of each check, in order of their ids."""
        chosen = sa.select(states_table).order_by(states_table.c.check_id)
        chosen = chosen.where(*_placed(states_table, environment, component))
        with self._database.reading() as connection:
            return [_to_state(row) for row in connection.execute(chosen)]

    def transitions(
        self, start: datetime, end: datetime, *, environment: str | None = None, component: str | None = None
    ) -> list[HealthTransition]:
        """The changes in [start, end), oldest first."""
        chosen = sa.select(transitions_table).order_by(transitions_table.c.at, transitions_table.c.check_id)
        chosen = chosen.where(transitions_table.c.at >= start, transitions_table.c.at < end)
        chosen = chosen.where(*_placed(transitions_table, environment, component))
        with self._database.reading() as connection:
            return [_to_transition(row) for row in connection.execute(chosen)]

    def forget(self, check_ids: Iterable[str]) -> None:
        """Drop the state of checks that are no more. Their history stays."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(states_table).where(states_table.c.check_id.in_(list(check_ids))))


def step(before: HealthState | None, seen: HealthObservation) -> tuple[HealthState, HealthTransition | None]:
    """The state of a check after an observation, and the transition if its status changed."""
    if before is not None and seen.observed_at <= before.latest.observed_at:
        return before, None
    if before is not None and before.latest.status == seen.status:
        return HealthState(seen, before.since, before.consecutive + 1), None
    transition = HealthTransition(
        check_id=seen.check_id,
        at=seen.observed_at,
        before=None if before is None else before.latest.status,
        after=seen.status,
        reason=seen.reason,
        title=seen.title,
        environment=seen.environment,
        component=seen.component,
    )
    return HealthState(seen, seen.observed_at, 1), transition


def _placed(table: sa.Table, environment: str | None, component: str | None) -> list[sa.ColumnElement[bool]]:
    asked = (("environment", environment), ("component", component))
    return [table.c[name] == value for name, value in asked if value is not None]


def _to_state(row: sa.Row[Any]) -> HealthState:
    seen = {name: getattr(row, name) for name in ("check_id", *_SEEN)}
    return HealthState(HealthObservation(**(seen | {"status": Status(row.status)})), row.since, row.consecutive)


def _from_state(state: HealthState) -> dict[str, Any]:
    row = {name: getattr(state.latest, name) for name in ("check_id", *_SEEN)}
    return row | {"status": state.latest.status.value, "since": state.since, "consecutive": state.consecutive}


def _to_transition(row: sa.Row[Any]) -> HealthTransition:
    return HealthTransition(
        check_id=row.check_id,
        at=row.at,
        before=None if row.before is None else Status(row.before),
        after=Status(row.after),
        reason=row.reason,
        title=row.title,
        environment=row.environment,
        component=row.component,
    )


def _from_transition(one: HealthTransition) -> dict[str, Any]:
    names = ("check_id", "at", "reason", "title", "environment", "component")
    statuses = {"before": None if one.before is None else one.before.value, "after": one.after.value}
    return {name: getattr(one, name) for name in names} | statuses
