"""The rules in force. Each looks at the facts and gives what it recommends; what it cannot judge it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from finops.savings import compute, network, services, storage, whole
from finops.savings.facts import Facts
from store.money import Saving

Rule = Callable[[Facts], Iterable[Saving]]

RULES: tuple[Rule, ...] = (
    compute.machines,
    compute.databases,
    compute.graviton,
    services.graviton,
    services.fargate,
    storage.volumes,
    storage.snapshots,
    storage.buckets,
    network.addresses,
    network.balancers,
    network.gateways,
    network.endpoints,
    network.edge,
    whole.schedules,
    whole.commitments,
)
