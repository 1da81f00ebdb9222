"""Gives every resource its place in the stack: its own, or that of the thing it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from store.stack import Stack
from store.vocabulary import Resource

Key = tuple[str, str, str, str]
"""Account, region, type, and AWS's name of a resource within them."""

KEYS = {
    "autoscaling:group": "name",
    "ec2:instance": "instance_id",
    "ec2:subnet": "subnet_id",
    "ec2:volume": "volume_id",
    "ec2:vpc": "vpc_id",
    "ec2:natgateway": "nat_gateway_id",
    "elasticache:replicationgroup": "group",
    "elbv2:loadbalancer": "load_balancer",
    "rds:cluster": "id",
    "rds:db": "id",
}
"""The attribute by which others point to a resource of a type."""

OWNERS = {
    "ec2:instance": (("autoscaling:group", "asg"),),
    "ec2:volume": (("ec2:instance", "attached_to"),),
    "ec2:snapshot": (("ec2:volume", "volume"),),
    "ec2:address": (("ec2:instance", "attached_to"),),
    "ec2:natgateway": (("ec2:subnet", "subnet"), ("ec2:vpc", "vpc")),
    "ec2:subnet": (("ec2:vpc", "vpc"),),
    "ec2:securitygroup": (("ec2:vpc", "vpc"),),
    "elbv2:targetgroup": (("elbv2:loadbalancer", "load_balancer"),),
    "elasticache:cluster": (("elasticache:replicationgroup", "group"),),
    "rds:db": (("rds:cluster", "cluster"), ("rds:db", "replica_of")),
}
"""What a resource of a type belongs to: the owner's type and the attribute that names it, nearest first."""

DEEPEST = 5
"""Volume, instance, group is the longest usual chain; a chain of replicas may be longer and stops here."""


def place(found: Sequence[Resource], stack: Stack, known: Iterable[Resource] = ()) -> list[Resource]:
    """The resources with environment and component.

    `known` are resources that were placed before, for owners that could not be read this time.
    """
    placed = [_own_place(resource, stack) for resource in found]
    for _ in range(DEEPEST):
        owners = {key: each for each in (*known, *placed) if (key := _key(each))}
        owners |= _addresses_of_gateways(placed)
        inherited = [_inherit(resource, owners) for resource in placed]
        if inherited == placed:
            break
        placed = inherited
    return placed


def _own_place(resource: Resource, stack: Stack) -> Resource:
    environment, component = stack.place(resource.type, resource.name, resource.tags)
    return replace(resource, environment=environment, component=component)


def _key(resource: Resource) -> Key | None:
    attribute = KEYS.get(resource.type)
    name = resource.attributes.get(attribute) if attribute else None
    return (resource.account, resource.region, resource.type, name) if isinstance(name, str) else None


def _addresses_of_gateways(placed: Sequence[Resource]) -> dict[Key, Resource]:
    """A gateway names its addresses, not they it: the address is the key here."""
    return {
        (gateway.account, gateway.region, "ec2:address", address): gateway
        for gateway in placed
        if gateway.type == "ec2:natgateway"
        for address in gateway.attributes.get("addresses", [])
    }


def _inherit(resource: Resource, owners: dict[Key, Resource]) -> Resource:
    for owner in _owners(resource, owners):
        resource = replace(
            resource,
            environment=resource.environment or owner.environment,
            component=resource.component or owner.component,
        )
    return resource


def _owners(resource: Resource, owners: dict[Key, Resource]) -> Iterator[Resource]:
    pointers = [(kind, resource.attributes.get(attribute)) for kind, attribute in OWNERS.get(resource.type, ())]
    if resource.type == "ec2:address":
        pointers.append(("ec2:address", resource.attributes.get("public_ip")))
    for kind, name in pointers:
        if isinstance(name, str) and (owner := owners.get((resource.account, resource.region, kind, name))):
            yield owner
