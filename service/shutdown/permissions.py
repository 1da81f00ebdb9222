"""What IAM must allow so that environments sleep: only once one is armed, and only on what carries its tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.shutdown.reconcile.members import PROTECT_TAG
from service.shutdown.rules import Configured, sleepers

ACTIONS: Mapping[str, Sequence[str]] = {
    "autoscaling:group": (
        "autoscaling:ResumeProcesses",
        "autoscaling:SuspendProcesses",
        "autoscaling:UpdateAutoScalingGroup",
    ),
    "ec2:instance": ("ec2:StartInstances", "ec2:StopInstances"),
    "ecs:service": ("ecs:UpdateService",),
    "eks:nodegroup": ("eks:UpdateNodegroupConfig",),
    "rds:cluster": ("rds:StartDBCluster", "rds:StopDBCluster"),
    "rds:db": ("rds:StartDBInstance", "rds:StopDBInstance"),
}
"""The IAM actions that change something, by type of resource. All of them can be held to tags (Service Authorization
Reference: aws:ResourceTag of EC2, EC2 Auto Scaling, ECS, EKS and RDS)."""
_SCALING = {
    "application-autoscaling:service-namespace": "ecs",
    "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
}
"""A service's scaling carries no tag of the service, so pausing it is held to what it scales instead."""


def statements(settings: Configured, environment_tag: str) -> list[dict[str, Any]]:
    """The statements of the policy, beside those for reading; none while every environment is in a dry run."""
    armed = [name for name in sleepers(settings) if settings.stack.environments[name].armed]
    if not armed:
        return []
    paused = {"StringEquals": _SCALING}
    actions = sorted(action for found in ACTIONS.values() for action in found)
    return [
        {
            "Sid": "LamplighterActs",
            "Effect": "Allow",
            "Action": actions,
            "Resource": "*",
            "Condition": {"StringEquals": {f"aws:ResourceTag/{environment_tag}": armed}},
        },
        {
            "Sid": "LamplighterPausesScaling",
            "Effect": "Allow",
            "Action": ["application-autoscaling:RegisterScalableTarget"],
            "Resource": "*",
            "Condition": paused,
        },
        {
            "Sid": "LamplighterSeesScaling",
            "Effect": "Allow",
            "Action": ["application-autoscaling:DescribeScalableTargets"],
            "Resource": "*",
        },
        {
            "Sid": "LamplighterNeverTouches",
            "Effect": "Deny",
            "Action": actions,
            "Resource": "*",
            "Condition": {"Null": {f"aws:ResourceTag/{PROTECT_TAG}": "false"}},
        },
    ]
