"""AWS/Billing's EstimatedCharges follow the embedded Cost Explorer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import boto3
import pytest

from service.demo.launch import EmbeddedAws
from tests.demo.cost_explorer_asking import NOW, costs, of

pytestmark = pytest.mark.demo


@pytest.fixture
def charging(cloudmart: EmbeddedAws) -> EmbeddedAws:
    """CloudMart on an afternoon in November, just after a refresh, with data that is six hours behind."""
    cloudmart.control.freeze(NOW.replace(hour=18, minute=30).timestamp())
    cloudmart.control.money(lag=6)
    return cloudmart


def charges(aws: EmbeddedAws, service: str = "", days: int = 40) -> dict[datetime, float]:
    """The points of one series, oldest first."""
    cloudwatch = boto3.client("cloudwatch", **{**aws.client_options(), "region_name": "us-east-1"})
    now = datetime.fromtimestamp(aws.control.now(), UTC)
    where = [{"Name": "Currency", "Value": "USD"}] + ([{"Name": "ServiceName", "Value": service}] if service else [])
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/Billing",
        MetricName="EstimatedCharges",
        Dimensions=where,
        StartTime=now - timedelta(days=days),
        EndTime=now,
        Period=21_600,
        Statistics=["Maximum"],
    )
    return {one["Timestamp"]: one["Maximum"] for one in sorted(found["Datapoints"], key=lambda one: one["Timestamp"])}


def test_the_newest_charge_is_what_cost_explorer_says_of_the_month(charging: EmbeddedAws) -> None:
    by_service = costs(charging, "2026-11-01", "2026-11-26", ("SERVICE",), granularity="MONTHLY")
    untaxed = sum(by_service.values()) - of(by_service, "Tax")
    # The newest whole bucket began at 12:00, before the refresh of 18:17: a quarter of a day lies between.
    daily = untaxed / 25
    total = charges(charging, days=2)
    newest = max(total)
    assert newest == datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert untaxed - daily < Decimal(str(total[newest])) <= untaxed
    for name, service in (("AmazonRDS", "Amazon Relational Database Service"), ("AWSELB", "Elastic Load Balancing")):
        one = charges(charging, name, days=2)[newest]
        assert Decimal(str(one)) == pytest.approx(of(by_service, service), rel=Decimal("0.03"))


def test_it_has_a_point_each_six_hours_grows_within_a_month_and_begins_anew(charging: EmbeddedAws) -> None:
    points = charges(charging)
    times = list(points)
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(hours=6)}
    for earlier, later in pairwise(times):
        if later.month == earlier.month:
            assert points[later] >= points[earlier]
        else:
            assert points[later] == 0
            assert points[earlier] > 1000


def test_the_services_add_up_to_the_total(charging: EmbeddedAws) -> None:
    cloudwatch = boto3.client("cloudwatch", **{**charging.client_options(), "region_name": "us-east-1"})
    listed = cloudwatch.list_metrics(Namespace="AWS/Billing")["Metrics"]
    named = [{one["Name"]: one["Value"] for one in metric["Dimensions"]}.get("ServiceName", "") for metric in listed]
    assert named.count("") == 1
    newest = {name: list(charges(charging, name, days=1).values())[-1] for name in named}
    assert sum(value for name, value in newest.items() if name) == pytest.approx(newest[""], abs=0.06)
