"""CloudMart's resources as plain values, for tests of the models that need no AWS at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from service.demo.source import Buckets, MetricId
from service.demo.upstream import DEFAULT_ACCOUNT
from service.demo.world.history import History
from service.demo.world.incidents.incident import Incident
from service.demo.world.incidents.kinds import kind_of
from service.demo.world.living import LivingSource
from service.demo.world.plan import EDGE_REGION, PLANS, REGION, ZONES
from service.demo.world.state import (
    Balancer,
    Cache,
    Database,
    Group,
    Instance,
    Named,
    Snapshot,
    TargetGroup,
    Volume,
)

NOON = int(datetime(2026, 11, 24, 3, 0, tzinfo=UTC).timestamp())
"""Noon of a Tuesday in Seoul."""
HOUR = 3_600
DAY = 86_400


def cloudmart() -> Snapshot:
    """The resources of all three environments."""
    return Snapshot(
        instances={i.id: i for plan in PLANS for i in _instances(plan.name, plan.desired, detailed=plan.detailed)},
        groups={
            plan.named("asg"): Group(
                plan.named("asg"), plan.name, plan.minimum, plan.maximum, plan.desired, _ids(plan.name, plan.desired)
            )
            for plan in PLANS
        },
        balancers={f"app/{p.name}/1": Balancer(f"app/{p.name}/1", p.name) for p in PLANS},
        target_groups={
            f"targetgroup/{p.name}/1": TargetGroup(
                f"targetgroup/{p.name}/1", p.name, (f"app/{p.name}/1",), _ids(p.name, p.desired)
            )
            for p in PLANS
        },
        databases={
            p.named("postgres"): Database(
                p.named("postgres"), p.name, "available", p.storage_gib, p.storage_type, multi_az=p.multi_az
            )
            for p in PLANS
        },
        caches={p.named("redis"): Cache(p.named("redis"), p.name, "available") for p in PLANS},
        distributions={f"E{p.name.upper()}": Named(f"E{p.name.upper()}", p.name) for p in PLANS},
        buckets={p.named("frontend"): Named(p.named("frontend"), p.name) for p in PLANS},
        gateways={f"nat-{p.name}": Named(f"nat-{p.name}", p.name) for p in PLANS},
        volumes={f"vol-{p.name}": Volume(f"vol-{p.name}", p.name, f"i-{p.name}-0", "gp2") for p in PLANS},
        topics={"cloudmart-prod-alerts": Named("cloudmart-prod-alerts", "prod")},
    )


def _ids(environment: str, count: int) -> tuple[str, ...]:
    return tuple(f"i-{environment}-{number}" for number in range(count))


def _instances(environment: str, count: int, *, detailed: bool) -> list[Instance]:
    return [
        Instance(name, environment, ZONES[number % 2], "running", detailed=detailed)
        for number, name in enumerate(_ids(environment, count))
    ]


def with_instance(state: Snapshot, instance_id: str, word: str) -> Snapshot:
    """The same state with one instance in another state."""
    changed = replace(state.instances[instance_id], state=word)
    return replace(state, instances={**state.instances, instance_id: changed})


def incident(
    name: str, environment: str = "prod", minutes: float | None = 15.0, victims: Sequence[str] = ()
) -> Incident:
    """An incident that begins at noon."""
    end = None if minutes is None else NOON + minutes * 60.0
    return Incident(kind_of(name), environment, float(NOON), end, 1.0, tuple(victims))


def living(history: History | Snapshot | None = None, incidents: Sequence[Incident] = ()) -> LivingSource:
    """A living source of a fixed history and fixed incidents."""
    known = History.of(cloudmart()) if history is None else history
    fixed = History.of(known) if isinstance(known, Snapshot) else known
    went_on = tuple(incidents)
    return LivingSource(lambda _now: fixed, lambda: fixed, lambda: went_on)


def metric(namespace: str, name: str, region: str = REGION, **dimensions: str) -> MetricId:
    """A metric of the demo's account."""
    return MetricId(DEFAULT_ACCOUNT, region, namespace, name, tuple(sorted(dimensions.items())))


def edge(namespace: str, name: str, **dimensions: str) -> MetricId:
    """A metric that lives in us-east-1."""
    return metric(namespace, name, EDGE_REGION, **dimensions)


def read(source: LivingSource, which: MetricId, start: int, end: int) -> Buckets:
    """The buckets of a metric that must exist, as somebody much later sees them."""
    found = source.observe(which, start, end, float(end + DAY))
    assert found is not None, f"there is no {which}"
    return found


def average(found: Buckets) -> float:
    """The weighted mean of all samples."""
    return float(np.nansum(found.values * found.weights) / found.weights.sum())


def total(found: Buckets) -> float:
    """The sum of all samples, weighted."""
    return float(np.nansum(found.values * found.weights))


def percentile(found: Buckets, share: float) -> np.ndarray:  # type: ignore[type-arg]
    """The percentile of each bucket: the first sample at which so large a share of the weight is reached."""
    order = np.argsort(found.values, axis=1)
    values = np.take_along_axis(found.values, order, axis=1)
    reached = np.cumsum(np.take_along_axis(found.weights, order, axis=1), axis=1)
    place = (reached >= share * reached[:, -1:]).argmax(axis=1)
    return np.take_along_axis(values, place[:, None], axis=1)[:, 0]


def all_metrics(source: LivingSource) -> list[MetricId]:
    """Every metric of a world at noon, in order."""
    return sorted(source.metrics(float(NOON)), key=lambda m: (m.namespace, m.name, m.dimensions))


def same(one: Buckets, other: Buckets) -> bool:
    """Whether two answers are alike to the last sample."""
    return (
        np.array_equal(one.times, other.times)
        and np.array_equal(one.values, other.values, equal_nan=True)
        and np.array_equal(one.weights, other.weights)
    )
