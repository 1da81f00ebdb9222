"""One round over the health of a scope: every kind is read, what could not be read becomes unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event as Flag

from collectors.caller import HOPELESS, UNREACHABLE_LIMIT
from collectors.errors import AwsError, Unreachable
from collectors.health.groups import IN_SERVICE
from collectors.health.look import NOT_LISTED, Kind, Look, observe
from store.messages import Message, PluralMessage, Sentence, joined
from store.vocabulary import HealthObservation, HealthState, JobOutcome, Resource, Status

STALE = timedelta(minutes=15)
"""After this long without an observation a check's resource is looked up, and the check forgotten if it is gone."""


@dataclass(slots=True)
class Round:
    """What a round saw, which kinds it read, and which it could not."""

    seen: list[HealthObservation] = field(default_factory=list)
    read: list[Kind] = field(default_factory=list)
    failed: list[tuple[Kind, AwsError]] = field(default_factory=list)


def look_around(look: Look, kinds: Sequence[Kind], states: Sequence[HealthState], stopping: Flag) -> Round:
    """Read every kind of which there is a resource. A kind that fails does not hinder the next.

    When the failure is one that every call would meet, the rest is not tried and is unknown for the same reason.
    """
    result = Round()
    silent = 0
    for kind in kinds:
        if stopping.is_set():
            break
        if not look.of(*kind.types):
            result.read.append(kind)
            continue
        error = _hopeless(result, silent)
        if error is None:
            error = _read(look, kind, result)
            silent = silent + 1 if isinstance(error, Unreachable) else 0
        if error is not None:
            result.failed.append((kind, error))
            result.seen += unread(kind, look, states, error.message)
    return result


def _hopeless(result: Round, silent: int) -> AwsError | None:
    last = result.failed[-1][1] if result.failed else None
    return last if isinstance(last, HOPELESS) or silent >= UNREACHABLE_LIMIT else None


def _read(look: Look, kind: Kind, result: Round) -> AwsError | None:
    asleep = frozenset(each.resource_id for each in result.seen if each.resource_id and each.status is Status.ASLEEP)
    try:
        result.seen += kind.read(replace(look, asleep=asleep))
    except AwsError as error:
        return error
    result.read.append(kind)
    return None


def unread(kind: Kind, look: Look, states: Iterable[HealthState], reason: Sentence) -> list[HealthObservation]:
    """Unknown, for every check of this kind that there was, and for every resource that has none yet."""
    resources = {resource.id: resource for resource in look.of(*kind.types)}
    known = [
        replace(state.latest, status=Status.UNKNOWN, reason=reason, observed_at=look.now, value=None)
        for state in states
        if state.latest.resource_id in resources and of_kind(kind, state.latest.check_id)
    ]
    checked = {each.check_id for each in known}
    first = [
        observe(resource, kind.name, Status.UNKNOWN, reason, look.now, check=kind.checks[0])
        for resource in resources.values()
        if f"{kind.checks[0]}:{resource.id}" not in checked
    ]
    return known + first


def of_kind(kind: Kind, check_id: str) -> bool:
    """Whether a check is one of this kind's."""
    return check_id.partition(":")[0] in kind.checks


def gone(result: Round, here: Iterable[Resource], states: Iterable[HealthState]) -> list[str]:
    """The checks of resources that are here, that this round would have seen if they still were."""
    ids = {resource.id for resource in here}
    seen = {each.check_id for each in result.seen}
    return [
        state.latest.check_id
        for state in states
        if state.latest.resource_id in ids
        and state.latest.check_id not in seen
        and any(of_kind(kind, state.latest.check_id) for kind in result.read)
    ]


def forsaken(
    kinds: Sequence[Kind], here: Iterable[Resource], states: Iterable[HealthState], now: datetime
) -> list[HealthState]:
    """Checks that nobody has observed for long, of resources that are not here: closed ones, or another scope's."""
    ids = {resource.id for resource in here}
    return [
        state
        for state in states
        if state.latest.resource_id
        and state.latest.resource_id not in ids
        and any(of_kind(kind, state.latest.check_id) for kind in kinds)
        and now - state.latest.observed_at > STALE
    ]


def is_unfamiliar(result: Round, here: Iterable[Resource]) -> bool:
    """Whether the round met what the inventory does not know: things gone, instances or targets that are new."""
    resources = {resource.id: resource for resource in here}
    machines = {resource.attributes.get("instance_id") for resource in resources.values()}
    return any(_is_unfamiliar(seen, resources.get(seen.resource_id or ""), machines) for seen in result.seen)


def _is_unfamiliar(seen: HealthObservation, resource: Resource | None, machines: set[object]) -> bool:
    if resource is None:
        return False
    if seen.reason == NOT_LISTED:
        return True
    word, _, rest = seen.check_id.partition(":")
    if word == "target":
        target = rest.removeprefix(resource.id).strip(":").partition(":")[0]
        return target.startswith("i-") and target not in machines
    return word == "group" and seen.value is not None and seen.value != _serving(resource)


def _serving(group: Resource) -> int:
    """How many instances of a group served when the inventory last looked."""
    return sum(
        each.get("lifecycle") == IN_SERVICE and str(each.get("health")).lower() == "healthy"
        for each in group.attributes.get("instances") or []
    )


def judge(result: Round, kinds: int) -> JobOutcome:
    """How the round ended, in words."""
    coverage = len(result.read) / kinds if kinds else 1.0
    checks = PluralMessage("%(num)s check", "%(num)s checks", len(result.seen))
    if not result.failed:
        complete = len(result.read) == kinds
        stopped = Message("%(checks)s, then stopped", checks=checks)
        return JobOutcome("ok" if complete else "partial", checks if complete else stopped, coverage)
    blind = ", ".join(kind.name for kind, _ in result.failed)
    reasons = joined(" ", dict.fromkeys(error.message for _, error in result.failed))
    asked = [kind for kind in result.read if any(of_kind(kind, each.check_id) for each in result.seen)]
    told = Message("%(checks)s; unknown: %(kinds)s. %(reasons)s", checks=checks, kinds=blind, reasons=reasons)
    return JobOutcome("partial" if asked else "failed", told, coverage)
