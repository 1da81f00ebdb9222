"""Who is told of it: placements, groups and their members, drafts, deliveries, decisions and obligations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.alerting.instances import Episode, Labels, Severity, group_id
from store.messages import Sentence


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
    """What a receiver is told together. `notice` names the one message (thread) open for it; None before the first.

    A notice begins with the first firing member that is told and ends when all were told as resolved; `sequence`
    numbers what was said in it. `reminders` counts the reminders, `escalations` the steps of escalation already taken
    in this notice.
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
    """A row of the outbox. `epoch` fences: who lost its lease cannot write it any more. `attempts` counts those begun.

    `receipt` is what the channel answered (Slack's channel and ts, SNS's MessageId, a webhook's status). `ref` is how
    the notice's message is found again at its receiver (Slack's channel and ts), shared by the notice's deliveries.
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
    since: datetime | None = None
    """When it was first decided so: one that only repeats the last keeps its row. Set by the store."""


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
    """A receiver that was told "firing" of an episode that is over, with nothing queued or planned that says so."""

    receiver: str
    group: str
    episode: str
    resolved_at: datetime
