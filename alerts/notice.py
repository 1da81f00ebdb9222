"""A notice: what one receiver is told, in values only. Notifiers turn it into Slack blocks, mail or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol

from store.alerting import Delivery, NoticeKind, Severity
from store.messages import Sentence


@dataclass(frozen=True, slots=True)
class NoticeAlert:
    """One alert of a notice, as it was when the notice was written.

    `summary` and `impact` are by language (`en` always there). `last_change` is the title of the newest change before
    it, `last_change_at` when. `lines` is extra lines of a kind (a budget's movers), by language. `thresholds` are the
    percentages that a budget has passed.
    """

    episode: str
    rule_id: str
    severity: Severity
    state: str
    """firing, recovering or resolved."""
    labels: Mapping[str, str]
    summary: Mapping[str, str]
    impact: Mapping[str, str] = field(default_factory=dict)
    reason: Sentence = ""
    runbook: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    environment: str | None = None
    component: str | None = None
    series_id: str | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    flaps: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    muted: Sentence = ""
    last_change: Sentence = ""
    last_change_at: datetime | None = None
    lines: Sequence[Sentence] = ()
    thresholds: Sequence[str] = ()
    choices: Sequence[Mapping[str, Any]] = ()
    """What may be asked for of an environment, each with its price: do, seconds, until, price, currency."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a receiver is told. `alerts` are worst first and at most 50; `total` counts them all.

    `changes` are sentences for the thread: what is new since the last delivery of this notice. `mention` is whom the
    route asks to name (never on a resolve). `note` is the text of a NOTE, by language, title first.
    """

    key: str
    notice: str
    sequence: int
    kind: NoticeKind
    receiver: str
    status: str
    """firing or resolved."""
    severity: Severity
    at: datetime
    group_labels: Mapping[str, str] = field(default_factory=dict)
    alerts: Sequence[NoticeAlert] = ()
    total: int = 0
    changes: Sequence[Sentence] = ()
    mention: str = ""
    note: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Voice(Protocol):
    """A receiver's language and zone: what `dashboards.language.Language` offers. The service hands one in."""

    @property
    def code(self) -> str:
        """`en` or `ko`."""

    @property
    def zone(self) -> tzinfo:
        """The zone that moments and times are told in."""

    def say(self, sentence: Sentence) -> str:
        """Say a sentence."""

    def number(self, value: float, digits: int = 2) -> str:
        """A number."""

    def money(self, amount: Decimal, currency: str = "USD") -> str:
        """An amount of money with its currency."""

    def moment(self, when: datetime, style: str = "medium") -> str:
        """Date and time."""

    def time(self, when: datetime, style: str = "short") -> str:
        """The time of day."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery reached its channel. `receipt` is the channel's answer; `ref` finds the notice's message again."""

    receipt: Mapping[str, Any]
    ref: Mapping[str, Any] = field(default_factory=dict)


class Notifier(Protocol):
    """One channel. One instance serves one receiver, from one thread at a time."""

    receiver: str

    def send(self, delivery: Delivery, notice: Notice) -> Sent:
        """Deliver, once. `delivery.attempts` above 1 means that an earlier attempt may have had its effect: look first.

        Raises:
            Busy: the channel asks to wait `seconds` (429, Retry-After).
            Unreachable: it may work later (5xx, connection, time-out); `ambiguous` if it may have had its effect.
            Refused: it never will (a revoked token, a channel that does not exist); the message has the remedy.
        """

    def close(self) -> None:
        """Let go of connections."""
