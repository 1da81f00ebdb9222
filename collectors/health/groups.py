"""Auto Scaling groups: in service against desired and minimum, and spread over zones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collectors.answers import Item, items, text, whole, words
from collectors.health.look import Kind, Look, not_listed, observe, paired
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation, Resource, Status

IN_SERVICE = "InService"
STARTING = "Pending"


def judge_group(group: Resource, answer: Item, now: datetime) -> list[HealthObservation]:
    """The group's number of healthy instances in service, and their spread where there are several."""
    instances = items(answer, "Instances")
    serving = [
        each
        for each in instances
        if text(each, "LifecycleState") == IN_SERVICE and text(each, "HealthStatus").lower() == "healthy"
    ]
    starting = sum(text(each, "LifecycleState").startswith(STARTING) for each in instances)
    status, reason = _in_service(len(serving), starting, whole(answer, "DesiredCapacity"), whole(answer, "MinSize"))
    seen = [observe(group, "group", status, reason, now, value=float(len(serving)), unit="instances")]
    spread = _spread(serving, words(answer, "AvailabilityZones"))
    if spread:
        seen.append(
            observe(group, "group", *spread, now, check="zones", title=Message("%(name)s zones", name=group.name))
        )
    return seen


def _in_service(serving: int, starting: int, desired: int | None, least: int | None) -> tuple[Status, Sentence]:  # noqa: PLR0911  one line a case, the first wins
    if desired is None or least is None:
        return Status.UNKNOWN, Message("AWS did not say how many instances are wanted")
    if desired == 0:
        still = Message("scaled to zero, %(serving)s still in service", serving=serving)
        return Status.ASLEEP, still if serving else Message("scaled to zero")
    some = Message("%(serving)s of %(desired)s in service", serving=serving, desired=desired)
    count = some if serving else Message("none of %(desired)s in service", desired=desired)
    if serving >= desired:
        return Status.OK, Message("%(count)s (minimum %(least)s)", count=count, least=least)
    if starting and serving + starting >= desired:
        return Status.WARN, Message("%(count)s, %(starting)s starting", count=count, starting=starting)
    if serving == 0:
        return Status.CRITICAL, Message("%(count)s: nothing serves", count=count)
    if serving < least:
        return Status.CRITICAL, Message("%(count)s, fewer than the minimum of %(least)s", count=count, least=least)
    return Status.WARN, Message("%(count)s, the minimum is %(least)s", count=count, least=least)


def _spread(serving: Sequence[Item], zones: Sequence[str]) -> tuple[Status, Sentence] | None:
    """How the instances are spread; None where there is nothing to spread."""
    used = {text(each, "AvailabilityZone") for each in serving}
    if len(serving) <= 1 or len(zones) <= 1:
        return None
    if "" in used:
        return Status.UNKNOWN, Message("AWS did not say in which zone an instance is")
    if len(used) == 1:
        only = next(iter(used))
        return Status.WARN, Message(
            "all %(number)s instances are in %(zone)s: one zone's failure stops them all",
            number=len(serving),
            zone=only,
        )
    return Status.OK, Message("%(number)s instances in %(zones)s", number=len(serving), zones=", ".join(sorted(used)))


def _read(look: Look) -> list[HealthObservation]:
    found = look.caller.listed("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups")
    return [
        seen
        for group, answer in paired(look.of("autoscaling:group"), "name", found, "AutoScalingGroupName")
        for seen in (judge_group(group, answer, look.now) if answer else [not_listed(group, "group", look.now)])
    ]


KIND = Kind("group", ("group", "zones"), ("autoscaling:group",), _read)
