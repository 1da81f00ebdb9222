"""ECS services and node groups of EKS: to nothing at night, and exactly back."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.inventory import ecs, eks
from service.shutdown.permissions import ACTIONS
from store.power import Condition, StepState
from tests.shutdown.nights import EVENING, MORNING, Night

TAGS = {"Environment": "dev", "Component": "backend"}
ROLE = "arn:aws:iam::123456789012:role/lamplighter"
SCALES = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/dev-web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def contained(night: Night) -> Night:
    """A night over containers only."""
    night.readers = (*ecs.READERS, *eks.READERS)
    return night


def service(night: Night, name: str = "dev-web", desired: int = 3, **more: Any) -> None:  # noqa: ANN401 - for boto3
    client = night.client("ecs")
    client.create_cluster(clusterName="shop")
    client.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 64}])
    tags = [{"key": key, "value": value} for key, value in TAGS.items()]
    client.create_service(
        cluster="shop", serviceName=name, taskDefinition="web", desiredCount=desired, tags=tags, **more
    )
    client.update_service(cluster="shop", service=name, desiredCount=desired)


def desired(night: Night, name: str = "dev-web") -> int:
    return int(night.client("ecs").describe_services(cluster="shop", services=[name])["services"][0]["desiredCount"])


def scaling(night: Night) -> dict[str, Any]:
    found = night.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    return dict(found["ScalableTargets"][0])


def through(night: Night, at: Any = None) -> Any:  # noqa: ANN401 - a time, and what is told
    night.round(at)
    for _ in range(5):
        told = night.round()
    return told


def test_a_service_sleeps_without_tasks_and_its_scaling_is_as_it_was(contained: Night) -> None:
    service(contained)
    client = contained.client("application-autoscaling")
    before = {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }
    client.register_scalable_target(**SCALES, MinCapacity=2, MaxCapacity=6, SuspendedState=before)
    contained.inventory()
    assert contained.round().condition is Condition.RUNNING

    assert through(contained, EVENING).condition is Condition.STOPPED
    assert desired(contained) == 0
    assert set(scaling(contained)["SuspendedState"].values()) == {True}
    assert (scaling(contained)["MinCapacity"], scaling(contained)["MaxCapacity"]) == (2, 6)

    assert through(contained, MORNING).condition is Condition.RUNNING
    assert desired(contained) == 3
    assert scaling(contained)["SuspendedState"] == before
    assert (scaling(contained)["MinCapacity"], scaling(contained)["MaxCapacity"]) == (2, 6)
    assert {step.state for step in contained.store.power.steps("dev")} == {StepState.CONFIRMED}
    assert contained.store.power.saved("dev") == {}


def test_a_service_whose_tasks_still_run_is_not_told_asleep(contained: Night) -> None:
    service(contained)
    contained.embedded.control.power(stop=3600)
    contained.inventory()
    contained.round()
    assert through(contained, EVENING).condition is Condition.STOPPING
    contained.embedded.control.power(stop=0)
    assert through(contained).condition is Condition.STOPPED


def test_a_service_that_follows_its_instances_is_left_alone(contained: Night) -> None:
    service(contained, "dev-agent", schedulingStrategy="DAEMON")
    contained.inventory()
    contained.round()
    told = through(contained, EVENING)
    assert "goes with its instances" in str(told.resources[0].note)
    assert contained.store.power.steps("dev") == []


def test_many_services_cost_a_describe_per_ten(contained: Night) -> None:
    for number in range(12):
        service(contained, f"dev-{number}", 1)
    contained.inventory()
    contained.recorder.calls.clear()
    contained.round()
    assert contained.recorder.calls.count("ecs:DescribeServices") == 2
    assert contained.recorder.calls.count("application-autoscaling:DescribeScalableTargets") <= 2


def test_node_groups_sleep_without_nodes_and_wake_with_their_sizes(contained: Night) -> None:
    client, sizes = contained.client("eks"), {"minSize": 2, "maxSize": 5, "desiredSize": 3}
    subnets = [one["SubnetId"] for one in contained.client("ec2").describe_subnets()["Subnets"][:2]]
    client.create_cluster(name="shop", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    made = {"clusterName": "shop", "nodegroupName": "dev-nodes"}
    given = {"subnets": subnets, "nodeRole": ROLE, "scalingConfig": sizes, "instanceTypes": ["t3.large"]}
    client.create_nodegroup(**made, **given, tags=TAGS)
    contained.inventory()
    told = contained.round()
    assert (told.condition, told.hourly) == (Condition.RUNNING, told.resources[0].hourly)
    assert told.hourly is not None

    assert through(contained, EVENING).condition is Condition.STOPPED
    asleep = client.describe_nodegroup(**made)["nodegroup"]["scalingConfig"]
    assert asleep == {"minSize": 0, "maxSize": 5, "desiredSize": 0}

    assert through(contained, MORNING).condition is Condition.RUNNING
    assert client.describe_nodegroup(**made)["nodegroup"]["scalingConfig"] == sizes


def test_what_changes_containers_is_in_the_policy(contained: Night) -> None:
    service(contained)
    contained.client("application-autoscaling").register_scalable_target(**SCALES, MinCapacity=1, MaxCapacity=4)
    contained.inventory()
    contained.round()
    contained.recorder.calls.clear()
    through(contained, EVENING)
    through(contained, MORNING)
    changing = {call for call in contained.recorder.calls if ":Describe" not in call}
    assert changing == {*ACTIONS["ecs:service"], "application-autoscaling:RegisterScalableTarget"}
