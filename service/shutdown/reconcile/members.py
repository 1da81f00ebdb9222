"""What each resource of an environment is to a round: acted on, left alone and why, or changed by a person's hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from service.shutdown.kinds.base import Kind, Seen
from service.shutdown.reconcile.looking import Looked, place_of
from store.messages import Message, Sentence
from store.power import Condition, EnvironmentPower, Mode, Power, ResourcePower, Saved
from store.stack import ENVIRONMENT_TAGS, Stack
from store.vocabulary import Resource

PROTECT_TAG = "lamplighter:protect"
"""Whatever carries it, with any value but false or no, is never touched."""
RESTART_AFTER = timedelta(days=7)
"""RDS starts a stopped instance or cluster again after seven days (RDS User Guide, Stopping a DB instance)."""
_EARLY = timedelta(hours=12)
_TARGET = {Power.RUNNING: Condition.RUNNING, Power.STOPPED: Condition.STOPPED}
_CONTRARY = {
    Power.RUNNING: (Condition.STOPPED, Condition.STOPPING),
    Power.STOPPED: (Condition.RUNNING, Condition.STARTING),
}
_STAYS = Message("it is not deleted to sleep: shutdown.delete does not name it")
_RESTARTED_BY_AWS = ("rds:db", "rds:cluster")


@dataclass(frozen=True, slots=True)
class Target:
    """What an environment should be in this round. `same` says that it was so at the last look already."""

    environment: str
    power: Power
    mode: Mode
    same: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One resource in this round. With `left` it is left alone, and that is why; `blind` says why it was not seen.

    `was` is what it needs to be as before, None where nothing is known; `save` that this is to be committed now.
    """

    resource: Resource
    kind: Kind | None
    condition: Condition
    seen: Seen | None = None
    left: Sentence = ""
    blind: Sentence = ""
    note: Sentence = ""
    by_hand: datetime | None = None
    was: Mapping[str, Any] | None = None
    save: bool = False
    restored: bool = False
    known: Mapping[str, Any] | None = None
    reached: bool = False

    @property
    def acting(self) -> bool:
        """Whether it is put to sleep and woken at all."""
        return self.kind is not None and self.seen is not None and not self.left


@dataclass(frozen=True, slots=True)
class Background:
    """What a round knows beside what it sees: the kinds that sleep, the stack, and what was known and saved before."""

    kinds: Mapping[str, Kind]
    stack: Stack
    before: EnvironmentPower | None
    saved: Mapping[str, Saved]
    open: frozenset[str] = frozenset()
    """What the inventory has now: what was made again is let go of only when it is there, so that it never vanishes."""
    opted: frozenset[str] = frozenset()
    """Which of those that must be deleted to sleep the configuration asks for."""


def members_of(resources: Sequence[Resource], looked: Looked, target: Target, background: Background) -> list[Member]:
    """The resources of an environment that could sleep by their type, in order of tier and name."""
    last = {one.resource_id: one for one in background.before.resources} if background.before is not None else {}
    stands = _standing(resources, looked, background)
    places = {one.resource.id for one in stands.values()}
    found = [
        _member(one, looked.seen.get(one.id) or stands.get(one.id), looked, target, background, last.get(one.id))
        for one in resources
        if one.type in background.kinds and one.id not in places
    ]
    return sorted(found, key=lambda one: (one.kind.tier if one.kind else 0, one.resource.name, one.resource.id))


_BEST = (Condition.RUNNING, Condition.STARTING, Condition.UNKNOWN, Condition.STOPPING, Condition.STOPPED)


def _standing(resources: Sequence[Resource], looked: Looked, background: Background) -> dict[str, Seen]:
    """What is there in place of resources that sleep by being deleted, by the id of those."""
    found: dict[str, Seen] = {}
    for one in resources:
        kind, saved = background.kinds.get(one.type), background.saved.get(one.id)
        if kind is None or kind.stands_for is None or saved is None:
            continue
        others = [
            other
            for other in looked.seen.values()
            if place_of(other.resource) == place_of(one) and kind.stands_for(saved.was, other)
        ]
        if others and one.id not in looked.seen:
            best = min(others, key=lambda other: _BEST.index(other.condition))
            found[one.id] = replace(best, facts=saved.was) if best.condition is Condition.STOPPED else best
    return found


