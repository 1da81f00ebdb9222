"""EC2's status checks of the machine, its host and its volumes."""

from __future__ import annotations

from datetime import datetime
from functools import reduce

from collectors.answers import Item, inner, items, text
from collectors.health.look import Kind, Look, observe, paired, unfamiliar
from collectors.inventory.ec2 import PAGE
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation, Resource, Status

PARTS = {
    "SystemStatus": Message("AWS's host"),
    "InstanceStatus": Message("the machine itself"),
    "AttachedEbsStatus": Message("its volumes"),
}
FINE = frozenset({"ok", "not-applicable"})
SLEEPING = frozenset({"stopped", "stopping"})
PASSING = frozenset({"pending", "shutting-down", "terminated"})


def judge_instance(
    instance: Resource, answer: Item, now: datetime, *, wanted: bool = False
) -> HealthObservation | None:
    """What the status checks say; None while they have not reported yet, or where the machine comes or goes.

    An impaired machine of an Auto Scaling group is a warning, for the group replaces it and has a check of its own.
    `wanted` says that a group which is awake counts on the machine, so that it must not be stopped.
    """
    state = text(inner(answer, "InstanceState"), "Name")
    if state in PASSING:
        return None
    if state in SLEEPING and wanted:
        return observe(
            instance, "instance", Status.WARN, Message("%(state)s, though its group is awake", state=state), now
        )
    if state in SLEEPING:
        return observe(instance, "instance", Status.ASLEEP, state, now)
    if state != "running":
        return observe(instance, "instance", Status.UNKNOWN, unfamiliar(state), now)
    found = _checks(answer, alone=not instance.attributes.get("asg"))
    return observe(instance, "instance", *found, now) if found else None


def _checks(answer: Item, *, alone: bool) -> tuple[Status, Sentence] | None:
    """What the checks of a running machine say; None while they are being set up."""
    # A key that is absent was not checked; the two that every machine has must be there.
    checks = {key: text(inner(answer, key), "Status") for key in PARTS if key in answer or key != "AttachedEbsStatus"}
    if "initializing" in checks.values():
        return None
    impaired = [key for key, found in checks.items() if found == "impaired"]
    if impaired:
        return Status.CRITICAL if alone else Status.WARN, _impaired(answer, impaired)
    odd = next((found for found in checks.values() if found not in FINE), None)
    if odd == "insufficient-data":
        return Status.UNKNOWN, Message("AWS has too little to go on for its status checks")
    if odd is not None:
        return Status.UNKNOWN, unfamiliar(odd)
    planned = [text(each, "Description") for each in items(answer, "Events") if not _is_done(each)]
    if planned:
        return Status.WARN, Message("AWS plans maintenance: %(plan)s", plan=planned[0] or Message("not described"))
    return Status.OK, Message("status checks pass")


def _impaired(answer: Item, impaired: list[str]) -> Sentence:
    parts = reduce(
        lambda first, second: Message("%(first)s and %(second)s", first=first, second=second),
        (PARTS[key] for key in impaired),
    )
    times = [
        since
        for key in impaired
        for detail in items(inner(answer, key), "Details")
        if isinstance(since := detail.get("ImpairedSince"), datetime)
    ]
    if not times:
        return Message("status checks fail: %(parts)s", parts=parts)
    since = f"{min(times):%Y-%m-%d %H:%M}"
    return Message("status checks fail: %(parts)s, since %(time)s UTC", parts=parts, time=since)


def _is_done(event: Item) -> bool:
    """EC2 leaves events that are over in the answer for a week, marked in their text."""
    return text(event, "Description").startswith(("[Completed]", "[Canceled]"))


def _read(look: Look) -> list[HealthObservation]:
    options = {"IncludeAllInstances": True, "MaxResults": PAGE}
    found = look.caller.listed("ec2", "describe_instance_status", "InstanceStatuses", **options)
    awake = {group.name for group in look.of("autoscaling:group") if group.id not in look.asleep}
    judged = [
        judge_instance(instance, answer, look.now, wanted=instance.attributes.get("asg") in awake)
        for instance, answer in paired(look.of("ec2:instance"), "instance_id", found, "InstanceId")
        if answer
    ]
    return [seen for seen in judged if seen]


KIND = Kind("instance", ("instance",), ("ec2:instance",), _read)
