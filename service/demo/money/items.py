"""A billable item: who bills what for whom, and how much of it there is in each hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.demo.money.ground import Ground
from service.demo.world.noise import Floats

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
EC2_OTHER = "EC2 - Other"
RDS = "Amazon Relational Database Service"
ELASTICACHE = "Amazon ElastiCache"
BALANCING = "Amazon Elastic Load Balancing"
CLOUDFRONT = "Amazon CloudFront"
S3 = "Amazon Simple Storage Service"
CLOUDWATCH = "AmazonCloudWatch"
VPC = "Amazon Virtual Private Cloud"
COST_EXPLORER = "AWS Cost Explorer"
TAX = "Tax"

USAGE, REFUND = "Usage", "Refund"
"""Record types of Cost Explorer; that of a tax is `Tax`, as its service is."""
NO_USAGE_TYPE, NO_REGION, GLOBAL = "NoUsageType", "NoRegion", "global"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """By what costs are told apart. `component` and `environment` are tags; empty: the resource has none."""

    service: str
    usage_type: str
    region: str
    component: str = ""
    environment: str = ""
    record: str = USAGE


Quantity = Callable[[Ground], Floats]
"""How much was used in each hour of a Ground, in the unit of its price."""


@dataclass(frozen=True, slots=True)
class Item:
    """One billed thing of one resource."""

    key: Key
    quantity: Quantity
