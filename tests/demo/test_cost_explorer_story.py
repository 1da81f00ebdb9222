"""Costs follow what is done to the resources, and surprises show in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from service.demo.launch import EmbeddedAws
from tests.demo.cost_explorer_asking import costs, explorer, of
from tests.demo.test_billing_metric import charges
from tests.demo.world_aws import client, instances

pytestmark = pytest.mark.demo

VIEW = ("USAGE_TYPE", "tag:Component")
DEV = {"Tags": {"Key": "Environment", "Values": ["dev"]}}


def _day(aws: EmbeddedAws, days_ago: int) -> datetime:
    return datetime.fromtimestamp(aws.control.now(), UTC) - timedelta(days=days_ago)


def _dev(aws: EmbeddedAws, days_ago: int) -> dict[str, Decimal]:
    """What each usage type cost in dev on one day, with its component."""
    first = _day(aws, days_ago).date()
    found = costs(aws, first, first + timedelta(days=1), VIEW, Filter=DEV)
    return {f"{keys[0]} {keys[1]}": amount for (_, keys), amount in found.items()}


def test_what_is_stopped_stops_costing_and_its_storage_does_not(cloudmart_aws: EmbeddedAws) -> None:
    ec2, rds = client(cloudmart_aws, "ec2"), client(cloudmart_aws, "rds")
    (one,) = [i["InstanceId"] for i in instances(cloudmart_aws, "dev") if i["InstanceType"] == "t3.large"]
    ec2.stop_instances(InstanceIds=[one])
    rds.stop_db_instance(DBInstanceIdentifier="cloudmart-dev-postgres")
    before = _dev(cloudmart_aws, 4)
    cloudmart_aws.control.advance(4 * 86_400)
    stopped = _dev(cloudmart_aws, 2)
    ec2.start_instances(InstanceIds=[one])
    rds.start_db_instance(DBInstanceIdentifier="cloudmart-dev-postgres")
    gone = {"APN2-BoxUsage:t3.large Component$backend", "APN2-InstanceUsage:db.t3.micro Component$postgres"}
    assert gone <= set(before)
    assert not gone & set(stopped)
    for kept in ("APN2-EBS:VolumeUsage.gp2 Component$storage", "APN2-RDS:GP2-Storage Component$postgres"):
        assert stopped[kept] == pytest.approx(before[kept], rel=Decimal("0.05"))
    assert sum(stopped.values()) < sum(before.values()) * Decimal("0.75")


def test_a_jump_of_the_gateways_traffic_that_began_days_ago_shows_at_once(cloudmart_aws: EmbeddedAws) -> None:
    # The days of such a jump stay expensive after its end: no other test of this world may cause one.
    usual, charged = _gateway(cloudmart_aws, 2), list(charges(cloudmart_aws, "AmazonEC2", days=2).values())[-1]
    cloudmart_aws.control.start_incident("nat-transfer", days=3)
    assert list(charges(cloudmart_aws, "AmazonEC2", days=2).values())[-1] > charged + 15
    assert 15 < _gateway(cloudmart_aws, 2) / usual < 25
    assert _gateway(cloudmart_aws, 5) < 2 * usual
    interval = {"StartDate": _day(cloudmart_aws, 10).date().isoformat()}
    (anomaly,) = explorer(cloudmart_aws).get_anomalies(DateInterval=interval)["Anomalies"]
    assert anomaly["RootCauses"][0]["UsageType"] == "APN2-NatGateway-Bytes"
    assert anomaly["Impact"]["TotalImpact"] > 10
    cloudmart_aws.control.stop_incident("nat-transfer")


def _gateway(aws: EmbeddedAws, days_ago: int) -> Decimal:
    first = _day(aws, days_ago).date()
    return of(costs(aws, first, first + timedelta(days=1), ("USAGE_TYPE",)), "NatGateway-Bytes")


def test_a_forgotten_instance_runs_and_costs_without_a_component(cloudmart_aws: EmbeddedAws) -> None:
    shown = cloudmart_aws.control.start_incident("forgotten-instance", days=3)
    assert shown["environment"] == "dev"
    found = _dev(cloudmart_aws, 2)
    assert found["APN2-BoxUsage:m5.4xlarge Component$"] > 15
    assert shown["instance"] in {one["InstanceId"] for one in instances(cloudmart_aws, "dev")}
    cloudmart_aws.control.stop_incident("forgotten-instance")
    listed = instances(cloudmart_aws, "dev", terminated=True)
    states = {one["InstanceId"]: one["State"]["Name"] for one in listed}
    assert states[shown["instance"]] == "terminated"
