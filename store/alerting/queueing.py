"""Rows of the outbox: putting drafts in, and which of a receiver's rows may be claimed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store import marks
from store.alerting.documents import to_text
from store.alerting.places import in_pieces
from store.alerting.schema import notice_refs, outbox, outbox_episodes
from store.alerting.telling import Delivery, DeliveryState, Draft, NoticeKind
from store.database import upsert

DELIVERY = "delivery"
"""The mark that numbers the rows of the outbox."""

UNFINISHED = (DeliveryState.QUEUED.value, DeliveryState.SENDING.value)
_EDITS = (NoticeKind.CHANGED.value, NoticeKind.REMINDER.value)
_SAY_IT_ALL = (*_EDITS, NoticeKind.RESOLVED.value)


def enqueue(connection: Connection, drafts: Sequence[Draft], now: datetime) -> list[int]:
    """Put drafts into the outbox; returns the ids of the new rows. One whose key is there already is passed over."""
    wanted = {draft.key: draft for draft in reversed(drafts)}
    known: set[str] = set()
    for some in in_pieces(wanted):
        known.update(connection.execute(sa.select(outbox.c.key).where(outbox.c.key.in_(some))).scalars())
    new = [draft for key, draft in reversed(wanted.items()) if key not in known]
    if not new:
        return []
    last = marks.advance(connection, DELIVERY, len(new))
    rows = [_to_row(draft, last - len(new) + 1 + place, now) for place, draft in enumerate(new)]
    upsert(connection, outbox, rows, keys=["key"])
    links = [
        {"episode": one, "delivery": row["id"]}
        for row, draft in zip(rows, new, strict=True)
        for one in dict.fromkeys(draft.episodes)
    ]
    upsert(connection, outbox_episodes, links)
    return [row["id"] for row in rows]


def _to_row(draft: Draft, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "key": draft.key,
        "receiver": draft.receiver,
        "notice": draft.notice,
        "sequence": draft.sequence,
        "kind": draft.kind.value,
        "group_id": draft.group,
        "episodes": list(draft.episodes),
        "payload": to_text(draft.payload),
        "deadline": draft.deadline,
        "reason": draft.reason,
        "state": DeliveryState.QUEUED.value,
        "created_at": now,
        "next_attempt": now,
        "attempts": 0,
        "owner": "",
        "lease_until": None,
        "epoch": 0,
        "sent_at": None,
        "error": "",
        "receipt": {},
    }


def supersede(connection: Connection, receiver: str) -> None:
    """Mark the queued edits and reminders of a receiver that a later row of the same notice says all of."""
    if found := connection.execute(_superseded(), {"to": receiver}).scalars().all():
        old = sa.update(outbox).where(outbox.c.id.in_(found), outbox.c.state == DeliveryState.QUEUED.value)
        connection.execute(old.values(state=DeliveryState.SUPERSEDED.value))


@cache
def _superseded() -> sa.Select[int]:
    """Built once: making it takes far longer than asking it."""
    queued = (outbox.c.state == DeliveryState.QUEUED.value, outbox.c.receiver == sa.bindparam("to"))
    chosen = sa.select(outbox.c.id).where(*queued, outbox.c.kind.in_(_EDITS), _has_later(outbox))
    return chosen.order_by(outbox.c.id).with_for_update(skip_locked=True, of=outbox)


@cache
def ready() -> sa.Select[int]:
    """The ids of `most` rows that are queued `to` a receiver and may be sent at a moment (`now`), longest due first."""
    queued = (outbox.c.state == DeliveryState.QUEUED.value, outbox.c.receiver == sa.bindparam("to"))
    chosen = sa.select(outbox.c.id).where(*queued, outbox.c.next_attempt <= sa.bindparam("now"), _is_first())
    return _longest_due(chosen)


@cache
def run_out() -> sa.Select[int]:
    """The ids of `most` rows that are being sent `to` a receiver under a lease that ended by `now`, or after `far`."""
    sending = (outbox.c.state == DeliveryState.SENDING.value, outbox.c.receiver == sa.bindparam("to"))
    over = sa.or_(outbox.c.lease_until <= sa.bindparam("now"), outbox.c.lease_until > sa.bindparam("far"))
    return _longest_due(sa.select(outbox.c.id).where(*sending, over, _is_first()))


def _longest_due(chosen: sa.Select[int]) -> sa.Select[int]:
    chosen = chosen.order_by(outbox.c.next_attempt, outbox.c.id).limit(sa.bindparam("most", type_=sa.Integer))
    return chosen.with_for_update(skip_locked=True, of=outbox)


@cache
def next_moment() -> sa.Select[Any]:
    """The earliest moment at which some row may be claimed."""
    free = sa.case((outbox.c.state == DeliveryState.SENDING.value, outbox.c.lease_until), else_=outbox.c.next_attempt)
    return sa.select(sa.func.min(free)).where(outbox.c.state.in_(UNFINISHED), _counts(outbox), _is_first())


def _has_later(row: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401  the table or an alias of it
    later = outbox.alias()
    return (
        sa.exists()
        .where(
            later.c.notice == row.c.notice,
            later.c.receiver == row.c.receiver,
            later.c.sequence > row.c.sequence,
            later.c.kind.in_(_SAY_IT_ALL),
            later.c.state == DeliveryState.QUEUED.value,
        )
        .correlate(row)
    )


def _counts(row: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401  the table or an alias of it
    """Whether a row is still to be sent: unfinished, and not an edit that is about to be superseded."""
    edit = sa.and_(row.c.state == DeliveryState.QUEUED.value, row.c.kind.in_(_EDITS))
    return sa.and_(row.c.state.in_(UNFINISHED), sa.not_(sa.and_(edit, _has_later(row))))


def _is_first() -> sa.ColumnElement[bool]:
    """Whether no earlier row of the same notice is still to be sent."""
    earlier = outbox.alias()
    before = (
        earlier.c.notice == outbox.c.notice,
        earlier.c.receiver == outbox.c.receiver,
        earlier.c.sequence < outbox.c.sequence,
    )
    return ~sa.exists().where(*before, _counts(earlier)).correlate(outbox)


@cache
def with_refs() -> sa.Select[Any]:
    """Rows of the outbox with the reference of their notice's message."""
    same = (notice_refs.c.receiver == outbox.c.receiver, notice_refs.c.notice == outbox.c.notice)
    return sa.select(outbox, notice_refs.c.ref).outerjoin(notice_refs, sa.and_(*same))


def to_delivery(row: sa.Row[Any]) -> Delivery:
    """A delivery from its row, as `with_refs` reads it."""
    draft = Draft(
        receiver=row.receiver,
        kind=NoticeKind(row.kind),
        payload=json.loads(row.payload),
        notice=row.notice,
        sequence=row.sequence,
        group=row.group_id,
        episodes=tuple(row.episodes),
        deadline=row.deadline,
        reason=row.reason,
    )
    names = ("id", "created_at", "next_attempt", "attempts", "owner", "lease_until", "epoch", "sent_at", "error")
    values = {name: getattr(row, name) for name in names}
    return Delivery(draft=draft, state=DeliveryState(row.state), receipt=row.receipt, ref=row.ref or {}, **values)