def why_left(resource: Resource, seen: Seen | None, environment: str, stack: Stack) -> Sentence:
    """Why a resource is never touched, or nothing. What AWS says now counts as much as what the inventory says."""
    tags = {**resource.tags, **(seen.resource.tags if seen else {})}
    kept = {**(seen.resource.tags if seen else {}), **resource.tags}
    for marked in (tags.get(PROTECT_TAG), kept.get(PROTECT_TAG)):
        if marked is not None and marked.strip().lower() not in ("false", "no"):
            return Message("protected by its tag %(tag)s", tag=PROTECT_TAG)
    called = [resource.name, *(one[key] for one in (tags, kept) for key in ENVIRONMENT_TAGS if key in one)]
    for text in called:
        if stack.is_production(text):
            return Message("protected: it is called %(name)s, and production never sleeps", name=text)
    if seen is not None:
        now, _ = stack.place(resource.type, seen.resource.name, seen.resource.tags)
        if now is not None and now != environment:
            return Message("left alone: its tags now say %(environment)s", environment=now)
        for served in seen.serves:
            other, _ = stack.place(resource.type, served.get("Name", ""), served)
            if other is not None and other != environment:
                return Message("left alone: %(environment)s relies on it too", environment=other)
        return seen.refused
    return ""


def _member(  # noqa: PLR0913, PLR0917 - what is, what was, and what should be
    resource: Resource,
    seen: Seen | None,
    looked: Looked,
    target: Target,
    background: Background,
    before: ResourcePower | None,
) -> Member:
    kind, saved = background.kinds[resource.type], background.saved.get(resource.id)
    known = before.known if before is not None else None
    if seen is None and kind.opt_in and saved is not None and place_of(resource) not in looked.blind:
        seen = Seen(resource, Condition.STOPPED, saved.was)  # it sleeps by being deleted
    if seen is None:
        blind = looked.blind.get(place_of(resource), "")
        condition = Condition.UNKNOWN if blind else Condition.GONE
        left = "" if blind else Message("it is gone")
        return Member(resource, kind, condition, left=left, blind=blind, known=known, was=saved.was if saved else None)
    if seen.condition is Condition.RUNNING:
        known = seen.facts
    left = why_left(resource, seen, target.environment, background.stack)
    if left or seen.condition is Condition.GONE:
        return Member(resource, kind, seen.condition, seen, left or Message("it is gone"), known=known)
    stays = saved is None or (target.power is Power.STOPPED and seen.condition is Condition.RUNNING)
    if kind.opt_in and kind.opt_in not in background.opted and stays:
        return Member(resource, kind, seen.condition, left=_STAYS, known=known)
    by_hand, note = _by_hand(seen, target, before, saved)
    was, save = _was(seen, target, known, saved)
    if target.power is Power.RUNNING and was is None and seen.condition in _CONTRARY[Power.RUNNING]:
        left = Message("it was stopped before Lamplighter knew it running, so it is not woken")
        return Member(resource, kind, seen.condition, seen, left, known=known)
    reached = kind.reached(seen, target.power, was)
    if kind.amiss is not None and saved is not None and target.power is Power.RUNNING and not reached:
        seen = replace(seen, problem=kind.amiss(seen, saved.was) or seen.problem)
    return Member(
        resource,
        kind,
        seen.condition,
        seen,
        note=note or seen.problem,
        by_hand=by_hand,
        was=was,
        save=save,
        restored=reached
        and target.power is Power.RUNNING
        and saved is not None
        and seen.resource.id in background.open,
        known=known,
        reached=reached,
    )


def _was(
    seen: Seen, target: Target, known: Mapping[str, Any] | None, saved: Saved | None
) -> tuple[Mapping[str, Any] | None, bool]:
    """What a resource needs to be as before, and whether that must be written down first."""
    if saved is not None:
        return saved.was, False
    if target.power is Power.STOPPED:
        runs = seen.condition in _CONTRARY[Power.STOPPED]
        was = seen.facts if runs else known
        return was, was is not None
    if seen.condition in _CONTRARY[Power.RUNNING]:
        return known, known is not None
    return None, False


def _by_hand(
    seen: Seen, target: Target, before: ResourcePower | None, saved: Saved | None
) -> tuple[datetime | None, Sentence]:
    """Since when somebody's own start or stop stands, and what is to be said of the change."""
    if before is None or not target.same:
        return None, ""
    contrary = seen.condition in _CONTRARY[target.power]
    if not contrary:
        return None, ""
    if before.by_hand is not None:
        return before.by_hand, before.note
    if before.desired is not target.power or before.condition is not _TARGET[target.power]:
        return None, ""
    if target.power is Power.STOPPED and _restarted_by_aws(seen, saved, target.now):
        return None, Message("AWS started it again, as it does after seven days")
    said = (
        Message("started by hand at %(time)s", time=f"{target.now:%Y-%m-%d %H:%M} UTC")
        if target.power is Power.STOPPED
        else Message("stopped by hand at %(time)s", time=f"{target.now:%Y-%m-%d %H:%M} UTC")
    )
    return target.now, said


def _restarted_by_aws(seen: Seen, saved: Saved | None, now: datetime) -> bool:
    if seen.resource.type not in _RESTARTED_BY_AWS or saved is None:
        return False
    return now >= saved.saved_at + RESTART_AFTER - _EARLY


def stands(member: Member, mode: Mode) -> bool:
    """Whether a person's own act keeps a resource from being acted on until the next edge."""
    return member.by_hand is not None and mode is Mode.EDGE
