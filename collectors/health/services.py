"""ECS services: running tasks against desired ones."""

from __future__ import annotations

from datetime import datetime

from collectors.answers import Item, items, text, whole
from collectors.health.look import Kind, Look, not_listed, observe, unfamiliar
from collectors.inventory.ecs import describe_services
from store.vocabulary import HealthObservation, Resource, Status


def judge_service(service: Resource, answer: Item, now: datetime) -> HealthObservation:
    """The service's number of running tasks."""
    running = whole(answer, "runningCount")
    status, reason = _running(answer, running, whole(answer, "desiredCount"))
    value = None if running is None else float(running)
    return observe(service, "service", status, reason, now, value=value, unit="tasks")


def _running(answer: Item, running: int | None, desired: int | None) -> tuple[Status, str]:  # noqa: PLR0911  one line a case, the first wins
    state = text(answer, "status")
    if state == "DRAINING":
        return Status.WARN, "is being deleted"
    if state != "ACTIVE":
        return Status.UNKNOWN, unfamiliar(state)
    if running is None or desired is None:
        return Status.UNKNOWN, "AWS did not say how many tasks run or are wanted"
    if desired == 0:
        return Status.ASLEEP, "scaled to zero" + (f", {running} still running" if running else "")
    count = f"{running or 'none'} of {desired} tasks running"
    failed = next((each for each in items(answer, "deployments") if text(each, "rolloutState") == "FAILED"), None)
    if failed is not None:
        why = text(failed, "rolloutStateReason") or "AWS gave no reason"
        return Status.WARN if running else Status.CRITICAL, f"{count}; a deployment failed: {why}"
    if running >= desired:
        return Status.OK, count
    pending = whole(answer, "pendingCount") or 0
    if pending and running + pending >= desired:
        return Status.WARN, f"{count}, {pending} starting"
    return (Status.WARN, count) if running else (Status.CRITICAL, f"{count}: nothing serves")


def _read(look: Look) -> list[HealthObservation]:
    listed = {text(answer, "serviceArn"): answer for answer in describe_services(look.caller)}
    return [
        judge_service(service, listed[service.id], look.now)
        if service.id in listed
        else not_listed(service, "service", look.now)
        for service in look.of("ecs:service")
    ]


KIND = Kind("service", ("service",), ("ecs:service",), _read)
