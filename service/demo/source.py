"""The seam between the embedded AWS and the world that it shows: metrics, extra answers, sites and incidents.

A world is built inside the child process, by `build(options: WorldOptions) -> World` of its module
(`service.demo.world.build` for `--world cloudmart`). Nothing here knows HTTP or moto.

What the server does with a World:

1. it opens its port, so that AWS calls are answered (CloudWatch from `sources`, the rest by moto);
2. it calls `seed(endpoint_url)` once, in its main thread: the world makes its resources through boto3 there.
   `/_demo/ready` answers 503 until it returns; if it raises, the child prints the traceback and exits with status 1;
3. for every AWS call it looks up `handlers[(service, action)]`; no handler, or one that returns None: moto answers;
4. a path that starts with a key of `sites` (`/site/dev`) goes to that WSGI application, SCRIPT_NAME and PATH_INFO set
   as usual;
5. `/_demo/incidents` is answered by `incidents`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from wsgiref.types import WSGIApplication

import numpy as np
import numpy.typing as npt

Clock = Callable[[], float]
"""Epoch seconds. The server's clock may be shifted or frozen by the control API: never read time.time() in a world."""


@dataclass(frozen=True, slots=True)
class MetricId:
    """One CloudWatch metric: where it lives, and its name and dimensions (pairs sorted by name)."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Samples per bucket of the metric's resolution, ascending in time.

    `times` int64[n]: epoch seconds of the bucket's start, a multiple of the resolution.
    `values`, `weights` float64[n, k]: k weighted samples a bucket (k = 1 for a gauge; more where percentiles should
    be real, as in a latency). NaN value or zero weight: no such sample; a bucket with no sample at all yields no point.
    Average is Σwv/Σw, Sum Σwv, SampleCount Σw; Minimum, Maximum and percentiles are over the samples.
    """

    times: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]

    @classmethod
    def gauge(cls, times: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> Buckets:
        """One sample of weight 1 a bucket; `values` is float64[n], NaN for none."""
        column = np.asarray(values, dtype=np.float64).reshape(-1, 1)
        return cls(np.asarray(times, dtype=np.int64), column, np.ones_like(column))

    @classmethod
    def empty(cls) -> Buckets:
        """No bucket at all: the metric exists and has nothing in the asked stretch."""
        return cls.gauge(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))


class MetricSource(Protocol):
    """Where metrics come from. Called from several threads at once: be cheap, and hold no lock for long."""

    def metrics(self, now: float) -> Iterable[MetricId]:
        """Every metric that had a sample in the two weeks before `now` (what ListMetrics shows)."""
        ...

    def resolution(self, metric: MetricId) -> int:
        """Seconds between its buckets: 60, 300 or 86400 (1, 5, 10 and 30 for high-resolution custom metrics)."""
        ...

    def unit(self, metric: MetricId) -> str:
        """CloudWatch's word for its unit: Percent, Count, Seconds, Bytes, None and so on."""
        ...

    def observe(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:
        """The buckets with start <= time < end; None where this source has no such metric (ever).

        A pure function of the metric, the time and the recorded state changes: asked again, the same values come back.
        `start` and `end` are multiples of the resolution. Buckets later than `now` are dropped by the caller, and so
        are those that retention has forgotten, so a source need not know either rule.
        """
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answered GetMetricData request asked for: metrics as AWS bills them, queries, and points sent."""

    metrics: int
    queries: int
    points: int
    follow_up: bool = False


@dataclass(frozen=True, slots=True)
class AwsResponse:
    """What an action answers: its output members by name, as boto3 would return them (datetimes, bytes, numbers).

    A datetime64 array stands for a list of timestamps. `usage` is for actions billed by more than the call.
    """

    result: Mapping[str, Any]
    usage: Usage | None = None


class AwsError(Exception):
    """An error that AWS answers. `code` as botocore shows it in Error.Code; `status` is the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """One AWS call, already parsed by botocore's model of the service.

    `service` is boto3's name of the client (`elbv2`, `cloudwatch`, `autoscaling`, `ec2`, `ce`, `logs`), `action` the
    operation (`DescribeTargetHealth`), `params` the input members by name with their Python types. `forward()` lets
    moto answer and returns its answer parsed by botocore (raises AwsError when moto refuses): a handler may change it
    and return it, or note that a state changed and return None (moto's own answer is then sent). Call it at most once.
    """

    account: str
    region: str
    service: str
    action: str
    params: Mapping[str, Any]
    now: float
    forward: Callable[[], AwsResponse]


Handler = Callable[[AwsRequest], AwsResponse | None]
"""Answers an action, raises AwsError, or returns None to leave it to moto."""


class Incidents(Protocol):
    """What can go wrong in this world on demand. Answers are JSON values, shown by the control API as they are."""

    def available(self) -> list[dict[str, Any]]:
        """What can be started: at least {name, summary}."""
        ...

    def active(self, now: float) -> list[dict[str, Any]]:
        """What is going on: at least {name, started (epoch seconds), ends (epoch seconds or null)}."""
        ...

    def start(self, name: str, options: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Start one; `options` is the request's JSON body (environment, minutes…). Raises LookupError, ValueError."""
        ...

    def stop(self, name: str, now: float) -> dict[str, Any]:
        """Stop one. Raises LookupError when it is not active."""
        ...


class Money(Protocol):
    """What the control API may change of a world's Cost Explorer (see service.demo.money.desk)."""

    def change(self, wish: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Change settings, or take in new data now. Raises ValueError."""
        ...

    def describe(self, now: float) -> dict[str, Any]:
        """The settings, and when data was taken in last."""
        ...

    def reset(self) -> None:
        """Settings as at the start."""
        ...


class NoIncidents:
    """A world in which nothing happens."""

    def available(self) -> list[dict[str, Any]]:
        """Nothing can be started."""
        return []

    def active(self, now: float) -> list[dict[str, Any]]:  # noqa: ARG002 - the protocol's signature
        """Nothing is going on."""
        return []

    def start(self, name: str, options: Mapping[str, Any], now: float) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Refuse."""
        raise LookupError(f"this world has no incident {name!r}")

    def stop(self, name: str, now: float) -> dict[str, Any]:  # noqa: ARG002 - as above
        """Refuse."""
        raise LookupError(f"this world has no incident {name!r}")


def _seed_nothing(endpoint_url: str) -> None:
    """Leave moto empty."""


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """What the command line of the child tells a world. `replay` is a directory of CSV series, or None."""

    clock: Clock
    replay: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """All that a world gives to the server. `handlers` is keyed by (service, action), `sites` by path prefix."""

    name: str
    sources: tuple[MetricSource, ...] = ()
    handlers: Mapping[tuple[str, str], Handler] = field(default_factory=dict)
    sites: Mapping[str, WSGIApplication] = field(default_factory=dict)
    seed: Callable[[str], None] = _seed_nothing
    incidents: Incidents = field(default_factory=NoIncidents)
    money: Money | None = None
