"""EC2 instances that stand alone: stopped, hibernated where that is configured, and started again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collectors.answers import Item, flag, inner, items, text
from collectors.caller import Caller
from collectors.errors import AwsError
from collectors.inventory.ec2 import GROUP_TAG, PAGE, read_instances
from service.shutdown.kinds.base import COMPUTE, Act, Kind, Seen
from store.messages import Message, Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

_CONDITIONS = {
    "pending": Condition.STARTING,
    "running": Condition.RUNNING,
    "stopping": Condition.STOPPING,
    "stopped": Condition.STOPPED,
    "shutting-down": Condition.GONE,
}
_WOULD_HAVE_WORKED = "DryRunOperation"
_MINE = ("Client.UserInitiatedShutdown", "Client.UserInitiatedHibernate", "")
"""Reasons of a stop that are no fault."""


def _look(caller: Caller, _known: Sequence[Resource]) -> list[Seen]:
    reservations = caller.listed("ec2", "describe_instances", "Reservations", MaxResults=PAGE)
    said = {text(one, "InstanceId"): one for part in reservations for one in items(part, "Instances")}
    return [_seen(one, said[one.attributes["instance_id"]]) for one in read_instances(reservations, caller.scope)]


def _seen(resource: Resource, said: Item) -> Seen:
    condition = _CONDITIONS.get(resource.state, Condition.UNKNOWN)
    problem: Sentence = ""
    reason = inner(said, "StateReason")
    if condition is Condition.STOPPED and text(reason, "Code") not in _MINE:
        problem = Message(
            "AWS says %(code)s: %(reason)s", code=text(reason, "Code"), reason=text(reason, "Message") or "-"
        )
    if condition is Condition.UNKNOWN:
        problem = Message("AWS calls its state %(state)s", state=resource.state or "-")
    facts = {
        "instance_type": resource.attributes["instance_type"],
        "hibernates": flag(inner(said, "HibernationOptions"), "Configured") is True,
    }
    return Seen(resource, condition, facts, _refused(resource, said), problem)


def _refused(resource: Resource, said: Item) -> Sentence:
    if group := resource.tags.get(GROUP_TAG):
        return Message("its group %(group)s decides: stopped alone, it would be replaced", group=group)
    if text(said, "InstanceLifecycle") == "spot":
        return Message("a Spot Instance: AWS may not bring it back")
    if text(said, "RootDeviceType") == "instance-store":
        return Message("its root volume is an instance store, which cannot stop")
    return ""


def _next_act(seen: Seen, power: Power, _was: Mapping[str, Any] | None) -> Act | None:
    if seen.refused:
        return None
    if power is Power.STOPPED and seen.condition is Condition.RUNNING:
        return Act("hibernate" if seen.facts.get("hibernates") else "stop")
    if power is Power.RUNNING and seen.condition is Condition.STOPPED:
        return Act("start")
    return None


def _reached(seen: Seen, power: Power, _was: Mapping[str, Any] | None) -> bool:
    return seen.condition is (Condition.RUNNING if power is Power.RUNNING else Condition.STOPPED)


def _perform(caller: Caller, seen: Seen, act: Act) -> None:
    _together(caller, [seen], act)


def _together(caller: Caller, several: Sequence[Seen], act: Act) -> None:
    """Ask with DryRun whether it may be done, and do it."""
    operation = "start_instances" if act.verb == "start" else "stop_instances"
    wish: dict[str, Any] = {"InstanceIds": [seen.resource.attributes["instance_id"] for seen in several]}
    if act.verb == "hibernate":
        wish["Hibernate"] = True
    try:
        caller.call("ec2", operation, DryRun=True, **wish)
    except AwsError as answer:
        if answer.code != _WOULD_HAVE_WORKED:
            raise
    caller.call("ec2", operation, **wish)


KIND = Kind("ec2:instance", COMPUTE, _look, _next_act, _reached, _perform, together=_together)
