"""Recommendations and what people decided of them. What the rules find anew never takes a decision back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.database import Database, upsert
from store.documents import from_body, to_body
from store.money.schema import savings as table
from store.money.vocabulary import Saving, SavingState

_OPEN = (SavingState.RECOMMENDED, SavingState.GONE)


class Savings:
    """The recommendations to save."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, found: Sequence[Saving]) -> None:
        """Keep recommendations; one of a known id keeps what people decided and what was verified.

        `GONE` ends only what nobody decided, and ends when it is recommended again. `VERIFIED` follows `ACCEPTED`.
        """
        given = {one.id: one for one in found}
        with self._database.writing() as connection:
            known = _known(connection, sorted(given))
            _write(connection, [_merged(known.get(name), one) for name, one in sorted(given.items())])

    def decide(  # noqa: PLR0913, PLR0917  what a decision is
        self,
        saving_id: str,
        state: SavingState,
        by: str,
        at: datetime,
        comment: str = "",
        baseline: Decimal | None = None,
    ) -> bool:
        """Write down what somebody decided; False if there is no such recommendation."""
        with self._database.writing() as connection:
            found = _known(connection, [saving_id])
            decided = {"state": state, "decided_by": by, "decided_at": at, "comment": comment, "baseline": baseline}
            _write(connection, [replace(one, **decided) for one in found.values()])  # type: ignore[arg-type]
        return bool(found)

    def verify(self, saving_id: str, verified: Decimal | None, verified_to: date | None, state: SavingState) -> bool:
        """Write down what the bill bears out up to a day; False if there is no such recommendation."""
        with self._database.writing() as connection:
            found = _known(connection, [saving_id])
            some = [replace(one, verified=verified, verified_to=verified_to, state=state) for one in found.values()]
            _write(connection, some)
        return bool(found)

    def all(self, state: SavingState | None = None) -> list[Saving]:
        """The recommendations (of a state), the one that saves most first."""
        chosen = sa.select(table.c.body)
        if state is not None:
            chosen = chosen.where(table.c.state == state.value)
        with self._database.reading() as connection:
            some = [from_body(Saving, one) for one in connection.scalars(chosen)]
        return sorted(some, key=lambda one: (-one.monthly, one.id))

    def get(self, saving_id: str) -> Saving | None:
        """The recommendation of this id."""
        with self._database.reading() as connection:
            body = connection.scalar(sa.select(table.c.body).where(table.c.id == saving_id))
        return None if body is None else from_body(Saving, body)


def _known(connection: Connection, names: Sequence[str]) -> dict[str, Saving]:
    """What is kept of these, locked until we commit."""
    chosen = sa.select(table.c.id, table.c.body).order_by(table.c.id).with_for_update()
    if len(names) == 1:
        chosen = chosen.where(table.c.id == names[0])
    wanted = set(names)
    return {name: from_body(Saving, body) for name, body in connection.execute(chosen).all() if name in wanted}


def _merged(known: Saving | None, given: Saving) -> Saving:
    if known is None:
        return given
    return replace(
        given,
        found_at=known.found_at,
        state=_state(known.state, given.state),
        decided_by=known.decided_by,
        decided_at=known.decided_at,
        comment=known.comment,
        baseline=known.baseline,
        verified=known.verified if given.verified is None else given.verified,
        verified_to=known.verified_to if given.verified_to is None else given.verified_to,
    )


def _state(known: SavingState, given: SavingState) -> SavingState:
    if known in _OPEN:
        return given if given in _OPEN else known
    if known is SavingState.ACCEPTED and given is SavingState.VERIFIED:
        return given
    return known


def _write(connection: Connection, some: Sequence[Saving]) -> None:
    rows: list[dict[str, Any]] = [
        {"id": one.id, "state": one.state.value, "seen_at": one.seen_at, "body": to_body(one)} for one in some
    ]
    upsert(connection, table, rows, update=("state", "seen_at", "body"))
