"""The metric source of CloudMart: every metric of every resource that was ever seen, worked out when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.demo.source import Buckets, MetricId
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.history import History
from service.demo.world.incidents.incident import Incident
from service.demo.world.models.account import topic_metrics, usage_metrics
from service.demo.world.models.alb import balancer_metrics, target_group_metrics
from service.demo.world.models.cache import cache_metrics
from service.demo.world.models.ec2 import instance_metrics, volume_metrics
from service.demo.world.models.edge import bucket_metrics, distribution_metrics
from service.demo.world.models.groups import group_metrics
from service.demo.world.models.naming import Described
from service.demo.world.models.network import gateway_metrics
from service.demo.world.models.rds import database_metrics
from service.demo.world.plan import EDGE_REGION, REGION
from service.demo.world.scene import Metric, Scene
from service.demo.world.state import Snapshot, Volume

Index = Mapping[MetricId, Metric]

_MODELS: tuple[tuple[str, Callable[[Snapshot], Mapping[str, Any]], Callable[[Any], Iterator[Described]]], ...] = (
    (REGION, lambda state: state.balancers, balancer_metrics),
    (REGION, lambda state: state.target_groups, target_group_metrics),
    (REGION, lambda state: state.instances, instance_metrics),
    (REGION, lambda state: state.volumes, volume_metrics),
    (REGION, lambda state: state.groups, group_metrics),
    (REGION, lambda state: state.databases, database_metrics),
    (REGION, lambda state: state.caches, cache_metrics),
    (EDGE_REGION, lambda state: state.distributions, distribution_metrics),
    (REGION, lambda state: state.buckets, bucket_metrics),
    (REGION, lambda state: state.gateways, gateway_metrics),
    (REGION, lambda state: state.topics, topic_metrics),
)
"""Region, where the resources of a kind stand in a Snapshot, and what they report."""


def index_of(history: History) -> Index:
    """All metrics of all resources in a history; a resource that changed is taken as it was last."""
    found: dict[MetricId, Metric] = {}
    for region, described in _everything(history):
        for namespace, name, dimensions, metric in described:
            found[MetricId(DEFAULT_ACCOUNT, region, namespace, name, dimensions)] = metric
    return found


def _everything(history: History) -> Iterator[tuple[str, Iterator[Described]]]:
    """Region and metrics of each resource; nothing before anything is seeded."""
    if history.latest == Snapshot():
        return
    for region, read, model in _MODELS:
        known: dict[str, Any] = {}
        for state in history.states:
            known.update(read(state))
        yield from ((region, model(resource)) for resource in known.values() if _reports(resource))
    yield REGION, usage_metrics()


def _reports(resource: object) -> bool:
    """Whether a resource has metrics at all: EBS reports only of volumes that are attached."""
    return not isinstance(resource, Volume) or bool(resource.instance)


@dataclass(frozen=True, slots=True)
class _View:
    """A scene and its index, for as long as neither history nor incidents change."""

    history: History
    incidents: tuple[Incident, ...]
    scene: Scene
    index: Index


class LivingSource:
    """Answers the front door (see service.demo.source.MetricSource)."""

    def __init__(
        self,
        history: Callable[[float], History],
        seen: Callable[[], History],
        incidents: Callable[[], tuple[Incident, ...]],
    ) -> None:
        self._history = history
        self._seen = seen
        self._incidents = incidents
        self._view: _View | None = None

    def metrics(self, now: float) -> Iterable[MetricId]:
        """Every metric of every resource."""
        return self._viewed(self._history(now)).index.keys()

    def resolution(self, metric: MetricId) -> int:
        """60 seconds; 300 for EC2's basic monitoring and credits, a day for stored bytes."""
        return self._viewed(self._seen()).index[metric].resolution

    def unit(self, metric: MetricId) -> str:
        """CloudWatch's word for its unit."""
        return self._viewed(self._seen()).index[metric].unit

    def observe(self, metric: MetricId, start: int, end: int, now: float) -> Buckets | None:
        """The buckets with start <= time < end."""
        view = self._viewed(self._history(now))
        living = view.index.get(metric)
        if living is None:
            return None
        first = -(-start // living.resolution) * living.resolution
        return living.sample(view.scene, np.arange(first, end, living.resolution, dtype=np.int64))

    def scene(self, now: float) -> Scene:
        """The world as it is known now."""
        return self._viewed(self._history(now)).scene

    def _viewed(self, history: History) -> _View:
        view, incidents = self._view, self._incidents()
        if view is not None and view.history is history and view.incidents is incidents:
            return view
        index = view.index if view is not None and view.history is history else index_of(history)
        self._view = _View(history, incidents, Scene(history, incidents), index)
        return self._view
