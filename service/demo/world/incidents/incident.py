"""One incident that was started: when, where, how strong, and whom it hit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from service.demo.world.incidents.effects import Effects, moment, quiet
from service.demo.world.incidents.kinds import Kind
from service.demo.world.noise import Flags, Times


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident in one environment over [start, end), in epoch seconds; `end` None: until it is stopped.

    `victims` are the instances that fail their health checks; `detail` is what was done in AWS (the launch
    template's version of a deploy).
    """

    kind: Kind
    environment: str
    start: float
    end: float | None
    intensity: float = 1.0
    victims: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)

    def active(self, now: float) -> bool:
        """Whether it is going on."""
        return self.start <= now and (self.end is None or now < self.end)

    def failing(self, now: float) -> tuple[str, ...]:
        """The instances that fail their health checks now."""
        return self.victims if self.active(now) and now - self.start >= self.kind.fails_after else ()

    def shown(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "name": self.kind.name,
            "title": self.kind.title,
            "summary": self.kind.feels,
            "environment": self.environment,
            "components": list(self.kind.components),
            "started": self.start,
            "ends": self.end,
            "intensity": self.intensity,
            "instances": list(self.victims),
            **self.detail,
        }


def effects_on(incidents: Iterable[Incident], environment: str, times: Times) -> Effects:
    """All forces on an environment at these times."""
    total = quiet(times)
    for incident in incidents:
        if incident.environment == environment:
            shape = incident.kind.shape(moment(incident.start, incident.end, incident.intensity, times))
            for effect, force in shape.items():
                total[effect] = total[effect] + force
    return total


def failing_at(incidents: Iterable[Incident], instance_id: str, times: Times) -> Flags:
    """Whether an instance fails its health checks because of an incident, at each time."""
    failing = np.zeros(len(times), dtype=np.bool_)
    for incident in incidents:
        if instance_id in incident.victims:
            during = moment(incident.start, incident.end, 1.0, times)
            failing |= during.inside & (during.elapsed >= incident.kind.fails_after)
    return failing
