"""ElastiCache, where that is asked for: a final snapshot and gone, then made again from it under the same name.

The snapshot is kept until what was made from it is seen to be as it was before, in all that it can be made with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from collectors.answers import Item, flag, inner, items, moment, text, whole, words
from collectors.caller import Caller
from collectors.inventory.elasticache import read_clusters, read_groups
from collectors.inventory.reader import tags_by_arn
from service.shutdown.kinds.base import CACHE, Act, Kind, Seen
from service.shutdown.kinds.gateways import BY_AWS, OWNED, STACK_TAG
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

OPT_IN = "elasticache"
DELETABLE = "available"
_CONDITIONS = {
    "available": Condition.RUNNING,
    "modifying": Condition.RUNNING,
    "snapshotting": Condition.RUNNING,
    "rebooting cluster nodes": Condition.RUNNING,
    "creating": Condition.STARTING,
    "deleting": Condition.STOPPING,
    "deleted": Condition.GONE,
}
_MINOR_FROM = 6
"""From this version on AWS takes no patch level (ElastiCache User Guide, Engine versions)."""
_OURS = re.compile(r"-\d{14}$")
_SPREAD = ("PreferredCacheClusterAZs", "PreferredAvailabilityZone")
"""Asked for and not held against it: a fail-over moves the roles about, and AWS places where it has room."""


@dataclass(frozen=True, slots=True)
class Sort:
    """How the API words one sort of cache."""

    type: str
    name: str
    delete: str
    create: str


CLUSTER = Sort("elasticache:cluster", "CacheClusterId", "delete_cache_cluster", "create_cache_cluster")
GROUP = Sort(
    "elasticache:replicationgroup", "ReplicationGroupId", "delete_replication_group", "create_replication_group"
)


@dataclass(frozen=True, slots=True)
class _Account:
    """What is known beside the cache itself: its nodes by name, and the snapshots there are."""

    clusters: Mapping[str, Item]
    snapshots: Sequence[str]


def _look(sort: Sort, caller: Caller, _known: Sequence[Resource]) -> list[Seen]:
    clusters = caller.listed("elasticache", "describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True)
    groups = sort is GROUP
    found = caller.listed("elasticache", "describe_replication_groups", "ReplicationGroups") if groups else clusters
    tagged, _ = tags_by_arn(caller, "elasticache") if found else ({}, None)
    snapshots = caller.listed("elasticache", "describe_snapshots", "Snapshots") if found else []
    here = _Account(
        {text(one, "CacheClusterId"): one for one in clusters},
        [text(one, "SnapshotName") for one in snapshots if text(one, "SnapshotStatus") == "available"],
    )
    said = {text(one, sort.name): one for one in found}
    return [
        _seen(sort, one, said[one.name], here)
        for one in (read_groups if groups else read_clusters)(found, tagged, caller.scope)
    ]


def _seen(sort: Sort, resource: Resource, said: Item, here: _Account) -> Seen:
    nodes = [said] if sort is CLUSTER else [here.clusters[name] for name in _members(said) if name in here.clusters]
    condition = _CONDITIONS.get(resource.state, Condition.UNKNOWN)
    problem: Sentence = ""
    if condition is Condition.UNKNOWN:
        problem = Message("AWS calls its state %(state)s", state=resource.state or "-")
    facts: dict[str, Any] = {}
    if nodes:
        ours = f"lamplighter-{resource.name}"
        facts = {
            "create": _cluster(said, resource) if sort is CLUSTER else _group(said, nodes, resource),
            "snapshot": f"{ours}-{_born(sort, said)}",
            "endpoint": resource.attributes["endpoint"],
            "nodes": len(nodes),
            "snapshots": [one for one in here.snapshots if _OURS.sub("", one) == ours],
        }
    return Seen(resource, condition, facts, _refused(sort, resource, said, nodes), problem)


def _members(said: Item) -> list[str]:
    return words(said, "MemberClusters")


def _born(sort: Sort, said: Item) -> str:
    """When it was made: each life of a cache has a snapshot of its own."""
    at = moment(said, "CacheClusterCreateTime" if sort is CLUSTER else "ReplicationGroupCreateTime") or ""
    return re.sub(r"\D", "", at)[:14].ljust(14, "0")


def _refused(sort: Sort, resource: Resource, said: Item, nodes: Sequence[Item]) -> Sentence:
    if sort is CLUSTER and (group := resource.attributes["group"]):
        return Message("its group %(group)s decides", group=group)
    replicas = {len(items(shard, "NodeGroupMembers")) for shard in items(said, "NodeGroups")}
    reasons = (
        (
            sort is CLUSTER and resource.attributes["engine"] == "memcached",
            Message("Memcached has no snapshots: what is in it could not be brought back"),
        ),
        (
            flag(said, "AuthTokenEnabled"),
            Message("it asks for a password (AUTH), which nobody can read to set it again"),
        ),
        (STACK_TAG in resource.tags, OWNED),
        (
            text(inner(said, "GlobalReplicationGroupInfo"), "GlobalReplicationGroupId"),
            Message("it belongs to a global datastore"),
        ),
        (not nodes, Message("its nodes cannot be seen, so it could not be made again as it is")),
        (len(replicas) > 1, Message("its shards have different numbers of replicas")),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _common(node: Item, resource: Resource) -> dict[str, Any]:
    """What both sorts are made with, as their nodes tell it."""
    ports = [inner(one, "Endpoint") for one in items(node, "CacheNodes")]
    kept = {key: value for key, value in resource.tags.items() if not key.startswith(BY_AWS)}
    return {
        "CacheNodeType": text(node, "CacheNodeType"),
        "Engine": text(node, "Engine"),
        "EngineVersion": _version(text(node, "EngineVersion")),
        "CacheParameterGroupName": text(inner(node, "CacheParameterGroup"), "CacheParameterGroupName"),
        "CacheSubnetGroupName": text(node, "CacheSubnetGroupName"),
        "SecurityGroupIds": sorted(text(one, "SecurityGroupId") for one in items(node, "SecurityGroups")),
        "PreferredMaintenanceWindow": text(node, "PreferredMaintenanceWindow"),
        "Port": whole(ports[0], "Port") if ports else resource.attributes["port"],
        "NotificationTopicArn": text(inner(node, "NotificationConfiguration"), "TopicArn"),
        "Tags": [{"Key": key, "Value": kept[key]} for key in sorted(kept)],
    }


def _shared(said: Item) -> dict[str, Any]:
    """What both sorts are made with, as they tell it themselves."""
    return {
        "AutoMinorVersionUpgrade": flag(said, "AutoMinorVersionUpgrade"),
        "SnapshotRetentionLimit": whole(said, "SnapshotRetentionLimit"),
        "SnapshotWindow": text(said, "SnapshotWindow"),
        "TransitEncryptionEnabled": flag(said, "TransitEncryptionEnabled") or None,
        "NetworkType": text(said, "NetworkType"),
        "IpDiscovery": text(said, "IpDiscovery"),
        "LogDeliveryConfigurations": [
            {key: one[key] for key in ("LogType", "DestinationType", "DestinationDetails", "LogFormat") if key in one}
            for one in items(said, "LogDeliveryConfigurations")
        ],
    }


def _cluster(said: Item, resource: Resource) -> dict[str, Any]:
    own = {
        "CacheClusterId": resource.name,
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": text(said, "PreferredAvailabilityZone"),
    }
    return _given(own | _common(said, resource) | _shared(said))


def _group(said: Item, nodes: Sequence[Item], resource: Resource) -> dict[str, Any]:
    shards = items(said, "NodeGroups")
    members = [one for shard in shards for one in items(shard, "NodeGroupMembers")]
    replicas = max((len(items(shard, "NodeGroupMembers")) for shard in shards), default=1) - 1
    if flag(said, "ClusterEnabled"):
        size: dict[str, Any] = {"NumNodeGroups": len(shards), "ReplicasPerNodeGroup": replicas}
    else:
        first = sorted(members, key=lambda one: text(one, "CurrentRole") != "primary")
        zones = [text(one, "PreferredAvailabilityZone") for one in first]
        size = {"NumCacheClusters": replicas + 1, "PreferredCacheClusterAZs": zones if all(zones) else []}
    own = {
        "ReplicationGroupId": resource.name,
        "ReplicationGroupDescription": text(said, "Description") or resource.name,
        "AutomaticFailoverEnabled": text(said, "AutomaticFailover") in ("enabled", "enabling"),
        "MultiAZEnabled": text(said, "MultiAZ") == "enabled",
        "AtRestEncryptionEnabled": flag(said, "AtRestEncryptionEnabled") or None,
        "TransitEncryptionMode": text(said, "TransitEncryptionMode"),
        "KmsKeyId": text(said, "KmsKeyId"),
        "UserGroupIds": sorted(words(said, "UserGroupIds")),
        "DataTieringEnabled": True if text(said, "DataTiering") == "enabled" else None,
        "ClusterMode": text(said, "ClusterMode") if flag(said, "ClusterEnabled") else "",
    }
    return _given(own | size | _common(nodes[0], resource) | _shared(said))


def _given(wish: Mapping[str, Any]) -> dict[str, Any]:
    """Without what AWS did not tell."""
    return {key: value for key, value in wish.items() if value not in (None, "", [])}


def _version(told: str) -> str:
    parts = told.split(".")
    return ".".join(parts[:2]) if parts[0].isdigit() and int(parts[0]) >= _MINOR_FROM else told


def _next_act(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> Act | None:
    if seen.refused:
        return None
    if power is Power.STOPPED:
        if seen.resource.state != DELETABLE or seen.condition is not Condition.RUNNING:
            return None
        # What was saved names the snapshot from which it is made again: an older one of that name gives way.
        name = (was or seen.facts)["snapshot"]
        return Act("forget" if name in seen.facts["snapshots"] else "delete", {"snapshot": name})
    if seen.condition is Condition.STOPPED:
        return Act("create", {"snapshot": was["snapshot"]}) if was is not None else None
    if was is None and seen.condition is Condition.RUNNING and seen.facts.get("snapshots"):
        return Act("forget", {"snapshot": seen.facts["snapshots"][0]})
    return None


def _reached(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> bool:
    if power is Power.STOPPED:
        return seen.condition is Condition.STOPPED
    return seen.condition is Condition.RUNNING and (was is None or not _different(seen, was))


def _different(seen: Seen, was: Mapping[str, Any]) -> list[str]:
    """What it is made with, and where it is reached, that is not as it was."""
    before, now = _compared(was), _compared(seen.facts)
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


def _compared(facts: Mapping[str, Any]) -> dict[str, Any]:
    told: Iterable[tuple[str, Any]] = (facts.get("create") or {}).items()
    return {key: value for key, value in told if key not in _SPREAD} | {"endpoint": facts.get("endpoint")}


def _amiss(seen: Seen, was: Mapping[str, Any]) -> Sentence:
    if seen.condition is not Condition.RUNNING or not (named := _different(seen, was)):
        return ""
    return Message(
        "it was made again and is not as it was: %(names)s. Its snapshot %(snapshot)s is kept",
        names=", ".join(named),
        snapshot=was["snapshot"],
    )


def _perform(sort: Sort, caller: Caller, seen: Seen, act: Act) -> None:
    name = act.detail["snapshot"]
    if act.verb == "forget":
        caller.call("elasticache", "delete_snapshot", SnapshotName=name)
    elif act.verb == "delete":
        wish: dict[str, Any] = {sort.name: seen.resource.name, "FinalSnapshotIdentifier": name}
        caller.call("elasticache", sort.delete, **wish)
    else:
        caller.call("elasticache", sort.create, SnapshotName=name, **seen.facts["create"])


def _kind(sort: Sort) -> Kind:
    look: Callable[[Caller, Sequence[Resource]], list[Seen]] = partial(_look, sort)
    return Kind(sort.type, CACHE, look, _next_act, _reached, partial(_perform, sort), opt_in=OPT_IN, amiss=_amiss)


KINDS = (_kind(CLUSTER), _kind(GROUP))
