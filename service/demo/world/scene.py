"""The world as one question sees it: its history and its incidents, with the loads that were worked out for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from service.demo.source import Buckets
from service.demo.world.history import History
from service.demo.world.incidents.incident import Incident
from service.demo.world.load import Load, compute_load
from service.demo.world.noise import Times
from service.demo.world.plan import plan_of

_LOADS_KEPT = 24
"""A batch of queries asks for a handful of windows in three environments; fifteen days of one take 4 MB."""


class Scene:
    """A frozen history and incidents. Loads are pure functions of them, so they are kept for the next metric."""

    def __init__(self, history: History, incidents: Sequence[Incident]) -> None:
        self.history = history
        self.incidents = tuple(incidents)
        self._loads: OrderedDict[tuple[str, int, int, int], Load] = OrderedDict()
        self._lock = Lock()

    def load(self, environment: str, times: Times) -> Load:
        """The load of an environment at evenly spaced times."""
        if len(times) == 0:
            return compute_load(plan_of(environment), self.history, self.incidents, times)
        key = (environment, int(times[0]), int(times[-1]), len(times))
        with self._lock:
            if key in self._loads:
                self._loads.move_to_end(key)
                return self._loads[key]
        load = compute_load(plan_of(environment), self.history, self.incidents, times)
        with self._lock:
            self._loads[key] = load
            while len(self._loads) > _LOADS_KEPT:
                self._loads.popitem(last=False)
        return load


Sample = Callable[[Scene, Times], Buckets]


@dataclass(frozen=True, slots=True)
class Metric:
    """A living metric: its unit in CloudWatch's words, seconds between its buckets, and what it samples in a scene."""

    unit: str
    resolution: int
    sample: Sample
