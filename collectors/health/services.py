"""ECS services: running tasks against desired ones."""

from __future__ import annotations

from datetime import datetime

from collectors.answers import Item, items, text, whole
from collectors.health.look import Kind, Look, not_listed, observe, unfamiliar
from collectors.inventory.ecs import describe_services
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation, Resource, Status


def judge_service(service: Resource, answer: Item, now: datetime) -> HealthObservation:
    """The service's number of running tasks."""
    running = whole(answer, "runningCount")
    status, reason = _running(answer, running, whole(answer, "desiredCount"))
    value = None if running is None else float(running)
    return observe(service, "service", status, reason, now, value=value, unit="tasks")


def _running(answer: Item, running: int | None, desired: int | None) -> tuple[Status, Sentence]:  # noqa: PLR0911  one line a case, the first wins
    state = text(answer, "status")
    if state == "DRAINING":
        return Status.WARN, Message("is being deleted")
    if state != "ACTIVE":
        return Status.UNKNOWN, unfamiliar(state)
    if running is None or desired is None:
        return Status.UNKNOWN, Message("AWS did not say how many tasks run or are wanted")
    if desired == 0:
        still = Message("scaled to zero, %(running)s still running", running=running)
        return Status.ASLEEP, still if running else Message("scaled to zero")
    some = Message("%(running)s of %(desired)s tasks running", running=running, desired=desired)
    count = some if running else Message("none of %(desired)s tasks running", desired=desired)
    failed = next((each for each in items(answer, "deployments") if text(each, "rolloutState") == "FAILED"), None)
    if failed is not None:
        why = text(failed, "rolloutStateReason") or Message("AWS gave no reason")
        told = Message("%(count)s; a deployment failed: %(why)s", count=count, why=why)
        return Status.WARN if running else Status.CRITICAL, told
    if running >= desired:
        return Status.OK, count
    pending = whole(answer, "pendingCount") or 0
    if pending and running + pending >= desired:
        return Status.WARN, Message("%(count)s, %(starting)s starting", count=count, starting=pending)
    return (Status.WARN, count) if running else (Status.CRITICAL, Message("%(count)s: nothing serves", count=count))


def _read(look: Look) -> list[HealthObservation]:
    listed = {text(answer, "serviceArn"): answer for answer in describe_services(look.caller)}
    return [
        judge_service(service, listed[service.id], look.now)
        if service.id in listed
        else not_listed(service, "service", look.now)
        for service in look.of("ecs:service")
    ]


KIND = Kind("service", ("service",), ("ecs:service",), _read)
