"""What an incident does to an environment: a few named forces, each a number for every moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from service.demo.world.noise import Flags, Floats, Times


class Effect(StrEnum):
    """A force. Without an incident each is zero; those of several incidents add up."""

    TRAFFIC = "traffic"
    """Further requests, as a share of the usual ones."""
    ERRORS = "errors"
    """The share of the backend's answers that become 5xx."""
    TIMEOUTS = "timeouts"
    """The share of requests for which the balancer gives up waiting (504)."""
    LATENCY = "latency"
    """How much slower the backend answers, as a share of the usual time."""
    TAIL = "tail"
    """How much wider the backend's times are spread: added to the sigma of their logarithm."""
    CPU = "cpu"
    """The part of the backend's spare CPU that is eaten, 0 to 1."""
    CREDITS = "credits"
    """The part of the CPU credits that is gone, 0 to 1."""
    CONNECTIONS = "connections"
    """The part of the database's free connections that is taken, 0 to 1."""
    QUERIES = "queries"
    """How much slower the database answers, as a share of the usual time."""
    DATABASE_DOWN = "database_down"
    """1 while the database takes no connection."""
    EVICTIONS = "evictions"
    """Keys a minute that the cache throws out."""
    MISSES = "misses"
    """The share of the cache's hits that become misses."""
    DISK = "disk"
    """The part of the free disk space that is filled, 0 to 1."""
    PORTS = "ports"
    """Connections a minute for which the NAT gateway has no port."""
    TRANSFER = "transfer"
    """Further bytes through the NAT gateway, as a share of the usual ones."""
    EDGE_ERRORS = "edge_errors"
    """The share of CloudFront's answers that are 5xx."""
    SITE_DOWN = "site_down"
    """1 while the frontend answers 503 to everybody."""


Effects = Mapping[Effect, Floats]


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in an incident each of many times lies: whether inside, seconds since its start, and its intensity."""

    inside: Flags
    elapsed: Floats
    intensity: float

    def on(self, level: float) -> Floats:
        """At once at its level, until the end."""
        return np.where(self.inside, level * self.intensity, 0.0)

    def rise(self, level: float, seconds: float, after: float = 0.0) -> Floats:
        """Climbs to its level within so many seconds, beginning `after` seconds from the start, until the end."""
        climb = np.clip((self.elapsed - after) / seconds, 0.0, 1.0)
        return np.where(self.inside, level * self.intensity * climb, 0.0)

    def flag(self, seconds: float = float("inf"), after: float = 0.0) -> Floats:
        """1 for so many seconds, whatever the intensity."""
        during = self.inside & (self.elapsed >= after) & (self.elapsed < after + seconds)
        return during.astype(np.float64)


def moment(start: float, end: float | None, intensity: float, times: Times) -> Moment:
    """The moments of an incident that began at `start` and ends at `end` (None: not yet)."""
    elapsed = times - start
    inside = (elapsed >= 0.0) & (times < (float("inf") if end is None else end))
    return Moment(np.asarray(inside), np.asarray(elapsed, dtype=np.float64), intensity)


def quiet(times: Times) -> dict[Effect, Floats]:
    """No force at all."""
    return {effect: np.zeros(len(times)) for effect in Effect}
