"""Target groups: how many targets take traffic, and why the others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from collectors.answers import Item, inner, text, whole
from collectors.errors import CallFailed
from collectors.health.look import Kind, Look, observe
from store.messages import Message, Sentence, joined
from store.vocabulary import HealthObservation, Resource, Status

HEALTHY = frozenset({"healthy"})
UNHEALTHY = frozenset({"unhealthy", "unhealthy.draining"})
MOVING = frozenset({"initial", "draining"})
"""On the way in or out: no fault by itself."""

SHOWN = 3
"""Targets whose fault the group's reason tells: enough to see a pattern."""

WORDS = {
    "Elb.RegistrationInProgress": Message("is being registered"),
    "Elb.InitialHealthChecking": Message("is being checked for the first time"),
    "Elb.InternalError": Message("cannot be checked: an internal error of the load balancer"),
    "Target.ResponseCodeMismatch": Message("answers its health check with a wrong status"),
    "Target.Timeout": Message("does not answer its health check in time"),
    "Target.FailedHealthChecks": Message("fails its health checks, or cannot be connected to"),
    "Target.NotRegistered": Message("is not registered"),
    "Target.NotInUse": Message("is not used: no listener sends to its group, or its zone is not enabled"),
    "Target.DeregistrationInProgress": Message("is being taken out"),
    "Target.InvalidState": Message("is stopped or terminated"),
    "Target.IpUnusable": Message("has an address that cannot be used"),
    "Target.HealthCheckDisabled": Message("is not checked: health checks are off"),
}
"""Reason codes in words (Elastic Load Balancing API reference, TargetHealth)."""


def judge_targets(
    group: Resource, described: Sequence[Item], now: datetime, *, asleep: bool = False
) -> list[HealthObservation]:
    """The group's state, and that of each target that is neither coming nor going.

    `asleep` says that whatever fills this group was scaled to zero. A group that no load balancer uses and that
    has no target is a spare: nothing is seen.
    """
    used = group.attributes.get("load_balancer") is not None
    if not used and not described:
        return []
    states = Counter(_state(each) for each in described)
    status, reason = _group(states, used=used, asleep=asleep)
    faults = [joined(" ", [_name(each), _why(each)]) for each in described if _state(each) not in HEALTHY | MOVING]
    more = [Message("and %(number)s more", number=len(faults) - SHOWN)] if len(faults) > SHOWN else []
    told = joined("; ", [reason, *faults[:SHOWN], *more])
    seen = [observe(group, "target", status, told, now, value=float(_count(states, HEALTHY)), unit="targets")]
    return seen + [_target(group, each, now, status) for each in described if _state(each) not in MOVING]


def _group(states: Counter[str], *, used: bool, asleep: bool) -> tuple[Status, Sentence]:  # noqa: PLR0911  one line a case, the first wins
    total, healthy, bad = states.total(), _count(states, HEALTHY), _count(states, UNHEALTHY)
    some = Message("%(healthy)s of %(total)s targets healthy", healthy=healthy, total=total)
    count = some if healthy else Message("none of %(total)s targets healthy", total=total)
    if asleep and not healthy:
        return Status.ASLEEP, Message("no target takes traffic: what fills this group was scaled to zero")
    if not total:
        return Status.CRITICAL, Message("no target is registered: nothing answers")
    if not used:
        return Status.WARN, Message("has %(total)s targets, but no load balancer uses it", total=total)
    if bad:
        return (
            (Status.WARN, count) if healthy else (Status.CRITICAL, Message("%(count)s: nothing answers", count=count))
        )
    moving = [f"{number} {state}" for state, number in sorted(states.items()) if state in MOVING]
    if healthy and healthy + _count(states, MOVING) == total:
        return Status.OK, joined(", ", [count, *moving])
    if not healthy and moving:
        return Status.WARN, Message("%(count)s yet: %(moving)s", count=count, moving=", ".join(moving))
    return Status.UNKNOWN, Message("%(count)s; the state of the others is not known", count=count)


def _target(group: Resource, described: Item, now: datetime, of_group: Status) -> HealthObservation:
    """One target. It is critical only where the whole group is."""
    state = _state(described)
    if of_group is Status.ASLEEP:
        status = Status.ASLEEP
    elif state in HEALTHY:
        status = Status.OK
    elif state in UNHEALTHY:
        status = Status.CRITICAL if of_group is Status.CRITICAL else Status.WARN
    else:
        status = Status.WARN if state == "unused" else Status.UNKNOWN
    reason = Message("healthy") if state in HEALTHY else _why(described)
    return observe(
        group, "target", status, reason, now, part=_name(described), title=f"{group.name} {_name(described)}"
    )


def _state(described: Item) -> str:
    return text(inner(described, "TargetHealth"), "State")


def _name(described: Item) -> str:
    """The target's id, with the port that tells it from another registration of the same machine."""
    target = inner(described, "Target")
    port = whole(target, "Port")
    name = text(target, "Id") or "a target without a name"
    return f"{name}:{port}" if port else name


def _why(described: Item) -> Sentence:
    health = inner(described, "TargetHealth")
    code = text(health, "Reason")
    said = text(health, "Description").rstrip(". ")
    state = _state(described)
    unknown = Message("is %(state)s", state=state) if state else Message("is in a state that AWS did not name")
    told = WORDS.get(code) or unknown
    return Message("%(told)s (%(said)s)", told=told, said=said) if said else told


def _count(states: Counter[str], wanted: frozenset[str]) -> int:
    return sum(number for state, number in states.items() if state in wanted)


def asleep_target_groups(look: Look) -> set[str]:
    """The target groups whose every filler (Auto Scaling group or ECS service) was seen asleep."""
    fillers: dict[str, list[bool]] = {}
    for resource in look.of("autoscaling:group", "ecs:service"):
        for arn in resource.attributes.get("target_groups") or []:
            fillers.setdefault(arn, []).append(resource.id in look.asleep)
    return {arn for arn, sleeping in fillers.items() if all(sleeping)}


def _read(look: Look) -> list[HealthObservation]:
    asleep = asleep_target_groups(look)
    seen: list[HealthObservation] = []
    for group in look.of("elbv2:targetgroup"):
        try:
            described = look.caller.listed(
                "elbv2", "describe_target_health", "TargetHealthDescriptions", TargetGroupArn=group.id
            )
        except CallFailed as error:  # this group was deleted, say; the others are still there
            seen.append(observe(group, "target", Status.UNKNOWN, error.message, look.now))
            continue
        seen += judge_targets(group, described, look.now, asleep=group.id in asleep)
    return seen


KIND = Kind("target", ("target",), ("elbv2:targetgroup",), _read)
