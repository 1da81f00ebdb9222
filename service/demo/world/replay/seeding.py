"""The resources of replayed series, so that an inventory finds them: environment `replay`."""

from __future__ import annotations

from collections.abc import Sequence

from service.demo.world.clients import ClientFor
from service.demo.world.describing import short_name
from service.demo.world.plan import REPLAY, ZONES
from service.demo.world.replay.series import ReplayFile
from service.demo.world.seeding.tagging import pairs


def seed_replay(client_for: ClientFor, files: Sequence[ReplayFile]) -> dict[str, ReplayFile]:
    """Make a resource for each file; the files by the value of their dimension. Raises botocore's errors."""
    made: dict[str, ReplayFile] = {}
    for file in files:
        if file.meaning.dimension == "InstanceId":
            made[_instance(client_for, file.tail)] = file
        elif file.meaning.dimension == "LoadBalancer":
            made[_balancer(client_for, file.tail)] = file
        else:
            made[_database(client_for, file.tail)] = file
    return made


def _tags(component: str, name: str) -> list[dict[str, str]]:
    return pairs({"Name": name, "Environment": REPLAY, "Component": component})


def _instance(client_for: ClientFor, tail: str) -> str:
    """An instance with basic monitoring: its series have a point every five minutes."""
    ec2 = client_for("ec2")
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="m5.large",
        Placement={"AvailabilityZone": ZONES[0]},
        TagSpecifications=[{"ResourceType": "instance", "Tags": _tags("backend", f"replay-ec2-{tail}")}],
    )["Instances"][0]["InstanceId"]
    return str(instance)


def _balancer(client_for: ClientFor, tail: str) -> str:
    """A load balancer in the default VPC; the dimension that its series are known by."""
    name = f"replay-elb-{tail}"
    subnets = [
        subnet["SubnetId"]
        for subnet in client_for("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])[
            "Subnets"
        ]
    ]
    balancer = client_for("elbv2").create_load_balancer(Name=name, Subnets=subnets[:2], Tags=_tags("backend", name))[
        "LoadBalancers"
    ][0]
    return short_name(balancer["LoadBalancerArn"])


def _database(client_for: ClientFor, tail: str) -> str:
    name = f"replay-rds-{tail}"
    client_for("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.m5.large",
        Engine="postgres",
        AllocatedStorage=100,
        MasterUsername="replay",
        MasterUserPassword="not-a-real-password",
        Tags=_tags("postgres", name),
    )
    return name
