"""One round over all environments: look once, decide for each, write down, act, and tell what is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

import structlog

from finops.ledger import record_stops
from service.shutdown.asking import offers_of
from service.shutdown.config import Schedule, ShutdownSettings
from service.shutdown.desired import Rules, desired
from service.shutdown.kinds.base import Kind
from service.shutdown.reconcile import acting, stating
from service.shutdown.reconcile.acting import Due, Operation
from service.shutdown.reconcile.looking import Looked, caller_of, look, place_of
from service.shutdown.reconcile.members import Background, Member, Target, members_of
from service.shutdown.reconcile.telling import Told, events_of
from service.shutdown.rules import rules_of, schedule_of, sleepers
from service.shutdown.saving import closed, opened
from store.messages import Message, Sentence
from store.power import Condition, EnvironmentPower, Power, Saved, Step
from store.stack import Stack
from store.vocabulary import Claim, Resource

if TYPE_CHECKING:
    from collectors.aws import Aws
    from store import Store

_log = structlog.get_logger(__name__)
_REMEMBERED = timedelta(days=8)
"""Overrides that ended this long ago still belong to the week that is shown."""


@dataclass(frozen=True)
class Around:
    """What a round works with. `hourly` prices a resource by what it is while it runs, None where it cannot."""

    aws: Aws
    store: Store
    stack: Stack
    schedules: dict[str, Schedule]
    settings: ShutdownSettings
    kinds: Sequence[Kind]
    clock: Callable[[], datetime]
    hourly: Callable[[Resource, Mapping[str, Any] | None, Sequence[Resource]], Decimal | None]


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of the job: by which claim, when, and the flag that asks it to stop."""

    claim: Claim | None
    now: datetime
    stopping: Flag = field(default_factory=Flag)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What is known of one environment before it is looked at."""

    name: str
    rules: Rules
    resources: Sequence[Resource]
    before: EnvironmentPower | None
    saved: Mapping[str, Saved]


@dataclass(frozen=True, slots=True)
class _Case:
    """One environment in this round."""

    ground: _Ground
    operation: Operation
    members: Sequence[Member]
    steps: Sequence[Step]
    """Those of this operation, and the open ones of earlier ones."""


def run(around: Around, turn: Turn) -> dict[str, EnvironmentPower]:
    """Look at all environments that may sleep, act where they are armed, and keep what is known of each.

    Raises:
        LostClaim: another worker has taken over; nothing more is done.
    """
    names = sleepers(around)
    gone = [one.environment for one in around.store.power.states() if one.environment not in names]
    if gone:
        around.store.power.forget(gone)
    grounds = [_ground(around, name, turn.now) for name in names]
    known = [one for ground in grounds for one in ground.resources]
    looked = look(around.aws, known, _chosen(around, grounds))
    return {ground.name: _hold(around, ground, looked, turn) for ground in grounds}


def _chosen(around: Around, grounds: Sequence[_Ground]) -> list[Kind]:
    """The kinds that sleep here. What was deleted to sleep is made again even where that is no longer asked for."""
    asleep = {one.resource_type for ground in grounds for one in ground.saved.values()}
    wanted = around.settings.delete
    return [kind for kind in around.kinds if not kind.opt_in or kind.opt_in in wanted or kind.type in asleep]


def _ground(around: Around, name: str, now: datetime) -> _Ground:
    store = around.store
    saved = store.power.saved(name)
    resources = store.resources.find(environment=name, include_closed=True)
    # A group's members come and go with it; they are its own matter.
    alive = [one for one in resources if one.id in saved or (one.closed_at is None and not one.attributes.get("asg"))]
    rules = rules_of(around, name, store.power.overrides(name, after=now - _REMEMBERED))
    return _Ground(name, rules, alive, store.power.state(name), saved)


def _hold(around: Around, ground: _Ground, looked: Looked, turn: Turn) -> EnvironmentPower:
    now = turn.now
    wanted = desired(ground.rules, now)
    operation = stating.operation_of(ground.name, ground.rules, wanted, ground.before, now)
    same = ground.before is not None and ground.before.desired_since == operation.since
    target = Target(ground.name, operation.power, operation.mode, same, now)
    kinds = {kind.type: kind for kind in _chosen(around, [ground])}
    opted = frozenset[str](around.settings.delete)
    here = frozenset(one.id for one in ground.resources if one.closed_at is None)
    background = Background(kinds, around.stack, ground.before, ground.saved, here, opted)
    members = members_of(ground.resources, looked, target, background)
    power = around.store.power
    mine = power.steps(ground.name, operation=operation.key)
    older = [one for one in power.steps(ground.name, open_only=True) if one.operation != operation.key]
    case = _Case(ground, operation, members, [*mine, *older])
    armed = around.stack.environments[ground.name].armed
    problem: Sentence = ""
    steps = case.steps
    if armed:
        steps, problem = _act(around, case, turn)
    return _tell(around, case, steps, problem, turn)


def _act(around: Around, case: _Case, turn: Turn) -> tuple[Sequence[Step], Sentence]:
    """Write down what is known and what is to be done, and do it; the steps afterwards, and what held it up."""
    power, operation, claim, now = around.store.power, case.operation, turn.claim, turn.now
    settled = acting.settled(case.members, operation, case.steps, now)
    steps = _merged(case.steps, settled)
    mine = [step for step in steps if step.operation == operation.key]
    todo = acting.still_to_do(case.members, operation)
    restored = [(operation.environment, one.resource.id) for one in case.members if one.restored]
    many = acting.touched(mine, todo)
    if todo and many > around.settings.most:
        if settled or restored:
            power.commit(claim, steps=settled, restored=restored)
        said = Message(
            "it would touch %(many)s resources, more than the %(most)s that shutdown.most allows: nothing is done "
            "until that is raised, or fewer resources belong to it",
            many=many,
            most=around.settings.most,
        )
        return steps, said
    dues = acting.due(acting.in_order(case.members, operation), operation, mine, now)
    saved = acting.saved_of(case.members, operation, now)
    if settled or restored or dues or saved:
        power.commit(claim, steps=[*settled, *(one.step for one in dues)], saved=saved, restored=restored)
    done = acting.perform(
        dues,
        lambda some: _call(around, some),
        lambda batch: power.commit(claim, steps=batch),
        around.clock,
        turn.stopping,
    )
    for step in done:
        _log.info("environment.act", step=step.id, verb=step.verb, state=step.state, problem=str(step.problem))
    return _merged(_merged(steps, [one.step for one in dues]), done), ""


def _call(around: Around, some: Sequence[Due]) -> None:
    """One call for one, or for several of a kind in the same place."""
    kind, act = some[0].member.kind, some[0].act
    several = [one.member.seen for one in some if one.member.seen is not None]
    if kind is None or len(several) < len(some):
        return
    caller = caller_of(around.aws, place_of(some[0].member.resource))
    if kind.together is not None and len(several) > 1:
        kind.together(caller, several, act)
    else:
        kind.perform(caller, several[0], act)


def _merged(steps: Sequence[Step], newer: Sequence[Step]) -> list[Step]:
    return list({step.id: step for step in (*steps, *newer)}.values())


def _tell(around: Around, case: _Case, steps: Sequence[Step], problem: Sentence, turn: Turn) -> EnvironmentPower:
    ground, operation, now = case.ground, case.operation, turn.now
    wanted = desired(ground.rules, now)
    schedule = schedule_of(around, ground.name)
    timetable = ground.rules.timetable
    zone = timetable.zone if timetable is not None else around.stack.zone
    mine = [step for step in steps if step.operation == operation.key]
    others = [one for one in ground.resources if one.closed_at is None]
    resources = stating.resources_of(case.members, others, operation, lambda one: _price(around, ground, one))
    state = EnvironmentPower(
        environment=ground.name,
        desired=operation.power,
        because=wanted.because,
        until=wanted.until,
        condition=stating.condition_of(case.members, operation, mine),
        since=now,
        checked_at=now,
        schedule=timetable.name if timetable is not None else "",
        timezone=zone.key,
        mode=schedule.mode if schedule is not None else ground.rules.mode,
        armed=around.stack.environments[ground.name].armed,
        resources=stating.with_since(resources, ground.before, now),
        planned=stating.planned(ground.rules, zone, now),
        hourly=stating.hourly_of(resources),
        problem=problem or stating.problem_of(case.members, mine),
        desired_since=operation.since,
    )
    state = replace(state, offers=tuple(offers_of(ground.rules, state, around.settings, now)))
    told = Told(state, ground.before, mine, ground.rules)
    # An end goes before the look that saw it and a begin after: a crash in between is made up for by the next look.
    if ended := list(closed(ground.before, state)):
        record_stops(around.store, ended, now)
    kept = around.store.power.observe(state, wanted.because, turn.claim)
    if begun := list(opened(ground.before, kept)):
        record_stops(around.store, begun, now)
    for event in events_of(told, operation.key, now):
        around.store.events.add(event)
    return kept


def _price(around: Around, ground: _Ground, one: Member) -> Decimal | None:
    was = one.was if one.condition is not Condition.RUNNING else one.known
    return around.hourly(one.resource, was, ground.resources)


def outcome(states: Mapping[str, EnvironmentPower]) -> tuple[str, Sentence]:
    """How a round ended, for the record of the job."""
    troubled = [one for one in states.values() if one.problem]
    if troubled:
        said = Message("%(name)s: %(problem)s", name=troubled[0].environment, problem=troubled[0].problem)
        return "partial", said
    asleep = sum(1 for one in states.values() if one.desired is Power.STOPPED)
    said = Message("%(number)s environments, %(asleep)s of them asleep", number=len(states), asleep=asleep)
    return "ok", said
