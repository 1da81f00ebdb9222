"""Tags in the shapes in which the different services of AWS take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.demo.world.plan import EnvironmentPlan


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def ec2_tags(plan: EnvironmentPlan, kind: str, component: str, name: str) -> list[dict[str, Any]]:
    """The TagSpecifications of an EC2 call that makes something of this kind."""
    return [{"ResourceType": kind, "Tags": pairs(plan.tags(component, plan.named(name)))}]
