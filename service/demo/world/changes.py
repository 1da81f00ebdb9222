"""The calls after which the world looks at its resources anew."""

from __future__ import annotations

from service.demo.source import AwsRequest, AwsResponse, Handler
from service.demo.world.observer import Observer

CHANGING: dict[str, tuple[str, ...]] = {
    "ec2": (
        "RunInstances",
        "StartInstances",
        "StopInstances",
        "TerminateInstances",
        "CreateTags",
        "CreateVolume",
        "DeleteVolume",
        "AttachVolume",
        "DetachVolume",
        "ModifyVolume",
        "ModifyInstanceAttribute",
        "CreateNatGateway",
        "DeleteNatGateway",
        "AllocateAddress",
        "ReleaseAddress",
        "AssociateAddress",
        "DisassociateAddress",
    ),
    "autoscaling": (
        "CreateAutoScalingGroup",
        "UpdateAutoScalingGroup",
        "DeleteAutoScalingGroup",
        "SetDesiredCapacity",
        "TerminateInstanceInAutoScalingGroup",
        "AttachInstances",
        "DetachInstances",
        "EnterStandby",
        "ExitStandby",
        "AttachLoadBalancerTargetGroups",
        "DetachLoadBalancerTargetGroups",
        "EnableMetricsCollection",
        "DisableMetricsCollection",
    ),
    "elbv2": (
        "CreateLoadBalancer",
        "DeleteLoadBalancer",
        "CreateTargetGroup",
        "DeleteTargetGroup",
        "CreateListener",
        "DeleteListener",
    ),
    "rds": (
        "CreateDBInstance",
        "DeleteDBInstance",
        "ModifyDBInstance",
        "StartDBInstance",
        "StopDBInstance",
        "RebootDBInstance",
    ),
    "elasticache": ("CreateCacheCluster", "DeleteCacheCluster", "ModifyCacheCluster"),
    "cloudfront": ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution", "DeleteDistribution"),
    "s3": ("CreateBucket", "DeleteBucket"),
    "sns": ("CreateTopic", "DeleteTopic"),
}


def change_handlers(observer: Observer) -> dict[tuple[str, str], Handler]:
    """Handlers that let moto answer and note that something changed."""

    def noting(request: AwsRequest) -> AwsResponse | None:
        request.forward()
        observer.mark(request.now)
        return None

    return {(service, action): noting for service, actions in CHANGING.items() for action in actions}
