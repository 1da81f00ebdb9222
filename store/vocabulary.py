"""The values that every wing speaks in: what Lamplighter knows, as frozen dataclasses."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from store.messages import Sentence


class Absent(StrEnum):
    """What a missing data point of a metric means."""

    ZERO = "zero"
    """Nothing happened: CloudWatch writes no point where the count is zero."""
    UNKNOWN = "unknown"
    """Nobody knows: the source was silent."""


class Status(StrEnum):
    """What is known of the health of something, best first."""

    OK = "ok"
    ASLEEP = "asleep"
    WARN = "warn"
    UNKNOWN = "unknown"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for ok up to 4 for critical: the worst of several is their maximum by rank."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing in AWS, with the place it has in the stack.

    `id` is the ARN where AWS gives one, else `account/region/type/name`. `type` is `service:kind`
    (`ec2:instance`, `autoscaling:group`, `elbv2:loadbalancer`, `elbv2:targetgroup`, `rds:db`,
    `elasticache:cluster`, `cloudfront:distribution`, `s3:bucket`, `ec2:natgateway`, `ec2:volume`,
    `ec2:snapshot`, `ec2:vpc`, `ec2:subnet`, `ec2:securitygroup`, `ec2:address`, `ecs:service`). `state` is AWS's own
    word. `attributes` holds the facts that other parts need, as JSON values.
    """

    id: str
    type: str
    name: str
    account: str
    region: str
    environment: str | None = None
    component: str | None = None
    state: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What identifies a series: where it comes from, what is measured, and how it is summed up.

    `dimensions` are sorted pairs. `stat` is CloudWatch's word (`Average`, `Sum`, `p95`). A series made by metric
    math has the namespace `Math` and the expression's id from the catalogue as its metric.
    """

    account: str
    region: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str

    @property
    def id(self) -> str:
        """A short stable name: `s` and 16 hex digits of a BLAKE2b digest over the key."""
        text = json.dumps(
            [self.account, self.region, self.namespace, self.metric, sorted(self.dimensions), self.stat],
            separators=(",", ":"),
        )
        return "s" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Series:
    """A series that is kept: its key, its step in seconds, and the place it has in the stack."""

    key: SeriesKey
    period: int
    absent: Absent = Absent.UNKNOWN
    unit: str = ""
    title: str = ""
    resource_id: str | None = None
    environment: str | None = None
    component: str | None = None
    closed_at: datetime | None = None

    @property
    def id(self) -> str:
        """The stable name of the key."""
        return self.key.id


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one series, oldest first: `times` in epoch seconds (start of each bucket) and `values`."""

    times: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.times)

    def pairs(self) -> list[tuple[int, float]]:
        """The points as (epoch seconds, value)."""
        return list(zip(self.times, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class HourPoint:
    """One UTC hour of a series in four numbers: `time` is its start in epoch seconds, `total / count` its mean."""

    time: int
    count: int
    total: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A half-open stretch [start, end) in epoch seconds in which a series has no known value, and why."""

    start: int
    end: int
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a series has been collected, in epoch seconds.

    Every point in [`collected_from`, `collected_to`) was asked for and answered, or is recorded as a gap.
    `backfill_to` is how far back the backfill is meant to reach; it is done when `collected_from` is there.
    `next_due` is when the series is to be polled again; until `hot_until` it is polled at the promoted rate.
    `revised` counts points whose value changed on a later reading; `failures` the failed polls in a row.
    """

    series_id: str
    collected_from: int
    collected_to: int
    backfill_to: int
    next_due: int
    hot_until: int = 0
    revised: int = 0
    failures: int = 0
    last_success: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What a write of samples changed: points that were new, points whose value was revised, points as before."""

    new: int = 0
    revised: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new inventory changed: resources that are new or back, that differ, and that are gone."""

    added: list[Resource] = field(default_factory=list)
    changed: list[Resource] = field(default_factory=list)
    closed: list[Resource] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HealthObservation:
    """What one health check saw. `check_id` is stable, e.g. `target:<arn>:<instance>` or `probe:prod/frontend/home`.

    `kind` is one of `target`, `group`, `database`, `cache`, `http`, `tcp`, `tls`, `service`. `reason` is a sentence
    for a person; `value` with its `unit` is what was measured (latency in ms, days to expiry, instances in service).
    """

    check_id: str
    kind: str
    title: Sentence
    status: Status
    reason: Sentence
    observed_at: datetime
    environment: str | None = None
    component: str | None = None
    resource_id: str | None = None
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class HealthState:
    """A check's latest observation, and since when it has had this status. `consecutive` counts equal observations."""

    latest: HealthObservation
    since: datetime
    consecutive: int = 1


@dataclass(frozen=True, slots=True)
class HealthTransition:
    """A check went from one status to another."""

    check_id: str
    at: datetime
    before: Status | None
    after: Status
    reason: Sentence
    title: Sentence = ""
    environment: str | None = None
    component: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A recurring piece of work and where it stands. Times are UTC; `every` is seconds.

    `name` reads `kind:scope`, for example `metrics:main/ap-northeast-2` or `retention`. `outcome` is `ok`, `partial`
    or `failed` (empty before the first run); `message` says what happened and what to do. `coverage` is the part of
    what was asked for that was answered, 0 to 1.
    """

    name: str
    every: int
    next_due: datetime
    outcome: str = ""
    message: Sentence = ""
    coverage: float | None = None
    last_started: datetime | None = None
    last_finished: datetime | None = None
    last_success: datetime | None = None
    failures: int = 0
    progress: float | None = None
    running: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one slot of a job until `expires`. `epoch` fences: a later claim has a higher one."""

    job: str
    slot: datetime
    owner: str
    epoch: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a run of a job ended: `ok`, `partial` or `failed`, with a sentence that names the remedy if there is one."""

    outcome: str
    message: Sentence = ""
    coverage: float | None = None
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class JobRun:
    """One finished or running slot of a job, for the history."""

    job: str
    slot: datetime
    owner: str
    epoch: int
    started: datetime
    finished: datetime | None
    outcome: str
    message: Sentence
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class MeterEntry:
    """AWS calls of one kind in one UTC hour. `units` is what is billed (metrics, requests, GB); costs are US dollars.

    The bill is a range where the price or the free tier is disputed: `cost_low` to `cost_high`.
    """

    hour: datetime
    account: str
    region: str
    api: str
    job: str
    calls: int = 0
    errors: int = 0
    throttles: int = 0
    units: Decimal = Decimal(0)
    cost_low: Decimal = Decimal(0)
    cost_high: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and belongs on the timeline or in the audit.

    `kind` reads `what.happened` (`config.reloaded`, `login.failed`, `deploy.started`, `job.blocked`). `actor` is a
    person's login, `lamplighter`, or an AWS principal. `key` makes recording idempotent.
    """

    key: str
    at: datetime
    kind: str
    title: str
    actor: str = "lamplighter"
    environment: str | None = None
    component: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intent:
    """What a person asked for on a page or in Slack, for the worker to carry out. `state`: open, done or refused."""

    id: str
    kind: str
    actor: str
    created_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    state: str = "open"
    result: str = ""
