"""Dropping what alerting remembers beyond what is kept. What is open, owed or on its way stays however old it is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting.queueing import UNFINISHED
from store.alerting.schema import (
    budget_readings,
    decisions,
    episodes,
    groups,
    members,
    notice_refs,
    outbox,
    outbox_episodes,
    query_rows,
    silences,
    transitions,
)


def prune_alerting(connection: Connection, history: datetime, answers: datetime) -> int:
    """Drop what ended before `history`, and answers of queries from before `answers`; returns how many rows.

    An episode goes with its transitions and memberships once it is resolved, has left its groups, and nothing of the
    outbox that tells of it is unfinished.
    """
    gone = sa.select(episodes.c.id).where(episodes.c.resolved_at < history, ~_is_inside(), ~_is_on_its_way())
    alone = sa.and_(transitions.c.episode.is_(None), transitions.c.at < history)
    finished = (outbox.c.created_at < history, outbox.c.state.not_in(UNFINISHED))
    old = (
        sa.delete(transitions).where(sa.or_(transitions.c.episode.in_(gone), alone)),
        sa.delete(members).where(members.c.episode.in_(gone)),
        sa.delete(episodes).where(episodes.c.id.in_(gone)),
        sa.delete(outbox_episodes).where(outbox_episodes.c.delivery.in_(sa.select(outbox.c.id).where(*finished))),
        sa.delete(outbox).where(*finished),
        sa.delete(notice_refs).where(notice_refs.c.at < history, ~_is_referred_to()),
        sa.delete(decisions).where(decisions.c.at < history),
        sa.delete(groups).where(_is_forgotten(history)),
        sa.delete(silences).where(silences.c.ends_at < history),
        sa.delete(budget_readings).where(budget_readings.c.read_at < history),
        sa.delete(query_rows).where(query_rows.c.end < answers),
    )
    return sum(connection.execute(statement).rowcount for statement in old)


def _is_inside() -> sa.ColumnElement[bool]:
    return sa.exists().where(members.c.episode == episodes.c.id, members.c.left_at.is_(None))


def _is_on_its_way() -> sa.ColumnElement[bool]:
    tells = (outbox_episodes.c.episode == episodes.c.id, outbox.c.id == outbox_episodes.c.delivery)
    return sa.exists().where(*tells, outbox.c.state.in_(UNFINISHED))


def _is_referred_to() -> sa.ColumnElement[bool]:
    told = sa.exists().where(outbox.c.receiver == notice_refs.c.receiver, outbox.c.notice == notice_refs.c.notice)
    return sa.or_(told, sa.exists().where(groups.c.notice == notice_refs.c.notice))


def _is_forgotten(history: datetime) -> sa.ColumnElement[bool]:
    last = sa.func.coalesce(groups.c.last_sent_at, groups.c.created_at)
    idle = sa.and_(groups.c.notice.is_(None), groups.c.next_flush.is_(None), last < history)
    return sa.and_(idle, ~sa.exists().where(members.c.group_id == groups.c.id))
