"""What IAM must allow so that environments sleep: only once one is armed, and only on what carries its tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from service.shutdown.config import ShutdownSettings
from service.shutdown.kinds import KINDS
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
    "ec2:natgateway": ("ec2:CreateRoute", "ec2:DeleteNatGateway", "ec2:ReplaceRoute"),
    "elasticache:cluster": ("elasticache:DeleteCacheCluster", "elasticache:DeleteSnapshot"),
    "elasticache:replicationgroup": ("elasticache:DeleteReplicationGroup", "elasticache:DeleteSnapshot"),
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


@dataclass(frozen=True, slots=True)
class _Remaking:
    """What making one again needs: allowed on `made` with the environment's tag, and `uses` what it is made of."""

    create: str
    made: str
    uses: Sequence[str]
    more: Sequence[str] = ()


_REMAKING = {
    "nat-gateways": (
        _Remaking(
            "ec2:CreateNatGateway",
            "arn:aws:ec2:*:*:natgateway/*",
            ("arn:aws:ec2:*:*:elastic-ip/*", "arn:aws:ec2:*:*:subnet/*"),
            ("ec2:CreateTags",),
        ),
    ),
    "elasticache": tuple(
        _Remaking(
            f"elasticache:Create{call}",
            f"arn:aws:elasticache:*:*:{made}:*",
            tuple(
                f"arn:aws:elasticache:*:*:{used}:*"
                for used in ("parametergroup", "securitygroup", "snapshot", "subnetgroup", "usergroup")
            ),
            ("elasticache:AddTagsToResource", "elasticache:CreateSnapshot"),
        )
        for call, made in (("CacheCluster", "cluster"), ("ReplicationGroup", "replicationgroup"))
    ),
}
_SEEING = {"nat-gateways": ("ec2:DescribeRouteTables",), "elasticache": ("elasticache:DescribeSnapshots",)}
_OPT_IN = {kind.type: kind.opt_in for kind in KINDS if kind.opt_in}


def _remaking(wanted: Sequence[str], environment_tag: str, armed: Sequence[str]) -> list[dict[str, Any]]:
    """What those need that sleep by being deleted: only what will carry the tag may be made."""
    found: list[dict[str, Any]] = []
    parts = [part for name in wanted for part in _REMAKING[name]]
    for number, part in enumerate(parts, 1):
        found += [
            {
                "Sid": f"LamplighterMakesAgain{number}",
                "Effect": "Allow",
                "Action": sorted((part.create, *part.more)),
                "Resource": [part.made],
                "Condition": {"StringEquals": {f"aws:RequestTag/{environment_tag}": list(armed)}},
            },
            {
                "Sid": f"LamplighterMakesOf{number}",
                "Effect": "Allow",
                "Action": [part.create, *(one for one in part.more if one.endswith("CreateSnapshot"))],
                "Resource": sorted(part.uses),
            },
        ]
    if wanted:
        seeing = sorted(action for name in wanted for action in _SEEING[name])
        found.append({"Sid": "LamplighterSeesRoutes", "Effect": "Allow", "Action": seeing, "Resource": "*"})
    return found


class Acting(Configured, Protocol):
    """The part of the settings that is needed."""

    @property
    def shutdown(self) -> ShutdownSettings:
        """How environments are put to sleep."""


def statements(settings: Acting, environment_tag: str) -> list[dict[str, Any]]:
    """The statements of the policy, beside those for reading; none while every environment is in a dry run."""
    armed = [name for name in sleepers(settings) if settings.stack.environments[name].armed]
    if not armed:
        return []
    paused = {"StringEquals": _SCALING}
    wanted = list(dict.fromkeys(settings.shutdown.delete))
    chosen = [found for kind, found in ACTIONS.items() if kind not in _OPT_IN or _OPT_IN[kind] in wanted]
    actions = sorted({action for found in chosen for action in found})
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
        *_remaking(wanted, environment_tag, armed),
        {
            "Sid": "LamplighterNeverTouches",
            "Effect": "Deny",
            "Action": actions,
            "Resource": "*",
            "Condition": {"Null": {f"aws:ResourceTag/{PROTECT_TAG}": "false"}},
        },
    ]
