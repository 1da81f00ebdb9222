"""Rounds over the health of the embedded AWS: what cannot be read is unknown, what is gone is forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from collectors.aws import Aws
from collectors.config import Account
from collectors.health.jobs import health_jobs
from collectors.inventory.jobs import inventory_jobs
from service.demo.launch import EmbeddedAws
from store import Store
from store.stack import Stack
from store.vocabulary import HealthObservation, HealthState, Resource, Status
from tests.collectors.conftest import Calls, run

pytestmark = pytest.mark.demo

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Reach = Callable[..., Aws]
IMAGE = "ami-12c6146b"


def _states(store: Store, kind: str | None = None) -> dict[str, HealthState]:
    return {state.latest.check_id: state for state in store.health.states() if kind in {None, state.latest.kind}}


def _take_stock(aws: Aws, store: Store, stack: Stack, now: datetime = NOW) -> None:
    for job in inventory_jobs(aws, store, stack, timedelta(minutes=10)):
        run(job, now)


def test_every_part_of_cloudmart_is_well(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    aws = reach(cloudmart)
    _take_stock(aws, sqlite_store, stack)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    outcome = run(job, NOW)
    assert (job.name, outcome.outcome, outcome.coverage) == ("health:main/ap-northeast-2", "ok", 1.0)
    states = _states(sqlite_store)
    assert {state.latest.status for state in states.values()} == {Status.OK}
    kinds = Counter(state.latest.kind for state in states.values() if state.latest.environment == "prod")
    assert kinds == {"group": 2, "target": 4, "database": 1, "cache": 1, "instance": 3}
    assert {state.latest.component for state in states.values()} == {"backend", "postgres", "redis"}


def test_nothing_is_asked_of_services_that_are_not_used(
    embedded_aws: EmbeddedAws, reach: Reach, calls: Calls, sqlite_store: Store
) -> None:
    (job,) = health_jobs(reach(embedded_aws), sqlite_store, MINUTE)
    assert run(job, NOW).outcome == "ok"
    assert calls.attempts == []


def test_what_is_denied_becomes_unknown_with_the_reason_and_the_rest_stays(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    aws = reach(cloudmart)
    _take_stock(aws, sqlite_store, stack)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    run(job, NOW)
    cloudmart.control.fault("deny", service="elbv2", action="DescribeTargetHealth")
    outcome = run(job, NOW + MINUTE)
    assert outcome.outcome == "partial"
    assert "unknown: target" in outcome.message
    assert "DescribeTargetHealth" in outcome.message
    targets = _states(sqlite_store, "target")
    assert len(targets) == 9
    assert {state.latest.status for state in targets.values()} == {Status.UNKNOWN}
    assert all("AccessDenied" in state.latest.reason for state in targets.values())
    assert {state.latest.status for state in _states(sqlite_store, "database").values()} == {Status.OK}
    cloudmart.control.clear_faults()
    run(job, NOW + 2 * MINUTE)
    assert {state.latest.status for state in _states(sqlite_store, "target").values()} == {Status.OK}


def test_what_was_never_read_is_unknown_from_the_start(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    aws = reach(cloudmart)
    _take_stock(aws, sqlite_store, stack)
    cloudmart.control.fault("deny", service="rds")
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    run(job, NOW)
    databases = _states(sqlite_store, "database").values()
    assert [state.latest.status for state in databases] == [Status.UNKNOWN] * 3


def test_expired_credentials_leave_nothing_green_and_are_tried_once(
    cloudmart: EmbeddedAws, reach: Reach, calls: Calls, sqlite_store: Store, stack: Stack
) -> None:
    aws = reach(cloudmart)
    _take_stock(aws, sqlite_store, stack)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    run(job, NOW)
    cloudmart.control.fault("expired")
    calls.attempts.clear()
    outcome = run(job, NOW + MINUTE)
    assert outcome.outcome == "failed"
    assert len(calls.attempts) == 1
    assert {state.latest.status for state in _states(sqlite_store).values()} == {Status.UNKNOWN}


def test_one_account_that_is_locked_out_does_not_dim_the_other(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    names = ("main", "other")
    aws = reach(cloudmart, *(Account(name=name, regions=[region]) for name, region in zip(names, REGIONS, strict=True)))
    _take_stock(aws, sqlite_store, stack)
    cloudmart.control.fault("deny", region="eu-west-1")
    outcomes = [run(job, NOW) for job in health_jobs(aws, sqlite_store, MINUTE)]
    assert outcomes[0].outcome == "ok"
    assert {state.latest.status for state in _states(sqlite_store).values()} == {Status.OK}


REGIONS = ("ap-northeast-2", "eu-west-1")


@pytest.fixture
def backend(embedded_aws: EmbeddedAws) -> dict[str, Any]:
    """A backend of two instances behind a load balancer, alone in the embedded AWS."""
    session = boto3.session.Session()
    clients = {
        name: session.client(name, **embedded_aws.client_options()) for name in ("ec2", "elbv2", "autoscaling", "rds")
    }
    ec2, elb, scaling = clients["ec2"], clients["elbv2"], clients["autoscaling"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="prod-backend", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    made = elb.create_target_group(Name="prod-backend-tg", Protocol="HTTP", Port=8080, VpcId=vpc)
    group = made["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    ec2.create_launch_template(
        LaunchTemplateName="backend", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"}
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="prod-backend-asg", MinSize=0, MaxSize=4, DesiredCapacity=2, TargetGroupARNs=[group],
        LaunchTemplate={"LaunchTemplateName": "backend"}, VPCZoneIdentifier=",".join(subnets),
    )  # fmt: skip
    return clients | {"group": group}


def test_a_backend_scaled_to_zero_is_asleep_and_its_targets_are_forgotten(
    backend: dict[str, Any], embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    aws = reach(embedded_aws)
    _take_stock(aws, sqlite_store, stack)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    run(job, NOW)
    before = _states(sqlite_store)
    assert Counter(state.latest.kind for state in before.values()) == {"group": 2, "target": 3, "instance": 2}
    # moto puts instances where it likes, so their spread is not looked at here
    assert {state.latest.status for key, state in before.items() if not key.startswith("zones:")} == {Status.OK}
    backend["autoscaling"].update_auto_scaling_group(AutoScalingGroupName="prod-backend-asg", DesiredCapacity=0)
    _deregister_all(backend["elbv2"], backend["group"])
    run(job, NOW + MINUTE)
    after = _states(sqlite_store)
    assert {state.latest.status for state in after.values()} == {Status.ASLEEP}
    assert Counter(state.latest.kind for state in after.values()) == {"group": 1, "target": 1}


def _deregister_all(elb: Any, group: str) -> None:  # noqa: ANN401  boto3 has no types
    """What AWS does by itself when a group shrinks, and moto leaves undone."""
    described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    elb.deregister_targets(TargetGroupArn=group, Targets=[each["Target"] for each in described])


def test_a_database_that_is_stopped_sleeps_and_one_that_vanishes_is_unknown_until_it_is_closed(
    backend: dict[str, Any], embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    rds = backend["rds"]
    rds.create_db_instance(DBInstanceIdentifier="prod-postgres", Engine="postgres", DBInstanceClass="db.t3.micro")
    aws = reach(embedded_aws)
    _take_stock(aws, sqlite_store, stack)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    rds.stop_db_instance(DBInstanceIdentifier="prod-postgres")
    run(job, NOW)
    assert [one.latest.status for one in _states(sqlite_store, "database").values()] == [Status.ASLEEP]
    rds.start_db_instance(DBInstanceIdentifier="prod-postgres")
    rds.delete_db_instance(DBInstanceIdentifier="prod-postgres", SkipFinalSnapshot=True)
    run(job, NOW + MINUTE)
    (state,) = _states(sqlite_store, "database").values()
    assert (state.latest.status, "no longer lists" in state.latest.reason) == (Status.UNKNOWN, True)
    _take_stock(aws, sqlite_store, stack, NOW + 2 * MINUTE)
    assert _states(sqlite_store, "database") == {}


def test_an_instance_that_the_inventory_does_not_know_yet_wakes_it(
    backend: dict[str, Any], embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    aws = reach(embedded_aws)
    (inventory,) = inventory_jobs(aws, sqlite_store, stack, timedelta(minutes=10))
    sqlite_store.jobs.declare([(inventory.name, 600)], NOW)
    claim = sqlite_store.jobs.claim(inventory.name, NOW, "test", 60)
    assert claim is not None
    sqlite_store.jobs.finish(claim, run(inventory, NOW), NOW)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    run(job, NOW + 3 * MINUTE)
    assert sqlite_store.jobs.due(NOW + 3 * MINUTE) == []
    backend["autoscaling"].update_auto_scaling_group(AutoScalingGroupName="prod-backend-asg", DesiredCapacity=3)
    run(job, NOW + MINUTE)
    assert sqlite_store.jobs.due(NOW + MINUTE) == [], "it was run a minute ago"
    run(job, NOW + 4 * MINUTE)
    assert [due.name for due in sqlite_store.jobs.due(NOW + 4 * MINUTE)] == [inventory.name]


def test_a_target_group_that_was_deleted_does_not_hide_the_others(
    backend: dict[str, Any], embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    elb = backend["elbv2"]
    doomed = elb.create_target_group(Name="dev-backend-tg", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    aws = reach(embedded_aws)
    _take_stock(aws, sqlite_store, stack)
    elb.delete_target_group(TargetGroupArn=doomed)
    (job,) = health_jobs(aws, sqlite_store, MINUTE)
    assert run(job, NOW).outcome == "ok"
    states = _states(sqlite_store)
    assert states[f"target:{doomed}"].latest.status is Status.UNKNOWN
    assert states[f"target:{backend['group']}"].latest.status is Status.OK


def test_checks_of_a_resource_that_nobody_closed_in_passing_are_forgotten_when_stale(
    embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store
) -> None:
    other = Resource(id="there", type="rds:db", name="there", account="main", region="eu-west-1")
    sqlite_store.resources.replace("main", "eu-west-1", ["rds:db"], [other], NOW)
    for name in ("there", "gone"):
        seen = HealthObservation(f"database:{name}", "database", name, Status.OK, "fine", NOW, resource_id=name)
        sqlite_store.health.record([seen])
    (job,) = health_jobs(reach(embedded_aws), sqlite_store, MINUTE)
    run(job, NOW + 10 * MINUTE)
    assert set(_states(sqlite_store)) == {"database:there", "database:gone"}
    run(job, NOW + 20 * MINUTE)
    assert set(_states(sqlite_store)) == {"database:there"}
