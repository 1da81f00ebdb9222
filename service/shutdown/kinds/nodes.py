"""Node groups of EKS: to no node and back to exactly the sizes they had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collectors.answers import Item, items, text
from collectors.caller import Caller
from collectors.inventory.eks import describe_node_groups, read_node_groups
from service.shutdown.kinds.base import COMPUTE, Act, Kind, Seen
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

_SIZES = ("min", "max", "desired")
_BUSY = ("CREATING", "UPDATING")
_GONE = ("DELETING",)
_IN_SERVICE = "InService"


def _look(caller: Caller, known: Sequence[Resource]) -> list[Seen]:
    """A describe per node group, which is all that EKS has, and one of the groups behind them for what really runs."""
    which = [(str(one.attributes["cluster"]), str(one.attributes["name"])) for one in known]
    found = describe_node_groups(caller, which)
    said = {text(one, "nodegroupArn"): one for one in found}
    resources = read_node_groups(found, caller.scope)
    behind = sorted({name for one in resources for name in one.attributes["groups"]})
    nodes = _nodes(caller, behind) if behind else {}
    return [_seen(one, said[one.id], nodes) for one in resources]


def _nodes(caller: Caller, names: Sequence[str]) -> dict[str, Sequence[Item]]:
    found = caller.listed(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=list(names)
    )
    return {text(one, "AutoScalingGroupName"): items(one, "Instances") for one in found}


def _seen(resource: Resource, said: Item, nodes: Mapping[str, Sequence[Item]]) -> Seen:
    facts = {name: resource.attributes[name] for name in (*_SIZES, "instance_types")}
    behind = [name for name in resource.attributes["groups"] if name in nodes]
    here = [one for name in behind for one in nodes[name]] if behind else None
    return Seen(resource, _condition(resource, here), facts, problem=_problem(said))


def _condition(resource: Resource, here: Sequence[Item] | None) -> Condition:
    """As its machines are; where the group behind it is not there, as EKS has accepted it."""
    desired = resource.attributes["desired"]
    if resource.state in _GONE:
        return Condition.GONE
    if not isinstance(desired, int):
        return Condition.UNKNOWN
    if desired == 0:
        return Condition.STOPPING if here or resource.state in _BUSY else Condition.STOPPED
    well = desired if here is None else sum(1 for one in here if text(one, "LifecycleState") == _IN_SERVICE)
    return Condition.RUNNING if well >= desired and resource.state not in _BUSY else Condition.STARTING


def _problem(said: Item) -> Sentence:
    health = said.get("health")
    for issue in items(health, "issues") if isinstance(health, dict) else ():
        return Message("EKS says %(code)s", code=text(issue, "code") or "-")
    return ""


def _next_act(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> Act | None:
    if seen.condition in (Condition.GONE, Condition.UNKNOWN) or seen.resource.state in _BUSY:
        return None
    if power is Power.STOPPED:
        # EKS wants a maximum of at least 1 (API reference, NodegroupScalingConfig).
        largest = max(seen.facts["max"] or 1, 1)
        return Act("resize", {"min": 0, "max": largest, "desired": 0}) if seen.facts["desired"] else None
    if was is None or _is_sized(seen, was):
        return None
    return Act("resize", {name: was[name] for name in _SIZES})


def _is_sized(seen: Seen, was: Mapping[str, Any]) -> bool:
    """Its bounds are as they were. Between them an autoscaler may have moved the desired size already."""
    same = all(seen.facts[name] == was[name] for name in ("min", "max"))
    return same and (seen.facts["desired"] > 0 or was["desired"] == 0)


def _reached(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> bool:
    if power is Power.STOPPED:
        return seen.condition is Condition.STOPPED
    return seen.condition is Condition.RUNNING and (was is None or _is_sized(seen, was))


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    caller.call(
        "eks",
        "update_nodegroup_config",
        clusterName=seen.resource.attributes["cluster"],
        nodegroupName=seen.resource.attributes["name"],
        scalingConfig={f"{name}Size": act.detail[name] for name in _SIZES},
    )


KIND = Kind("eks:nodegroup", COMPUTE, _look, _next_act, _reached, _perform)
