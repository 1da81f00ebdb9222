"""What sleep saves, for the ledger: each resource of ours from when it was seen asleep until it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from finops.ledger import Stop
from store.power import Condition, EnvironmentPower, ResourcePower

_SERVICES = {
    "ec2:instance": "Amazon Elastic Compute Cloud - Compute",
    "autoscaling:group": "Amazon Elastic Compute Cloud - Compute",
    "eks:nodegroup": "Amazon Elastic Compute Cloud - Compute",
    "ecs:service": "Amazon Elastic Container Service",
    "rds:db": "Amazon Relational Database Service",
    "rds:cluster": "Amazon Relational Database Service",
    "elasticache:cluster": "Amazon ElastiCache",
    "elasticache:replicationgroup": "Amazon ElastiCache",
    "ec2:natgateway": "EC2 - Other",
}
"""The service whose bill is held against it, as Cost Explorer writes it."""


def opened(before: EnvironmentPower | None, now: EnvironmentPower) -> Iterator[Stop]:
    """The stops that begin with this look. What was asleep before anybody looked is nobody's saving."""
    last = {one.resource_id: one for one in before.resources} if before is not None else {}
    for one in now.resources:
        earlier = last.get(one.resource_id)
        if now.armed and earlier is not None and _sleeps(one) and not _sleeps(earlier) and one.since is not None:
            yield _stop(one, now, earlier)


def closed(before: EnvironmentPower | None, now: EnvironmentPower) -> Iterator[Stop]:
    """The stops that end with this look."""
    if before is None or not before.armed:
        return
    here = {one.resource_id: one for one in now.resources}
    for one in before.resources:
        still = here.get(one.resource_id)
        if not _sleeps(one) or one.since is None or still is None or still.condition in _NOT_AWAKE:
            continue
        yield replace(_stop(one, before, one), end=now.checked_at)


_NOT_AWAKE = (Condition.STOPPED, Condition.UNKNOWN)
"""What is not seen has not been seen awake."""


def _sleeps(one: ResourcePower) -> bool:
    return one.condition is Condition.STOPPED and one.desired is not None


def _stop(one: ResourcePower, state: EnvironmentPower, priced: ResourcePower) -> Stop:
    return Stop(
        resource_id=one.resource_id,
        environment=state.environment,
        service=_SERVICES.get(one.resource_type, ""),
        start=one.since or state.checked_at,
        component=one.component,
        hourly=one.hourly if one.hourly is not None else priced.hourly,
    )
