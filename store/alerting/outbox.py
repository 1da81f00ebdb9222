"""The outbox: deliveries from the commit that owes them to the receipt, claimed row by row under a lease."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.queueing import UNFINISHED, enqueue, next_moment, ready, run_out, supersede, to_delivery, with_refs
from store.alerting.schema import notice_refs, outbox, outbox_episodes
from store.alerting.telling import Delivery, DeliveryState, Draft
from store.database import Database, upsert
from store.errors import LostClaim
from store.messages import Sentence

_SENDING, _QUEUED = DeliveryState.SENDING.value, DeliveryState.QUEUED.value
_FAR = 10
"""A lease that ends more than so many leases from now was taken before the clock was set back."""


class Outbox:
    """What is owed to receivers, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, drafts: Sequence[Draft], now: datetime) -> list[Delivery]:
        """Queue drafts; returns the new rows. One whose key is there already is passed over."""
        with self._database.writing() as connection:
            new = enqueue(connection, drafts, now)
            return _read(connection, with_refs().where(outbox.c.id.in_(new)))

    def claim(self, receiver: str, now: datetime, owner: str, lease_seconds: float, limit: int = 1) -> list[Delivery]:
        """Take up to `limit` deliveries of a receiver that may be sent now, longest due first.

        Of each notice only the oldest unfinished row is taken, so a notice is told in order. What comes back is marked
        as being sent, with one attempt more and a new epoch, before anything is sent: after a crash the next sender
        sees by `attempts` that it may be there already. A lease that ran out is given to the next who asks.
        """
        until = now + timedelta(seconds=lease_seconds)
        asked = {"to": receiver, "now": now, "most": limit}
        far = now + timedelta(seconds=lease_seconds * _FAR)
        with self._database.writing() as connection:
            supersede(connection, receiver)
            found = list(connection.execute(run_out(), asked | {"far": far}).scalars())
            if len(found) < limit:
                found += connection.execute(ready(), asked | {"most": limit - len(found)}).scalars()
            if not found:
                return []
            claimed = {"state": _SENDING, "owner": owner, "lease_until": until}
            counted = {"attempts": outbox.c.attempts + 1, "epoch": outbox.c.epoch + 1}
            connection.execute(sa.update(outbox).where(outbox.c.id.in_(found)).values(claimed | counted))
            return _read(connection, with_refs().where(outbox.c.id.in_(found)))

    def sent(self, delivery: Delivery, receipt: Mapping[str, Any], ref: Mapping[str, Any], now: datetime) -> None:
        """Record that a delivery reached its channel; a `ref` that is not empty is kept for the whole notice.

        Raises:
            LostClaim: another sender has taken over the row; nothing was written.
        """
        with self._database.writing() as connection:
            done = {"state": DeliveryState.SENT.value, "sent_at": now, "receipt": dict(receipt), "error": ""}
            _settle(connection, delivery, done)
            if ref:
                row = {
                    "receiver": delivery.draft.receiver,
                    "notice": delivery.draft.notice,
                    "ref": dict(ref),
                    "at": now,
                }
                upsert(connection, notice_refs, [row], update=["ref", "at"])

    def retry(self, delivery: Delivery, at: datetime, error: Sentence) -> None:
        """Queue a delivery again for a later moment.

        Raises:
            LostClaim: another sender has taken over the row; nothing was written.
        """
        with self._database.writing() as connection:
            _settle(connection, delivery, {"state": _QUEUED, "next_attempt": at, "error": error})

    def dead(self, delivery: Delivery, error: Sentence, now: datetime) -> None:
        """Give a delivery up. What follows it in its notice goes on.

        Raises:
            LostClaim: another sender has taken over the row; nothing was written.
        """
        with self._database.writing() as connection:
            _settle(connection, delivery, {"state": DeliveryState.DEAD.value, "next_attempt": now, "error": error})

    def release(self, delivery: Delivery) -> None:
        """Give back a delivery whose sending was not begun: the attempt does not count.

        Raises:
            LostClaim: another sender has taken over the row; nothing was written.
        """
        fewer = sa.case((outbox.c.attempts > 0, outbox.c.attempts - 1), else_=0)
        with self._database.writing() as connection:
            _settle(connection, delivery, {"state": _QUEUED, "attempts": fewer})

    def renew(self, delivery: Delivery, now: datetime, lease_seconds: float) -> None:
        """Hold a delivery for `lease_seconds` from now.

        Raises:
            LostClaim: another sender has taken over the row; nothing was written.
        """
        until = now + timedelta(seconds=lease_seconds)
        with self._database.writing() as connection:
            _settle(connection, delivery, {"lease_until": until, "owner": delivery.owner})

    def deliveries(
        self,
        *,
        episode: str | None = None,
        notice: str | None = None,
        receiver: str | None = None,
        states: Iterable[DeliveryState] | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """The newest `limit` deliveries that fit all that is given, newest first."""
        chosen = with_refs().order_by(outbox.c.id.desc()).limit(limit)
        if episode is not None:
            mine = sa.select(outbox_episodes.c.delivery).where(outbox_episodes.c.episode == episode)
            chosen = chosen.where(outbox.c.id.in_(mine))
        if notice is not None:
            chosen = chosen.where(outbox.c.notice == notice)
        if receiver is not None:
            chosen = chosen.where(outbox.c.receiver == receiver)
        if states is not None:
            chosen = chosen.where(outbox.c.state.in_([one.value for one in states]))
        with self._database.reading() as connection:
            return [to_delivery(row) for row in connection.execute(chosen)]

    def waiting(self) -> dict[str, tuple[int, datetime]]:
        """By receiver: how many deliveries are unfinished, and since when the oldest is."""
        chosen = (
            sa.select(outbox.c.receiver, sa.func.count(), sa.func.min(outbox.c.created_at))
            .where(outbox.c.state.in_(UNFINISHED))
            .group_by(outbox.c.receiver)
        )
        with self._database.reading() as connection:
            return {receiver: (count, oldest) for receiver, count, oldest in connection.execute(chosen)}

    def next_due(self, now: datetime) -> datetime | None:
        """When the next delivery may be claimed, `now` at the earliest; None if nothing waits."""
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(next_moment()).scalar_one()
        return None if found is None else max(now, found)

    def is_idle(self) -> bool:
        """Whether nothing is unfinished."""
        chosen = sa.select(outbox.c.id).where(outbox.c.state.in_(UNFINISHED)).limit(1)
        with self._database.reading() as connection:
            return connection.execute(chosen).first() is None


def _read(connection: Connection, chosen: sa.Select[Any]) -> list[Delivery]:
    return [to_delivery(row) for row in connection.execute(chosen.order_by(outbox.c.next_attempt, outbox.c.id))]


def _settle(connection: Connection, delivery: Delivery, values: dict[str, Any]) -> None:
    """Write a row that we hold, and let go of it unless the values say otherwise."""
    held = (outbox.c.id == delivery.id, outbox.c.epoch == delivery.epoch, outbox.c.state == _SENDING)
    changed = connection.execute(sa.update(outbox).where(*held).values({"owner": "", "lease_until": None} | values))
    if changed.rowcount != 1:
        raise LostClaim(
            f"Delivery {delivery.draft.key} (epoch {delivery.epoch}) is no longer ours: its lease ran out and another "
            "sender took it. Nothing was written; whoever holds it records how it ends. If this happens often, sending "
            "takes longer than the lease."
        )
