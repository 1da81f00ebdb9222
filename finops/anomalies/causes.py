"""The likeliest cause of an unusual cost: the usage type that grew, and what happened right before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from store.messages import Message, Sentence
from store.money import Basis, CostObservation

if TYPE_CHECKING:
    from store import Store
    from store.vocabulary import Event, Resource

BEFORE = timedelta(days=7)
"""Days before it that an unusual cost is held against."""
NEAR = timedelta(days=1)
"""How long before the first unusual day something may have happened to be its cause."""
KINDS = ("deploy.", "scaling.", "shutdown.", "override.", "note.")
"""Events that may be a cause."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A usage type that costs more a day than before."""

    service: str
    usage_type: str
    a_day: Decimal
    is_new: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """What is likely behind it, in words, and what they name."""

    said: Sentence
    usage_type: str = ""
    event: str = ""


def grown(lines: Sequence[CostObservation], start: date, end: date, basis: Basis) -> list[Growth]:
    """What grew in [start, end) against the week before, a day on average, the most first. Rows of the usage view."""
    before: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    now: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for line in lines:
        if start <= line.day < end:
            now[line.keys] += line.amount(basis)
        elif start - BEFORE <= line.day < start:
            before[line.keys] += line.amount(basis)
    length, week = Decimal((end - start).days), Decimal(BEFORE.days)
    rows = [
        Growth(keys[0], keys[1], amount / length - before[keys] / week, keys not in before)
        for keys, amount in now.items()
    ]
    return sorted((one for one in rows if one.a_day > 0), key=lambda one: (-one.a_day, one.usage_type))


def cause_of(
    store: Store, growths: Sequence[Growth], start: date, currency: str, place: tuple[str | None, str | None]
) -> Cause:
    """The cause in words: what grew, and the change or the new resource right before it."""
    if not growths:
        return Cause(Message("nothing that costs by usage grew; see the days"))
    first = growths[0]
    amount = f"{first.a_day:,.2f} {currency}"
    text = "%(usage)s is new: %(amount)s a day" if first.is_new else "%(usage)s grew by %(amount)s a day"
    said: Sentence = Message(text, usage=first.usage_type, amount=amount)
    event = _event(store, start, place)
    resource = _resource(store, start, first)
    if event is not None:
        said = Message("%(what)s; since %(event)s", what=said, event=event.title)
    elif resource is not None:
        name = resource.name or resource.id.rpartition("/")[2]
        said = Message("%(what)s; %(resource)s was first seen on %(day)s", what=said, resource=name, day=_day(resource))
    return Cause(said, first.usage_type, event.key if event is not None else "")


def _event(store: Store, start: date, place: tuple[str | None, str | None]) -> Event | None:
    since = datetime.combine(start, time(), UTC)
    found = store.events.between(
        since - NEAR, since + timedelta(days=1), environment=place[0], component=place[1], limit=50
    )
    return next((one for one in found if one.kind.startswith(KINDS)), None)


def _resource(store: Store, start: date, growth: Growth) -> Resource | None:
    """A resource that is new since then and of the kind that the usage type tells of."""
    since = datetime.combine(start, time(), UTC) - NEAR
    for resource in store.resources.find():
        seen = resource.first_seen
        kind = str(resource.attributes.get("type") or resource.attributes.get("instance_type") or "")
        if seen is not None and seen >= since and kind and growth.usage_type.endswith(f":{kind}"):
            return resource
    return None


def _day(resource: Resource) -> str:
    return f"{resource.first_seen:%Y-%m-%d}" if resource.first_seen else ""
