"""With what each call of the permission table is tried: as little as AWS allows to be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.answers import items, text, words
from collectors.permission_table import Permission

Answers = Mapping[str, Mapping[str, Any]]
"""What the calls made so far brought, by `service:Operation`."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """An argument that comes from the first item of another call's answer; without a `key` the item is a name."""

    api: str
    result: str
    key: str
    argument: str
    many: bool = False


ARGUMENTS: Mapping[str, Mapping[str, object]] = {
    "ec2:DescribeInstances": {"MaxResults": 5},
    "ec2:DescribeVolumes": {"MaxResults": 5},
    "ec2:DescribeSnapshots": {"OwnerIds": ["self"], "MaxResults": 5},
    "ec2:DescribeNatGateways": {"MaxResults": 5},
    "ec2:DescribeInstanceStatus": {"MaxResults": 5},
    "autoscaling:DescribeAutoScalingGroups": {"MaxRecords": 1},
    "elbv2:DescribeLoadBalancers": {"PageSize": 1},
    "elbv2:DescribeTargetGroups": {"PageSize": 1},
    "rds:DescribeDBInstances": {"MaxRecords": 20},
    "rds:DescribeDBClusters": {"MaxRecords": 20},
    "elasticache:DescribeCacheClusters": {"MaxRecords": 20},
    "elasticache:DescribeReplicationGroups": {"MaxRecords": 20},
    "ecs:ListClusters": {"maxResults": 1},
    "eks:ListClusters": {"maxResults": 1},
    "s3:ListBuckets": {"MaxBuckets": 1},
    "cloudfront:ListDistributions": {"MaxItems": "1"},
    "resourcegroupstaggingapi:GetResources": {"ResourcesPerPage": 1},
    "budgets:DescribeBudgets": {"MaxResults": 1},
    "cloudwatch:ListMetrics": {"Namespace": "AWS/EC2"},
}
SAMPLES: Mapping[str, tuple[_Sample, ...]] = {
    "elbv2:DescribeTags": (
        _Sample("elbv2:DescribeLoadBalancers", "LoadBalancers", "LoadBalancerArn", "ResourceArns", many=True),
    ),
    "elbv2:DescribeTargetHealth": (
        _Sample("elbv2:DescribeTargetGroups", "TargetGroups", "TargetGroupArn", "TargetGroupArn"),
    ),
    "ecs:ListServices": (_Sample("ecs:ListClusters", "clusterArns", "", "cluster"),),
    "ecs:DescribeServices": (
        _Sample("ecs:ListClusters", "clusterArns", "", "cluster"),
        _Sample("ecs:ListServices", "serviceArns", "", "services", many=True),
    ),
    "eks:ListNodegroups": (_Sample("eks:ListClusters", "clusters", "", "clusterName"),),
    "eks:DescribeNodegroup": (
        _Sample("eks:ListClusters", "clusters", "", "clusterName"),
        _Sample("eks:ListNodegroups", "nodegroups", "", "nodegroupName"),
    ),
}


def arguments_for(row: Permission, answers: Answers, now: datetime) -> tuple[dict[str, object], str]:
    """What to call with, and why the call cannot be tried (empty when it can)."""
    if row.only:
        return {}, f"not tried by itself: made only where {row.only}"
    if row.price:
        return {}, f"not tried by itself: each try costs {row.price}"
    if row.api in TIMED:
        return TIMED[row.api](now), ""
    arguments = dict(ARGUMENTS.get(row.api, {}))
    if row.api == "budgets:DescribeBudgets":
        arguments["AccountId"] = text(answers.get("sts:GetCallerIdentity", {}), "Account")
    for sample in SAMPLES.get(row.api, ()):
        value = _first(answers.get(sample.api, {}), sample)
        if not value:
            return {}, f"{sample.api} brought nothing to try it on"
        arguments[sample.argument] = [value] if sample.many else value
    return arguments, ""


def _first(answer: Mapping[str, Any], sample: _Sample) -> str:
    found = (
        [text(each, sample.key) for each in items(answer, sample.result)]
        if sample.key
        else words(answer, sample.result)
    )
    return next(iter(found), "")


def _one_metric(now: datetime) -> dict[str, object]:
    metric = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization"}
    query = {"Id": "doctor", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Average"}}
    return {"MetricDataQueries": [query], "StartTime": now - timedelta(minutes=10), "EndTime": now}


def _one_day(now: datetime) -> dict[str, object]:
    period = {
        "Start": (now.date() - timedelta(days=3)).isoformat(),
        "End": (now.date() - timedelta(days=2)).isoformat(),
    }
    return {"TimePeriod": period, "Granularity": "DAILY", "Metrics": ["UnblendedCost"]}


TIMED: Mapping[str, Callable[[datetime], dict[str, object]]] = {
    "cloudwatch:GetMetricData": _one_metric,
    "ce:GetCostAndUsage": _one_day,
}
"""Those whose arguments need the time."""
