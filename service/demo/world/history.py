"""How the world came to be as it is: the states since its start, and what they say at any time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from service.demo.world.noise import Flags, Floats, Times
from service.demo.world.state import Snapshot


@dataclass(frozen=True, slots=True)
class History:
    """States in order; each holds from its time on. The first holds since ever: before its start, all was as then."""

    since: tuple[float, ...]
    states: tuple[Snapshot, ...]

    @classmethod
    def of(cls, first: Snapshot) -> History:
        """A history in which nothing has changed yet."""
        return cls((float("-inf"),), (first,))

    @property
    def latest(self) -> Snapshot:
        """The state that holds now."""
        return self.states[-1]

    def followed_by(self, state: Snapshot, at: float) -> History:
        """The history with a new state from `at` on; itself where nothing changed."""
        if state == self.latest:
            return self
        return History((*self.since, max(at, self.since[-1])), (*self.states, state))

    def values(self, times: Times, read: Callable[[Snapshot], float]) -> Floats:
        """What a reading of the state was at each time."""
        readings = np.fromiter((read(state) for state in self.states), dtype=np.float64, count=len(self.states))
        return np.asarray(readings[np.searchsorted(self.since, times, side="right") - 1], dtype=np.float64)

    def flags(self, times: Times, read: Callable[[Snapshot], bool]) -> Flags:
        """Whether something held at each time."""
        return np.asarray(self.values(times, lambda state: float(read(state))) > 0.0)
