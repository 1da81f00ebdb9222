"""ElastiCache clusters and replication groups: what their status means."""

from __future__ import annotations

from datetime import datetime

from collectors.answers import Item, items, text
from collectors.health.look import Kind, Look, StateWords, not_listed, observe, paired
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation, Resource, Status

# ElastiCache API reference, CacheCluster and ReplicationGroup.
FINE = frozenset({"available", "snapshotting"})
CHANGING = frozenset({"creating", "deleting", "deleted", "modifying", "rebooting cluster nodes", "starting"})
BROKEN = {
    "create-failed": Message("could not be made"),
    "incompatible-network": Message("cannot work in its network: look for free addresses in its subnets"),
    "restore-failed": Message("could not be restored from its snapshot"),
}
TYPES = {
    "elasticache:cluster": (
        "cluster_id",
        "describe_cache_clusters",
        "CacheClusters",
        "CacheClusterId",
        "CacheClusterStatus",
    ),
    "elasticache:replicationgroup": (
        "group",
        "describe_replication_groups",
        "ReplicationGroups",
        "ReplicationGroupId",
        "Status",
    ),
}


def judge_cache(cache: Resource, answer: Item, key: str, now: datetime) -> HealthObservation:
    """What the status under `key` means; a node that is not available is a warning."""
    status, reason = judge_status(text(answer, key))
    nodes = [node for node in items(answer, "CacheNodes") if text(node, "CacheNodeStatus") not in {"", *FINE}]
    if nodes and status is Status.OK:
        ill = ", ".join(f"{text(node, 'CacheNodeId')} {text(node, 'CacheNodeStatus')}" for node in nodes)
        status, reason = Status.WARN, Message("%(state)s, but not every node: %(nodes)s", state=reason, nodes=ill)
    return observe(cache, "cache", status, reason, now)


def judge_status(state: str) -> tuple[Status, Sentence]:
    """What a status of ElastiCache means."""
    return StateWords(FINE, CHANGING, BROKEN).judge(state)


def _read(look: Look) -> list[HealthObservation]:
    seen: list[HealthObservation] = []
    for kind, (attribute, operation, result, identifier, status) in TYPES.items():
        caches = look.of(kind)
        if not caches:
            continue
        options = {"ShowCacheNodeInfo": True} if kind == "elasticache:cluster" else {}
        found = look.caller.listed("elasticache", operation, result, **options)
        seen += [
            judge_cache(cache, answer, status, look.now) if answer else not_listed(cache, "cache", look.now)
            for cache, answer in paired(caches, attribute, found, identifier)
        ]
    return seen


KIND = Kind("cache", ("cache",), tuple(TYPES), _read)
