"""Auto Scaling groups: to 0/0/0 and back to exactly the sizes they had, with what was suspended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collectors.answers import Item, items, text
from collectors.caller import Caller
from collectors.inventory.autoscaling import read_groups
from service.shutdown.kinds.base import COMPUTE, Act, Kind, Seen
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

_SUSPENDED_HERE = "ScheduledActions"
"""A scheduled action of the group would set its sizes in the middle of the night."""
_DELETING = "Delete in progress"
_OWNERS = {"eks:nodegroup-name": "EKS", "AmazonECSManaged": "ECS", "aws:elasticbeanstalk:environment-name": "Beanstalk"}


def _look(caller: Caller, _known: Sequence[Resource]) -> list[Seen]:
    groups = caller.listed("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups")
    said = {text(group, "AutoScalingGroupName"): group for group in groups}
    return [_seen(one, said[one.attributes["name"]]) for one in read_groups(groups, caller.scope)]


def _seen(resource: Resource, said: Item) -> Seen:
    sizes = {name: resource.attributes[name] for name in ("min", "max", "desired")}
    suspended = sorted(text(one, "ProcessName") for one in items(said, "SuspendedProcesses"))
    types = sorted({text(one, "InstanceType") for one in items(said, "Instances")} - {""})
    facts = {**sizes, "suspended": suspended, "instance_types": types}
    return Seen(resource, _condition(resource), facts, _refused(resource, said))


def _condition(resource: Resource) -> Condition:
    if resource.state == _DELETING:
        return Condition.GONE
    desired, there = resource.attributes["desired"], resource.attributes["instances"]
    if not isinstance(desired, int):
        return Condition.UNKNOWN
    if desired == 0:
        return Condition.STOPPING if there else Condition.STOPPED
    well = [one for one in there if one["lifecycle"] == "InService" and one["health"].lower() == "healthy"]
    return Condition.RUNNING if len(well) >= desired else Condition.STARTING


def _refused(resource: Resource, said: Item) -> Sentence:
    for tag, owner in _OWNERS.items():
        if tag in resource.tags:
            return Message("%(owner)s manages this group: it would set its sizes again", owner=owner)
    if said.get("WarmPoolConfiguration"):
        return Message("it has a warm pool, which would run on")
    return ""


def _sizes(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return one.get("min"), one.get("max")


def _next_act(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> Act | None:
    if seen.refused or seen.condition in (Condition.GONE, Condition.UNKNOWN):
        return None
    suspended = _SUSPENDED_HERE in seen.facts["suspended"]
    if power is Power.STOPPED:
        if seen.facts["desired"] == 0:
            return None
        return Act("resize", {"min": 0, "max": 0, "desired": 0}) if suspended else Act("suspend")
    if was is None:
        return None
    if not _is_sized(seen, was):
        return Act("resize", {name: was[name] for name in ("min", "max", "desired")})
    return Act("resume") if suspended and _SUSPENDED_HERE not in was["suspended"] else None


def _is_sized(seen: Seen, was: Mapping[str, Any]) -> bool:
    """Its bounds are as they were. Between them its own scaling may have moved the desired size already."""
    return _sizes(seen.facts) == _sizes(was) and (seen.facts["desired"] > 0 or was["desired"] == 0)


def _reached(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> bool:
    if power is Power.STOPPED:
        return seen.condition is Condition.STOPPED
    if seen.condition is not Condition.RUNNING:
        return False
    if was is None:
        return True
    resumed = _SUSPENDED_HERE not in seen.facts["suspended"] or _SUSPENDED_HERE in was["suspended"]
    return _is_sized(seen, was) and resumed


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    group = {"AutoScalingGroupName": seen.resource.attributes["name"]}
    if act.verb == "suspend":
        caller.call("autoscaling", "suspend_processes", **group, ScalingProcesses=[_SUSPENDED_HERE])
    elif act.verb == "resume":
        caller.call("autoscaling", "resume_processes", **group, ScalingProcesses=[_SUSPENDED_HERE])
    else:
        sizes = {"MinSize": act.detail["min"], "MaxSize": act.detail["max"], "DesiredCapacity": act.detail["desired"]}
        caller.call("autoscaling", "update_auto_scaling_group", **group, **sizes)


KIND = Kind("autoscaling:group", COMPUTE, _look, _next_act, _reached, _perform)
