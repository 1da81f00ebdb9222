"""Sleeping and waking as it is kept. Whoever acts on AWS passes its claim: two replicas never write the same record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, upsert
from store.documents import from_body, to_body
from store.jobs import verify
from store.messages import Sentence
from store.power import schema
from store.power.vocabulary import Condition, EnvironmentPower, Override, Power, PowerSpan, Saved, Step, StepState
from store.vocabulary import Claim

_OPEN = [state.value for state in StepState if state.is_open]

FRESH = timedelta(minutes=15)
"""How old a look at an environment may be that something is concluded from."""
WAKING = timedelta(minutes=30)
"""How long an environment may take to wake until what fails in it is told."""

_Kind = TypeVar("_Kind")


class PowerRecord:
    """What was asked for, what was done, and what is needed to undo it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, override: Override) -> None:
        """Keep what somebody asked for; one of its id that is there already stays as it is (a click sent twice)."""
        with self._database.writing() as connection:
            upsert(connection, schema.overrides, [_override_row(override)])

    def take_back(self, override_id: str, by: str, at: datetime) -> bool:
        """End an override before its time; False if there is none that is in force or to come."""
        table = schema.overrides
        with self._database.writing() as connection:
            chosen = sa.select(table.c.body).where(table.c.id == override_id, table.c.until > at).with_for_update()
            body = connection.scalar(chosen)
            if body is None:
                return False
            ended = replace(from_body(Override, body), ended_at=at, ended_by=by)
            upsert(connection, table, [_override_row(ended)], update=("until", "body"))
        return True

    def overrides(self, environment: str | None = None, *, after: datetime) -> list[Override]:
        """The overrides that end after an instant, in the order in which they were asked for."""
        table = schema.overrides
        chosen = sa.select(table.c.body).where(table.c.until > after).order_by(table.c.asked_at, table.c.id)
        return self._read(Override, _within(chosen, table, environment))

    def commit(
        self,
        claim: Claim | None,
        *,
        steps: Sequence[Step] = (),
        saved: Sequence[Saved] = (),
        restored: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Write steps as they now are, with what must be known to undo them, in one transaction.

        What is saved of a resource already is never overwritten: a second stop would save the size zero. `restored`
        are (environment, resource id) of what is again as it was; what was saved of it is dropped.

        Raises:
            LostClaim: another worker has taken over; nothing was written, and nothing may be done.
        """
        with self._database.writing() as connection:
            if claim is not None:
                verify(connection, claim)
            upsert(connection, schema.steps, [_step_row(one) for one in steps], update=("state", "body"))
            upsert(connection, schema.saved, [_saved_row(one) for one in saved])
            for environment, resource_id in restored:
                of = (schema.saved.c.environment == environment, schema.saved.c.resource_id == resource_id)
                connection.execute(sa.delete(schema.saved).where(*of))

    def steps(
        self, environment: str, *, operation: str | None = None, open_only: bool = False, limit: int = 500
    ) -> list[Step]:
        """The steps of an environment: the newest operation first, and in their order within it."""
        table = schema.steps
        chosen = sa.select(table.c.body).where(table.c.environment == environment)
        if operation is not None:
            chosen = chosen.where(table.c.operation == operation)
        if open_only:
            chosen = chosen.where(table.c.state.in_(_OPEN))
        return self._read(Step, chosen.order_by(table.c.planned_at.desc(), table.c.tier, table.c.id).limit(limit))

    def saved(self, environment: str) -> Mapping[str, Saved]:
        """What was saved of the sleeping resources of an environment, by resource."""
        chosen = sa.select(schema.saved.c.body).where(schema.saved.c.environment == environment)
        return {one.resource_id: one for one in self._read(Saved, chosen)}

    def observe(self, state: EnvironmentPower, cause: Sentence = "", claim: Claim | None = None) -> EnvironmentPower:
        """Keep what is known of an environment, and give it back with since when it is so.

        Another condition than the last one begins a new span, of which `cause` says why.

        Raises:
            LostClaim: another worker has taken over; nothing was written.
        """
        with self._database.writing() as connection:
            if claim is not None:
                verify(connection, claim)
            known = replace(state, since=_note_span(connection, state, cause))
            row = {"environment": known.environment, "body": to_body(known)}
            upsert(connection, schema.states, [row], update=("body",))
        return known

    def state(self, environment: str) -> EnvironmentPower | None:
        """What is known of an environment, None before it was looked at."""
        chosen = sa.select(schema.states.c.body).where(schema.states.c.environment == environment)
        return next(iter(self._read(EnvironmentPower, chosen)), None)

    def states(self) -> list[EnvironmentPower]:
        """What is known of each environment, in order of name."""
        return self._read(EnvironmentPower, sa.select(schema.states.c.body).order_by(schema.states.c.environment))

    def asleep(self, now: datetime, grace: timedelta = timedelta(0)) -> frozenset[str]:
        """The environments that sleep, go to sleep or wake at `now`, and those that woke less than `grace` ago.

        Only what is armed sleeps. A record that nobody has kept up says nothing: then nothing is called asleep, for
        what is called so is not told about.
        """
        fresh = [one for one in self.states() if one.armed and now - one.checked_at <= FRESH]
        woken = {
            span.environment
            for span in (self.spans(now - grace, now) if grace and fresh else [])
            if span.condition is not Condition.RUNNING and span.end is not None
        }
        return frozenset(
            one.environment for one in fresh if _sleeps(one, now) or (one.environment in woken and _is_well(one))
        )

    def forget(self, environments: Sequence[str]) -> None:
        """Drop the state of environments that the configuration no longer has. Steps, spans and what was saved stay."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(schema.states).where(schema.states.c.environment.in_(list(environments))))

    def spans(self, start: datetime, end: datetime, environment: str | None = None) -> list[PowerSpan]:
        """What environments were observed to be within [start, end), oldest first."""
        table = schema.spans
        ended = sa.or_(table.c.end.is_(None), table.c.end > start)
        chosen = sa.select(table.c.body, table.c.end).where(table.c.start < end, ended)
        chosen = _within(chosen, table, environment).order_by(table.c.start, table.c.environment)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        return [replace(from_body(PowerSpan, row.body), end=row.end) for row in rows]

    def _read(self, kind: type[_Kind], chosen: sa.Select[Any]) -> list[_Kind]:
        with self._database.reading() as connection:
            return [from_body(kind, body) for body in connection.scalars(chosen)]


def _sleeps(state: EnvironmentPower, now: datetime) -> bool:
    """Whether it is down because it is meant to be, or not yet up again."""
    if state.desired is Power.STOPPED:
        return state.condition is not Condition.RUNNING
    begun = state.desired_since is not None and now - state.desired_since < WAKING
    return begun and state.condition in (Condition.STOPPED, Condition.STARTING, Condition.PARTIAL)


def _is_well(state: EnvironmentPower) -> bool:
    return state.desired is Power.RUNNING and state.condition is Condition.RUNNING


def _within(chosen: sa.Select[Any], table: sa.Table, environment: str | None) -> sa.Select[Any]:
    return chosen if environment is None else chosen.where(table.c.environment == environment)


def _note_span(connection: Connection, state: EnvironmentPower, cause: Sentence) -> datetime:
    """Since when the condition is what it is; a change ends the open span and begins another."""
    table = schema.spans
    chosen = sa.select(table.c.body).where(table.c.environment == state.environment, table.c.end.is_(None))
    body = connection.scalar(chosen.with_for_update())
    if body is not None:
        last = from_body(PowerSpan, body)
        if last.condition is state.condition or state.checked_at <= last.start:
            return last.start
        ended = (table.c.environment == state.environment, table.c.start == last.start)
        connection.execute(sa.update(table).where(*ended).values(end=state.checked_at))
    begun = PowerSpan(state.environment, state.checked_at, None, state.condition, cause)
    row = {"environment": begun.environment, "start": begun.start, "end": None, "body": to_body(begun)}
    upsert(connection, table, [row])
    return begun.start


def _override_row(one: Override) -> dict[str, Any]:
    told = {"id": one.id, "environment": one.environment, "until": one.until, "asked_at": one.asked_at}
    return told | {"body": to_body(one)}


def _step_row(one: Step) -> dict[str, Any]:
    told = {"id": one.id, "environment": one.environment, "operation": one.operation, "state": one.state.value}
    return told | {"planned_at": one.planned_at, "tier": one.tier, "body": to_body(one)}


def _saved_row(one: Saved) -> dict[str, Any]:
    return {"environment": one.environment, "resource_id": one.resource_id, "body": to_body(one)}
