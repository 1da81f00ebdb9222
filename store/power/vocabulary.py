"""The words of sleeping and waking: what should be, what is, what was asked for, and what was done about it.

Instants are aware and in UTC; an `end` is exclusive. A price is Decimal in `currency`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from store.messages import Sentence


class Power(StrEnum):
    """What an environment, or one resource of it, should be."""

    RUNNING = "running"
    STOPPED = "stopped"


class Mode(StrEnum):
    """What a start or stop by hand is worth: it stands until the schedule's next edge, or it is put right at once."""

    EDGE = "edge"
    ENFORCE = "enforce"


class Condition(StrEnum):
    """What something was observed to be. Only `STOPPED` and `RUNNING` count as reached."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    PARTIAL = "partial"
    """Of an environment: some of it runs and some of it does not, and nothing is on its way."""
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody asked for, in force from `start` until `end` or until it is taken back.

    A `hold` keeps it running for maintenance and beats every other one. `source` is where it was asked: page, slack,
    cli or api. `price` is what it was said to cost before the click, None where no price was known.
    """

    id: str
    environment: str
    power: Power
    start: datetime
    end: datetime
    by: str
    asked_at: datetime
    why: str = ""
    hold: bool = False
    source: str = ""
    price: Decimal | None = None
    currency: str = "USD"
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def until(self) -> datetime:
        """When it ends: its end, or when it was taken back."""
        return self.end if self.ended_at is None else min(self.end, self.ended_at)

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.start <= at < self.until


class StepState(StrEnum):
    """How far a step has come. Between `PLANNED` and `ISSUED` lies the call to AWS: after a crash, look again."""

    PLANNED = "planned"
    ISSUED = "issued"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    DROPPED = "dropped"
    """It is no longer wanted: somebody asked for something else, or did it by hand."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self in (StepState.PLANNED, StepState.ISSUED)


@dataclass(frozen=True, slots=True)
class Step:
    """One act on one resource for one edge, committed before the call to AWS.

    `operation` is `ENVIRONMENT/EDGE IN UTC/POWER`; `verb` says which of a resource's several steps it is. `tier` is the
    order: a tier begins when the one before it is confirmed. `detail` is what the call was given. `problem` is why the
    last try did not succeed, `next_at` when it is tried again.
    """

    id: str
    environment: str
    operation: str
    power: Power
    resource_id: str
    resource_type: str
    name: str
    verb: str
    tier: int
    planned_at: datetime
    state: StepState = StepState.PLANNED
    detail: Mapping[str, Any] = field(default_factory=dict)
    issued_at: datetime | None = None
    settled_at: datetime | None = None
    attempts: int = 0
    next_at: datetime | None = None
    problem: Sentence = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a resource needs to be as it was before, committed before it was put to sleep.

    `was` is plain JSON by type: minimum, maximum and desired size and the suspended processes of a group, the desired
    count of an ECS service with the bounds of its scaling, the routes through a NAT gateway.
    """

    environment: str
    resource_id: str
    resource_type: str
    was: Mapping[str, Any]
    saved_at: datetime
    operation: str


@dataclass(frozen=True, slots=True)
class ResourcePower:
    """One resource of an environment: what it is and should be. `desired` is None for what cannot sleep.

    `hourly` is what it costs while it runs and stops costing when it sleeps. `by_hand` is since when somebody's own
    start or stop stands. `note` says what a reader must know: protected, left alone, why it is not there yet. `known`
    is what it was when it was last seen running (sizes of a group); None: it never was, so it is not woken.
    """

    resource_id: str
    resource_type: str
    name: str
    component: str | None
    condition: Condition
    desired: Power | None
    since: datetime | None = None
    hourly: Decimal | None = None
    by_hand: datetime | None = None
    note: Sentence = ""
    known: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A stretch of the days to come, or of a day gone by: what the schedule and people make of it."""

    start: datetime
    end: datetime | None
    power: Power
    because: Sentence
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be asked for now, with what it brings: shown before the click, and recorded with it.

    `do` is keep, skip, start or stop. `hours` are those that it runs beyond its schedule, or sleeps within it; `price`
    is what they cost, negative for what they save, None where no price is known.
    """

    do: str
    seconds: int | None
    until: datetime
    hours: Decimal
    price: Decimal | None = None
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class EnvironmentPower:
    """What is known of an environment at `checked_at`.

    `desired_since` is since when that is desired, `until` when it changes, None if nothing known changes it. `armed` is
    False in a dry run: everything is worked out and nothing is done. `hourly` is what it costs an hour while it runs
    beyond what it costs asleep. `planned` covers the days to come.
    """

    environment: str
    desired: Power
    because: Sentence
    until: datetime | None
    condition: Condition
    since: datetime
    checked_at: datetime
    schedule: str = ""
    timezone: str = "UTC"
    mode: Mode = Mode.EDGE
    armed: bool = False
    protected: Sentence = ""
    resources: Sequence[ResourcePower] = ()
    planned: Sequence[Planned] = ()
    hourly: Decimal | None = None
    currency: str = "USD"
    problem: Sentence = ""
    desired_since: datetime | None = None
    offers: Sequence[Offer] = ()


@dataclass(frozen=True, slots=True)
class PowerSpan:
    """A stretch of time in which an environment was observed in one condition; the newest has no end."""

    environment: str
    start: datetime
    end: datetime | None
    condition: Condition
    cause: Sentence = ""
