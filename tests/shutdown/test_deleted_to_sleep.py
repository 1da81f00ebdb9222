"""What sleeps by being deleted: asked for by name, and exactly back, from its snapshot or with its routes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collectors.inventory import ec2, elasticache
from service.shutdown.config import ShutdownSettings
from store.power import Condition, EnvironmentPower, StepState
from tests.shutdown.nights import EVENING, MORNING, READERS, Night

OFFICE = {"Environment": "dev", "Component": "backend"}


@pytest.fixture(autouse=True)
def _asked_for(night: Night) -> None:
    night.readers = (*READERS, *(one for one in ec2.READERS if "ec2:natgateway" in one.types), *elasticache.READERS)
    ask(night, "elasticache", "nat-gateways")


def ask(night: Night, *names: str) -> None:
    night.around = replace(night.around, settings=ShutdownSettings(delete=list(names)))


def tagged(kind: str, **tags: str) -> list[dict[str, Any]]:
    given = OFFICE | tags
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in given.items()]}]


def network(night: Night, **tags: str) -> tuple[str, list[str]]:
    """A NAT gateway with an address, and two route tables that lead through it."""
    client = night.client("ec2")
    vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = client.allocate_address(Domain="vpc")["AllocationId"]
    made = client.create_nat_gateway(
        SubnetId=subnet, AllocationId=address, TagSpecifications=tagged("natgateway", Name="dev-nat")
    )
    gateway = str(made["NatGateway"]["NatGatewayId"])
    tables = []
    for name in ("a", "b"):
        specification = tagged("route-table", Name=f"dev-{name}", **tags)
        table = client.create_route_table(VpcId=vpc, TagSpecifications=specification)["RouteTable"]["RouteTableId"]
        client.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
        tables.append(str(table))
    return gateway, tables


def through(night: Night, table: str) -> str:
    """What a route table sends the world through."""
    found = night.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    route = next(one for one in found if one.get("DestinationCidrBlock") == "0.0.0.0/0")
    return str(route.get("NatGatewayId") or route.get("GatewayId"))


def gateways(night: Night, state: str = "available") -> list[dict[str, Any]]:
    return [one for one in night.client("ec2").describe_nat_gateways()["NatGateways"] if one["State"] == state]


def cache(night: Night, name: str = "dev-redis", **more: Any) -> None:  # noqa: ANN401 - boto3 has no types
    night.client("elasticache").create_cache_cluster(
        CacheClusterId=name,
        CacheNodeType="cache.t3.micro",
        Engine="redis",
        EngineVersion="7.1",
        NumCacheNodes=1,
        Tags=[{"Key": key, "Value": value} for key, value in OFFICE.items()],
        **more,
    )


def caches(night: Night) -> dict[str, dict[str, Any]]:
    found = night.client("elasticache").describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    return {one["CacheClusterId"]: one for one in found}


def snapshots(night: Night) -> list[str]:
    return [one["SnapshotName"] for one in night.client("elasticache").describe_snapshots()["Snapshots"]]


def rounds(night: Night, number: int = 5) -> EnvironmentPower:
    return [night.round() for _ in range(number)][-1]


def awake(night: Night, days: int = 0) -> EnvironmentPower:
    """A morning comes, and the inventory sees what is there again."""
    night.round(MORNING + timedelta(days=days))
    rounds(night)
    night.inventory()
    return rounds(night)


def asleep(night: Night) -> None:
    """The inventory is read, and a night begins."""
    night.inventory()
    night.round()
    night.round(EVENING)
    assert rounds(night).condition is Condition.STOPPED
    night.inventory()


def test_a_gateway_is_back_with_its_address_tags_and_routes(night: Night) -> None:
    old, tables = network(night)
    held = gateways(night)[0]["NatGatewayAddresses"][0]["PublicIp"]
    asleep(night)
    assert gateways(night) == []
    saved = next(iter(night.store.power.saved("dev").values()))
    assert {one["table"] for one in saved.was["routes"]} == set(tables)

    assert awake(night).condition is Condition.RUNNING
    [new] = gateways(night)
    assert new["NatGatewayId"] != old
    assert new["NatGatewayAddresses"][0]["PublicIp"] == held
    assert {"Key": "Name", "Value": "dev-nat"} in new["Tags"]
    assert {through(night, table) for table in tables} == {new["NatGatewayId"]}
    assert night.store.power.saved("dev") == {}
    assert [step for step in night.store.power.steps("dev") if step.state is not StepState.CONFIRMED] == []

    night.inventory()
    night.round(EVENING + timedelta(days=1))
    rounds(night)
    assert gateways(night) == []
    assert awake(night, days=1).condition is Condition.RUNNING
    assert len(gateways(night)) == 1, "a gateway in another's place sleeps and wakes as that did"


def test_an_evening_in_the_middle_of_waking_leaves_one_gateway_and_all_routes(night: Night) -> None:
    _, tables = network(night)
    asleep(night)
    night.round(MORNING)
    night.inventory()
    night.round(EVENING + timedelta(days=1))
    rounds(night)
    assert gateways(night) == []
    awake(night, days=1)
    [new] = gateways(night)
    assert {through(night, table) for table in tables} == {new["NatGatewayId"]}


def test_a_route_that_somebody_turned_is_left_and_one_that_is_gone_is_made(night: Night) -> None:
    _, (turned, gone) = network(night)
    asleep(night)
    client = night.client("ec2")
    internet = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.replace_route(RouteTableId=turned, DestinationCidrBlock="0.0.0.0/0", GatewayId=internet)
    client.delete_route(RouteTableId=gone, DestinationCidrBlock="0.0.0.0/0")
    assert awake(night).condition is Condition.RUNNING
    assert through(night, turned) == internet
    assert through(night, gone) == gateways(night)[0]["NatGatewayId"]


def test_a_gateway_that_somebody_made_meanwhile_is_not_made_twice(night: Night) -> None:
    _, tables = network(night)
    subnet = gateways(night)[0]["SubnetId"]
    address = gateways(night)[0]["NatGatewayAddresses"][0]["AllocationId"]
    asleep(night)
    specification = tagged("natgateway", Name="dev-nat")
    night.client("ec2").create_nat_gateway(SubnetId=subnet, AllocationId=address, TagSpecifications=specification)
    night.inventory()
    told = night.round()
    assert "by hand" in str(told.resources[0].note)
    assert awake(night).condition is Condition.RUNNING
    [new] = gateways(night)
    assert {through(night, table) for table in tables} == {new["NatGatewayId"]}


def test_a_gateway_that_fails_is_made_again_and_the_reason_told(night: Night) -> None:
    _, tables = network(night)
    subnet = gateways(night)[0]["SubnetId"]
    asleep(night)
    night.embedded.control.power(broken=[subnet])
    night.round(MORNING)
    night.inventory()
    told = rounds(night)
    assert told.condition is not Condition.RUNNING
    assert "InsufficientFreeAddresses" in str(told.problem)
    night.embedded.control.power(broken=[])
    night.round(night.now + timedelta(hours=1))
    night.inventory()
    assert rounds(night, 8).condition is Condition.RUNNING
    [new] = gateways(night)
    assert {through(night, table) for table in tables} == {new["NatGatewayId"]}


def test_a_gateway_on_which_another_environment_relies_stays(night: Night) -> None:
    network(night, Environment="prod")
    night.around = replace(
        night.around,
        stack=night.around.stack.model_copy(
            update={"environments": {**night.around.stack.environments, "prod": night.around.stack.environments["dev"]}}
        ),
    )
    night.inventory()
    night.round()
    night.round(EVENING)
    told = rounds(night)
    assert len(gateways(night)) == 1
    assert "prod" in str(told.resources[0].note)


def test_a_cache_is_back_from_its_snapshot_under_its_name_and_then_drops_it(night: Night) -> None:
    cache(night, PreferredMaintenanceWindow="sun:19:00-sun:20:00", Port=6380)
    before = caches(night)["dev-redis"]
    asleep(night)
    assert caches(night) == {}
    [snapshot] = snapshots(night)
    assert snapshot.startswith("lamplighter-dev-redis-")

    night.round(MORNING)
    assert rounds(night, 2).condition is Condition.RUNNING
    assert night.store.power.saved("dev"), "kept until the inventory has it again"
    assert snapshots(night) == [snapshot]
    night.inventory()
    night.round()
    after = caches(night)["dev-redis"]
    for name in ("CacheNodeType", "EngineVersion", "PreferredMaintenanceWindow"):
        assert after.get(name) == before.get(name)
    assert night.store.power.saved("dev") == {}
    rounds(night, 2)
    assert snapshots(night) == [], "what was verified needs its snapshot no longer"
    assert [step for step in night.store.power.steps("dev") if step.state is not StepState.CONFIRMED] == []


def test_without_its_snapshot_a_cache_is_never_made_empty(night: Night) -> None:
    cache(night)
    asleep(night)
    night.client("elasticache").delete_snapshot(SnapshotName=snapshots(night)[0])
    night.round(MORNING)
    told = rounds(night)
    assert caches(night) == {}
    assert "napshot" in str(told.problem)
    assert night.store.power.saved("dev")


def test_a_cache_without_capacity_is_tried_on(night: Night) -> None:
    cache(night)
    asleep(night)
    night.embedded.control.power(lacking=["cache.t3.micro"])
    night.round(MORNING)
    assert "no capacity" in str(rounds(night).problem)
    night.embedded.control.power(lacking=[])
    night.round(night.now + timedelta(minutes=30))
    night.inventory()
    assert rounds(night).condition is Condition.RUNNING


def test_a_cache_that_comes_back_otherwise_is_told_and_its_snapshot_kept(night: Night) -> None:
    cache(night)
    asleep(night)
    night.client("elasticache").create_cache_cluster(
        CacheClusterId="dev-redis",
        CacheNodeType="cache.t3.small",
        Engine="redis",
        EngineVersion="7.1",
        NumCacheNodes=1,
        Tags=[{"Key": key, "Value": value} for key, value in OFFICE.items()],
    )
    night.round(MORNING)
    told = rounds(night)
    assert told.condition is not Condition.RUNNING or told.problem
    assert "CacheNodeType" in str(told.problem)
    assert len(snapshots(night)) == 1
    assert night.store.power.saved("dev")


def test_a_group_of_caches_sleeps_and_wakes(night: Night) -> None:
    night.client("elasticache").create_replication_group(
        ReplicationGroupId="dev-sessions",
        ReplicationGroupDescription="sessions of dev",
        CacheNodeType="cache.t3.micro",
        Engine="valkey",
        EngineVersion="8.0",
        NumCacheClusters=1,
        PreferredMaintenanceWindow="sun:19:00-sun:20:00",
        Tags=[{"Key": key, "Value": value} for key, value in OFFICE.items()],
    )
    before = night.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]
    asleep(night)
    assert night.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []
    assert awake(night).condition is Condition.RUNNING
    after = night.client("elasticache").describe_replication_groups()["ReplicationGroups"][0]
    for name in ("CacheNodeType", "Description", "AutomaticFailover", "MemberClusters"):
        assert after[name] == before[name]


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"AuthToken": "not-a-secret-at-all-1", "TransitEncryptionEnabled": True}, "AUTH"), ({"Engine": "x"}, "")],
)
def test_what_could_not_be_brought_back_stays(night: Night, more: dict[str, Any], reason: str) -> None:
    if not reason:
        night.client("elasticache").create_cache_cluster(
            CacheClusterId="dev-pages",
            CacheNodeType="cache.t3.micro",
            Engine="memcached",
            NumCacheNodes=2,
            Tags=[{"Key": key, "Value": value} for key, value in OFFICE.items()],
        )
        reason = "Memcached"
    else:
        cache(night, **more)
    night.inventory()
    night.round()
    night.round(EVENING)
    told = rounds(night)
    assert reason in str(told.resources[0].note)
    assert len(caches(night)) == 1


def test_nothing_is_deleted_that_was_not_asked_for_and_what_was_is_made_again_all_the_same(night: Night) -> None:
    cache(night)
    network(night)
    ask(night)
    night.inventory()
    night.round()
    night.round(EVENING)
    rounds(night)
    assert len(caches(night)) == len(gateways(night)) == 1

    ask(night, "nat-gateways")
    rounds(night)
    assert (len(caches(night)), len(gateways(night))) == (1, 0)
    ask(night)
    night.round(MORNING)
    rounds(night)
    assert len(gateways(night)) == 1
    night.inventory()
    night.round(EVENING + timedelta(days=1))
    rounds(night)
    assert len(gateways(night)) == 1
