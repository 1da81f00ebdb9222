"""The network of an environment: VPC, subnets in two zones, gateways, routes and security groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.demo.world.clients import ClientFor
from service.demo.world.plan import ZONES, EnvironmentPlan
from service.demo.world.seeding.tagging import ec2_tags


@dataclass(frozen=True, slots=True)
class Network:
    """The ids that other resources need. `groups` are the security groups by name: alb, backend, db, cache."""

    vpc: str
    public: tuple[str, ...]
    private: tuple[str, ...]
    groups: dict[str, str]


_DOORS = (
    ("alb", 80, None),
    ("alb", 443, None),
    ("backend", 8080, "alb"),
    ("db", 5432, "backend"),
    ("cache", 6379, "backend"),
)
"""Who may knock where: security group, TCP port, and the group it is open to (None: the world)."""


def make_network(client_for: ClientFor, plan: EnvironmentPlan) -> Network:
    """Make the network of an environment."""
    ec2 = client_for("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=ec2_tags(plan, "vpc", "network", "network-vpc"))
    vpc_id = vpc["Vpc"]["VpcId"]
    public = tuple(_subnet(ec2, plan, vpc_id, f"public-{zone[-1]}", zone, n) for n, zone in enumerate(ZONES))
    private = tuple(_subnet(ec2, plan, vpc_id, f"private-{zone[-1]}", zone, n + 10) for n, zone in enumerate(ZONES))
    _routes(ec2, plan, vpc_id, public, private)
    groups = {name: _security_group(ec2, plan, vpc_id, name) for name in ("alb", "backend", "db", "cache")}
    for name, port, source in _DOORS:
        rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        if source is None:
            rule["IpRanges"] = [{"CidrIp": "0.0.0.0/0", "Description": "everybody"}]
        else:
            rule["UserIdGroupPairs"] = [{"GroupId": groups[source], "Description": f"from {source}"}]
        ec2.authorize_security_group_ingress(GroupId=groups[name], IpPermissions=[rule])
    return Network(vpc_id, public, private, groups)


def _subnet(ec2: Any, plan: EnvironmentPlan, vpc: str, name: str, zone: str, number: int) -> str:  # noqa: ANN401, PLR0913, PLR0917 - boto3 has no types; a call with names
    made = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock=f"10.0.{number}.0/24",
        AvailabilityZone=zone,
        TagSpecifications=ec2_tags(plan, "subnet", "network", f"network-{name}"),
    )
    return str(made["Subnet"]["SubnetId"])


def _routes(ec2: Any, plan: EnvironmentPlan, vpc: str, public: tuple[str, ...], private: tuple[str, ...]) -> None:  # noqa: ANN401 - boto3 has no types
    """The public subnets go out by the internet gateway, the private ones by the NAT gateway."""
    gateway = ec2.create_internet_gateway(
        TagSpecifications=ec2_tags(plan, "internet-gateway", "network", "network-igw")
    )["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(
        Domain="vpc", TagSpecifications=ec2_tags(plan, "elastic-ip", "network", "network-nat-address")
    )["AllocationId"]
    nat = ec2.create_nat_gateway(
        SubnetId=public[0],
        AllocationId=address,
        TagSpecifications=ec2_tags(plan, "natgateway", "network", "network-nat"),
    )["NatGateway"]["NatGatewayId"]
    for name, subnets, target in (
        ("public", public, {"GatewayId": gateway}),
        ("private", private, {"NatGatewayId": nat}),
    ):
        table = ec2.create_route_table(
            VpcId=vpc, TagSpecifications=ec2_tags(plan, "route-table", "network", f"network-{name}-routes")
        )["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
        for subnet in subnets:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


_OWNERS = {"alb": "backend", "backend": "backend", "db": "postgres", "cache": "redis"}


def _security_group(ec2: Any, plan: EnvironmentPlan, vpc: str, name: str) -> str:  # noqa: ANN401 - boto3 has no types
    made = ec2.create_security_group(
        GroupName=plan.named(f"{name}-sg"),
        Description=f"{name} of CloudMart {plan.name}",
        VpcId=vpc,
        TagSpecifications=ec2_tags(plan, "security-group", _OWNERS[name], f"{name}-sg"),
    )
    return str(made["GroupId"])
