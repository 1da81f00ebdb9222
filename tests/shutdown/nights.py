"""A night of an environment told round by round, against an embedded AWS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from typing import Any

import boto3

from collectors.aws import Aws
from collectors.caller import Caller
from collectors.inventory import autoscaling, ec2, rds
from collectors.inventory.reader import Reader
from collectors.inventory.survey import read, settle
from collectors.meter import Attempt
from service.demo.launch import EmbeddedAws
from service.shutdown.config import Schedule, ShutdownSettings
from service.shutdown.kinds import KINDS
from service.shutdown.price import hourly
from service.shutdown.reconcile.round import Around, Turn, run
from store import Store
from store.power import EnvironmentPower
from store.stack import Stack
from store.vocabulary import Claim

READERS = (*ec2.READERS[:1], *autoscaling.READERS, *rds.READERS)
EVENING = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
"""20:00 in Seoul on a Tuesday: dev stops."""
IMAGE = "ami-0123456789abcdef0"
"""Any image: moto knows thousands, and listing them takes a second."""
MORNING = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
"""09:00 in Seoul on Wednesday: dev wakes."""


@dataclass(slots=True)
class Recorder:
    """Keeps the name of every call."""

    calls: list[str] = field(default_factory=list)

    def attempt(self, attempt: Attempt) -> None:
        self.calls.append(attempt.stamp.api)


@dataclass(slots=True)
class Night:
    """Rounds over an environment `dev` at chosen times, its inventory read by the real job."""

    aws: Aws
    store: Store
    embedded: EmbeddedAws
    recorder: Recorder
    around: Around
    now: datetime = EVENING - timedelta(hours=1)
    claim: Claim | None = None
    readers: tuple[Reader, ...] = READERS

    def inventory(self) -> None:
        """Read the inventory of what can sleep as the collector does."""
        caller = Caller(self.aws, self.aws.scopes()[0], "inventory")
        readings = read([(reader, caller) for reader in self.readers], Flag())
        assert not [reading.error for reading in readings if reading.error]
        for found in settle(readings, self.store.resources.find(), self.around.stack):
            self.store.resources.replace("main", found.region, found.types, found.resources, self.now)

    def round(self, at: datetime | None = None) -> EnvironmentPower:
        """One round at a time; dev as it is told afterwards."""
        self.now = at or self.now + timedelta(minutes=2)
        return run(self.around, Turn(self.claim, self.now))["dev"]

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 has no types
        """Somebody else's client, with whose calls people go past Lamplighter."""
        return boto3.client(service, **self.embedded.client_options())  # type: ignore[call-overload]

    def instance(self, name: str, **tags: str) -> str:
        """Launch an instance; its id."""
        given = {"Name": name, "Environment": "dev", "Component": "backend"} | tags
        tagged = [{"Key": key.replace("__", ":"), "Value": value} for key, value in given.items()]
        made = self.client("ec2").run_instances(
            ImageId=IMAGE,
            InstanceType="t3.large",
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tagged}],
        )
        return str(made["Instances"][0]["InstanceId"])

    def group(self, name: str, sizes: tuple[int, int, int], **tags: str) -> None:
        """Make an Auto Scaling group with (minimum, desired, maximum)."""
        scaling = self.client("autoscaling")
        given = {"Name": name, "Environment": "dev", "Component": "backend"} | tags
        scaling.create_launch_configuration(
            LaunchConfigurationName=name,
            ImageId=IMAGE,
            InstanceType="t3.large",
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName=name,
            MinSize=sizes[0],
            DesiredCapacity=sizes[1],
            MaxSize=sizes[2],
            AvailabilityZones=["ap-northeast-2a"],
            Tags=[{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in given.items()],
        )

    def database(self, name: str, **more: Any) -> None:  # noqa: ANN401 - boto3 has no types
        """Make a PostgreSQL."""
        self.client("rds").create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="app",
            MasterUserPassword="not-a-secret",
            Tags=[{"Key": "Environment", "Value": "dev"}, {"Key": "Component", "Value": "postgres"}],
            **more,
        )

    def sizes(self, name: str) -> tuple[int, int, int]:
        """(minimum, desired, maximum) of a group, as AWS has them."""
        described = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        group = described["AutoScalingGroups"][0]
        return group["MinSize"], group["DesiredCapacity"], group["MaxSize"]

    def state_of(self, instance: str) -> str:
        """AWS's word for the state of an instance."""
        described = self.client("ec2").describe_instances(InstanceIds=[instance])
        return str(described["Reservations"][0]["Instances"][0]["State"]["Name"])


def stack_of(environments: dict[str, Any] | None = None) -> Stack:
    """A stack with an armed `dev`, or the environments given."""
    dev = {"dev": {"schedule": "office", "armed": True}}
    components: dict[str, Any] = {"backend": {}, "postgres": {}}
    given = {"timezone": "Asia/Seoul", "environments": environments or dev, "components": components}
    return Stack.model_validate(given)


def schedule(**changes: Any) -> Schedule:  # noqa: ANN401 - values of a schedule
    """The office hours of Seoul."""
    return Schedule.model_validate({"timezone": "Asia/Seoul", "running": ["mon-fri 09:00-20:00"]} | changes)


def around_of(aws: Aws, store: Store, clock: Callable[[], datetime]) -> Around:
    """What a round over an armed dev works with."""
    return Around(
        aws=aws,
        store=store,
        stack=stack_of(),
        schedules={"office": schedule()},
        settings=ShutdownSettings(),
        kinds=KINDS,
        clock=clock,
        hourly=hourly,
    )
