"""Every call to AWS that the collectors make, the IAM action it needs, and what for.

A test holds this table against the calls that are really made, in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One call: boto3's service and AWS's operation, the IAM action (none where AWS asks for none), and why.

    `features` are the jobs that fail without it. `resource` is what the policy can narrow the action to; nearly all
    reading actions know only `*`. `only` says when the call is made, where that is not always; `price` what each try of
    it costs, where that is more than a trifle. What is asked `once` is the same in every region of an account.
    """

    service: str
    operation: str
    action: str
    why: str
    features: tuple[str, ...]
    resource: str = "*"
    only: str = ""
    price: str = ""
    once: bool = False

    @property
    def api(self) -> str:
        """The call as the meter names it: `ec2:DescribeInstances`."""
        return f"{self.service}:{self.operation}"


_INVENTORY = ("inventory",)
_HEALTH = ("health",)
_BOTH = ("inventory", "health")


def _costs(operation: str, why: str, *, price: str = "$0.01") -> Permission:
    return Permission("ce", operation, f"ce:{operation}", why, ("costs",), price=price, once=True)


TABLE: tuple[Permission, ...] = (
    Permission("sts", "GetCallerIdentity", "", "who Lamplighter is in this account", ("doctor", "costs")),
    Permission(
        "sts",
        "AssumeRole",
        "sts:AssumeRole",
        "acting as the role of another account",
        ("metrics", "inventory", "health", "costs"),
        resource="the role_arn of each account",
        only="an account has a role_arn; the role's trust policy must allow it as well",
    ),
    Permission("cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", "the values of metrics", ("metrics",)),
    Permission("cloudwatch", "ListMetrics", "cloudwatch:ListMetrics", "which metrics there are", ("metrics",)),
    Permission("ec2", "DescribeInstances", "ec2:DescribeInstances", "instances", _INVENTORY),
    Permission("ec2", "DescribeVolumes", "ec2:DescribeVolumes", "EBS volumes", _INVENTORY),
    Permission("ec2", "DescribeSnapshots", "ec2:DescribeSnapshots", "snapshots of volumes", _INVENTORY),
    Permission("ec2", "DescribeNatGateways", "ec2:DescribeNatGateways", "NAT gateways", _INVENTORY),
    Permission("ec2", "DescribeAddresses", "ec2:DescribeAddresses", "elastic addresses", _INVENTORY),
    Permission("ec2", "DescribeVpcs", "ec2:DescribeVpcs", "VPCs", _INVENTORY),
    Permission("ec2", "DescribeSubnets", "ec2:DescribeSubnets", "subnets", _INVENTORY),
    Permission("ec2", "DescribeRouteTables", "ec2:DescribeRouteTables", "which subnets are public", _INVENTORY),
    Permission(
        "ec2", "DescribeSecurityGroups", "ec2:DescribeSecurityGroups", "what security groups let in", _INVENTORY
    ),
    Permission("ec2", "DescribeInstanceStatus", "ec2:DescribeInstanceStatus", "EC2's status checks", _HEALTH),
    Permission(
        "autoscaling",
        "DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingGroups",
        "Auto Scaling groups and their instances",
        _BOTH,
    ),
    Permission(
        "elbv2", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", "load balancers", _INVENTORY
    ),
    Permission(
        "elbv2", "DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroups", "target groups", _INVENTORY
    ),
    Permission("elbv2", "DescribeTags", "elasticloadbalancing:DescribeTags", "tags of load balancers", _INVENTORY),
    Permission(
        "elbv2", "DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth", "health of targets", _HEALTH
    ),
    Permission("rds", "DescribeDBInstances", "rds:DescribeDBInstances", "databases and their status", _BOTH),
    Permission("rds", "DescribeDBClusters", "rds:DescribeDBClusters", "Aurora clusters and their status", _BOTH),
    Permission(
        "elasticache", "DescribeCacheClusters", "elasticache:DescribeCacheClusters", "caches and their status", _BOTH
    ),
    Permission(
        "elasticache",
        "DescribeReplicationGroups",
        "elasticache:DescribeReplicationGroups",
        "replication groups of caches and their status",
        _BOTH,
    ),
    Permission("ecs", "ListClusters", "ecs:ListClusters", "ECS clusters", _BOTH),
    Permission("ecs", "ListServices", "ecs:ListServices", "ECS services", _BOTH),
    Permission("ecs", "DescribeServices", "ecs:DescribeServices", "running tasks of ECS services", _BOTH),
    Permission("eks", "ListClusters", "eks:ListClusters", "EKS clusters", _INVENTORY),
    Permission("eks", "ListNodegroups", "eks:ListNodegroups", "node groups of EKS", _INVENTORY),
    Permission("eks", "DescribeNodegroup", "eks:DescribeNodegroup", "sizes of EKS node groups", _INVENTORY),
    Permission("s3", "ListBuckets", "s3:ListAllMyBuckets", "buckets", _INVENTORY),
    Permission("cloudfront", "ListDistributions", "cloudfront:ListDistributions", "distributions", _INVENTORY),
    Permission(
        "resourcegroupstaggingapi",
        "GetResources",
        "tag:GetResources",
        "tags of caches, buckets and distributions, many in a call",
        _INVENTORY,
    ),
    _costs("GetCostAndUsage", "costs", price=""),  # the doctor tries one of them, for a cent
    _costs("GetCostForecast", "AWS's own forecast"),
    _costs("GetAnomalies", "the anomalies that AWS found"),
    _costs("GetReservationCoverage", "how far Reserved Instances cover what runs"),
    _costs("GetReservationUtilization", "how far Reserved Instances are used"),
    _costs("GetSavingsPlansCoverage", "how far Savings Plans cover what runs"),
    _costs("GetSavingsPlansUtilization", "how far Savings Plans are used"),
    _costs("ListCostAllocationTags", "which tags are activated for billing"),
    Permission("budgets", "DescribeBudgets", "budgets:ViewBudget", "AWS Budgets", ("costs",), once=True),
)
