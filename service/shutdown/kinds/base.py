"""What a kind of resource is to the reconciler: how it is seen, what to do next with it, and how that is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors.caller import Caller
from store.messages import Sentence
from store.power import Condition, Power
from store.vocabulary import Resource

COMPUTE, CACHE, DATABASE = 0, 1, 2
"""Tiers: sleep goes from the first to the last, waking the other way."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource as AWS describes it now.

    `facts` are plain JSON: what it needs to be exactly like this again (sizes, suspended processes, routes). `refused`
    says why it can never be put to sleep (a group's member, a replica's source), empty for one that can. `problem` is
    what AWS says keeps it from its state (capacity, a key). `restarts_at` is when AWS starts a stopped one by itself.
    `serves` are the tags of what relies on it and may belong to others (route tables).
    """

    resource: Resource
    condition: Condition
    facts: Mapping[str, Any] = field(default_factory=dict)
    refused: Sentence = ""
    problem: Sentence = ""
    restarts_at: datetime | None = None
    serves: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """One call to AWS. `verb` is the field's word for it (stop, start, suspend, resize); `detail` what it is given.

    `key` is this try's and no other's, and the same when a try that was broken off is made once more: a token for AWS.
    """

    verb: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource. All but `look` and `perform` are pure.

    `look(caller, known)` describes all resources of the type in the caller's account and region, whole or an error,
    with as few calls as there are pages; `known` are those that the inventory has there, for describes that need names.
    `next_act(seen, power, was)` is level-triggered: what brings it nearer to `power` now, None where nothing is to be
    done or it is under way. To sleep, `was` is None or what was saved before; to wake, it is what was saved.
    What it gives for one that is reached already is done too, and holds up nothing (a snapshot to be dropped).
    `reached(seen, power, was)` says whether it is exactly as it should be.
    `perform(caller, seen, act)` makes the call, or calls that may all be made again, and raises AwsError.

    What sleeps by being deleted has in `opt_in` the word by which the configuration asks for that. It is seen asleep
    where it is not there and something is saved of it. `stands_for(was, other)` tells what is there in its place under
    another id; `amiss(seen, was)` says what is wrong with what was brought back.
    """

    type: str
    tier: int
    look: Callable[[Caller, Sequence[Resource]], list[Seen]]
    next_act: Callable[[Seen, Power, Mapping[str, Any] | None], Act | None]
    reached: Callable[[Seen, Power, Mapping[str, Any] | None], bool]
    perform: Callable[[Caller, Seen, Act], None]
    opt_in: str = ""
    together: Callable[[Caller, Sequence[Seen], Act], None] | None = None
    """Makes the one call for several in the same account and region, where AWS has one: all of them or none."""
    stands_for: Callable[[Mapping[str, Any], Seen], bool] | None = None
    amiss: Callable[[Seen, Mapping[str, Any]], Sentence] | None = None
