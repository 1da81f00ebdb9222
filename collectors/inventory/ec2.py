"""EC2's machines: instances, volumes and their snapshots, NAT gateways and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collectors.answers import Item, inner, items, moment, tags, text, whole
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.reader import Found, Reader, named, resource
from store.vocabulary import Resource

GONE_INSTANCE = "terminated"
"""A terminated instance stays in the answer for about an hour."""

GONE_GATEWAY = "deleted"
"""A deleted NAT gateway stays in the answer for about an hour."""

PAGE = 500
"""Things a page. EC2 answers an unlimited question about very many things slowly or not at all (EC2 API reference)."""

GROUP_TAG = "aws:autoscaling:groupName"


def read_instances(reservations: Sequence[Item], scope: Scope) -> list[Resource]:
    """Instances that still exist, from DescribeInstances' reservations."""
    found = [instance for reservation in reservations for instance in items(reservation, "Instances")]
    return [
        resource(
            scope,
            "ec2:instance",
            key,
            state=text(inner(instance, "State"), "Name"),
            attributes=_instance(key, instance),
            tagged=tags(instance),
        )
        for key, instance in named(found, "InstanceId")
        if text(inner(instance, "State"), "Name") != GONE_INSTANCE
    ]


def _instance(key: str, instance: Item) -> dict[str, Any]:
    detailed = text(inner(instance, "Monitoring"), "State") == "enabled"
    return {
        "instance_id": key,
        "instance_type": text(instance, "InstanceType"),
        "zone": text(inner(instance, "Placement"), "AvailabilityZone"),
        "asg": tags(instance).get(GROUP_TAG),
        "monitoring": "detailed" if detailed else "basic",
        "launched": moment(instance, "LaunchTime"),
        "subnet": text(instance, "SubnetId"),
        "vpc": text(instance, "VpcId"),
        "private_ip": text(instance, "PrivateIpAddress"),
        "security_groups": [text(group, "GroupId") for group in items(instance, "SecurityGroups")],
        "profile": text(inner(instance, "IamInstanceProfile"), "Arn"),
    }


def read_volumes(volumes: Sequence[Item], scope: Scope) -> list[Resource]:
    """EBS volumes, from DescribeVolumes."""
    return [
        resource(
            scope,
            "ec2:volume",
            key,
            state=text(volume, "State"),
            attributes={
                "volume_id": key,
                "type": text(volume, "VolumeType"),
                "size": whole(volume, "Size"),
                "iops": whole(volume, "Iops"),
                "zone": text(volume, "AvailabilityZone"),
                "encrypted": volume.get("Encrypted") is True,
                "attached_to": next(
                    (held for each in items(volume, "Attachments") if (held := text(each, "InstanceId"))), None
                ),
            },
            tagged=tags(volume),
        )
        for key, volume in named(volumes, "VolumeId")
    ]


def read_snapshots(snapshots: Sequence[Item], scope: Scope) -> list[Resource]:
    """Snapshots of volumes, from DescribeSnapshots. `size` is that of the volume in GiB: the most that it can take."""
    return [
        resource(
            scope,
            "ec2:snapshot",
            key,
            state=text(snapshot, "State"),
            attributes={
                "snapshot_id": key,
                "volume": text(snapshot, "VolumeId"),
                "size": whole(snapshot, "VolumeSize"),
                "started": moment(snapshot, "StartTime"),
                "tier": text(snapshot, "StorageTier") or "standard",
                "description": text(snapshot, "Description"),
            },
            tagged=tags(snapshot),
        )
        for key, snapshot in named(snapshots, "SnapshotId")
    ]


def read_nat_gateways(gateways: Sequence[Item], scope: Scope) -> list[Resource]:
    """NAT gateways that still exist, from DescribeNatGateways."""
    return [
        resource(
            scope,
            "ec2:natgateway",
            key,
            state=text(gateway, "State"),
            attributes={
                "nat_gateway_id": key,
                "vpc": text(gateway, "VpcId"),
                "subnet": text(gateway, "SubnetId"),
                "addresses": [text(each, "PublicIp") for each in items(gateway, "NatGatewayAddresses")],
            },
            tagged=tags(gateway),
        )
        for key, gateway in named(gateways, "NatGatewayId")
        if text(gateway, "State") != GONE_GATEWAY
    ]


def read_addresses(addresses: Sequence[Item], scope: Scope) -> list[Resource]:
    """Elastic addresses, from DescribeAddresses. One that is attached to nothing is paid for all the same."""
    return [
        resource(
            scope,
            "ec2:address",
            key,
            state="associated" if text(address, "AssociationId") else "idle",
            attributes={
                "allocation_id": text(address, "AllocationId"),
                "public_ip": key,
                "attached_to": text(address, "InstanceId") or text(address, "NetworkInterfaceId") or None,
            },
            tagged=tags(address),
        )
        for key, address in named(addresses, "PublicIp")
    ]


def _instances(caller: Caller) -> Found:
    return Found(
        read_instances(caller.listed("ec2", "describe_instances", "Reservations", MaxResults=PAGE), caller.scope)
    )


def _volumes(caller: Caller) -> Found:
    return Found(read_volumes(caller.listed("ec2", "describe_volumes", "Volumes", MaxResults=PAGE), caller.scope))


def _snapshots(caller: Caller) -> Found:
    # Its own only: without an owner AWS lists every public snapshot of the region, of which there are many thousands.
    found = caller.listed("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], MaxResults=PAGE)
    return Found(read_snapshots(found, caller.scope))


def _nat_gateways(caller: Caller) -> Found:
    return Found(read_nat_gateways(caller.listed("ec2", "describe_nat_gateways", "NatGateways"), caller.scope))


def _addresses(caller: Caller) -> Found:
    return Found(read_addresses(caller.listed("ec2", "describe_addresses", "Addresses"), caller.scope))


READERS = (
    Reader(("ec2:instance",), _instances),
    Reader(("ec2:volume",), _volumes),
    Reader(("ec2:snapshot",), _snapshots),
    Reader(("ec2:natgateway",), _nat_gateways),
    Reader(("ec2:address",), _addresses),
)
