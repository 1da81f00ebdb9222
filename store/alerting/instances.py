"""What fires: alert instances, their states, transitions and episodes, and how far rules were evaluated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.messages import Sentence


class Severity(StrEnum):
    """How much an alert asks of people, least first."""

    INFO = "info"
    """Worth knowing; nobody must act."""
    WARNING = "warning"
    """Somebody should look in working hours."""
    PAGE = "page"
    """Users are hurt, or soon will be: somebody must look now."""

    @property
    def rank(self) -> int:
        """0 for info up to 2 for page."""
        return list(Severity).index(self)


class AlertState(StrEnum):
    """Where an alert instance stands. Resolved is the transition from firing or recovering to inactive."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"
    """The condition no longer holds; it still counts as firing until `keep_firing_for` is over."""

    @property
    def is_firing(self) -> bool:
        """Whether people are to be told that it fires."""
        return self in (AlertState.FIRING, AlertState.RECOVERING)


class Evaluation(StrEnum):
    """The health of an evaluation: a second axis beside the state, which never changes an alert's fingerprint."""

    OK = "ok"
    NO_DATA = "no_data"
    ERROR = "error"


Labels = Mapping[str, str]


def fingerprint(rule_id: str, labels: Labels) -> str:
    """The stable name of an alert instance: `a` and 16 hex digits over the rule's id and its sorted labels.

    Value, threshold, texts and the health of the evaluation are left out: none of them makes it another alert.
    """
    return "a" + _digest(rule_id, sorted(labels.items()))


def episode_id(alert: str, fired_at: datetime) -> str:
    """The name of one firing of an alert: the same again when a crash makes us work it out a second time."""
    return "e" + _digest(alert, fired_at.isoformat())


def group_id(receiver: str, route: str, labels: Labels) -> str:
    """The name of what a receiver is told together: the same receiver, route and group labels."""
    return "g" + _digest(receiver, route, sorted(labels.items()))


def _digest(*parts: object) -> str:
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert instance, (rule, labels), as of the last slot that was evaluated; the engine makes new ones.

    `slot` is the aligned moment that was last stepped (start of the newest sample bucket for series). `active_at` is
    since when the condition holds (pending), `fired_at` since when it fires, `recovering_at` since when it no longer
    holds while it is kept firing, `resolved_at` when it last went back to inactive. `episode` names the current firing,
    or the last one. `flaps` counts how often this episode was resumed after it had ended or was about to.
    `limit` is what `value` was held against. `why` is JSON: see `alerts.rules.base.Why`. `summary` and `impact` are the
    rendered templates by language (`en`, `ko`); `missed` counts slots that nobody evaluated.
    """

    fingerprint: str
    rule_id: str
    labels: Labels
    state: AlertState = AlertState.INACTIVE
    health: Evaluation = Evaluation.OK
    slot: datetime | None = None
    severity: Severity = Severity.WARNING
    episode: str | None = None
    active_at: datetime | None = None
    fired_at: datetime | None = None
    recovering_at: datetime | None = None
    resolved_at: datetime | None = None
    flaps: int = 0
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    summary: Mapping[str, str] = field(default_factory=dict)
    impact: Mapping[str, str] = field(default_factory=dict)
    runbook: str = ""
    reason: Sentence = ""
    why: Mapping[str, Any] = field(default_factory=dict)
    rule_version: str = ""
    environment: str | None = None
    component: str | None = None
    resource_id: str | None = None
    series_id: str | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """An alert went from one state to another at a slot. `reason` says why; `why` holds the window it was judged by.

    `at` is the slot (event time), `recorded_at` when it was found out. `health` is that of the evaluation.
    """

    fingerprint: str
    rule_id: str
    at: datetime
    before: AlertState
    after: AlertState
    reason: Sentence
    recorded_at: datetime | None = None
    episode: str | None = None
    health: Evaluation = Evaluation.OK
    value: float | None = None
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing of an alert from beginning to end: what people acknowledge, link to and look back on.

    `id` by `episode_id`. `severity` is the highest it reached. `worst` is the value furthest beyond the limit.
    `alert` is the instance as last stepped (its state, texts, place, why). `noticed_at` is when Lamplighter knew,
    `fired_at` the slot in which it began. `opened_at`: somebody looked at it. `last_change` is the key of the newest
    event (deploy, shutdown, override, configuration) of the same place before `fired_at`.
    """

    id: str
    alert: Alert
    severity: Severity
    fired_at: datetime
    noticed_at: datetime
    resolved_at: datetime | None = None
    resolved_noticed_at: datetime | None = None
    flaps: int = 0
    worst: float | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_severity: Severity | None = None
    opened_at: datetime | None = None
    last_change: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still fires."""
        return self.resolved_at is None


@dataclass(frozen=True, slots=True)
class RuleState:
    """How far a rule has been evaluated, and how that went. `missed` counts slots that were passed over."""

    rule_id: str
    version: str
    evaluated_to: datetime
    evaluated_at: datetime
    health: Evaluation = Evaluation.OK
    problem: Sentence = ""
    instances: int = 0
    missed: int = 0
    cost_ms: float = 0.0
