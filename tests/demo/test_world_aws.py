"""CloudMart as a client of AWS sees it: seeded, alive, and following what is done to it."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from service.demo.launch import EmbeddedAws, start
from service.demo.world.configuration import about, configuration_text

pytestmark = pytest.mark.demo

ENVIRONMENTS = {"dev": 1, "staging": 2, "prod": 3}


@pytest.fixture(scope="module")
def cloudmart_child() -> Iterator[EmbeddedAws]:
    with start("cloudmart") as aws:
        aws.control.limits(enabled=False)
        yield aws


@pytest.fixture
def aws(cloudmart_child: EmbeddedAws) -> EmbeddedAws:
    """CloudMart with no incident of an earlier test; a test that changes an environment puts it back."""
    for one in cloudmart_child.control.incidents()["active"]:
        cloudmart_child.control.stop_incident(one["name"])
    return cloudmart_child


def client(aws: EmbeddedAws, service: str) -> Any:  # noqa: ANN401 - boto3 clients have no types
    return boto3.client(service, **aws.client_options())


def tags(described: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", ())}


def instances(aws: EmbeddedAws, environment: str) -> list[dict[str, Any]]:
    wanted = [{"Name": "tag:Environment", "Values": [environment]}]
    pages = client(aws, "ec2").get_paginator("describe_instances").paginate(Filters=wanted)
    return [i for page in pages for reservation in page["Reservations"] for i in reservation["Instances"]]


def target_states(aws: EmbeddedAws, environment: str) -> Counter[str]:
    elb = client(aws, "elbv2")
    arn = elb.describe_target_groups(Names=[f"cloudmart-{environment}-backend-tg"])["TargetGroups"][0]["TargetGroupArn"]
    found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return Counter(one["TargetHealth"]["State"] for one in found)


def group(aws: EmbeddedAws, environment: str) -> dict[str, Any]:
    names = [f"cloudmart-{environment}-backend-asg"]
    found = client(aws, "autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)
    return dict(found["AutoScalingGroups"][0])


def values(aws: EmbeddedAws, namespace: str, name: str, stat: str, minutes: int, **dimensions: str) -> list[float]:
    """The values of the last whole minutes, oldest first."""
    now = datetime.fromtimestamp(aws.control.now(), UTC)
    answer = client(aws, "cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": "q",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": 60,
                    "Stat": stat,
                },
            }
        ],
        StartTime=now - timedelta(minutes=minutes),
        EndTime=now,
        ScanBy="TimestampAscending",
    )
    return [float(value) for value in answer["MetricDataResults"][0]["Values"]]


def balancer(aws: EmbeddedAws, environment: str) -> str:
    found = client(aws, "elbv2").describe_load_balancers(Names=[f"cloudmart-{environment}-backend-alb"])
    return str(found["LoadBalancers"][0]["LoadBalancerArn"].rsplit("loadbalancer/", 1)[1])


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_each_environment_has_what_it_should_and_says_whose_it_is(aws: EmbeddedAws) -> None:
    ec2 = client(aws, "ec2")
    for environment, size in ENVIRONMENTS.items():
        mine = {"Filters": [{"Name": "tag:Environment", "Values": [environment]}]}
        assert len(ec2.describe_vpcs(**mine)["Vpcs"]) == 1
        subnets = ec2.describe_subnets(**mine)["Subnets"]
        assert len(subnets) == 4
        assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2
        gateways = [
            one for one in ec2.describe_nat_gateways()["NatGateways"] if tags(one)["Environment"] == environment
        ]
        assert [gateway["State"] for gateway in gateways] == ["available"]
        assert len(ec2.describe_security_groups(**mine)["SecurityGroups"]) == 4
        assert len(ec2.describe_volumes(**mine)["Volumes"]) == size + 1
        assert len(instances(aws, environment)) == size
        assert group(aws, environment)["DesiredCapacity"] == size
        assert target_states(aws, environment) == Counter(healthy=size)
        assert len(group(aws, environment)["EnabledMetrics"]) == 8


def test_the_seeded_things_are_named_and_tagged_alike(aws: EmbeddedAws) -> None:
    for environment in ENVIRONMENTS:
        for instance in instances(aws, environment):
            found = tags(instance)
            assert found["Name"] == f"cloudmart-{environment}-backend"
            assert (found["Component"], found["Project"]) == ("backend", "cloudmart")


def test_prod_spans_two_zones_and_its_database_has_a_standby(aws: EmbeddedAws) -> None:
    assert len({instance["Placement"]["AvailabilityZone"] for instance in instances(aws, "prod")}) == 2
    assert {instance["Monitoring"]["State"] for instance in instances(aws, "prod")} == {"enabled"}
    assert {instance["Monitoring"]["State"] for instance in instances(aws, "staging")} == {"disabled"}
    database = client(aws, "rds").describe_db_instances(DBInstanceIdentifier="cloudmart-prod-postgres")["DBInstances"][
        0
    ]
    assert database["MultiAZ"]
    assert database["AvailabilityZone"] != database["SecondaryAvailabilityZone"]


def test_every_cache_has_a_node_with_an_endpoint(aws: EmbeddedAws) -> None:
    found = client(aws, "elasticache").describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    assert {cluster["CacheNodes"][0]["Endpoint"]["Port"] for cluster in found} == {6379}
    assert len(found) == 3


def test_some_things_belong_to_nobody(aws: EmbeddedAws) -> None:
    ec2 = client(aws, "ec2")
    idle = [volume for volume in ec2.describe_volumes()["Volumes"] if volume["State"] == "available"]
    assert [(volume["Size"], tags(volume)) for volume in idle] == [(200, {})]
    assert sum("AssociationId" not in address for address in ec2.describe_addresses()["Addresses"]) == 1


def test_fifteen_days_of_history_are_there_from_the_start(aws: EmbeddedAws) -> None:
    now = datetime.fromtimestamp(aws.control.now(), UTC)
    answer = client(aws, "cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/ApplicationELB",
                        "MetricName": "TargetResponseTime",
                        "Dimensions": [{"Name": "LoadBalancer", "Value": balancer(aws, "prod")}],
                    },
                    "Period": 3600,
                    "Stat": stat,
                },
            }
            for number, stat in enumerate(("p50", "p95", "p99"))
        ],
        StartTime=now - timedelta(days=15),
        EndTime=now,
    )
    middle, slow, slowest = (result["Values"] for result in answer["MetricDataResults"])
    assert len(middle) >= 15 * 24 - 1
    assert all(a < b < c for a, b, c in zip(middle, slow, slowest, strict=True))


def test_a_bad_deploy_shows_in_aws_and_in_cloudwatch_and_is_rolled_back(aws: EmbeddedAws) -> None:
    ec2, name = client(aws, "ec2"), "cloudmart-prod-backend-lt"

    def version() -> int:
        return int(
            ec2.describe_launch_templates(LaunchTemplateNames=[name])["LaunchTemplates"][0]["DefaultVersionNumber"]
        )

    before = version()
    shown = aws.control.start_incident("deploy-5xx", duration=600.0)
    assert shown["version"] == version() > before
    aws.control.advance(420)
    assert target_states(aws, "prod") == Counter(healthy=2, unhealthy=1)
    where = {"LoadBalancer": balancer(aws, "prod")}
    errors = values(aws, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", 4, **where)
    requests = values(aws, "AWS/ApplicationELB", "RequestCount", "Sum", 4, **where)
    assert 0.04 < sum(errors) / sum(requests) < 0.10
    aws.control.advance(240)
    assert aws.control.incidents()["active"] == []
    assert target_states(aws, "prod") == Counter(healthy=3)
    assert version() == before


def test_an_instance_that_is_down_is_really_stopped_and_comes_back(aws: EmbeddedAws) -> None:
    shown = aws.control.start_incident("instance-down", environment="staging", duration=300.0)
    (lost,) = shown["instances"]
    assert {i["InstanceId"]: i["State"]["Name"] for i in instances(aws, "staging")}[lost] == "stopped"
    assert target_states(aws, "staging") == Counter(healthy=1, unhealthy=1)
    members = {member["InstanceId"]: member for member in group(aws, "staging")["Instances"]}
    assert (members[lost]["HealthStatus"], members[lost]["LifecycleState"]) == ("Unhealthy", "Terminating")
    aws.control.advance(240)
    assert values(aws, "AWS/EC2", "StatusCheckFailed", "Maximum", 3, InstanceId=lost) == []
    in_service = values(
        aws, "AWS/AutoScaling", "GroupInServiceInstances", "Minimum", 2,
        AutoScalingGroupName="cloudmart-staging-backend-asg",
    )  # fmt: skip
    assert set(in_service) == {1.0}
    aws.control.advance(120)
    assert target_states(aws, "staging") == Counter(healthy=2)
    assert {i["State"]["Name"] for i in instances(aws, "staging")} == {"running"}


def test_a_lost_zone_shows_in_status_checks_and_in_the_databases_events(aws: EmbeddedAws) -> None:
    lost = set(aws.control.start_incident("az-outage", duration=300.0)["instances"])
    aws.control.advance(100)
    statuses = client(aws, "ec2").describe_instance_status()["InstanceStatuses"]
    impaired = {one["InstanceId"] for one in statuses if one["SystemStatus"]["Status"] == "impaired"}
    assert impaired == lost
    events = client(aws, "rds").describe_events(SourceIdentifier="cloudmart-prod-postgres", SourceType="db-instance")
    assert "Multi-AZ instance failover completed" in {event["Message"] for event in events["Events"]}
    aws.control.advance(300)
    assert target_states(aws, "prod") == Counter(healthy=3)


def test_an_instance_that_the_group_launches_reports_by_itself(aws: EmbeddedAws) -> None:
    before = {instance["InstanceId"] for instance in instances(aws, "dev")}
    scaling, name = client(aws, "autoscaling"), "cloudmart-dev-backend-asg"
    scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    (new,) = {instance["InstanceId"] for instance in instances(aws, "dev")} - before
    aws.control.advance(900)
    found = values(aws, "AWS/EC2", "StatusCheckFailed", "Maximum", 120, InstanceId=new)
    assert 12 <= len(found) <= 15
    assert target_states(aws, "dev") == Counter(healthy=2)


def test_a_group_at_zero_has_no_healthy_hosts_to_report_and_its_site_answers_503(aws: EmbeddedAws) -> None:
    scaling, name = client(aws, "autoscaling"), "cloudmart-dev-backend-asg"
    url = f"{aws.url}/site/dev/backend/health"
    assert get(url) == 200
    scaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, DesiredCapacity=0)
    assert target_states(aws, "dev") == Counter()
    assert get(url) == 503
    aws.control.advance(300)
    elb = client(aws, "elbv2")
    found = elb.describe_target_groups(Names=["cloudmart-dev-backend-tg"])["TargetGroups"][0]["TargetGroupArn"]
    where = {"TargetGroup": found.rsplit(":", 1)[1], "LoadBalancer": balancer(aws, "dev")}
    assert values(aws, "AWS/ApplicationELB", "HealthyHostCount", "Minimum", 4, **where) == []
    scaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=1, DesiredCapacity=1)
    assert get(url) == 200


def test_the_shop_answers_503_while_the_frontend_is_down(aws: EmbeddedAws) -> None:
    url = f"{aws.url}/site/prod/frontend/"
    assert get(url) == 200
    aws.control.start_incident("frontend-down")
    assert get(url) == 503
    assert get(f"{aws.url}/site/dev/frontend/") == 200
    aws.control.stop_incident("frontend-down")
    assert get(url) == 200


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except ConnectionRefusedError:
        return False


def _soon(port: int, *, answers: bool) -> bool:
    """Whether a port comes to answer, or to refuse, within a few seconds."""
    import time  # noqa: PLC0415 - the one place that waits

    end = time.monotonic() + 6
    while time.monotonic() < end:
        if _answers(port) is answers:
            return True
        time.sleep(0.1)
    return False


def test_a_databases_port_is_refused_while_it_is_stopped(aws: EmbeddedAws) -> None:
    ports = about(aws.url)["ports"]
    assert set(ports) == set(ENVIRONMENTS)
    rds, name = client(aws, "rds"), "cloudmart-staging-postgres"
    assert _soon(ports["staging"]["postgres"], answers=True)
    rds.stop_db_instance(DBInstanceIdentifier=name)
    assert _soon(ports["staging"]["postgres"], answers=False)
    assert _answers(ports["staging"]["redis"])
    rds.start_db_instance(DBInstanceIdentifier=name)
    assert _soon(ports["staging"]["postgres"], answers=True)


def test_the_database_refuses_while_it_fails_over(aws: EmbeddedAws) -> None:
    port = about(aws.url)["ports"]["prod"]["postgres"]
    aws.control.start_incident("rds-failover")
    assert _soon(port, answers=False)
    assert get(f"{aws.url}/site/prod/backend/health") == 503
    aws.control.advance(95)
    assert _soon(port, answers=True)


def test_a_wrong_incident_is_refused_by_the_control_api(aws: EmbeddedAws) -> None:
    from service.demo.launch import EmbeddedAwsError  # noqa: PLC0415 - beside its one use

    with pytest.raises(EmbeddedAwsError, match="there is no incident 'meteor'"):
        aws.control.start_incident("meteor")


def test_the_demos_configuration_is_valid_and_names_every_probe(aws: EmbeddedAws, tmp_path: Path) -> None:
    text = configuration_text(endpoint=aws.url, store_url="sqlite:////tmp/unused.db", port=8080)
    from service.config import load  # noqa: PLC0415 - beside its one use

    file = tmp_path / "lamplighter.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load(file, {"AWS_ENDPOINT_URL": aws.url}).settings
    assert len(loaded.probes) == 12
    assert set(loaded.stack.components) == {"frontend", "backend", "postgres", "redis", "network", "storage"}
    assert loaded.stack.timezone == "Asia/Seoul"
