"""ElastiCache clusters (the nodes that CloudWatch measures) and the replication groups that join them."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.answers import Item, flag, inner, items, text, whole, words
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.elbv2 import Tagged
from collectors.inventory.reader import Found, Reader, named, resource, tags_by_arn
from store.vocabulary import Resource


def read_clusters(clusters: Sequence[Item], tagged: Tagged, scope: Scope) -> list[Resource]:
    """Cache clusters with their nodes, from DescribeCacheClusters with ShowCacheNodeInfo."""
    return [
        resource(
            scope,
            "elasticache:cluster",
            key,
            arn=text(cluster, "ARN"),
            name=key,
            state=text(cluster, "CacheClusterStatus"),
            attributes={
                "cluster_id": key,
                "nodes": [text(node, "CacheNodeId") for node in items(cluster, "CacheNodes")],
                "engine": text(cluster, "Engine"),
                "version": text(cluster, "EngineVersion"),
                "group": text(cluster, "ReplicationGroupId") or None,
                "node_type": text(cluster, "CacheNodeType"),
                "zone": text(cluster, "PreferredAvailabilityZone"),
                **_endpoint(cluster),
            },
            tagged=tagged.get(text(cluster, "ARN"), {}),
        )
        for key, cluster in named(clusters, "CacheClusterId")
    ]


def _endpoint(cluster: Item) -> dict[str, str | int | None]:
    """Where clients connect: the configuration endpoint (memcached), else the first node's."""
    nodes = items(cluster, "CacheNodes")
    endpoint = inner(cluster, "ConfigurationEndpoint") or (inner(nodes[0], "Endpoint") if nodes else {})
    return {"endpoint": text(endpoint, "Address"), "port": whole(endpoint, "Port")}


def read_groups(groups: Sequence[Item], tagged: Tagged, scope: Scope) -> list[Resource]:
    """Replication groups, from DescribeReplicationGroups."""
    return [
        resource(
            scope,
            "elasticache:replicationgroup",
            key,
            arn=text(group, "ARN"),
            name=key,
            state=text(group, "Status"),
            attributes={
                "group": key,
                "clusters": words(group, "MemberClusters"),
                "failover": text(group, "AutomaticFailover"),
                "multi_az": text(group, "MultiAZ"),
                "node_type": text(group, "CacheNodeType"),
                "encrypted": flag(group, "AtRestEncryptionEnabled"),
                **_primary(group),
            },
            tagged=tagged.get(text(group, "ARN"), {}),
        )
        for key, group in named(groups, "ReplicationGroupId")
    ]


def _primary(group: Item) -> dict[str, str | int | None]:
    """Where clients write: the configuration endpoint in cluster mode, else the first node group's primary."""
    shards = items(group, "NodeGroups")
    endpoint = inner(group, "ConfigurationEndpoint") or (inner(shards[0], "PrimaryEndpoint") if shards else {})
    return {"endpoint": text(endpoint, "Address"), "port": whole(endpoint, "Port")}


def _clusters(caller: Caller) -> Found:
    clusters = caller.listed("elasticache", "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True)
    tagged, missing = tags_by_arn(caller, "elasticache") if clusters else ({}, None)
    return Found(read_clusters(clusters, tagged, caller.scope), missing)


def _groups(caller: Caller) -> Found:
    groups = caller.listed("elasticache", "describe_replication_groups", "ReplicationGroups")
    tagged, missing = tags_by_arn(caller, "elasticache") if groups else ({}, None)
    return Found(read_groups(groups, tagged, caller.scope), missing)


READERS = (
    Reader(("elasticache:cluster",), _clusters),
    Reader(("elasticache:replicationgroup",), _groups),
)
