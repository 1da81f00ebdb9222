"""What prices are multiplied with: the hours of a stretch, how long each state held in them, and the traffic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from service.demo.world.demand import expected_requests
from service.demo.world.history import History
from service.demo.world.incidents.effects import Effect, moment
from service.demo.world.incidents.incident import Incident
from service.demo.world.noise import Floats, Times, key_of, normal, wander
from service.demo.world.plan import plan_of
from service.demo.world.state import Snapshot

HOUR = 3_600
DAY = 86_400
_STEP = 300
_STEPS = HOUR // _STEP
_YEAR = 365.0 * DAY
_GROWTH = 0.30
"""How much the traffic grows in a year, up to the beginning of the demo; its metrics know no growth after it."""


@dataclass(slots=True)
class Ground:
    """The hours of [start, end), epoch seconds at midnight UTC, and the world's history over them.

    `began` is when the demo began: before, everything was as then, but for the growth of traffic. `launched` says of
    instances that an incident launched since when they are to have run, `moved` when the backend took to its type.
    """

    start: int
    end: int
    history: History
    incidents: Sequence[Incident]
    began: float
    launched: Mapping[str, float] = field(default_factory=dict)
    moved: float = 0.0
    calls: Mapping[int, int] = field(default_factory=dict)
    """Requests to Cost Explorer by the hour's start."""
    _traffic: dict[str, Floats] = field(default_factory=dict)
    _forces: dict[tuple[str, Effect], Floats] = field(default_factory=dict)

    @property
    def hours(self) -> Times:
        """The beginning of each hour."""
        return np.arange(self.start, self.end, HOUR, dtype=np.int64)

    def month_share(self) -> Floats:
        """What share of its month each hour is: GB-months are billed by it."""
        months = self.hours.astype("datetime64[s]").astype("datetime64[M]")
        length = ((months + 1).astype("datetime64[h]") - months.astype("datetime64[h]")).astype(np.int64)
        return np.asarray(1.0 / length, dtype=np.float64)

    def held(self, read: Callable[[Snapshot], float]) -> Floats:
        """The mean over each hour of something that a state says, to the second."""
        edges = np.arange(self.start, self.end + HOUR, HOUR, dtype=np.float64)
        changes = np.asarray(self.history.since[1:], dtype=np.float64)
        readings = np.asarray([read(state) for state in self.history.states], dtype=np.float64)
        if len(changes) == 0:
            return np.full(len(edges) - 1, readings[0])
        # The integral of a step function is straight between its steps.
        knots = np.concatenate([[min(edges[0], changes[0]) - 1.0], changes, [max(edges[-1], changes[-1]) + 1.0]])
        sums = np.concatenate([[0.0], np.cumsum(np.diff(knots) * readings)])
        return np.asarray(np.diff(np.interp(edges, knots, sums)) / HOUR, dtype=np.float64)

    def ran(self, instance: str, read: Callable[[Snapshot], float]) -> Floats:
        """As `held`, for an instance that an incident may have launched some days ago."""
        held = self.held(read)
        since = self.launched.get(instance)
        if since is None:
            return held
        known = next(
            (at for at, state in zip(self.history.since, self.history.states, strict=True) if read(state)), self.end
        )
        hours = self.hours
        before = np.clip((np.minimum(known, hours + HOUR) - np.maximum(since, hours)) / HOUR, 0.0, 1.0)
        return np.asarray(np.minimum(held + before, 1.0), dtype=np.float64)

    def requests(self, environment: str) -> Floats:
        """Requests that were served in each hour."""
        if environment not in self._traffic:
            self._traffic[environment] = self._requests(environment)
        return self._traffic[environment]

    def force(self, environment: str, effect: Effect) -> Floats:
        """The mean of an incident's force over each hour."""
        key = (environment, effect)
        if key not in self._forces:
            self._forces[key] = self._force(environment, effect)
        return self._forces[key]

    def _force(self, environment: str, effect: Effect) -> Floats:
        total = np.zeros((self.end - self.start) // HOUR)
        for incident in self.incidents:
            if incident.environment != environment:
                continue
            first = max(self.start, int(incident.start) // HOUR * HOUR)
            last = self.end if incident.end is None else min(self.end, -(-int(incident.end) // HOUR) * HOUR)
            if last <= first:
                continue
            times = np.arange(first, last, _STEP, dtype=np.int64)
            shape = incident.kind.shape(moment(incident.start, incident.end, incident.intensity, times))
            if effect in shape:
                place = (first - self.start) // HOUR
                means = shape[effect].reshape(-1, _STEPS).mean(axis=1)
                total[place : place + len(means)] += means
        return total

    def _requests(self, environment: str) -> Floats:
        plan = plan_of(environment)
        times = np.arange(self.start, self.end, _STEP, dtype=np.int64)
        usual = expected_requests(plan, times).reshape(-1, _STEPS).mean(axis=1) * 60.0
        hours = self.hours
        key = key_of("billed", environment)
        chance = 1.0 + 0.06 * wander(key, hours, 5 * DAY) + 0.03 * normal(key + 1, hours)
        growth = np.exp(_GROWTH * np.minimum(hours - self.began, 0.0) / _YEAR)
        extra = np.maximum(1.0 + self.force(environment, Effect.TRAFFIC), 0.0)
        up = self.held(lambda state: float(_serves(state, environment)))
        return np.asarray(usual * chance * growth * extra * up, dtype=np.float64)


def _serves(state: Snapshot, environment: str) -> bool:
    groups = (group for group in state.target_groups.values() if group.environment == environment)
    return any(state.running(target) for group in groups for target in group.targets)
