"""Alerting as Prometheus metrics: what fires, what waits to be said, what is owed, how fresh the judgements are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily, Metric

from store.alerting import AlertState, DeliveryState, RuleState, Severity
from store.alerting.overview import Count, Overview

if TYPE_CHECKING:
    from store import Store

DEAD = 1_000
"""Dead deliveries that are counted: one is too many."""


def alert_metrics(store: Store, now: datetime) -> Iterator[Metric]:
    """Every family of alerting, in a handful of reads."""
    overview = Overview(store.database)
    yield from firing_metrics(overview.counts(), overview.states())
    yield from outbox_metrics(
        store.outbox.waiting(),
        [one.draft.receiver for one in store.outbox.deliveries(states=[DeliveryState.DEAD], limit=DEAD)],
        now,
    )
    yield GaugeMetricFamily(
        "lamplighter_alert_obligations",
        'Receivers told "firing" that are owed "resolved": 0 when all is well.',
        value=len(store.notices.obligations(now)),
    )
    yield from rule_metrics(store.alerts.rule_states().values(), now)


def firing_metrics(counts: Sequence[Count], states: Iterable[tuple[str, AlertState, int]]) -> Iterator[Metric]:
    """How many alerts fire by severity, acknowledged or not; and how many wait for their rule's time."""
    family = GaugeMetricFamily("lamplighter_alerts", "Alerts by severity and state.", labels=["severity", "state"])
    for severity in Severity:
        for state, acknowledged in (("firing", False), ("acknowledged", True)):
            mine = (one.number for one in counts if one.severity is severity and one.acknowledged is acknowledged)
            family.add_metric([severity.value, state], sum(mine))
    yield family
    pending = sum(number for _, state, number in states if state is AlertState.PENDING)
    yield GaugeMetricFamily("lamplighter_alerts_pending", "Alerts whose condition has not held long enough.", pending)


def outbox_metrics(waiting: Mapping[str, tuple[int, datetime]], dead: Sequence[str], now: datetime) -> Iterator[Metric]:
    """What waits to be said to each receiver and for how long, and what was given up."""
    count = GaugeMetricFamily("lamplighter_outbox_waiting", "Deliveries that wait.", labels=["receiver"])
    age = GaugeMetricFamily("lamplighter_outbox_oldest_seconds", "Age of the oldest that waits.", labels=["receiver"])
    for receiver, (number, oldest) in sorted(waiting.items()):
        count.add_metric([receiver], number)
        age.add_metric([receiver], max((now - oldest).total_seconds(), 0.0))
    lost = GaugeMetricFamily("lamplighter_outbox_dead", "Deliveries that were given up.", labels=["receiver"])
    for receiver in sorted(set(dead) | set(waiting)):
        lost.add_metric([receiver], dead.count(receiver))
    yield from (count, age, lost)


def rule_metrics(states: Iterable[RuleState], now: datetime) -> Iterator[Metric]:
    """How long ago each rule was evaluated, and whether that worked."""
    age = GaugeMetricFamily("lamplighter_rule_evaluation_age_seconds", "Since the last evaluation.", labels=["rule"])
    failing = GaugeMetricFamily("lamplighter_rule_failing", "Whether it could not be evaluated.", labels=["rule"])
    for state in states:
        age.add_metric([state.rule_id], (now - state.evaluated_at).total_seconds())
        failing.add_metric([state.rule_id], state.health.value == "error")
    yield from (age, failing)
