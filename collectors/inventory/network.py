"""The network: VPCs, subnets and security groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collectors.answers import Item, items, tags, text, whole
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.reader import Found, Reader, named, resource
from store.vocabulary import Resource

EVERYWHERE = ("0.0.0.0/0", "::/0")


def read_vpcs(vpcs: Sequence[Item], scope: Scope) -> list[Resource]:
    """VPCs, from DescribeVpcs."""
    return [
        resource(
            scope,
            "ec2:vpc",
            key,
            state=text(vpc, "State"),
            attributes={"vpc_id": key, "cidr": text(vpc, "CidrBlock"), "default": vpc.get("IsDefault") is True},
            tagged=tags(vpc),
        )
        for key, vpc in named(vpcs, "VpcId")
    ]


def read_subnets(subnets: Sequence[Item], route_tables: Sequence[Item], scope: Scope) -> list[Resource]:
    """Subnets, from DescribeSubnets. A subnet is public when its default route leads to an internet gateway."""
    own, main = _default_routes(route_tables)
    return [
        resource(
            scope,
            "ec2:subnet",
            key,
            state=text(subnet, "State"),
            attributes={
                "subnet_id": key,
                "vpc": text(subnet, "VpcId"),
                "cidr": text(subnet, "CidrBlock"),
                "zone": text(subnet, "AvailabilityZone"),
                "public": own.get(key, main.get(text(subnet, "VpcId"), False)),
            },
            tagged=tags(subnet),
        )
        for key, subnet in named(subnets, "SubnetId")
    ]


def _default_routes(route_tables: Sequence[Item]) -> tuple[dict[str, bool], dict[str, bool]]:
    """Whether the way out is an internet gateway: by subnet with a table of its own, and by VPC's main table."""
    own: dict[str, bool] = {}
    main: dict[str, bool] = {}
    for table in route_tables:
        public = any(
            (text(route, "DestinationCidrBlock") in EVERYWHERE or text(route, "DestinationIpv6CidrBlock") in EVERYWHERE)
            and text(route, "GatewayId").startswith("igw-")
            for route in items(table, "Routes")
        )
        for association in items(table, "Associations"):
            if association.get("Main") is True:
                main[text(table, "VpcId")] = public
            elif subnet := text(association, "SubnetId"):
                own[subnet] = public
    return own, main


def read_security_groups(groups: Sequence[Item], scope: Scope) -> list[Resource]:
    """Security groups with what they let in, from DescribeSecurityGroups."""
    return [
        resource(
            scope,
            "ec2:securitygroup",
            key,
            name=tags(group).get("Name") or text(group, "GroupName"),
            attributes={
                "group_id": key,
                "vpc": text(group, "VpcId"),
                "ingress": [_rule(rule) for rule in items(group, "IpPermissions")],
            },
            tagged=tags(group),
        )
        for key, group in named(groups, "GroupId")
    ]


def _rule(rule: Item) -> dict[str, Any]:
    """One permission: protocol (`all` for any), first and last port (None for any), and who may come in."""
    sources = [
        *(text(each, "CidrIp") for each in items(rule, "IpRanges")),
        *(text(each, "CidrIpv6") for each in items(rule, "Ipv6Ranges")),
        *(text(each, "GroupId") for each in items(rule, "UserIdGroupPairs")),
        *(text(each, "PrefixListId") for each in items(rule, "PrefixListIds")),
    ]
    protocol = text(rule, "IpProtocol")
    return {
        "protocol": "all" if protocol == "-1" else protocol,
        "from": whole(rule, "FromPort"),
        "to": whole(rule, "ToPort"),
        "sources": sorted(source for source in sources if source),
        "open": any(source in EVERYWHERE for source in sources),
    }


def _vpcs(caller: Caller) -> Found:
    return Found(read_vpcs(caller.listed("ec2", "describe_vpcs", "Vpcs"), caller.scope))


def _subnets(caller: Caller) -> Found:
    subnets = caller.listed("ec2", "describe_subnets", "Subnets")
    tables = caller.listed("ec2", "describe_route_tables", "RouteTables")
    return Found(read_subnets(subnets, tables, caller.scope))


def _security_groups(caller: Caller) -> Found:
    return Found(read_security_groups(caller.listed("ec2", "describe_security_groups", "SecurityGroups"), caller.scope))


READERS = (
    Reader(("ec2:vpc",), _vpcs),
    Reader(("ec2:subnet",), _subnets),
    Reader(("ec2:securitygroup",), _security_groups),
)
