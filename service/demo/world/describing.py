"""Reads the state of all resources from the embedded AWS, by the calls that anybody would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.demo.world.clients import ClientFor
from service.demo.world.plan import EDGE_REGION, REPLAY, environment_of
from service.demo.world.state import (
    Address,
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

GROUP_TAG = "aws:autoscaling:groupName"


def describe(client_for: ClientFor) -> Snapshot:
    """The state of now. Raises botocore's errors when a call fails."""
    instances = _instances(client_for)
    groups, registered = _groups(client_for, instances)
    return Snapshot(
        instances=instances,
        groups=groups,
        balancers=_balancers(client_for),
        target_groups=_target_groups(client_for, registered),
        databases=_databases(client_for),
        caches=_caches(client_for),
        distributions=_distributions(client_for),
        buckets=_buckets(client_for),
        gateways=_gateways(client_for),
        volumes=_volumes(client_for, instances),
        topics=_topics(client_for),
        addresses=_addresses(client_for),
    )


def tags_of(described: Mapping[str, Any], key: str = "Tags") -> dict[str, str]:
    """Tags as AWS lists them, as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in described.get(key) or ()}


def short_name(arn: str) -> str:
    """The dimension of a load balancer or a target group, from its ARN."""
    return arn.rsplit(":", 1)[1].removeprefix("loadbalancer/")


def _all(client: Any, operation: str, result: str, **arguments: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 - boto3 has no types
    pages = client.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page.get(result) or ()]


def _instances(client_for: ClientFor) -> dict[str, Instance]:
    found: dict[str, Instance] = {}
    for reservation in _all(client_for("ec2"), "describe_instances", "Reservations"):
        for one in reservation["Instances"]:
            tags = tags_of(one)
            environment = environment_of(tags.get("Name", ""), tags)
            if environment == REPLAY:
                continue
            found[one["InstanceId"]] = Instance(
                id=one["InstanceId"],
                environment=environment,
                zone=one["Placement"]["AvailabilityZone"],
                state=one["State"]["Name"],
                type=one["InstanceType"],
                detailed=one.get("Monitoring", {}).get("State") == "enabled",
                group=tags.get(GROUP_TAG, ""),
                component=tags.get("Component", ""),
            )
    return found


def _groups(
    client_for: ClientFor, instances: Mapping[str, Instance]
) -> tuple[dict[str, Group], dict[str, tuple[str, ...]]]:
    """The groups, and for each target group's ARN the instances that a group put into it and that still exist."""
    groups: dict[str, Group] = {}
    registered: dict[str, tuple[str, ...]] = {}
    for one in _all(client_for("autoscaling"), "describe_auto_scaling_groups", "AutoScalingGroups"):
        name = one["AutoScalingGroupName"]
        members = tuple(
            sorted(
                member["InstanceId"]
                for member in one["Instances"]
                if (known := instances.get(member["InstanceId"])) and known.state != "terminated"
            )
        )
        groups[name] = Group(
            name=name,
            environment=environment_of(name, tags_of(one)),
            minimum=one["MinSize"],
            maximum=one["MaxSize"],
            desired=one["DesiredCapacity"],
            members=members,
            metrics=bool(one.get("EnabledMetrics")),
        )
        for arn in one.get("TargetGroupARNs") or ():
            registered[arn] = tuple(sorted({*registered.get(arn, ()), *members}))
    return groups, registered


def _balancers(client_for: ClientFor) -> dict[str, Balancer]:
    found = _all(client_for("elbv2"), "describe_load_balancers", "LoadBalancers")
    return {
        (name := short_name(one["LoadBalancerArn"])): Balancer(name, environment)
        for one in found
        if (environment := environment_of(one["LoadBalancerName"], {})) != REPLAY
    }


