"""Which acts are due, written down before they are made; what came of them; and when they are tried again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from threading import Event as Flag

from collectors.errors import AccessDenied, AwsError, Throttled
from service.shutdown.kinds.base import Act
from service.shutdown.reconcile.looking import AT_ONCE, place_of
from service.shutdown.reconcile.members import Member, stands
from store.messages import Message, Sentence
from store.power import Mode, Power, Saved, Step, StepState

PATIENCE = timedelta(seconds=90)
"""How long an accepted call may show nothing before it is made again; it doubles with each further one."""
IN_ONE_CALL = 50
"""Resources in a call that takes many: EC2 advises to keep far below its bound of 1,000."""
SHORT, LONG = timedelta(seconds=20), timedelta(minutes=15)
_LOOK_AGAIN = (
    "IncorrectInstanceState",
    "IncorrectState",
    "InvalidDBInstanceState",
    "InvalidDBInstanceStateFault",
    "InvalidDBClusterStateFault",
    "ScalingActivityInProgress",
    "ResourceInUseException",
    "InvalidCacheClusterState",
    "InvalidReplicationGroupState",
    "NatGatewayNotFound",
    "CacheClusterNotFound",
    "ReplicationGroupNotFoundFault",
    "CacheClusterAlreadyExists",
    "ReplicationGroupAlreadyExists",
)
"""Errors that say no more than that it is not, or no longer, as it was seen."""
_CAPACITY = ("InsufficientInstanceCapacity", "InsufficientDBInstanceCapacity", "InsufficientCacheClusterCapacity")


@dataclass(frozen=True, slots=True)
class Due:
    """An act on a resource with its step."""

    member: Member
    act: Act
    step: Step


@dataclass(frozen=True, slots=True)
class Operation:
    """One edge of one environment: everything done because of it has its key."""

    environment: str
    power: Power
    since: datetime
    mode: Mode

    @property
    def key(self) -> str:
        """`ENVIRONMENT/EDGE IN UTC/POWER`."""
        return f"{self.environment}/{self.since:%Y-%m-%dT%H:%M:%SZ}/{self.power}"


def in_order(members: Iterable[Member], operation: Operation) -> list[tuple[Member, Act]]:
    """What would be done now: the acts of the first tier that is not yet as it should be, and chores of what is.

    Within a tier no resource waits for another; a tier waits for all before it. What stands by a person's hand, or is
    left alone, holds up nothing, and neither does a chore.
    """
    acting = [one for one in members if one.acting and not stands(one, operation.mode)]
    acting.sort(key=_tier, reverse=operation.power is Power.RUNNING)
    tiers = ([one for one in tier if not one.reached] for _, tier in groupby(acting, key=_tier))
    todo = [*next((late for late in tiers if late), []), *(one for one in acting if one.reached)]
    acts = ((one, _next(one, operation.power)) for one in todo)
    return [(one, act) for one, act in acts if act is not None]


def still_to_do(members: Iterable[Member], operation: Operation) -> list[Member]:
    """The resources that are acted on and are not yet as they should be."""
    return [one for one in members if one.acting and not one.reached and not stands(one, operation.mode)]


def due(acts: Iterable[tuple[Member, Act]], operation: Operation, steps: Sequence[Step], now: datetime) -> list[Due]:
    """The acts whose time has come, each with its step as it is to be written down first."""
    known = {step.id: step for step in steps}
    found = []
    for member, act in acts:
        key = _step_id(operation, member, act)
        step = known.get(key) or _new_step(key, operation, member, act, now)
        if step.next_at is not None and step.next_at > now:
            continue
        # Planned, and nothing known of it: we ended in the middle of that try, which is made once more as it was.
        broken_off = step.attempts > 0 and step.state is StepState.PLANNED and not step.problem and not step.next_at
        attempts = step.attempts if broken_off else step.attempts + 1
        again = replace(step, state=StepState.PLANNED, attempts=attempts, next_at=None, settled_at=None)
        found.append(Due(member, replace(act, key=f"{key}/{attempts}"), again))
    return found


def saved_of(members: Iterable[Member], operation: Operation, now: datetime) -> list[Saved]:
    """What is to be known of resources before they are touched."""
    return [
        Saved(operation.environment, one.resource.id, one.resource.type, one.was, now, operation.key)
        for one in members
        if one.acting and one.save and one.was is not None
    ]


def settled(members: Iterable[Member], operation: Operation, steps: Iterable[Step], now: datetime) -> list[Step]:
    """The open steps of which more is known now than when they were written down."""
    by_id = {one.resource.id: one for one in members}
    found = []
    for step in (one for one in steps if one.state.is_open):
        member = by_id.get(step.resource_id)
        state = _state_of(step, member, operation)
        if state is not step.state:
            found.append(replace(step, state=state, settled_at=now, next_at=None))
        elif member is not None and member.seen is not None and member.seen.problem and not step.problem:
            found.append(replace(step, problem=member.seen.problem))
    return found


def perform(
    dues: Sequence[Due],
    call: Callable[[Sequence[Due]], None],
    keep: Callable[[Sequence[Step]], None],
    now: Callable[[], datetime],
    stopping: Flag,
) -> list[Step]:
    """Make the calls, some at a time; `keep` writes each batch down and fails where the claim is lost.

    `call` is given one, or several that AWS takes in one call.
    """
    done: list[Step] = []
    rest = iter(_together(dues))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while not stopping.is_set() and (batch := list(islice(rest, AT_ONCE))):
            results = [step for steps in pool.map(lambda some: _attempt(some, call, now), batch) for step in steps]
            keep(results)
            done.extend(results)
    return done


def _together(dues: Sequence[Due]) -> list[list[Due]]:
    """What goes into one call each. What is tried again goes alone, so that it holds up nothing else."""
    groups: dict[tuple[object, ...], list[Due]] = {}
    for one in dues:
        shared = one.member.kind is not None and one.member.kind.together is not None and one.step.attempts == 1
        key = (*place_of(one.member.resource), one.act.verb) if shared else (one.step.id,)
        groups.setdefault(key, []).append(one)
    return [some[at : at + IN_ONE_CALL] for some in groups.values() for at in range(0, len(some), IN_ONE_CALL)]


def _attempt(some: Sequence[Due], call: Callable[[Sequence[Due]], None], now: Callable[[], datetime]) -> list[Step]:
    try:
        call(some)
    except AwsError as error:
        if len(some) > 1 and not isinstance(error, Throttled):
            # One of them is refused, and with it all: each by itself.
            return [step for one in some for step in _attempt([one], call, now)]
        return [
            replace(one.step, problem=_problem(error), next_at=now() + _wait(error, one.step.attempts)) for one in some
        ]
    at = now()
    return [
        replace(
            one.step,
            state=StepState.ISSUED,
            issued_at=at,
            next_at=at + _doubled(PATIENCE, one.step.attempts),
            problem="",
        )
        for one in some
    ]


def _problem(error: AwsError) -> Sentence:
    if error.code in _LOOK_AGAIN:
        return ""
    if error.code in _CAPACITY:
        return Message("AWS has no capacity for it now (%(code)s); it is tried on", code=error.code)
    return error.message


def _wait(error: AwsError, attempts: int) -> timedelta:
    if error.code in _LOOK_AGAIN:
        return SHORT
    if isinstance(error, AccessDenied):
        return LONG
    first = SHORT if isinstance(error, Throttled) else SHORT * 3
    return _doubled(first, attempts)


def _doubled(first: timedelta, attempts: int) -> timedelta:
    """A wait that doubles with each attempt, up to a quarter of an hour."""
    times: int = 1 << min(attempts - 1, 8)
    return min(first * times, LONG)


def _state_of(step: Step, member: Member | None, operation: Operation) -> StepState:
    if step.operation != operation.key:
        # An act of an earlier edge: what became of it is told by whether it was made at all.
        return StepState.FAILED if step.problem else StepState.DROPPED
    if member is None or not member.acting or stands(member, operation.mode):
        return step.state if member is not None and member.blind else StepState.DROPPED
    act = _next(member, operation.power)
    if act is not None and _step_id(operation, member, act) == step.id:
        return step.state
    if member.reached:
        return StepState.CONFIRMED
    if act is not None and step.state is StepState.ISSUED:
        return StepState.CONFIRMED  # it has brought the resource on to its next act
    return step.state


def _next(member: Member, power: Power) -> Act | None:
    if member.kind is None or member.seen is None:
        return None
    return member.kind.next_act(member.seen, power, member.was)


def _tier(member: Member) -> int:
    return member.kind.tier if member.kind is not None else 0


def _step_id(operation: Operation, member: Member, act: Act) -> str:
    told = f"{operation.key}/{member.resource.id}/{act.verb}"
    if not act.detail:
        return told
    text = json.dumps(act.detail, sort_keys=True, default=str)
    return f"{told}/{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"


def _new_step(key: str, operation: Operation, member: Member, act: Act, now: datetime) -> Step:
    return Step(
        id=key,
        environment=operation.environment,
        operation=operation.key,
        power=operation.power,
        resource_id=member.resource.id,
        resource_type=member.resource.type,
        name=member.resource.name,
        verb=act.verb,
        tier=_tier(member),
        planned_at=now,
        detail=dict(act.detail),
    )


def touched(steps: Iterable[Step], members: Iterable[Member]) -> int:
    """How many resources an operation touches in all: those of its steps and those still to come."""
    return len({step.resource_id for step in steps} | {one.resource.id for one in members})
