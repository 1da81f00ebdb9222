"""The inventory against the embedded AWS: whole, partial, and closed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from typing import Any

import boto3
import pytest

from collectors.aws import Aws
from collectors.caller import Caller
from collectors.config import Account
from collectors.errors import MalformedAnswer
from collectors.inventory import READERS
from collectors.inventory.jobs import inventory_jobs
from collectors.inventory.survey import read, readers_for
from service.demo.launch import EmbeddedAws
from store import Store
from store.stack import Stack
from store.vocabulary import HealthObservation, Resource, Status
from tests.collectors.conftest import Calls, run

pytestmark = pytest.mark.demo

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY = timedelta(minutes=10)
Reach = Callable[..., Aws]


@pytest.fixture
def client(embedded_aws: EmbeddedAws) -> Callable[[str], Any]:
    """A boto3 client of the empty embedded AWS, to make resources with."""
    session = boto3.session.Session()
    options = embedded_aws.client_options()
    return lambda service: session.client(service, **options)


def test_cloudmart_is_found_whole_and_every_part_has_its_place(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    (job,) = inventory_jobs(reach(cloudmart), sqlite_store, stack, EVERY)
    outcome = run(job, NOW)
    assert job.name == "inventory:main/ap-northeast-2"
    assert (outcome.outcome, outcome.coverage) == ("ok", 1.0)
    found = sqlite_store.resources.find(environment="prod")
    kinds = Counter((resource.type, resource.component) for resource in found)
    assert kinds["ec2:instance", "backend"] == 3
    assert kinds["elbv2:targetgroup", "backend"] == kinds["autoscaling:group", "backend"] == 1
    assert kinds["rds:db", "postgres"] == kinds["elasticache:cluster", "redis"] == 1
    assert kinds["s3:bucket", "frontend"] == kinds["cloudfront:distribution", "frontend"] == 1
    assert kinds["ec2:natgateway", "network"] == kinds["ec2:vpc", "network"] == 1
    assert kinds["ec2:subnet", "network"] == 4
    assert all(resource.component for resource in found)


def test_a_second_look_changes_nothing(cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack) -> None:
    (job,) = inventory_jobs(reach(cloudmart), sqlite_store, stack, EVERY)
    run(job, NOW)
    before = {resource.id: (resource.attributes, resource.tags) for resource in sqlite_store.resources.find()}
    run(job, NOW + EVERY)
    again = sqlite_store.resources.find(include_closed=True)
    assert {resource.id: (resource.attributes, resource.tags) for resource in again} == before
    assert {resource.first_seen for resource in again} == {NOW}
    assert {resource.last_seen for resource in again} == {NOW + EVERY}


def test_distributions_are_listed_once_an_account_under_us_east_1(
    cloudmart: EmbeddedAws, reach: Reach, calls: Calls, sqlite_store: Store, stack: Stack
) -> None:
    account = Account(name="main", regions=["ap-northeast-2", "eu-west-1"])
    for job in inventory_jobs(reach(cloudmart, account), sqlite_store, stack, EVERY):
        assert run(job, NOW).outcome == "ok"
    assert calls.apis().count("cloudfront:ListDistributions") == 1
    regions = Counter(resource.region for resource in sqlite_store.resources.find(type="cloudfront:distribution"))
    assert regions == {"us-east-1": 3}
    assert {bucket.region for bucket in sqlite_store.resources.find(type="s3:bucket")} == {"ap-northeast-2"}


def test_a_service_that_is_denied_keeps_what_was_there_and_names_the_remedy(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    (job,) = inventory_jobs(reach(cloudmart), sqlite_store, stack, EVERY)
    run(job, NOW)
    cloudmart.control.fault("deny", service="rds", action="DescribeDBInstances")
    outcome = run(job, NOW + EVERY)
    assert outcome.outcome == "partial"
    assert outcome.coverage is not None
    assert 0.9 < outcome.coverage < 1
    assert "rds:db stay as they were" in outcome.message
    assert "DescribeDBInstances in main/ap-northeast-2 failed with AccessDenied" in outcome.message
    assert "lamplighter doctor" in outcome.message
    assert {db.last_seen for db in sqlite_store.resources.find(type="rds:db")} == {NOW}
    assert {group.last_seen for group in sqlite_store.resources.find(type="autoscaling:group")} == {NOW + EVERY}


def test_tags_that_are_denied_leave_the_places_as_they_were(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store
) -> None:
    blank = Stack.model_validate({"environments": {"prod": {}}, "components": {"redis": {}}})
    (job,) = inventory_jobs(reach(cloudmart), sqlite_store, blank, EVERY)
    run(job, NOW)
    cloudmart.control.fault("deny", service="resourcegroupstaggingapi")
    outcome = run(job, NOW + EVERY)
    assert outcome.outcome == "partial"
    assert "tags of elasticache:cluster" in outcome.message
    (cache,) = sqlite_store.resources.find(type="elasticache:cluster", environment="prod")
    assert (cache.tags["Component"], cache.last_seen) == ("redis", NOW + EVERY)


def test_expired_credentials_are_tried_once_and_close_nothing(
    cloudmart: EmbeddedAws, reach: Reach, calls: Calls, sqlite_store: Store, stack: Stack
) -> None:
    (job,) = inventory_jobs(reach(cloudmart), sqlite_store, stack, EVERY)
    run(job, NOW)
    before = len(sqlite_store.resources.find())
    cloudmart.control.fault("expired")
    calls.attempts.clear()
    outcome = run(job, NOW + EVERY)
    assert (outcome.outcome, outcome.coverage) == ("failed", 0.0)
    assert "credentials" in outcome.message
    assert len(calls.attempts) == 1
    assert len(sqlite_store.resources.find()) == before > 0


def test_a_page_of_html_is_no_empty_account(
    cloudmart: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    (job,) = inventory_jobs(reach(cloudmart), sqlite_store, stack, EVERY)
    run(job, NOW)
    before = len(sqlite_store.resources.find())
    cloudmart.control.fault("html")
    outcome = run(job, NOW + EVERY)
    assert outcome.outcome == "failed"
    assert "AWS_ENDPOINT_URL" in outcome.message
    assert len(sqlite_store.resources.find()) == before > 0


def test_what_is_terminated_closes_and_its_health_is_forgotten(
    client: Callable[[str], Any], embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    ec2 = client("ec2")
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, InstanceType="t3.micro")["Instances"]
    (job,) = inventory_jobs(reach(embedded_aws), sqlite_store, stack, EVERY)
    run(job, NOW)
    gone, kept = (f"main/ap-northeast-2/ec2:instance/{instance['InstanceId']}" for instance in made)
    sqlite_store.health.record([_observation(gone), _observation(kept)])
    ec2.terminate_instances(InstanceIds=[made[0]["InstanceId"]])
    run(job, NOW + EVERY)
    assert [instance.id for instance in sqlite_store.resources.find(type="ec2:instance")] == [kept]
    assert [state.latest.resource_id for state in sqlite_store.health.states()] == [kept]
    closed = sqlite_store.resources.get(gone)
    assert closed is not None
    assert closed.closed_at == NOW + EVERY
    assert len(sqlite_store.resources.find(type="ec2:volume")) == 1


def _observation(resource_id: str) -> HealthObservation:
    return HealthObservation(
        f"instance:{resource_id}", "instance", "an instance", Status.OK, "fine", NOW, resource_id=resource_id
    )


def test_services_of_ecs_aurora_and_replication_groups_are_found_where_used(
    client: Callable[[str], Any], embedded_aws: EmbeddedAws, reach: Reach, sqlite_store: Store, stack: Stack
) -> None:
    ecs, rds, cache = client("ecs"), client("rds"), client("elasticache")
    ecs.create_cluster(clusterName="shop")
    task = {"name": "web", "image": "web", "memory": 64}
    ecs.register_task_definition(family="web", containerDefinitions=[task])
    tags = [{"key": "Environment", "value": "prod"}, {"key": "Component", "value": "backend"}]
    for index in range(12):
        ecs.create_service(cluster="shop", serviceName=f"web-{index}", taskDefinition="web", desiredCount=2, tags=tags)
    rds.create_db_cluster(
        DBClusterIdentifier="prod-postgres",
        Engine="aurora-postgresql",
        MasterUsername="app",
        MasterUserPassword="p" * 12,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="writer",
        DBClusterIdentifier="prod-postgres",
        Engine="aurora-postgresql",
        DBInstanceClass="db.t3.medium",
    )
    cache.create_replication_group(
        ReplicationGroupId="prod-redis", ReplicationGroupDescription="-", CacheNodeType="cache.t3.micro", Engine="redis"
    )
    (job,) = inventory_jobs(reach(embedded_aws), sqlite_store, stack, EVERY)
    outcome = run(job, NOW)
    assert outcome.outcome == "ok", outcome.message
    services = sqlite_store.resources.find(type="ecs:service")
    assert len(services) == 12
    assert {(one.environment, one.component, one.attributes["desired"]) for one in services} == {("prod", "backend", 2)}
    assert _place_of(sqlite_store.resources.find(type="rds:db")) == ("prod", "postgres")
    assert _place_of(sqlite_store.resources.find(type="rds:cluster")) == ("prod", "postgres")
    assert _place_of(sqlite_store.resources.find(type="elasticache:replicationgroup")) == ("prod", "redis")


def _place_of(found: list[Resource]) -> tuple[str | None, str | None]:
    (resource,) = found
    return resource.environment, resource.component


def test_an_answer_without_its_list_is_malformed(cloudmart: EmbeddedAws, reach: Reach) -> None:
    aws = reach(cloudmart)
    caller = Caller(aws, aws.scopes()[0], "test")
    with pytest.raises(MalformedAnswer, match="the answer has no Nothing"):
        caller.listed("ec2", "describe_vpcs", "Nothing")


def test_a_run_that_is_asked_to_stop_reads_nothing_more(cloudmart: EmbeddedAws, reach: Reach, calls: Calls) -> None:
    aws = reach(cloudmart)
    stopping = Flag()
    stopping.set()
    planned = readers_for(Caller(aws, aws.scopes()[0], "test"), READERS, first_region=True)
    assert read(planned, stopping) == []
    assert calls.attempts == []
