"""Node groups of EKS, for a stack that runs on Kubernetes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from collectors.answers import Item, identity, items, text, whole, words
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.errors import AwsError
from collectors.inventory.reader import Found, Reader, resource
from store.vocabulary import Resource

_DELETED = "ResourceNotFoundException"


def read_node_groups(found: Iterable[Item], scope: Scope) -> list[Resource]:
    """Managed node groups with their bounds, each from DescribeNodegroup."""
    return [_node_group(one, scope) for one in found]


def _node_group(one: Item, scope: Scope) -> Resource:
    sizes: Item = one.get("scalingConfig") or {}
    behind: Item = one.get("resources") or {}
    name = text(one, "nodegroupName")
    attributes: dict[str, Any] = {
        "cluster": text(one, "clusterName"),
        "name": name,
        "min": whole(sizes, "minSize"),
        "max": whole(sizes, "maxSize"),
        "desired": whole(sizes, "desiredSize"),
        "instance_types": sorted(words(one, "instanceTypes")),
        "groups": sorted(text(each, "name") for each in items(behind, "autoScalingGroups")),
    }
    arn = identity(one, "nodegroupArn")
    given = one.get("tags")
    tagged = {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
    return resource(
        scope,
        "eks:nodegroup",
        arn,
        arn=arn,
        name=name,
        state=text(one, "status"),
        attributes=attributes,
        tagged=tagged,
    )


def describe_node_groups(caller: Caller, which: Iterable[tuple[str, str]]) -> list[Item]:
    """Those of the (cluster, name) that exist, as DescribeNodegroup writes them: a call each, for EKS has no other."""
    found: list[Item] = []
    for cluster, name in which:
        try:
            answer = caller.call("eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name)
        except AwsError as error:
            if error.code != _DELETED:
                raise
            continue
        if isinstance(one := answer.get("nodegroup"), dict):
            found.append(one)
    return found


def _node_groups(caller: Caller) -> Found:
    clusters = caller.names("eks", "list_clusters", "clusters")
    which = [
        (cluster, name)
        for cluster in clusters
        for name in caller.names("eks", "list_nodegroups", "nodegroups", clusterName=cluster)
    ]
    return Found(read_node_groups(describe_node_groups(caller, which), caller.scope))


READERS = (Reader(("eks:nodegroup",), _node_groups),)
