"""What a round of evaluation finds: everything that one transaction then keeps, and what the caller is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from store.alerting import Alert, Episode, Placement, RuleState, Transition
from store.messages import Sentence
from store.vocabulary import Event


@dataclass(frozen=True, slots=True)
class Round:
    """How a round went. `faults` are (rule id, what went wrong): the other rules went on.

    `fired` and `resolved` are ids of episodes that people are to be told of. `promote` are series to be polled more
    often: an alert on them is pending or firing, or a value is within a tenth of its limit. `seconds` is how long it
    took.
    """

    now: datetime
    rules: int = 0
    instances: int = 0
    evaluations: int = 0
    transitions: int = 0
    fired: Sequence[str] = ()
    resolved: Sequence[str] = ()
    faults: Sequence[tuple[str, Sentence]] = ()
    promote: Sequence[str] = ()
    missed: int = 0
    seconds: float = 0.0
    finished: bool = True
    """False when it was asked to stop before every rule had its turn; the rest is due again."""


@dataclass(slots=True)
class Findings:
    """What a round gathers."""

    now: datetime
    alerts: dict[str, Alert] = field(default_factory=dict)
    forget: set[str] = field(default_factory=set)
    forget_rules: set[str] = field(default_factory=set)
    transitions: list[Transition] = field(default_factory=list)
    episodes: dict[str, Episode] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    rule_states: list[RuleState] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: dict[str, Sentence] = field(default_factory=dict)
    to_place: set[str] = field(default_factory=set)
    fired: set[str] = field(default_factory=set)
    resolved: set[str] = field(default_factory=set)
    promote: set[str] = field(default_factory=set)
    evaluations: int = 0
    missed: int = 0

    def keep(self, alert: Alert) -> None:
        """Write this alert."""
        self.alerts[alert.fingerprint] = alert
        self.forget.discard(alert.fingerprint)

    def drop(self, fingerprint: str) -> None:
        """Forget an alert that has nothing left to remember."""
        self.alerts.pop(fingerprint, None)
        self.forget.add(fingerprint)
