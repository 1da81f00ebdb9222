"""What a round of evaluation found, written inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from store.alerting import schema
from store.alerting.documents import alert_to_text
from store.alerting.episodes import write_episodes, write_transitions
from store.alerting.instances import Alert, Episode, RuleState, Transition
from store.alerting.places import in_pieces, place, touch_groups_of
from store.alerting.telling import Placement
from store.database import upsert
from store.events import write_events
from store.vocabulary import Event

_OF_RULE_STATE = ("version", "evaluated_to", "evaluated_at", "health", "problem", "instances", "missed", "cost_ms")


def write_round(  # noqa: PLR0913  the parts of one transaction
    connection: Connection,
    *,
    alerts: Sequence[Alert],
    forget: Iterable[str],
    transitions: Sequence[Transition],
    episodes: Sequence[Episode],
    placements: Sequence[Placement],
    rule_states: Sequence[RuleState],
    forget_rules: Iterable[str],
    events: Sequence[Event],
) -> dict[str, str]:
    """Write it and return the text that each alert is kept as, by fingerprint.

    Episodes come before the groups: a flush that holds a group is followed by another, which sees them.
    """
    bodies = _write_alerts(connection, alerts)
    _forget(connection, forget, forget_rules)
    _write_rule_states(connection, rule_states)
    write_episodes(connection, episodes)
    write_transitions(connection, transitions)
    write_events(connection, events)
    known = _newest(transitions, episodes)
    if episodes and known is not None:
        touch_groups_of(connection, [one.id for one in episodes], known)
    if placements:
        place(connection, placements, known or min(one.due for one in placements))
    return bodies


def _newest(transitions: Sequence[Transition], episodes: Sequence[Episode]) -> datetime | None:
    """When what is new was found out: a round has one now."""
    moments = [one.recorded_at for one in transitions]
    moments += [one.resolved_noticed_at or one.noticed_at for one in episodes]
    return max((one for one in moments if one is not None), default=None)


def _write_alerts(connection: Connection, alerts: Sequence[Alert]) -> dict[str, str]:
    rows: dict[str, dict[str, Any]] = {
        one.fingerprint: {
            "fingerprint": one.fingerprint,
            "rule_id": one.rule_id,
            "state": one.state.value,
            "body": alert_to_text(one),
        }
        for one in alerts
    }
    upsert(connection, schema.alerts, [rows[one] for one in sorted(rows)], update=["rule_id", "state", "body"])
    return {name: row["body"] for name, row in rows.items()}


def _forget(connection: Connection, fingerprints: Iterable[str], rules: Iterable[str]) -> None:
    for some in in_pieces(fingerprints):
        connection.execute(sa.delete(schema.alerts).where(schema.alerts.c.fingerprint.in_(some)))
    for some in in_pieces(rules):
        connection.execute(sa.delete(schema.alerts).where(schema.alerts.c.rule_id.in_(some)))
        connection.execute(sa.delete(schema.rule_states).where(schema.rule_states.c.rule_id.in_(some)))


def _write_rule_states(connection: Connection, states: Sequence[RuleState]) -> None:
    rows = {one.rule_id: {"rule_id": one.rule_id} | _values(one) for one in states}
    upsert(connection, schema.rule_states, [rows[one] for one in sorted(rows)], update=_OF_RULE_STATE)


def _values(state: RuleState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in _OF_RULE_STATE} | {"health": state.health.value}
