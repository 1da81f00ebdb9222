"""CloudMart as it is meant to be: its environments, their sizes, and how its resources are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

STACK = "cloudmart"
REGION = "ap-northeast-2"
EDGE_REGION = "us-east-1"
"""Where CloudFront and Billing keep their metrics."""
ZONES = ("ap-northeast-2a", "ap-northeast-2c")
TIMEZONE = "Asia/Seoul"
INSTANCE_TYPE = "t3.large"
REPLAY = "replay"
"""The environment of replayed series: only what the files say happens there."""


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """One copy of CloudMart.

    `peak` is requests a minute at the busiest hour of an ordinary day; `office` says that people use it in working
    hours only. `desired`, `minimum` and `maximum` are the Auto Scaling group's. `detailed` is one-minute EC2
    monitoring. `storage_gib` and `storage_type` are the database's.
    """

    name: str
    peak: float
    office: bool
    minimum: int
    desired: int
    maximum: int
    multi_az: bool
    detailed: bool
    storage_gib: int
    storage_type: str
    backup_days: int
    data_gib: int

    def named(self, rest: str) -> str:
        """A resource's name: `cloudmart-prod-backend-alb`."""
        return f"{STACK}-{self.name}-{rest}"

    def tags(self, component: str, name: str) -> dict[str, str]:
        """The tags that every resource of CloudMart carries."""
        return {"Name": name, "Environment": self.name, "Component": component, "Project": STACK}


PROD = EnvironmentPlan(
    name="prod",
    peak=2_400.0,
    office=False,
    minimum=2,
    desired=3,
    maximum=10,
    multi_az=True,
    detailed=True,
    storage_gib=50,
    storage_type="gp3",
    backup_days=14,
    data_gib=100,
)
STAGING = EnvironmentPlan(
    name="staging",
    peak=180.0,
    office=True,
    minimum=2,
    desired=2,
    maximum=4,
    multi_az=False,
    detailed=False,
    storage_gib=20,
    storage_type="gp3",
    backup_days=7,
    data_gib=50,
)
DEV = replace(
    STAGING,
    name="dev",
    peak=45.0,
    minimum=1,
    desired=1,
    maximum=2,
    storage_type="gp2",
    backup_days=1,
    data_gib=20,
)
PLANS = (DEV, STAGING, PROD)

NOBODY = replace(DEV, name="", peak=0.0)
"""Whatever belongs to no environment runs idle."""


def plan_of(environment: str | None) -> EnvironmentPlan:
    """The plan of an environment; one with no traffic where there is none."""
    return next((plan for plan in PLANS if plan.name == environment), NOBODY)


def environment_of(name: str, tags: Mapping[str, str]) -> str:
    """The environment that a resource says it is in, by tag or by a word of its name; empty where it says none."""
    if "Environment" in tags:
        return tags["Environment"]
    words = name.replace("/", "-").split("-")
    return next((choice for choice in (*(plan.name for plan in PLANS), REPLAY) if choice in words), "")
