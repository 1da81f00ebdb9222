"""ECS services, for a stack whose backend runs on Fargate or ECS in place of EC2."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.answers import Item, items, tags, text, whole
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.elbv2 import batches
from collectors.inventory.reader import Found, Reader, named, resource
from store.vocabulary import Resource

DESCRIBED_AT_ONCE = 10
"""DescribeServices takes at most 10 services a call (API reference)."""

GONE = "INACTIVE"
"""A deleted service can still be described for a while."""


def read_services(services: Sequence[Item], scope: Scope) -> list[Resource]:
    """Services that still exist, from DescribeServices."""
    return [
        resource(
            scope,
            "ecs:service",
            text(service, "serviceName") or arn,
            arn=arn,
            state=text(service, "status"),
            attributes={
                "cluster": text(service, "clusterArn").rpartition("/")[2],
                "service": text(service, "serviceName"),
                "desired": whole(service, "desiredCount"),
                "running": whole(service, "runningCount"),
                "launch_type": text(service, "launchType"),
                "target_groups": [text(each, "targetGroupArn") for each in items(service, "loadBalancers")],
            },
            tagged=tags(service, "tags", name="key", value="value"),
        )
        for arn, service in named(services, "serviceArn")
        if text(service, "status") != GONE
    ]


def describe_services(caller: Caller) -> list[Item]:
    """Every service of every cluster, as DescribeServices writes it."""
    described: list[Item] = []
    for cluster in caller.names("ecs", "list_clusters", "clusterArns"):
        arns = caller.names("ecs", "list_services", "serviceArns", cluster=cluster)
        for batch in batches(arns, DESCRIBED_AT_ONCE):
            described += caller.listed(
                "ecs", "describe_services", "services", cluster=cluster, services=batch, include=["TAGS"]
            )
    return described


def _services(caller: Caller) -> Found:
    return Found(read_services(describe_services(caller), caller.scope))


READERS = (Reader(("ecs:service",), _services),)