def _target_groups(client_for: ClientFor, registered: Mapping[str, tuple[str, ...]]) -> dict[str, TargetGroup]:
    return {
        (name := short_name(one["TargetGroupArn"])): TargetGroup(
            dimension=name,
            environment=environment_of(one["TargetGroupName"], {}),
            balancers=tuple(short_name(arn) for arn in one.get("LoadBalancerArns") or ()),
            targets=registered.get(one["TargetGroupArn"], ()),
        )
        for one in _all(client_for("elbv2"), "describe_target_groups", "TargetGroups")
    }


def _databases(client_for: ClientFor) -> dict[str, Database]:
    return {
        one["DBInstanceIdentifier"]: Database(
            id=one["DBInstanceIdentifier"],
            environment=environment,
            status=one["DBInstanceStatus"],
            storage=one["AllocatedStorage"],
            storage_type=one.get("StorageType", "gp3"),
            multi_az=bool(one.get("MultiAZ")),
            size=one.get("DBInstanceClass") or "db.t3.micro",
        )
        for one in _all(client_for("rds"), "describe_db_instances", "DBInstances")
        if (environment := environment_of(one["DBInstanceIdentifier"], tags_of(one, "TagList"))) != REPLAY
    }


def _caches(client_for: ClientFor) -> dict[str, Cache]:
    return {
        (name := one["CacheClusterId"]): Cache(
            name, environment_of(name, {}), one["CacheClusterStatus"], one.get("CacheNodeType") or "cache.t3.micro"
        )
        for one in _all(client_for("elasticache"), "describe_cache_clusters", "CacheClusters")
    }


def _distributions(client_for: ClientFor) -> dict[str, Named]:
    answer = client_for("cloudfront", EDGE_REGION).list_distributions()
    found = answer.get("DistributionList", {}).get("Items") or ()
    return {one["Id"]: Named(one["Id"], environment_of(one.get("Comment", ""), {})) for one in found if one["Enabled"]}


def _buckets(client_for: ClientFor) -> dict[str, Named]:
    found = client_for("s3").list_buckets().get("Buckets") or ()
    return {one["Name"]: Named(one["Name"], environment_of(one["Name"], {})) for one in found}


def _gateways(client_for: ClientFor) -> dict[str, Named]:
    found = _all(client_for("ec2"), "describe_nat_gateways", "NatGateways")
    return {
        one["NatGatewayId"]: Named(one["NatGatewayId"], environment_of("", tags_of(one)))
        for one in found
        if one["State"] == "available"
    }


def _volumes(client_for: ClientFor, instances: Mapping[str, Instance]) -> dict[str, Volume]:
    found: dict[str, Volume] = {}
    for one in _all(client_for("ec2"), "describe_volumes", "Volumes"):
        tags, attached = tags_of(one), [each["InstanceId"] for each in one.get("Attachments") or ()]
        user = attached[0] if attached else ""
        if user and user not in instances:
            continue  # a volume of a replayed instance: only what the files say happens there
        environment = environment_of(tags.get("Name", ""), tags) or (instances[user].environment if user else "")
        found[one["VolumeId"]] = Volume(
            one["VolumeId"], environment, user, one["VolumeType"], one["Size"], tags.get("Component", "")
        )
    return found


def _topics(client_for: ClientFor) -> dict[str, Named]:
    names = [one["TopicArn"].rsplit(":", 1)[1] for one in _all(client_for("sns"), "list_topics", "Topics")]
    return {name: Named(name, environment_of(name, {})) for name in names}


def _addresses(client_for: ClientFor) -> dict[str, Address]:
    found: dict[str, Address] = {}
    for one in client_for("ec2").describe_addresses().get("Addresses") or ():
        tags, name = tags_of(one), one.get("AllocationId") or one["PublicIp"]
        # A gateway's address is in use though moto gives it no association.
        used = bool(one.get("AssociationId") or one.get("NetworkInterfaceId") or tags)
        environment = environment_of(tags.get("Name", ""), tags)
        found[name] = Address(name, environment, tags.get("Component", ""), used)
    return found
