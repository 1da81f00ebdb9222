"""Which items each kind of resource is billed by: the usage types are those that Cost Explorer writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from service.demo.money.ground import HOUR, Ground
from service.demo.money.items import (
    BALANCING,
    CLOUDFRONT,
    CLOUDWATCH,
    COMPUTE,
    COST_EXPLORER,
    EC2_OTHER,
    ELASTICACHE,
    GLOBAL,
    RDS,
    S3,
    VPC,
    Item,
    Key,
)
from service.demo.world.history import History
from service.demo.world.incidents.effects import Effect
from service.demo.world.models.alb import ANSWER_BYTES
from service.demo.world.models.edge import EDGE_BYTES, FILES, MISSED, stored_bytes
from service.demo.world.models.network import BYTES_IN, BYTES_OUT, OUTSIDE, OWN_CALLS
from service.demo.world.noise import Floats
from service.demo.world.plan import EDGE_REGION, INSTANCE_TYPE, REGION
from service.demo.world.state import (
    Address,
    Balancer,
    Cache,
    Database,
    Instance,
    Named,
    Snapshot,
    Volume,
)

PREFIX = "APN2-"
"""What Cost Explorer puts before usage types of Seoul."""
_GB = 1e9
_GIB = float(1 << 30)
_MONITORED = 7
"""Metrics that EC2's detailed monitoring is billed for."""
_LOG_BYTES = 420.0
"""What the backend writes into CloudWatch Logs for each request."""
_ADDRESSES_OF_A_BALANCER = 2
"""One in each zone."""
FORMER_TYPE = "m5.large"
"""What the backend ran on before it moved to a cheaper type, some months before the demo."""


def items_of(history: History) -> Iterator[Item]:
    """The items of all resources that were ever seen; a resource that changed is billed as each state says."""
    for read, bill in _KINDS:
        # The same volume with another type or size is billed as both, each for its time.
        kinds = {resource for state in history.states for resource in read(state).values()}
        for resource in sorted(kinds, key=repr):
            yield from bill(resource)
    yield Item(Key(COST_EXPLORER, "USE1-APIRequest", EDGE_REGION), _requests_to_cost_explorer)


def _is(read: Callable[[Snapshot], Mapping[str, Any]], resource: Any) -> Callable[[Snapshot], float]:  # noqa: ANN401 - any kind of resource
    """1 in the states in which a resource is exactly so."""
    return lambda state: float(read(state).get(resource.id) == resource)


def _instance(one: Instance) -> Iterator[Item]:
    there = _is(lambda state: state.instances, one)
    if one.state == "running":
        key = Key(COMPUTE, f"{PREFIX}BoxUsage:{one.type}", REGION, one.component, one.environment)
        if one.type == INSTANCE_TYPE:
            before = replace(key, usage_type=f"{PREFIX}BoxUsage:{FORMER_TYPE}")
            yield Item(before, lambda ground: ground.ran(one.id, there) * (ground.hours < ground.moved))
            yield Item(key, lambda ground: ground.ran(one.id, there) * (ground.hours >= ground.moved))
        else:
            yield Item(key, lambda ground: ground.ran(one.id, there))
        if one.detailed:
            key = Key(CLOUDWATCH, f"{PREFIX}CW:MetricMonitorUsage", REGION)
            yield Item(key, lambda ground: _MONITORED * ground.held(there) * ground.month_share())


def _volume(one: Volume) -> Iterator[Item]:
    there = _is(lambda state: state.volumes, one)
    key = Key(EC2_OTHER, f"{PREFIX}EBS:VolumeUsage.{one.type}", REGION, one.component, one.environment)
    yield Item(key, lambda ground: one.size * ground.held(there) * ground.month_share())


def _gateway(one: Named) -> Iterator[Item]:
    there = _is(lambda state: state.gateways, one)

    def connections(ground: Ground) -> Floats:
        made = ground.requests(one.environment) * OUTSIDE + OWN_CALLS * 60.0
        return np.asarray(made * ground.held(there) * (1.0 + ground.force(one.environment, Effect.TRANSFER)))

    def key(usage_type: str) -> Key:
        return Key(EC2_OTHER, f"{PREFIX}{usage_type}", REGION, "network", one.environment)

    yield Item(key("NatGateway-Hours"), lambda ground: ground.held(there))
    yield Item(key("NatGateway-Bytes"), lambda ground: connections(ground) * (BYTES_IN + BYTES_OUT) / _GB)


