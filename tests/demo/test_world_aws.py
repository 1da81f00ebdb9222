"""CloudMart as a client of AWS sees it: seeded, alive, and following what is done to it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from service.demo.launch import EmbeddedAws
from tests.demo.world_aws import ENVIRONMENTS, balancer, client, group, instances, tags, target_states, values

pytestmark = pytest.mark.demo


def test_each_environment_has_what_it_should_and_says_whose_it_is(cloudmart_aws: EmbeddedAws) -> None:
    ec2 = client(cloudmart_aws, "ec2")
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
        assert len(instances(cloudmart_aws, environment)) == size
        assert group(cloudmart_aws, environment)["DesiredCapacity"] == size
        assert target_states(cloudmart_aws, environment) == Counter(healthy=size)
        assert len(group(cloudmart_aws, environment)["EnabledMetrics"]) == 8


def test_the_seeded_things_are_named_and_tagged_alike(cloudmart_aws: EmbeddedAws) -> None:
    for environment in ENVIRONMENTS:
        for instance in instances(cloudmart_aws, environment):
            found = tags(instance)
            assert found["Name"] == f"cloudmart-{environment}-backend"
            assert (found["Component"], found["Project"]) == ("backend", "cloudmart")


def test_prod_spans_two_zones_and_its_database_has_a_standby(cloudmart_aws: EmbeddedAws) -> None:
    assert len({instance["Placement"]["AvailabilityZone"] for instance in instances(cloudmart_aws, "prod")}) == 2
    assert {instance["Monitoring"]["State"] for instance in instances(cloudmart_aws, "prod")} == {"enabled"}
    assert {instance["Monitoring"]["State"] for instance in instances(cloudmart_aws, "staging")} == {"disabled"}
    rds = client(cloudmart_aws, "rds")
    (database,) = rds.describe_db_instances(DBInstanceIdentifier="cloudmart-prod-postgres")["DBInstances"]
    assert database["MultiAZ"]
    assert database["AvailabilityZone"] != database["SecondaryAvailabilityZone"]


def test_every_cache_has_a_node_with_an_endpoint(cloudmart_aws: EmbeddedAws) -> None:
    found = client(cloudmart_aws, "elasticache").describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    assert {cluster["CacheNodes"][0]["Endpoint"]["Port"] for cluster in found} == {6379}
    assert len(found) == 3


def test_some_things_belong_to_nobody(cloudmart_aws: EmbeddedAws) -> None:
    ec2 = client(cloudmart_aws, "ec2")
    idle = [volume for volume in ec2.describe_volumes()["Volumes"] if volume["State"] == "available"]
    assert [(volume["Size"], tags(volume)) for volume in idle] == [(200, {})]
    assert sum("AssociationId" not in address for address in ec2.describe_addresses()["Addresses"]) == 1


def test_fifteen_days_of_history_are_there_from_the_start(cloudmart_aws: EmbeddedAws) -> None:
    now = datetime.fromtimestamp(cloudmart_aws.control.now(), UTC)
    answer = client(cloudmart_aws, "cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/ApplicationELB",
                        "MetricName": "TargetResponseTime",
                        "Dimensions": [{"Name": "LoadBalancer", "Value": balancer(cloudmart_aws, "prod")}],
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


def test_a_bad_deploy_shows_in_aws_and_in_cloudwatch_and_is_rolled_back(cloudmart_aws: EmbeddedAws) -> None:
    ec2, name = client(cloudmart_aws, "ec2"), "cloudmart-prod-backend-lt"

    def version() -> int:
        return int(
            ec2.describe_launch_templates(LaunchTemplateNames=[name])["LaunchTemplates"][0]["DefaultVersionNumber"]
        )

    before = version()
    shown = cloudmart_aws.control.start_incident("deploy-5xx", duration=600.0)
    assert shown["version"] == version() > before
    cloudmart_aws.control.advance(420)
    assert target_states(cloudmart_aws, "prod") == Counter(healthy=2, unhealthy=1)
    where = {"LoadBalancer": balancer(cloudmart_aws, "prod")}
    errors = values(cloudmart_aws, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", 4, **where)
    requests = values(cloudmart_aws, "AWS/ApplicationELB", "RequestCount", "Sum", 4, **where)
    assert 0.04 < sum(errors) / sum(requests) < 0.10
    cloudmart_aws.control.advance(240)
    assert cloudmart_aws.control.incidents()["active"] == []
    assert target_states(cloudmart_aws, "prod") == Counter(healthy=3)
    assert version() == before


def test_an_instance_that_is_down_is_really_stopped_and_comes_back(cloudmart_aws: EmbeddedAws) -> None:
    shown = cloudmart_aws.control.start_incident("instance-down", environment="staging", duration=300.0)
    (lost,) = shown["instances"]
    assert {i["InstanceId"]: i["State"]["Name"] for i in instances(cloudmart_aws, "staging")}[lost] == "stopped"
    assert target_states(cloudmart_aws, "staging") == Counter(healthy=1, unhealthy=1)
    members = {member["InstanceId"]: member for member in group(cloudmart_aws, "staging")["Instances"]}
    assert (members[lost]["HealthStatus"], members[lost]["LifecycleState"]) == ("Unhealthy", "Terminating")
    cloudmart_aws.control.advance(240)
    assert values(cloudmart_aws, "AWS/EC2", "StatusCheckFailed", "Maximum", 3, InstanceId=lost) == []
    in_service = values(
        cloudmart_aws, "AWS/AutoScaling", "GroupInServiceInstances", "Minimum", 2,
        AutoScalingGroupName="cloudmart-staging-backend-asg",
    )  # fmt: skip
    assert set(in_service) == {1.0}
    cloudmart_aws.control.advance(120)
    assert target_states(cloudmart_aws, "staging") == Counter(healthy=2)
    assert {i["State"]["Name"] for i in instances(cloudmart_aws, "staging")} == {"running"}


def test_a_lost_zone_shows_in_status_checks_and_in_the_databases_events(cloudmart_aws: EmbeddedAws) -> None:
    lost = set(cloudmart_aws.control.start_incident("az-outage", duration=300.0)["instances"])
    cloudmart_aws.control.advance(100)
    statuses = client(cloudmart_aws, "ec2").describe_instance_status()["InstanceStatuses"]
    impaired = {one["InstanceId"] for one in statuses if one["SystemStatus"]["Status"] == "impaired"}
    assert impaired == lost
    events = client(cloudmart_aws, "rds").describe_events(
        SourceIdentifier="cloudmart-prod-postgres", SourceType="db-instance"
    )
    assert "Multi-AZ instance failover completed" in {event["Message"] for event in events["Events"]}
    cloudmart_aws.control.advance(300)
    assert target_states(cloudmart_aws, "prod") == Counter(healthy=3)


def test_an_instance_that_the_group_launches_reports_by_itself(cloudmart_aws: EmbeddedAws) -> None:
    before = {instance["InstanceId"] for instance in instances(cloudmart_aws, "dev")}
    scaling, name = client(cloudmart_aws, "autoscaling"), "cloudmart-dev-backend-asg"
    scaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=2)
    (new,) = {instance["InstanceId"] for instance in instances(cloudmart_aws, "dev")} - before
    cloudmart_aws.control.advance(900)
    found = values(cloudmart_aws, "AWS/EC2", "StatusCheckFailed", "Maximum", 120, InstanceId=new)
    assert 12 <= len(found) <= 15
    assert target_states(cloudmart_aws, "dev") == Counter(healthy=2)
