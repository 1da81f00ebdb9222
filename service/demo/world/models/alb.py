"""AWS/ApplicationELB: what the balancer sees of requests and targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from service.demo.source import Buckets
from service.demo.world.incidents.incident import failing_at
from service.demo.world.load import Load
from service.demo.world.models.buckets import durations, gauge, minutely, occurrences
from service.demo.world.models.naming import Described, dimensions
from service.demo.world.noise import Floats, Times, counted, key_of
from service.demo.world.scene import Metric, Scene
from service.demo.world.state import Balancer, Snapshot, TargetGroup

NAMESPACE = "AWS/ApplicationELB"
_REQUEST_BYTES = 1_900.0
ANSWER_BYTES = 14_500.0

_COUNTS: dict[str, Callable[[Load], Floats]] = {
    "RequestCount": lambda load: load.served,
    "HTTPCode_ELB_4XX_Count": lambda load: counted(key_of("elb4"), load.times, load.wanted * 0.0004),
    "HTTPCode_ELB_5XX_Count": lambda load: load.refused + load.broken + load.timeouts,
    "HTTPCode_ELB_502_Count": lambda load: load.broken,
    "HTTPCode_ELB_503_Count": lambda load: load.refused,
    "HTTPCode_ELB_504_Count": lambda load: load.timeouts,
    "HTTPCode_Target_2XX_Count": lambda load: load.served - load.errors - load.rejects,
    "HTTPCode_Target_4XX_Count": lambda load: load.rejects,
    "HTTPCode_Target_5XX_Count": lambda load: load.errors,
    "RejectedConnectionCount": lambda load: np.maximum(load.wanted - 30_000.0, 0.0),
    "TargetConnectionErrorCount": lambda load: load.broken,
    "ClientTLSNegotiationErrorCount": lambda load: counted(key_of("tls"), load.times, 0.02 + load.wanted * 0.0002),
}
_SUMS: dict[str, tuple[str, Callable[[Load], Floats]]] = {
    "ActiveConnectionCount": ("Count", lambda load: np.rint(load.wanted * (0.18 + load.middle))),
    "NewConnectionCount": ("Count", lambda load: np.rint(load.wanted * 0.31)),
    "ProcessedBytes": ("Bytes", lambda load: np.rint(load.served * (_REQUEST_BYTES + ANSWER_BYTES))),
    "ConsumedLCUs": ("Count", lambda load: load.wanted * 0.31 / 60.0 / 25.0 + 0.001),
}
_TARGET_COUNTS = ("RequestCount", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count",
                  "TargetConnectionErrorCount")  # fmt: skip


def balancer_metrics(balancer: Balancer) -> Iterator[Described]:
    """All metrics of a load balancer."""
    where = dimensions(LoadBalancer=balancer.dimension)

    def there(scene: Scene, times: Times) -> Floats:
        return scene.history.values(times, lambda state: float(balancer.dimension in state.balancers))

    yield from _answers(where, balancer.environment, tuple(_COUNTS), there)
    for name, (unit, read) in _SUMS.items():

        def total(scene: Scene, times: Times, read: Callable[[Load], Floats] = read) -> Buckets:
            return gauge(times, read(scene.load(balancer.environment, times)), there(scene, times) > 0)

        yield NAMESPACE, name, where, minutely(unit, total)


def target_group_metrics(group: TargetGroup) -> Iterator[Described]:
    """All metrics of a target group behind each of its balancers."""

    def there(scene: Scene, times: Times) -> Floats:
        return scene.history.values(times, lambda state: float(group.dimension in state.target_groups))

    for balancer in group.balancers:
        where = dimensions(TargetGroup=group.dimension, LoadBalancer=balancer)
        yield from _answers(where, group.environment, _TARGET_COUNTS, there)
        yield NAMESPACE, "HealthyHostCount", where, _hosts(group, healthy=True)
        yield NAMESPACE, "UnHealthyHostCount", where, _hosts(group, healthy=False)

        def per_target(scene: Scene, times: Times) -> Buckets:
            load = scene.load(group.environment, times)
            each = np.where(load.healthy > 0, load.served / np.maximum(load.healthy, 1.0), 0.0)
            return gauge(times, each, (each > 0) & (there(scene, times) > 0))

        yield NAMESPACE, "RequestCountPerTarget", where, minutely("Count", per_target)


def _answers(
    where: tuple[tuple[str, str], ...],
    environment: str,
    names: tuple[str, ...],
    there: Callable[[Scene, Times], Floats],
) -> Iterator[Described]:
    for name in names:

        def count(scene: Scene, times: Times, name: str = name) -> Buckets:
            return occurrences(times, _COUNTS[name](scene.load(environment, times)) * there(scene, times))

        yield NAMESPACE, name, where, minutely("Count", count)

    def answer_time(scene: Scene, times: Times) -> Buckets:
        load = scene.load(environment, times)
        return durations(times, load.served * there(scene, times), load.middle, load.spread)

    yield NAMESPACE, "TargetResponseTime", where, minutely("Seconds", answer_time)


def _hosts(group: TargetGroup, *, healthy: bool) -> Metric:
    """Healthy or unhealthy hosts. Neither is reported while the group has no target at all."""

    def hosts(scene: Scene, times: Times) -> Buckets:
        history = scene.history
        known = {t for s in history.states if (g := s.target_groups.get(group.dimension)) for t in g.targets}
        registered, fine = np.zeros(len(times)), np.zeros(len(times))
        for target in sorted(known):
            member = history.flags(times, partial(_has_target, group.dimension, target))
            runs = history.flags(times, partial(_runs, target))
            failing = failing_at(scene.incidents, target, times)
            registered += member & (runs | failing)
            fine += member & runs & ~failing
        return gauge(times, fine if healthy else registered - fine, registered > 0)

    return minutely("Count", hosts)


def _has_target(dimension: str, target: str, state: Snapshot) -> bool:
    group = state.target_groups.get(dimension)
    return group is not None and target in group.targets


def _runs(target: str, state: Snapshot) -> bool:
    return state.running(target)
