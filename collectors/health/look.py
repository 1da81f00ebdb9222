"""What a health check is given, and how it writes down what it saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from collectors.answers import Item, text
from collectors.caller import Caller
from store.messages import Message, Sentence
from store.vocabulary import HealthObservation, Resource, Status

NOT_LISTED = Message("AWS no longer lists it: the next inventory closes it if it is gone")


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the health of a scope: who asks, what is there, what was found asleep so far, and when."""

    caller: Caller
    resources: Sequence[Resource]
    now: datetime
    asleep: frozenset[str] = frozenset()

    def of(self, *types: str) -> list[Resource]:
        """The resources of some types."""
        return [resource for resource in self.resources if resource.type in types]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of health check.

    `checks` are the first words of its check ids, the first of them the one that every resource of `types` has.
    `read` asks AWS and judges the answers; it raises an AwsError when nothing of this kind could be read.
    """

    name: str
    checks: tuple[str, ...]
    types: tuple[str, ...]
    read: Callable[[Look], list[HealthObservation]]


def observe(  # noqa: PLR0913  an observation has this many facts
    resource: Resource,
    kind: str,
    status: Status,
    reason: Sentence,
    now: datetime,
    *,
    check: str | None = None,
    part: str = "",
    title: Sentence = "",
    value: float | None = None,
    unit: str = "",
) -> HealthObservation:
    """What was seen of a resource. `part` names the part of it that was looked at, `check` another word for the id."""
    return HealthObservation(
        check_id=f"{check or kind}:{resource.id}" + (f":{part}" if part else ""),
        kind=kind,
        title=title or resource.name,
        status=status,
        reason=reason,
        observed_at=now,
        environment=resource.environment,
        component=resource.component,
        resource_id=resource.id,
        value=value,
        unit=unit,
    )


def paired(
    resources: Sequence[Resource], attribute: str, found: Sequence[Item], key: str
) -> Iterator[tuple[Resource, Item | None]]:
    """Each resource with the item of an answer that is about it; None where AWS no longer lists it."""
    listed: Mapping[str, Item] = {text(item, key): item for item in found}
    for resource in resources:
        yield resource, listed.get(str(resource.attributes.get(attribute) or resource.name))


def not_listed(resource: Resource, kind: str, now: datetime) -> HealthObservation:
    """AWS does not list a resource that the last inventory saw."""
    return observe(resource, kind, Status.UNKNOWN, NOT_LISTED, now)


def unfamiliar(state: str) -> Sentence:
    """The reason for a state that is not known here: never green, never red."""
    if not state:
        return Message("AWS did not say what state it is in")
    return Message("AWS says %(state)s, which Lamplighter does not know", state=repr(state))


@dataclass(frozen=True, slots=True)
class StateWords:
    """AWS's words for the state of one kind of thing; `broken` says what each bad one means."""

    fine: frozenset[str]
    changing: frozenset[str]
    broken: Mapping[str, Message]
    sleeping: frozenset[str] = frozenset()

    def judge(self, state: str) -> tuple[Status, Sentence]:
        """What a state means; a word that is not known is never green, never red."""
        if state in self.fine:
            return Status.OK, state
        if state in self.sleeping:
            return Status.ASLEEP, state
        if state in self.changing:
            return Status.WARN, Message("is %(state)s", state=state)
        if state in self.broken:
            return Status.CRITICAL, Message("%(what)s (status %(state)s)", what=self.broken[state], state=state)
        return Status.UNKNOWN, unfamiliar(state)
