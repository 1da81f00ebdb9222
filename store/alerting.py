"""The words of alerting: instances, episodes, transitions, groups, notices, silences, and what rules read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
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
    """One alert instance, (rule, labels), as of the last slot that was evaluated. A frozen value; the engine makes new ones.

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
    `alert` is the instance as last stepped (its state, texts, place, why). `noticed_at` is when Lamplighter knew, `fired_at`
    the slot in which it began. `opened_at`: somebody looked at it. `last_change` is the key of the newest event (deploy,
    shutdown, override, configuration) of the same place before `fired_at`.
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


@dataclass(frozen=True, slots=True)
class Placement:
    """An episode belongs to a group of a receiver, which must look at it by `due`.

    `route` is the route's path in the configuration, such as `routes[1]`; `labels` are the group's.
    """

    receiver: str
    route: str
    labels: Labels
    episode: str
    due: datetime

    @property
    def group(self) -> str:
        """The group's id."""
        return group_id(self.receiver, self.route, self.labels)


class Told(StrEnum):
    """What a receiver was last told (or is certain to be told: a row of the outbox is an obligation) of a member."""

    NOTHING = ""
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Member:
    """An episode within a group, and what the group's receiver was told of it."""

    episode: Episode
    told: Told = Told.NOTHING
    joined_at: datetime | None = None
    told_severity: Severity | None = None
    told_acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What a receiver is told together. `notice` names the one message (thread) that is open for it; None before the first.

    A notice begins with the first firing member that is told and ends when all were told as resolved; `sequence` numbers
    what was said in it. `reminders` counts the reminders, `escalations` the steps of escalation already taken in this notice.
    """

    id: str
    receiver: str
    route: str
    labels: Labels
    created_at: datetime
    next_flush: datetime | None
    notice: str | None = None
    notice_at: datetime | None = None
    sequence: int = 0
    last_sent_at: datetime | None = None
    reminders: int = 0
    escalations: int = 0


class NoticeKind(StrEnum):
    """What a delivery says."""

    FIRING = "firing"
    """The first of a notice: a new message."""
    CHANGED = "changed"
    """Something of it changed: a member more or less, an acknowledgement, a rise of severity. An edit."""
    REMINDER = "reminder"
    """Nothing changed and it still fires."""
    RESOLVED = "resolved"
    """The last of a notice."""
    NOTE = "note"
    """A message of its own that nothing follows: a test, a dead letter, a digest."""


class DeliveryState(StrEnum):
    """How far a delivery is."""

    QUEUED = "queued"
    SENDING = "sending"
    """Claimed by a sender; written before the call, so after a crash it is known that it may have been made."""
    SENT = "sent"
    DEAD = "dead"
    """Given up, and said so through another channel."""
    SUPERSEDED = "superseded"
    """A later edit of the same notice says all of it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery to be queued. `payload` is JSON (see `alerts.notice.Notice`); nothing in it depends on the channel."""

    receiver: str
    kind: NoticeKind
    payload: Mapping[str, Any]
    notice: str
    sequence: int
    group: str | None = None
    episodes: tuple[str, ...] = ()
    deadline: datetime | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """What makes it idempotent: receiver, notice (which names group and firing) and sequence."""
        return f"{self.receiver}/{self.notice}/{self.sequence}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox. `epoch` fences: who lost its lease cannot write the row any more. `attempts` counts those begun.

    `receipt` is what the channel answered (Slack's channel and ts, SNS's MessageId, a webhook's status). `ref` is how the
    notice's message is found again at its receiver (Slack's channel and ts), shared by the deliveries of one notice.
    """

    id: int
    draft: Draft
    state: DeliveryState
    created_at: datetime
    next_attempt: datetime
    attempts: int = 0
    owner: str = ""
    lease_until: datetime | None = None
    epoch: int = 0
    sent_at: datetime | None = None
    error: Sentence = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)
    ref: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided when a group was looked at, and why; kept for the page. `code` is a stable word for programs."""

    at: datetime
    group: str
    receiver: str
    sent: bool
    code: str
    reason: Sentence
    muted: Mapping[str, Any] = field(default_factory=dict)
    """By episode id: the overlay that kept it from being told, as JSON of a sentence."""
    notice: str | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Flush:
    """The outcome of looking at a group: what to queue, what its receiver then knows, and when to look again."""

    decision: Decision
    drafts: tuple[Draft, ...] = ()
    told: Mapping[str, Told] = field(default_factory=dict)
    group: Group | None = None
    """The group as it is afterwards; None leaves it as it is but for `next_flush`."""
    next_flush: datetime | None = None
    placements: tuple[Placement, ...] = ()
    """Members handed to further groups: escalation."""
    leave: tuple[str, ...] = ()
    """Episodes that leave the group: told as resolved, or over without ever being told."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A receiver that was told "firing" of an episode that is over, with nothing queued that says so: a defect if it lasts."""

    receiver: str
    group: str
    episode: str
    resolved_at: datetime


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: `=`, `!=`, `=~`, `!~` (regular expressions match the whole value; a missing label is "")."""

    label: str
    op: str
    value: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that nobody is told of for a while. All matchers must hold. `episode` limits it to one alert's firing."""

    id: str
    matchers: Sequence[Matcher]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str = ""
    created_at: datetime | None = None
    expired_by: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How useful a rule was in a stretch of time."""

    rule_id: str
    fired: int = 0
    acknowledged: int = 0
    self_resolved: int = 0
    """Ended with nobody having acknowledged them."""
    opened: int = 0
    flaps: int = 0
    firing_seconds: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class BudgetReading:
    """What is known of a budget at a moment. Written by the money part, read by budget rules and pages.

    `actual` and `forecast` are spent and expected by the end of [`start`, `end`), in `currency`; `as_of` is up to when the
    costs reach. `movers` are (what, difference to the period before) pairs, the largest first.
    """

    budget: str
    title: str
    start: datetime
    end: datetime
    limit: Decimal
    currency: str
    actual: Decimal
    as_of: datetime
    read_at: datetime
    forecast: Decimal | None = None
    forecast_low: Decimal | None = None
    forecast_high: Decimal | None = None
    environment: str | None = None
    component: str | None = None
    movers: Sequence[tuple[str, Decimal]] = ()


@dataclass(frozen=True, slots=True)
class QueryRows:
    """The answer of a saved query (Logs Insights) for [`start`, `end`). Written by a collector, read by log rules.

    `rows` are column → value as text. `complete` is False while late log events may still change it.
    """

    query: str
    start: datetime
    end: datetime
    rows: Sequence[Mapping[str, str]]
    read_at: datetime
    complete: bool = True
    environment: str | None = None
    component: str | None = None
