"""ECS services: to no task and back to as many as there were; their own scaling is paused, its bounds never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from collectors.answers import Item, flag, text, whole
from collectors.caller import Caller
from collectors.inventory.ecs import DESCRIBED_AT_ONCE, read_services
from collectors.inventory.elbv2 import batches
from service.shutdown.kinds.base import COMPUTE, Act, Kind, Seen
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

_NAMESPACE = "ecs"
_DIMENSION = "ecs:service:DesiredCount"
_TARGETS_AT_ONCE = 50
"""DescribeScalableTargets: at most 50 ResourceIds a call (Application Auto Scaling API reference)."""
_SWITCHES = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_PAUSED = dict.fromkeys(_SWITCHES, True)
_ACTIVE = "ACTIVE"


def _look(caller: Caller, known: Sequence[Resource]) -> list[Seen]:
    """A describe per ten services of a cluster, which is what ECS takes, and one per fifty for how they scale."""
    clusters: dict[str, list[str]] = defaultdict(list)
    for one in known:
        clusters[str(one.attributes["cluster"])].append(str(one.attributes["service"]))
    found: list[Item] = []
    for cluster, names in clusters.items():
        for batch in batches(sorted(names), DESCRIBED_AT_ONCE):
            asked = {"cluster": cluster, "services": batch, "include": ["TAGS"]}
            found += caller.listed("ecs", "describe_services", "services", **asked)
    said = {text(one, "serviceArn"): one for one in found}
    services = read_services(found, caller.scope)
    scaling = _scaling(caller, [_target(one) for one in services])
    return [_seen(one, said[one.id], scaling.get(_target(one))) for one in services]


def _scaling(caller: Caller, targets: Sequence[str]) -> dict[str, Item]:
    found: list[Item] = []
    for batch in batches(sorted(targets), _TARGETS_AT_ONCE):
        asked = {"ServiceNamespace": _NAMESPACE, "ScalableDimension": _DIMENSION, "ResourceIds": batch}
        found += caller.listed("application-autoscaling", "describe_scalable_targets", "ScalableTargets", **asked)
    return {text(one, "ResourceId"): one for one in found}


def _target(resource: Resource) -> str:
    """What Application Auto Scaling calls a service."""
    return f"service/{resource.attributes['cluster']}/{resource.attributes['service']}"


def _seen(resource: Resource, said: Item, scales: Item | None) -> Seen:
    facts: dict[str, Any] = {"desired": resource.attributes["desired"], "suspended": None}
    if scales is not None:
        state = scales.get("SuspendedState") or {}
        facts["suspended"] = {name: flag(state, name) is True for name in _SWITCHES}
    return Seen(resource, _condition(resource, said), facts, _refused(said))


def _condition(resource: Resource, said: Item) -> Condition:
    desired, running = resource.attributes["desired"], resource.attributes["running"]
    if resource.state != _ACTIVE:
        return Condition.GONE
    if not isinstance(desired, int) or not isinstance(running, int):
        return Condition.UNKNOWN
    if desired == 0:
        return Condition.STOPPING if running + (whole(said, "pendingCount") or 0) else Condition.STOPPED
    return Condition.RUNNING if running >= desired else Condition.STARTING


def _refused(said: Item) -> Sentence:
    if text(said, "schedulingStrategy") == "DAEMON":
        return Message("one task on each instance: it goes with its instances")
    return ""


def _next_act(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> Act | None:
    if seen.refused or seen.condition in (Condition.GONE, Condition.UNKNOWN):
        return None
    paused = seen.facts["suspended"]
    if power is Power.STOPPED:
        if seen.facts["desired"] == 0:
            return None
        return Act("resize", {"desired": 0}) if paused in (None, _PAUSED) else Act("suspend", _PAUSED)
    if was is None:
        return None
    if seen.facts["desired"] == 0 and was["desired"] > 0:
        return Act("resize", {"desired": was["desired"]})
    return None if _is_resumed(seen, was) else Act("resume", was["suspended"])


def _is_resumed(seen: Seen, was: Mapping[str, Any]) -> bool:
    """Only what was paused here is resumed; a target that came or went in the meantime is somebody else's matter."""
    paused = seen.facts["suspended"]
    return was["suspended"] is None or paused is None or paused == was["suspended"]


def _reached(seen: Seen, power: Power, was: Mapping[str, Any] | None) -> bool:
    if power is Power.STOPPED:
        return seen.condition is Condition.STOPPED
    return seen.condition is Condition.RUNNING and (was is None or _is_resumed(seen, was))


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    if act.verb == "resize":
        which = {"cluster": seen.resource.attributes["cluster"], "service": seen.resource.attributes["service"]}
        caller.call("ecs", "update_service", **which, desiredCount=act.detail["desired"])
        return
    caller.call(
        "application-autoscaling",
        "register_scalable_target",
        ServiceNamespace=_NAMESPACE,
        ScalableDimension=_DIMENSION,
        ResourceId=_target(seen.resource),
        SuspendedState=dict(act.detail),
    )


KIND = Kind("ecs:service", COMPUTE, _look, _next_act, _reached, _perform)
