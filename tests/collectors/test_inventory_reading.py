"""Answers become resources; what is missing or of the wrong type never breaks the reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.answers import Nameless
from collectors.aws import Scope
from collectors.inventory import READERS, autoscaling, cloudfront, ec2, ecs, elasticache, elbv2, network, rds, s3
from store.vocabulary import Resource

SEOUL = Scope("main", "ap-northeast-2")
ELB = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012"
BALANCER = f"{ELB}:loadbalancer/app/shop/50dc6c495c0c9188"
TARGETS = f"{ELB}:targetgroup/shop-tg/73e2d6bc24d8a067"

READINGS: dict[str, tuple[Callable[[list[Any]], list[Resource]], str]] = {
    "instances": (lambda found: ec2.read_instances([{"Instances": found}], SEOUL), "InstanceId"),
    "volumes": (lambda found: ec2.read_volumes(found, SEOUL), "VolumeId"),
    "snapshots": (lambda found: ec2.read_snapshots(found, SEOUL), "SnapshotId"),
    "gateways": (lambda found: ec2.read_nat_gateways(found, SEOUL), "NatGatewayId"),
    "addresses": (lambda found: ec2.read_addresses(found, SEOUL), "PublicIp"),
    "vpcs": (lambda found: network.read_vpcs(found, SEOUL), "VpcId"),
    "subnets": (lambda found: network.read_subnets(found, found, SEOUL), "SubnetId"),
    "security groups": (lambda found: network.read_security_groups(found, SEOUL), "GroupId"),
    "groups": (lambda found: autoscaling.read_groups(found, SEOUL), "AutoScalingGroupName"),
    "load balancers": (lambda found: elbv2.read_load_balancers(found, {}, SEOUL), "LoadBalancerArn"),
    "target groups": (lambda found: elbv2.read_target_groups(found, {}, SEOUL), "TargetGroupArn"),
    "databases": (lambda found: rds.read_instances(found, SEOUL), "DBInstanceIdentifier"),
    "clusters": (lambda found: rds.read_clusters(found, SEOUL), "DBClusterIdentifier"),
    "caches": (lambda found: elasticache.read_clusters(found, {}, SEOUL), "CacheClusterId"),
    "cache groups": (lambda found: elasticache.read_groups(found, {}, SEOUL), "ReplicationGroupId"),
    "services": (lambda found: ecs.read_services(found, SEOUL), "serviceArn"),
    "buckets": (lambda found: s3.read_buckets(found, {}, SEOUL), "Name"),
    "distributions": (lambda found: cloudfront.read_distributions(found, {}, SEOUL), "Id"),
}
KEYS = [
    "State",
    "Tags",
    "TagList",
    "tags",
    "Instances",
    "Attachments",
    "NatGatewayAddresses",
    "Monitoring",
    "Placement",
    "LaunchTime",
    "Endpoint",
    "CacheNodes",
    "IpPermissions",
    "Routes",
    "Associations",
    "AvailabilityZones",
    "EnabledMetrics",
    "NodeGroups",
    "Aliases",
    "loadBalancers",
    "LoadBalancerArns",
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.datetimes(timezones=st.just(UTC)),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*KEYS, "Key", "Value", "Items"]), inner)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("what", READINGS)
@settings(max_examples=30, deadline=None)
@given(items=st.lists(st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=6), max_size=2))
def test_missing_keys_and_wrong_types_never_break_a_reading(what: str, items: list[dict[str, Any]]) -> None:
    read, identity = READINGS[what]
    found = read([{**item, identity: f"thing-{index}"} for index, item in enumerate(items)])
    assert len(found) == len(items)
    assert all(resource.region == "ap-northeast-2" and resource.name for resource in found)


@pytest.mark.parametrize("what", READINGS)
def test_an_item_without_its_name_is_refused_for_leaving_it_out_would_close_it(what: str) -> None:
    read, identity = READINGS[what]
    with pytest.raises(Nameless, match=identity):
        read([{"State": "available"}])


def test_every_type_is_read_once() -> None:
    types = [kind for reader in READERS for kind in reader.types]
    assert len(types) == len(set(types))
    assert {"ec2:instance", "s3:bucket", "ecs:service", "cloudfront:distribution"} <= set(types)


def test_a_terminated_instance_is_gone_and_a_stopped_one_is_not() -> None:
    states = [("i-1", "running"), ("i-2", "stopped"), ("i-3", "terminated")]
    found = ec2.read_instances(
        [{"Instances": [{"InstanceId": key, "State": {"Name": word}} for key, word in states]}], SEOUL
    )
    assert [resource.attributes["instance_id"] for resource in found] == ["i-1", "i-2"]


def test_a_deleted_nat_gateway_is_gone() -> None:
    found = ec2.read_nat_gateways(
        [{"NatGatewayId": "nat-1", "State": "deleted"}, {"NatGatewayId": "nat-2", "State": "available"}], SEOUL
    )
    assert [resource.name for resource in found] == ["nat-2"]


def test_an_instance_says_what_its_metrics_need() -> None:
    (found,) = ec2.read_instances([{"Instances": [_instance()]}], SEOUL)
    assert found.id == "main/ap-northeast-2/ec2:instance/i-1"
    assert found.name == "web"
    assert found.attributes["monitoring"] == "detailed"
    assert found.attributes["asg"] == "shop-asg"
    assert found.attributes["launched"] == "2026-11-23T12:00:00+00:00"


def _instance() -> dict[str, Any]:
    return {
        "InstanceId": "i-1",
        "Monitoring": {"State": "enabled"},
        "LaunchTime": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "aws:autoscaling:groupName", "Value": "shop-asg"}],
    }


def test_load_balancers_and_target_groups_carry_the_names_that_cloudwatch_knows() -> None:
    (balancer,) = elbv2.read_load_balancers([{"LoadBalancerArn": BALANCER}], {BALANCER: {"Environment": "prod"}}, SEOUL)
    (group,) = elbv2.read_target_groups([{"TargetGroupArn": TARGETS, "LoadBalancerArns": [BALANCER]}], {}, SEOUL)
    assert balancer.attributes["load_balancer"] == group.attributes["load_balancer"] == "app/shop/50dc6c495c0c9188"
    assert group.attributes["target_group"] == "targetgroup/shop-tg/73e2d6bc24d8a067"
    assert balancer.tags == {"Environment": "prod"}


def test_a_target_group_without_a_load_balancer_has_none() -> None:
    (group,) = elbv2.read_target_groups([{"TargetGroupArn": TARGETS, "LoadBalancerArns": []}], {}, SEOUL)
    assert group.attributes["load_balancer"] is None


@given(st.lists(st.integers(), max_size=100))
def test_tags_are_asked_for_twenty_at_a_time(numbers: list[int]) -> None:
    arns = [str(number) for number in numbers]
    asked = list(elbv2.batches(arns))
    assert [arn for batch in asked for arn in batch] == arns
    assert all(1 <= len(batch) <= 20 for batch in asked)
    assert all(len(batch) == 20 for batch in asked[:-1])


def _table(gateway: str, associations: Sequence[dict[str, Any]]) -> dict[str, Any]:
    routes = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}]
    routes.append({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway})
    return {"VpcId": "vpc-1", "Routes": routes, "Associations": list(associations)}


def test_a_subnet_is_public_by_its_own_table_or_else_by_the_main_one_of_its_vpc() -> None:
    subnets = [{"SubnetId": f"subnet-{index}", "VpcId": "vpc-1"} for index in (1, 2)] + [{"SubnetId": "subnet-3"}]
    tables = [_table("igw-1", [{"Main": True}]), _table("nat-1", [{"SubnetId": "subnet-2", "Main": False}])]
    found = network.read_subnets(subnets, tables, SEOUL)
    assert [subnet.attributes["public"] for subnet in found] == [True, False, False]


def test_a_security_group_says_what_is_open_to_the_world() -> None:
    rules = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]},
    ]
    (found,) = network.read_security_groups([{"GroupId": "sg-1", "GroupName": "web", "IpPermissions": rules}], SEOUL)
    assert found.attributes["ingress"] == [
        {"protocol": "tcp", "from": 443, "to": 443, "sources": ["0.0.0.0/0"], "open": True},
        {"protocol": "all", "from": None, "to": None, "sources": ["sg-2"], "open": False},
    ]


@pytest.mark.parametrize(
    ("region", "partition"),
    [("ap-northeast-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-east-1", "aws")],
)
def test_a_bucket_has_the_arn_of_its_partition(region: str, partition: str) -> None:
    (bucket,) = s3.read_buckets([{"Name": "files", "BucketRegion": region}], {}, Scope("main", region))
    assert bucket.id == f"arn:{partition}:s3:::files"


def test_a_bucket_of_another_region_is_left_to_its_own_scope() -> None:
    buckets = [{"Name": "here"}, {"Name": "there", "BucketRegion": "eu-west-1"}]
    assert [bucket.name for bucket in s3.read_buckets(buckets, {}, SEOUL)] == ["here"]


def test_a_cache_connects_by_its_first_node_and_a_cluster_of_memcached_by_its_configuration() -> None:
    nodes = [{"CacheNodeId": "0001", "Endpoint": {"Address": "node.cache", "Port": 6379}}]
    redis = {"CacheClusterId": "a", "CacheNodes": nodes}
    memcached = {"CacheClusterId": "b", "CacheNodes": nodes, "ConfigurationEndpoint": {"Address": "cfg", "Port": 11211}}
    first, second = elasticache.read_clusters([redis, memcached], {}, SEOUL)
    assert (first.attributes["endpoint"], first.attributes["port"]) == ("node.cache", 6379)
    assert (second.attributes["endpoint"], second.attributes["port"]) == ("cfg", 11211)


def test_a_disabled_distribution_says_so() -> None:
    (found,) = cloudfront.read_distributions([{"Id": "E1", "Status": "Deployed", "Enabled": False}], {}, SEOUL)
    assert found.state == "Disabled"


def test_a_deleted_service_of_ecs_is_gone() -> None:
    services = [{"serviceArn": "arn:1", "status": "INACTIVE"}, {"serviceArn": "arn:2", "status": "ACTIVE"}]
    assert [service.id for service in ecs.read_services(services, SEOUL)] == ["arn:2"]
