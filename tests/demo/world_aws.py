"""CloudMart in its child process, and how tests ask it: the fixture `cloudmart_aws` and short forms of AWS calls."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from service.demo.launch import EmbeddedAws, start

ENVIRONMENTS = {"dev": 1, "staging": 2, "prod": 3}


@pytest.fixture(scope="session")
def changing_cloudmart() -> Iterator[EmbeddedAws]:
    """A CloudMart of its own: its clock only goes forward, for what happened in it must stay in the past."""
    with start("cloudmart") as aws:
        aws.control.limits(enabled=False)
        yield aws


@pytest.fixture
def cloudmart_aws(changing_cloudmart: EmbeddedAws) -> EmbeddedAws:
    """CloudMart with no incident of an earlier test; a test that changes an environment puts it back."""
    for one in changing_cloudmart.control.incidents()["active"]:
        changing_cloudmart.control.stop_incident(one["name"])
    return changing_cloudmart


def client(aws: EmbeddedAws, service: str) -> Any:  # noqa: ANN401 - boto3 clients have no types
    return boto3.client(service, **aws.client_options())


def tags(described: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", ())}


def instances(aws: EmbeddedAws, environment: str, *, terminated: bool = False) -> list[dict[str, Any]]:
    """Those of an environment; EC2 goes on listing terminated ones for a while."""
    wanted = [{"Name": "tag:Environment", "Values": [environment]}]
    pages = client(aws, "ec2").get_paginator("describe_instances").paginate(Filters=wanted)
    found = [i for page in pages for reservation in page["Reservations"] for i in reservation["Instances"]]
    return [one for one in found if terminated or one["State"]["Name"] != "terminated"]


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