def _balancer(one: Balancer) -> Iterator[Item]:
    there = _is(lambda state: state.balancers, one)

    def key(service: str, usage_type: str) -> Key:
        return Key(service, f"{PREFIX}{usage_type}", REGION, "backend", one.environment)

    def units(ground: Ground) -> Floats:
        by_connections = ground.requests(one.environment) * 0.31 / HOUR / 25.0
        by_bytes = ground.requests(one.environment) * ANSWER_BYTES / _GB
        return np.asarray(np.maximum(by_connections, by_bytes) * ground.held(there))

    def sent(ground: Ground) -> Floats:
        return np.asarray(ground.requests(one.environment) * ANSWER_BYTES / _GB * ground.held(there))

    yield Item(key(BALANCING, "LoadBalancerUsage"), lambda ground: ground.held(there))
    yield Item(key(BALANCING, "LCUUsage"), units)
    yield Item(key(EC2_OTHER, "DataTransfer-Out-Bytes"), sent)
    # The addresses of a balancer belong to network interfaces that nobody can tag.
    untagged = Key(VPC, f"{PREFIX}PublicIPv4:InUseAddress", REGION)
    yield Item(untagged, lambda ground: _ADDRESSES_OF_A_BALANCER * ground.held(there))
    logs = Key(CLOUDWATCH, f"{PREFIX}DataProcessing-Bytes", REGION, "backend", one.environment)
    yield Item(logs, lambda ground: ground.requests(one.environment) * _LOG_BYTES / _GIB)


def _database(one: Database) -> Iterator[Item]:
    there = _is(lambda state: state.databases, one)
    kind = "Multi-AZUsage" if one.multi_az else "InstanceUsage"
    storage = f"RDS:{'Multi-AZ-' if one.multi_az else ''}{one.storage_type.upper()}-Storage"

    def key(usage_type: str) -> Key:
        return Key(RDS, f"{PREFIX}{usage_type}", REGION, "postgres", one.environment)

    if one.status not in {"stopped", "stopping", "deleting"}:
        yield Item(key(f"{kind}:{one.size}"), lambda ground: ground.held(there))
    yield Item(key(storage), lambda ground: one.storage * ground.held(there) * ground.month_share())


def _cache(one: Cache) -> Iterator[Item]:
    there = _is(lambda state: state.caches, one)
    key = Key(ELASTICACHE, f"{PREFIX}NodeUsage:{one.size}", REGION, "redis", one.environment)
    yield Item(key, lambda ground: ground.held(there))


def _distribution(one: Named) -> Iterator[Item]:
    there = _is(lambda state: state.distributions, one)

    def fetched(ground: Ground) -> Floats:
        return np.asarray(ground.requests(one.environment) * FILES * ground.held(there))

    def key(usage_type: str) -> Key:
        return Key(CLOUDFRONT, usage_type, GLOBAL, "frontend", one.environment)

    yield Item(key("AP-DataTransfer-Out-Bytes"), lambda ground: fetched(ground) * EDGE_BYTES / _GB)
    yield Item(key("AP-Requests-Tier2-HTTPS"), fetched)


def _bucket(one: Named) -> Iterator[Item]:
    there = _is(lambda state: state.buckets, one)
    component = "frontend" if one.environment else ""

    def key(usage_type: str) -> Key:
        return Key(S3, f"{PREFIX}{usage_type}", REGION, component, one.environment)

    def stored(ground: Ground) -> Floats:
        return np.asarray(stored_bytes(one, ground.hours) / _GIB * ground.held(there) * ground.month_share())

    yield Item(key("TimedStorage-ByteHrs"), stored)
    if one.environment:
        yield Item(
            key("Requests-Tier2"),
            lambda ground: ground.requests(one.environment) * FILES * MISSED * ground.held(there),
        )


def _address(one: Address) -> Iterator[Item]:
    there = _is(lambda state: state.addresses, one)
    use = "InUseAddress" if one.used else "IdleAddress"
    key = Key(VPC, f"{PREFIX}PublicIPv4:{use}", REGION, one.component, one.environment)
    yield Item(key, lambda ground: ground.held(there))


def _requests_to_cost_explorer(ground: Ground) -> Floats:
    return np.asarray([ground.calls.get(int(hour), 0) for hour in ground.hours], dtype=np.float64)


_KINDS: tuple[tuple[Callable[[Snapshot], Mapping[str, Any]], Callable[[Any], Iterator[Item]]], ...] = (
    (lambda state: state.instances, _instance),
    (lambda state: state.volumes, _volume),
    (lambda state: state.gateways, _gateway),
    (lambda state: state.balancers, _balancer),
    (lambda state: state.databases, _database),
    (lambda state: state.caches, _cache),
    (lambda state: state.distributions, _distribution),
    (lambda state: state.buckets, _bucket),
    (lambda state: state.addresses, _address),
)
