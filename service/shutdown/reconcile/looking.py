"""Seeing what is: at most one describe per type, account and region, and none where nothing could sleep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from collectors.answers import Nameless
from collectors.aws import Aws, Scope
from collectors.caller import Caller
from collectors.errors import AwsError
from service.shutdown.kinds.base import Kind, Seen
from store.messages import Sentence
from store.vocabulary import Resource

JOB = "environments"
"""The job, and its name on the meter."""
AT_ONCE = 8
"""Calls under way at the same time: far below what EC2 and RDS allow an account a second."""

Place = tuple[str, str, str]
"""Account, region and type."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, by resource, and where nothing could be seen and why."""

    seen: Mapping[str, Seen] = field(default_factory=dict)
    blind: Mapping[Place, Sentence] = field(default_factory=dict)


def place_of(resource: Resource) -> Place:
    """Where a resource is looked for."""
    return resource.account, resource.region, resource.type


def look(aws: Aws, known: Iterable[Resource], kinds: Sequence[Kind]) -> Looked:
    """Look at all resources of the kinds, wherever `known` ones of them are."""
    by_type = {kind.type: kind for kind in kinds}
    places: dict[Place, list[Resource]] = {}
    for resource in known:
        if resource.type in by_type:
            places.setdefault(place_of(resource), []).append(resource)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda place: _look_at(aws, place, by_type[place[2]], places[place]), places))
    seen = {one.resource.id: one for part in found if isinstance(part, list) for one in part}
    blind = {place: part for place, part in zip(places, found, strict=True) if not isinstance(part, list)}
    return Looked(seen, blind)


def caller_of(aws: Aws, place: Place) -> Caller:
    """Who calls for what is at a place."""
    return Caller(aws, Scope(place[0], place[1]), JOB)


def _look_at(aws: Aws, place: Place, kind: Kind, known: Sequence[Resource]) -> list[Seen] | Sentence:
    try:
        return kind.look(caller_of(aws, place), known)
    except AwsError as error:
        return error.message
    except Nameless as error:
        return str(error)
