"""What an hour of a resource costs beyond what it costs asleep: its machines, not its volumes, addresses or storage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from finops.prices.book import PriceBook, load_book
from store.vocabulary import Resource

_EC2 = "Amazon Elastic Compute Cloud - Compute"
_RDS = "Amazon Relational Database Service"
_OTHER = "EC2 - Other"
_CACHES = "Amazon ElastiCache"
_Was = Mapping[str, Any]


def hourly(
    resource: Resource, was: _Was | None, siblings: Sequence[Resource] = (), book: PriceBook | None = None
) -> Decimal | None:
    """US dollars an hour while it runs, less what stays to be paid while it sleeps. None: the book has no price.

    `was` are the facts of its kind when it ran; among `siblings` are the members of a cluster, for their classes.
    On-demand prices: what Savings Plans or reservations cover costs on while it sleeps, so this is an upper bound.
    """
    priced = _PRICED.get(resource.type)
    return None if priced is None else priced(resource, was or {}, siblings, book or shipped())


def _instance(resource: Resource, was: _Was, _siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    kind = was.get("instance_type") or resource.attributes.get("instance_type")
    return _sum(book, resource.region, _EC2, [f"BoxUsage:{kind}"])


def _group(resource: Resource, was: _Was, _siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    """As many machines as were wanted; of several types the dearest is not assumed: they are taken in turn."""
    kinds, desired = was.get("instance_types") or [], was.get("desired")
    if not kinds or not isinstance(desired, int):
        return None
    return _sum(book, resource.region, _EC2, [f"BoxUsage:{kinds[number % len(kinds)]}" for number in range(desired)])


def _nodes(resource: Resource, was: _Was, _siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    """As many machines as were wanted of a node group; the cluster's own fee goes on."""
    return _group(resource, {**resource.attributes, **was}, (), book)


def _database(resource: Resource, was: _Was, _siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    size = was.get("class") or resource.attributes.get("class")
    several = was.get("multi_az", resource.attributes.get("multi_az")) is True
    return _sum(book, resource.region, _RDS, [f"{'Multi-AZUsage' if several else 'InstanceUsage'}:{size}"])


def _cluster(resource: Resource, was: _Was, siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    """By node and hour: a cluster of fifteen is not one."""
    classes = {one.attributes["id"]: one.attributes["class"] for one in siblings if one.type == "rds:db"}
    members = was.get("members") or resource.attributes.get("members") or []
    if not members or any(name not in classes for name in members):
        return None
    return _sum(book, resource.region, _RDS, [f"InstanceUsage:{classes[name]}" for name in members])


def _gateway(resource: Resource, _was: _Was, _siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    """Its hours; its addresses are kept and paid."""
    return _sum(book, resource.region, _OTHER, ["NatGateway-Hours"])


def _cache(resource: Resource, was: _Was, _siblings: Sequence[Resource], book: PriceBook) -> Decimal | None:
    """By node and hour; the snapshot of the night is some cents a month for each GB."""
    made = was.get("create") or {}
    kind = made.get("CacheNodeType") or resource.attributes.get("node_type")
    many = was.get("nodes") or len(resource.attributes.get("nodes") or resource.attributes.get("clusters") or ()) or 1
    return _sum(book, resource.region, _CACHES, [f"NodeUsage:{kind}"] * many)


def _sum(book: PriceBook, region: str, service: str, usage_types: Iterable[str]) -> Decimal | None:
    prices = [book.get(region, service, one) for one in usage_types]
    return sum((one.amount for one in prices if one is not None), Decimal(0)) if None not in prices else None


_PRICED: Mapping[str, Callable[[Resource, _Was, Sequence[Resource], PriceBook], Decimal | None]] = {
    "ec2:instance": _instance,
    "autoscaling:group": _group,
    "eks:nodegroup": _nodes,
    "ec2:natgateway": _gateway,
    "elasticache:cluster": _cache,
    "elasticache:replicationgroup": _cache,
    "rds:db": _database,
    "rds:cluster": _cluster,
}


@lru_cache(maxsize=1)
def shipped() -> PriceBook:
    """The book of prices, read once."""
    return load_book()
