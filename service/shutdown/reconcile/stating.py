"""What is to be told of an environment after a look: its condition, each resource of it, and the days to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from service.shutdown.desired import Desired, Rules, desired
from service.shutdown.reconcile.acting import Operation
from service.shutdown.reconcile.members import Member, stands
from store.messages import Message, Sentence
from store.power import Condition, EnvironmentPower, Planned, Power, ResourcePower, Step
from store.vocabulary import Resource

AHEAD = timedelta(days=8)
"""How far ahead the days to come are told: a week as the page shows it, from any day of this one."""
_STAYS = {
    "elbv2:loadbalancer": Message("it stays, and its hours are paid"),
    "elasticache:cluster": Message("a cache cannot stop: it stays, and its hours are paid"),
    "elasticache:replicationgroup": Message("a cache cannot stop: it stays, and its hours are paid"),
    "ec2:natgateway": Message("it stays, and its hours are paid"),
}
"""Types that cost by the hour and are left alone (some until the configuration opts in)."""

Price = Callable[[Member], Decimal | None]


def condition_of(members: Sequence[Member], operation: Operation, steps: Iterable[Step]) -> Condition:
    """What an environment is, out of those of its resources that are put to sleep and woken."""
    if any(one.blind for one in members):
        return Condition.UNKNOWN
    conditions = {one.condition for one in members if one.acting}
    if not conditions or Condition.UNKNOWN in conditions:
        return Condition.UNKNOWN
    if len(conditions) == 1:
        return conditions.pop()
    todo = [one for one in members if one.acting and not one.reached and not stands(one, operation.mode)]
    under_way = {Condition.STARTING, Condition.STOPPING} & conditions or any(step.state.is_open for step in steps)
    if todo and under_way:
        return Condition.STARTING if operation.power is Power.RUNNING else Condition.STOPPING
    return Condition.PARTIAL


def resources_of(
    members: Sequence[Member], others: Sequence[Resource], operation: Operation, price: Price
) -> list[ResourcePower]:
    """Each resource that can sleep, and those that cost by the hour and cannot."""
    mine = {one.resource.id for one in members}
    staying = [
        ResourcePower(one.id, one.type, one.name, one.component, Condition.RUNNING, None, note=_STAYS[one.type])
        for one in others
        if one.type in _STAYS and one.id not in mine
    ]
    return [_resource(one, operation, price) for one in members] + staying


def _resource(one: Member, operation: Operation, price: Price) -> ResourcePower:
    resource = one.resource
    return ResourcePower(
        resource_id=resource.id,
        resource_type=resource.type,
        name=resource.name,
        component=resource.component,
        condition=one.condition,
        desired=operation.power if one.acting or one.blind else None,
        hourly=price(one) if one.acting else None,
        by_hand=one.by_hand,
        note=one.left or one.blind or one.note,
        known=one.known,
    )


def with_since(now: Sequence[ResourcePower], before: EnvironmentPower | None, at: datetime) -> list[ResourcePower]:
    """The resources with since when each is in its condition."""
    last = {one.resource_id: one for one in before.resources} if before is not None else {}
    found = []
    for one in now:
        earlier = last.get(one.resource_id)
        same = earlier is not None and earlier.condition is one.condition
        found.append(replace(one, since=earlier.since if earlier is not None and same else at))
    return found


def planned(rules: Rules, zone: ZoneInfo, now: datetime) -> list[Planned]:
    """What the schedule and people make of this week and the days after it; it begins on Monday at midnight."""
    monday = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    at: datetime | None = monday.astimezone(UTC)
    end = max(now + AHEAD, monday.astimezone(UTC) + timedelta(days=7))
    found: list[Planned] = []
    while at is not None and at < end:
        part = desired(rules, at)
        cuts = [one.start for one in rules.overrides] + [one.until for one in rules.overrides]
        until = min((edge for edge in (part.until, *cuts) if edge is not None and edge > at), default=None)
        asked = any(one.holds(at) for one in rules.overrides)
        if found and found[-1].power is part.power and found[-1].overridden == asked:
            found[-1] = replace(found[-1], end=until)
        else:
            found.append(Planned(at, until, part.power, part.because, asked))
        at = until
    return found


def operation_of(
    environment: str, rules: Rules, wanted: Desired, before: EnvironmentPower | None, now: datetime
) -> Operation:
    """The edge that a round acts for. It stays the same until what is wanted changes, or an edge was slept through."""
    since = now
    if before is not None:
        passed = before.until is not None and before.until <= now
        if before.desired is wanted.power and not passed and before.desired_since is not None:
            since = before.desired_since
        elif before.until is not None and passed and before.desired is not wanted.power:
            since = before.until
    return Operation(environment, wanted.power, since.replace(microsecond=0), rules.mode)


def hourly_of(resources: Iterable[ResourcePower]) -> Decimal | None:
    """What an environment costs an hour beyond what it costs asleep; None where no price is known."""
    prices = [one.hourly for one in resources if one.hourly is not None]
    return sum(prices, Decimal(0)) if prices else None


def problem_of(members: Sequence[Member], steps: Sequence[Step]) -> Sentence:
    """What keeps an environment from being as it should, in one sentence, empty where nothing does."""
    for one in members:
        if one.blind:
            return one.blind
    troubled = [step for step in steps if step.state.is_open and step.problem]
    if troubled:
        return Message("%(name)s: %(problem)s", name=troubled[0].name, problem=troubled[0].problem)
    for one in members:
        if one.acting and not one.reached and one.seen is not None and one.seen.problem:
            return Message("%(name)s: %(problem)s", name=one.resource.name, problem=one.seen.problem)
    if not any(one.acting for one in members):
        return Message("nothing in it can sleep")
    return ""
