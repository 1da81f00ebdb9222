"""Load balancers and their target groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from collectors.answers import Item, inner, items, tags, text, whole, words
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.errors import AwsError
from collectors.inventory.reader import Found, Reader, named, resource
from store.vocabulary import Resource

TAGGED_AT_ONCE = 20
"""DescribeTags of Elastic Load Balancing takes at most 20 resources a call (API reference)."""

Tagged = Mapping[str, Mapping[str, str]]


def short_name(arn: str) -> str:
    """What CloudWatch calls a load balancer or target group: `app/name/id`, `targetgroup/name/id`."""
    tail = arn.rpartition(":")[2]
    return tail.removeprefix("loadbalancer/")


def read_load_balancers(balancers: Sequence[Item], tagged: Tagged, scope: Scope) -> list[Resource]:
    """Load balancers, from DescribeLoadBalancers."""
    return [
        resource(
            scope,
            "elbv2:loadbalancer",
            text(balancer, "LoadBalancerName") or short_name(arn),
            arn=arn,
            state=text(inner(balancer, "State"), "Code"),
            attributes={
                "load_balancer": short_name(arn),
                "dns_name": text(balancer, "DNSName"),
                "type": text(balancer, "Type"),
                "scheme": text(balancer, "Scheme"),
                "vpc": text(balancer, "VpcId"),
                "zones": sorted(text(zone, "ZoneName") for zone in items(balancer, "AvailabilityZones")),
                "security_groups": words(balancer, "SecurityGroups"),
            },
            tagged=tagged.get(arn, {}),
        )
        for arn, balancer in named(balancers, "LoadBalancerArn")
    ]


def read_target_groups(groups: Sequence[Item], tagged: Tagged, scope: Scope) -> list[Resource]:
    """Target groups, from DescribeTargetGroups. `load_balancer` is None for one that no load balancer uses."""
    return [
        resource(
            scope,
            "elbv2:targetgroup",
            text(group, "TargetGroupName") or short_name(arn),
            arn=arn,
            attributes={
                "target_group": short_name(arn),
                "load_balancer": next((short_name(each) for each in words(group, "LoadBalancerArns")), None),
                "port": whole(group, "Port"),
                "protocol": text(group, "Protocol"),
                "vpc": text(group, "VpcId"),
            },
            tagged=tagged.get(arn, {}),
        )
        for arn, group in named(groups, "TargetGroupArn")
    ]


def read_tags(described: Iterable[Item]) -> dict[str, dict[str, str]]:
    """Tags by ARN, from DescribeTags."""
    return {text(entry, "ResourceArn"): tags(entry) for entry in described}


def batches(arns: Sequence[str], size: int = TAGGED_AT_ONCE) -> Iterator[list[str]]:
    """The ARNs in lists of at most `size`."""
    rest = iter(arns)
    while batch := list(islice(rest, size)):
        yield batch


def _tags(caller: Caller, arns: Sequence[str]) -> tuple[dict[str, dict[str, str]], AwsError | None]:
    try:
        described = [
            entry
            for batch in batches(arns)
            for entry in caller.listed("elbv2", "describe_tags", "TagDescriptions", ResourceArns=batch)
        ]
    except AwsError as error:
        return {}, error
    return read_tags(described), None


def _load_balancers(caller: Caller) -> Found:
    balancers = caller.listed("elbv2", "describe_load_balancers", "LoadBalancers")
    tagged, missing = _tags(caller, [arn for arn, _ in named(balancers, "LoadBalancerArn")])
    return Found(read_load_balancers(balancers, tagged, caller.scope), missing)


def _target_groups(caller: Caller) -> Found:
    groups = caller.listed("elbv2", "describe_target_groups", "TargetGroups")
    tagged, missing = _tags(caller, [arn for arn, _ in named(groups, "TargetGroupArn")])
    return Found(read_target_groups(groups, tagged, caller.scope), missing)


READERS = (
    Reader(("elbv2:loadbalancer",), _load_balancers),
    Reader(("elbv2:targetgroup",), _target_groups),
)
