"""Auto Scaling groups."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.answers import Item, items, tags, text, whole, words
from collectors.aws import Scope
from collectors.caller import Caller
from collectors.inventory.reader import Found, Reader, named, resource
from store.vocabulary import Resource


def read_groups(groups: Sequence[Item], scope: Scope) -> list[Resource]:
    """Groups with their bounds and instances, from DescribeAutoScalingGroups."""
    return [
        resource(
            scope,
            "autoscaling:group",
            key,
            arn=text(group, "AutoScalingGroupARN"),
            name=key,
            state=text(group, "Status"),
            attributes={
                "name": key,
                "min": whole(group, "MinSize"),
                "max": whole(group, "MaxSize"),
                "desired": whole(group, "DesiredCapacity"),
                "metrics": sorted(text(each, "Metric") for each in items(group, "EnabledMetrics")),
                "zones": sorted(words(group, "AvailabilityZones")),
                "target_groups": sorted(words(group, "TargetGroupARNs")),
                "instances": [
                    {
                        "id": text(each, "InstanceId"),
                        "health": text(each, "HealthStatus"),
                        "lifecycle": text(each, "LifecycleState"),
                        "zone": text(each, "AvailabilityZone"),
                    }
                    for each in sorted(items(group, "Instances"), key=lambda each: text(each, "InstanceId"))
                ],
            },
            tagged=tags(group),
        )
        for key, group in named(groups, "AutoScalingGroupName")
    ]


def _groups(caller: Caller) -> Found:
    groups = caller.listed("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups")
    return Found(read_groups(groups, caller.scope))


READERS = (Reader(("autoscaling:group",), _groups),)
