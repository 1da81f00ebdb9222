"""AWS/AutoScaling: the sizes of a group, once its metrics are enabled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from service.demo.source import Buckets
from service.demo.world.incidents.incident import failing_at
from service.demo.world.models.buckets import gauge, minutely
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Floats, Times
from service.demo.world.scene import Scene
from service.demo.world.state import Group, Snapshot

NAMESPACE = "AWS/AutoScaling"

Reading = Callable[[Scene, Times, str], Floats]


def _fact(read: Callable[[Group], float]) -> Reading:
    def values(scene: Scene, times: Times, name: str) -> Floats:
        return scene.history.values(times, lambda state: read(state.groups[name]) if name in state.groups else 0.0)

    return values


def _members(scene: Scene, name: str) -> list[str]:
    return sorted(
        {member for state in scene.history.states if name in state.groups for member in state.groups[name].members}
    )


def _in_service(scene: Scene, times: Times, name: str) -> Floats:
    """Members in service: those that run and that no incident fails."""
    total = np.zeros(len(times))
    for member in _members(scene, name):

        def serving(state: Snapshot, member: str = member) -> bool:
            group = state.groups.get(name)
            return group is not None and member in group.members and state.running(member)

        total += scene.history.flags(times, serving) & ~failing_at(scene.incidents, member, times)
    return total


def _leaving(scene: Scene, times: Times, name: str) -> Floats:
    return _fact(lambda group: float(len(group.members)))(scene, times, name) - _in_service(scene, times, name)


_READINGS: dict[str, Reading] = {
    "GroupMinSize": _fact(lambda group: float(group.minimum)),
    "GroupMaxSize": _fact(lambda group: float(group.maximum)),
    "GroupDesiredCapacity": _fact(lambda group: float(group.desired)),
    "GroupInServiceInstances": _in_service,
    "GroupPendingInstances": lambda _scene, times, _name: np.zeros(len(times)),
    "GroupStandbyInstances": lambda _scene, times, _name: np.zeros(len(times)),
    "GroupTerminatingInstances": _leaving,
    "GroupTotalInstances": _fact(lambda group: float(len(group.members))),
}

GROUP_METRICS = tuple(_READINGS)
"""The names of all metrics of a group."""


def group_metrics(group: Group) -> Iterator[Described]:
    """All metrics of a group; none while their collection is not enabled."""
    where = dimensions(AutoScalingGroupName=group.name)
    for name, read in _READINGS.items():

        def sample(scene: Scene, times: Times, read: Reading = read) -> Buckets:
            enabled = scene.history.flags(times, lambda state: _enabled(state.groups.get(group.name)))
            return gauge(times, read(scene, times, group.name), enabled)

        yield NAMESPACE, name, where, minutely("None", sample)


def _enabled(group: Group | None) -> bool:
    return group is not None and group.metrics
