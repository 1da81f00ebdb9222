"""Lists the resources of one account and region and keeps what the store knows of them true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event as Flag

from collectors.answers import Nameless
from collectors.aws import Scope
from collectors.caller import HOPELESS, UNREACHABLE_LIMIT, Caller
from collectors.errors import AwsError, Call, MalformedAnswer, Unreachable
from collectors.inventory.placing import place
from collectors.inventory.reader import Found, Reader
from collectors.translate import build
from store.messages import Message, PluralMessage, Sentence, joined
from store.stack import Stack
from store.vocabulary import JobOutcome, Resource

SHOWN = 3
"""How many different errors an outcome spells out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader brought, or why it could not."""

    reader: Reader
    scope: Scope
    found: Found | None = None
    error: AwsError | None = None


@dataclass(frozen=True, slots=True)
class Replacement:
    """All resources of some types in a region, to stand in place of those that the store has."""

    region: str
    types: list[str]
    resources: list[Resource]


def readers_for(caller: Caller, readers: Sequence[Reader], *, first_region: bool) -> list[tuple[Reader, Caller]]:
    """Which readers a scope runs, and where. What belongs to the whole account is read along with its first region."""
    return [
        (reader, caller.in_region(reader.home) if reader.home else caller)
        for reader in readers
        if reader.home is None or first_region
    ]


def read(planned: Sequence[tuple[Reader, Caller]], stopping: Flag) -> list[Reading]:
    """Run the readers, one after the other. One that fails does not hinder the next, unless all would fail alike."""
    readings: list[Reading] = []
    silent = 0
    for reader, caller in planned:
        if stopping.is_set():
            break
        reading = _read_one(reader, caller)
        readings.append(reading)
        silent = silent + 1 if isinstance(reading.error, Unreachable) else 0
        if isinstance(reading.error, HOPELESS) or silent >= UNREACHABLE_LIMIT:
            break
    return readings


def _read_one(reader: Reader, caller: Caller) -> Reading:
    try:
        return Reading(reader, caller.scope, found=reader.fetch(caller))
    except AwsError as error:
        return Reading(reader, caller.scope, error=error)
    except Nameless as error:
        asked = Call(caller.scope.account, caller.scope.region, f"Listing {', '.join(reader.types)}")
        return Reading(reader, caller.scope, error=build(MalformedAnswer, asked, "Nameless", str(error)))


def settle(readings: Iterable[Reading], known: Sequence[Resource], stack: Stack) -> list[Replacement]:
    """What the store is to hold. Types that did not answer are not in it, so they stay as they are."""
    before = {resource.id: resource for resource in known}
    answered = [reading for reading in readings if reading.found is not None]
    resources = [
        _with_known_tags(resource, before) if reading.found.untagged else resource
        for reading in answered
        if reading.found is not None
        for resource in reading.found.resources
    ]
    placed = place(resources, stack, known)
    replacements = []
    for region in dict.fromkeys(reading.scope.region for reading in answered):
        types = [kind for reading in answered if reading.scope.region == region for kind in reading.reader.types]
        there = [each for each in placed if each.region == region and each.type in types]
        replacements.append(Replacement(region, types, there))
    return replacements


def _with_known_tags(resource: Resource, before: Mapping[str, Resource]) -> Resource:
    """Tags that could not be read are as they were: an untagged resource would lose its place."""
    known = before.get(resource.id)
    return replace(resource, tags=known.tags, name=known.name) if known else resource


def judge(readings: Sequence[Reading], planned: int) -> JobOutcome:
    """How the run ended, in words: what was kept as it was, why, and what to do."""
    answered = [reading for reading in readings if reading.found is not None]
    failed = [kind for reading in readings if reading.error for kind in reading.reader.types]
    untagged = [reading for reading in answered if reading.found and reading.found.untagged]
    total = sum(len(reading.found.resources) for reading in answered if reading.found)
    coverage = len(answered) / planned if planned else 1.0
    if not failed and not untagged:
        whole = len(readings) == planned
        stopped = Message(
            "stopped after %(read)s of %(planned)s kinds of resources", read=len(readings), planned=planned
        )
        return JobOutcome("ok" if whole else "partial", _resources(total) if whole else stopped, coverage)
    errors = [reading.error or (reading.found.untagged if reading.found else None) for reading in readings]
    parts = [_resources(total)]
    if failed:
        parts.append(_unchanged(", ".join(failed), planned - len(readings)))
    if untagged:
        kinds = ", ".join(kind for reading in untagged for kind in reading.reader.types)
        parts.append(Message("tags of %(kinds)s stay as they were", kinds=kinds))
    reasons = list(dict.fromkeys(error.message for error in errors if error))
    message = joined(". ", [joined("; ", parts), _spelled_out(reasons)])
    return JobOutcome("partial" if answered else "failed", message, coverage)


def _resources(number: int) -> Sentence:
    return PluralMessage("%(num)s resource", "%(num)s resources", number)


def _unchanged(kinds: str, skipped: int) -> Sentence:
    if not skipped:
        return Message("%(kinds)s stay as they were", kinds=kinds)
    return Message("%(kinds)s and %(skipped)s more stay as they were", kinds=kinds, skipped=skipped)


def _spelled_out(reasons: Sequence[Sentence]) -> Sentence:
    more = len(reasons) - SHOWN
    rest = [PluralMessage("(and %(num)s more error)", "(and %(num)s more errors)", more)] if more > 0 else []
    return joined(" ", [*reasons[:SHOWN], *rest])
